"""Subjects of databases in the field groups of the form.

``codelists/subject_field_groups.csv`` lists OpenAlex's 26 fields (the first two digits of Scopus's All Science Journal
Classification) and Web of Science's research areas with the field group that each was put into here, after the eight
fields of NISTEP, which are groups of Clarivate's 22 fields; the assignment is ours.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from schemas.dictionary.match_key import match_key

TABLE = Path(__file__).parent.parent / "codelists" / "subject_field_groups.csv"


@cache
def _groups() -> dict[tuple[str, str], str]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {(row["scheme"], match_key(row["subject"])): row["field_group"] for row in csv.DictReader(lines)}


def group_of_openalex_field(identifier: object) -> str:
    """The field group of a field such as https://openalex.org/fields/17; '' where there is none."""
    return _groups().get(("openalex", str(identifier or "").rsplit("/", 1)[-1]), "")


def group_of_wos_areas(areas: str) -> str:
    """The field group of the first research area (SC) that has one; '' where none has."""
    found = (_groups().get(("wos", match_key(area))) for area in areas.split(";"))
    return next((group for group in found if group), "")
