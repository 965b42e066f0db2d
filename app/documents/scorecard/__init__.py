"""Scorecards: one JSON of finished texts, printed as PDF, and a workbook with live formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.documents.formats import DOCUMENTS
from app.documents.scorecard.card import card_of
from app.documents.scorecard.context import scorecard_context
from app.documents.scorecard.pdf import pages_of, pdf_of
from app.documents.scorecard.workbook import workbook_of
from app.edition import catalogue
from app.submission.result import Result


def scorecard_pdf(score: Mapping[str, Any], institution_row: Mapping[str, str], language: str, is_demo: bool) -> bytes:
    """The scorecard of ``score`` (its JSON, first scoreboard) as PDF; ``institution_row`` has the names."""
    return pdf_of(scorecard_context(card_of(score, institution_row, language, is_demo, catalogue())))


def scorecard_pages(
    score: Mapping[str, Any], institution_row: Mapping[str, str], language: str, is_demo: bool
) -> list[bytes]:
    """The pages of the same scorecard as pictures (PNG)."""
    return pages_of(scorecard_context(card_of(score, institution_row, language, is_demo, catalogue())))


def scorecard_workbook(
    score: Mapping[str, Any], institution_row: Mapping[str, str], language: str, is_demo: bool
) -> bytes:
    """The scorecard of ``score`` as .xlsx with live formulas from counts to value, score and people."""
    return workbook_of(card_of(score, institution_row, language, is_demo, catalogue()))


WRITERS = dict(zip(DOCUMENTS, (scorecard_pdf, scorecard_workbook), strict=True))


def write_scorecards(checked: Result, out: Path, formats: Sequence[str], language: str) -> list[Path]:
    """Writes ``{code}_{year}_scorecard_{language}.{format}`` into ``out`` for one checked workbook.

    Of other forms than ``core`` the form stands after the year, and of a centre its code, since an institution may give
    several.
    ``formats``: of ``DOCUMENTS``; raises KeyError for any other. Returns the paths in that order.
    """
    header = checked.header
    out.mkdir(parents=True, exist_ok=True)
    form = "" if header["form"] == "core" else f"_{header['form']}"
    form += f"_{file_code(header['unit'])}" if header["unit"] else ""
    paths = []
    for name in formats:
        data = WRITERS[name](header["score"], header["institution_row"], language, bool(header["is_demo"]))
        path = out / f"{file_code(header['institution'])}_{header['year']}{form}_scorecard_{language}.{name}"
        path.write_bytes(data)
        paths.append(path)
    return paths


def bundle_name(header: Mapping[str, Any]) -> str:
    """The start of a file name for one form: code, year, form and, of a centre, its code."""
    unit = f"_{file_code(header['unit'])}" if header["unit"] else ""
    return f"{file_code(header['institution'])}_{header['year']}_{header['form']}{unit}"


def file_code(code: str) -> str:
    """An institution's code as part of a file name: letters, digits and hyphens only."""
    return "".join(c if c.isascii() and (c.isalnum() or c == "-") else "_" for c in code) or "_"
