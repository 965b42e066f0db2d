"""The form's own list of papers (sheet 論文リスト) as publication records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.record import PublicationRecord, StatedFacts, plain_doi, publication_year
from schemas.dictionary.country_names import COUNTRIES, country_codes, read_countries
from schemas.dictionary.dictionary import load_dictionary
from schemas.reading.read_submission import read_submission
from schemas.xlsx.read_workbook import read_workbook
from schemas.xlsx.refusal import Refusal

BLOCK = "publication_list"


def read_publication_list(path: Path, problems: ProblemLog) -> Iterator[PublicationRecord]:
    """The papers of the list in a filled full form, by row of the sheet; cells that cannot be read are noted."""
    try:
        submission = read_submission(read_workbook(path.read_bytes()), load_dictionary())
    except Refusal:
        problems.add(path.name, 0, "not_a_form")
        return
    records = submission.records.get(BLOCK)
    if records is None or records.frame.empty:
        problems.add(path.name, 0, "no_list")
        return
    for fault in records.faults:
        problems.add(path.name, 0, "list_cells", cells=", ".join(fault.cells[:5]), value=str(fault.value)[:40])
    for row, values in records.frame.iterrows():
        record = _record(path.name, int(str(row)), {str(k): _none(v) for k, v in values.items()}, problems)
        if record is not None:
            yield record


def _none(value: object) -> Any:
    return None if value is None or value is pd.NA or (isinstance(value, float) and value != value) else value


def _record(file: str, row: int, values: Mapping[str, Any], problems: ProblemLog) -> PublicationRecord | None:
    year = publication_year(values["year"])
    if year is None:
        problems.add(file, row, "bad_year", given=str(values["year"] or "")[:20])
        return None
    identifier = str(values.get("identifier") or "")
    doi = plain_doi(identifier)
    named = read_countries(str(values.get("countries") or ""), _country_codes())
    international, domestic = _yes(values.get("international")), _yes(values.get("domestic"))
    fraction = values.get("own_fraction")
    top10 = _yes(values.get("top10"))
    return PublicationRecord(
        file=file,
        line=row,
        record_id=identifier.strip() or str(row),
        doi=doi,
        year=year,
        type=str(values.get("document_type") or ""),
        title=str(values.get("title") or ""),
        first_author="",
        n_authors=int(values.get("authors") or 0),
        n_institutions=0,
        addresses=(),
        authors=None,
        countries=() if named.unread else tuple(sorted(named.codes)),
        unreadable=(str(values["countries"]),) if named.unread else (),
        is_top10=top10,
        field_group=str(values.get("field_group") or ""),
        stated=StatedFacts(
            international,
            domestic,
            None if fraction is None else float(fraction),
            _yes(values.get("corresponding_own")),
        ),
    )


@cache
def _country_codes() -> dict[str, str]:
    """Codes of countries by every name that the list may hold."""
    return country_codes(load_dictionary().code_lists[COUNTRIES])


def _yes(value: object) -> bool | None:
    return {"yes": True, "no": False}.get(str(value))
