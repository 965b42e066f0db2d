"""For whom a form is issued, and what the workbook states about that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from schemas.dictionary.field import Form
from schemas.form.computed_papers import ComputedPapers
from schemas.form.guide import load_guide
from schemas.register import Institution

UNIT_KEY = "unit"  # stated only where a form was issued for one centre
COMPUTED_KEY = "computed_papers"  # stated only where a form was issued with papers filled in from public data
Given = int | Decimal | str | bool | date | None


@dataclass(frozen=True)
class Issue:
    """For whom and when a form is issued, and what is filled in already.

    ``answers`` holds values by (field, row key): numbers, texts, dates, or codes of drop-downs (an answer
    code such as ``m`` too). ``lists`` holds the rows of open lists by block. ``previous`` holds last time's
    numbers by (field, row key): they are shown beside their cells and never become answers. ``unit`` is the code of
    the centre that a centre form is issued for; empty where that is left open. ``computed`` are the papers filled in
    from public data, which stand grey among the answers until they are corrected.
    """

    form: Form
    year: int
    institution: Institution
    answers: Mapping[tuple[str, str], Given] = field(default_factory=dict)
    lists: Mapping[str, list[dict[str, Given]]] = field(default_factory=dict)
    is_demo: bool = False
    previous: Mapping[tuple[str, str], Given] = field(default_factory=dict)
    unit: str = ""
    computed: ComputedPapers | None = None

    def issue_id(self, dictionary_hash: str) -> str:
        """Short fingerprint of what was issued, and for which centre."""
        text = f"{self.form}|{self.year}|{self.institution.code}|{dictionary_hash}"
        text += f"|{self.unit}" if self.unit else ""
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """Form, round and edition, as stamped into the workbook in three places."""
        return f"{self.form}-{self.year}-{load_guide().form_version}"


def meta_values(dictionary_hash: str, issue: Issue) -> dict[str, str]:
    """What the hidden sheet states: a claim that reading checks; the checksum guards against accidents."""
    values = {
        "form": issue.form,
        "version": load_guide().form_version,
        "round": str(issue.year),
        "institution": issue.institution.code,
        "dictionary": dictionary_hash,
        "issue": issue.issue_id(dictionary_hash),
        "demo": "yes" if issue.is_demo else "no",
    }
    values |= {UNIT_KEY: issue.unit} if issue.unit else {}
    values |= {COMPUTED_KEY: issue.computed.as_text()} if issue.computed else {}
    return {**values, "checksum": meta_checksum(values)}


def meta_checksum(values: Mapping[str, str]) -> str:
    """Checksum over the other meta values in their order."""
    text = "|".join(f"{key}={values[key]}" for key in values if key != "checksum")
    return hashlib.sha256(text.encode()).hexdigest()[:12]
