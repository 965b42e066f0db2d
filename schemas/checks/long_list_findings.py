"""The findings of long lists: one for each cause and column, with a count and the first cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.reading.answer import Submission
from schemas.reading.records import RecordFault
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule


def record_findings(submission: Submission, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """What reading noticed in the long lists of a submission; nothing where a switch rules the list out."""
    if submission.value("profile.has_publication_list") == "no":
        return
    for records in submission.records.values():
        for fault in records.faults:
            place = {"field": fault.field.id, "sheet": records.sheet, "cells": fault.cells, "value": fault.value}
            yield rules[fault.rule].finding(_params(fault, records.sheet), count=fault.count, **place)


def _params(fault: RecordFault, sheet: str) -> dict[str, Any]:
    words = {"cell": f"{sheet}!{fault.cells[0]}", "field": fault.field.label, "label": fault.field.label}
    return {**words, "value": fault.value, "read_as": fault.reading.read_as, **fault.reading.params}
