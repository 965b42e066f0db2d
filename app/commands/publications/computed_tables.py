"""What ``import`` and ``count`` wrote, read again: the papers of one institution, or of all of a national file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd

from app.commands.exit_codes import UsageProblem
from indicators.publications.imported_papers import TABLES, ImportedPapers
from schemas.bibliography.field_groups import group_of_openalex_field

REPORT, COUNTS = "report.json", "counts.csv"
FILES = {"counts": COUNTS, "partners": "partners.csv", "organisations": "organisations.csv", "links": "links.csv"}
NATIONAL = {"school_code", "institution", "year", "field", "papers"}
FACTS = ("database", "retrieved_on", "document_types")  # columns of a national file beside its counts
OPENALEX = "openalex"


def read_computed(path: Path) -> dict[str, ImportedPapers]:
    """Papers by school code: of the one institution of a folder of ``import``, or of all in a file of ``count``.

    Institutions that the register lacks are left out. Raises UsageProblem for what is neither.
    """
    if path.is_dir():
        one = read_import(path)
        return {one.institution: one}
    if not path.is_file():
        raise UsageProblem("no_file", file=path)
    return {one.institution: one for one in _national(path)}


def institutions_without_code(path: Path) -> list[str]:
    """The institutions of a file of ``count`` without school code, by their identifiers; none of a folder."""
    if path.is_dir():
        return []
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, usecols=["school_code", "institution"])
    return sorted(set(frame.loc[frame["school_code"] == "", "institution"]))


def read_import(folder: Path) -> ImportedPapers:
    """What ``import`` wrote for an institution. Raises UsageProblem where the folder holds nothing of it."""
    try:
        report = json.loads((folder / REPORT).read_text("utf-8"))
        code, years = report["own"]["code"], report["years"]
        found = {name: _table(folder / file, name) for name, file in FILES.items()}
        day = report["retrieved_on"]
        kind, types = str(report["kind"]), str(report["document_types_counted"])
        retrieved_on = date.fromisoformat(day) if day else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageProblem("no_computed_papers", file=folder) from error
    if not code or not years:
        raise UsageProblem("no_institution_in_papers", file=folder)
    return ImportedPapers(
        str(code),
        kind,
        retrieved_on,
        types,
        int(years[0]),
        int(years[1]),
        counts=found["counts"],
        **{name: found[name] for name in FILES if name != "counts"},
    )


def _table(path: Path, name: str) -> pd.DataFrame:
    """One table; those beside the counts may be absent."""
    if name != "counts" and not path.is_file():
        return pd.DataFrame(columns=list(TABLES[name]))
    frame = pd.read_csv(path, keep_default_na=False)
    if not set(TABLES[name]) <= set(frame.columns):
        raise ValueError(f"{path.name} lacks columns")
    return frame


def _national(path: Path) -> Iterator[ImportedPapers]:
    try:
        frame = pd.read_csv(path, dtype={"school_code": str, **dict.fromkeys(FACTS, str)}, keep_default_na=False)
        if not {*NATIONAL, *FACTS} <= set(frame.columns):
            raise ValueError("no file of count")
        counts = frame.drop(columns=["institution", "name_ja", *FACTS]).rename(columns={"field": "field_group"})
        counts["field_group"] = [group_of_openalex_field(field) for field in counts["field_group"]]
        first, last = int(frame["year"].min()), int(frame["year"].max())
        day = str(frame["retrieved_on"].iloc[0])
        retrieved_on, types = date.fromisoformat(day) if day else None, str(frame["document_types"].iloc[0])
    except (OSError, ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
        raise UsageProblem("no_computed_papers", file=path) from error
    for code, rows in counts.groupby("school_code"):
        if code:
            table = rows.drop(columns="school_code").reset_index(drop=True)
            yield ImportedPapers(str(code), OPENALEX, retrieved_on, types, first, last, table)
