"""The filled forms that the project ships, as bytes and as what they were issued with."""

from functools import cache
from pathlib import Path

from schemas.dictionary.dictionary import load_dictionary
from schemas.form.issue import Issue
from schemas.migration.migrate import migrate
from schemas.register import Institution
from schemas.xlsx.read_workbook import read_workbook

FOLDER = Path(__file__).parents[2] / "templates" / "xlsx"
SAMPLE = Institution("DEMO-90", "デモ標本大学（架空）", "Demo Sample University (fictional)", "national", "東京都")
CORE_SAMPLES = ("sample-strong", "sample-average", "sample-faulty")


@cache
def sample_bytes(name: str) -> bytes:
    """The committed workbook of that name."""
    return (FOLDER / f"{name}.xlsx").read_bytes()


@cache
def sample_issue(name: str) -> Issue:
    """The answers of a sample as a form to be issued for an invented university."""
    return migrate(read_workbook(sample_bytes(name)), load_dictionary(), SAMPLE).issue
