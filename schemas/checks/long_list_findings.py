"""The findings of long lists: one for each cause and column, with a count and the first cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.checks.check_context import number
from schemas.dictionary.declaration import Text
from schemas.reading.answer import Submission
from schemas.reading.choice_labels import WORD_LENGTH, WORDS_LISTED, what_to_fill_in
from schemas.reading.reading_outcome import READ_AS
from schemas.reading.records import RecordFault
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule


def record_findings(submission: Submission, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """What reading noticed in the long lists of a submission; nothing where a switch rules the list out."""
    if submission.value("profile.has_publication_list") == "no":
        return
    for records in submission.records.values():
        for fault in records.faults:
            cell_ref = {"field": fault.field.id, "sheet": records.sheet, "cells": fault.cells, "value": fault.value}
            yield rules[fault.rule].finding(_params(fault, records.sheet), count=fault.count, **cell_ref)


def _params(fault: RecordFault, sheet: str) -> dict[str, Any]:
    words: dict[str, Any] = {"cell": _cells(fault, sheet), "field": fault.field.label, "label": fault.field.label}
    words |= what_to_fill_in(fault.field, {})
    return {**words, "value": _values(fault), "read_as": fault.reading.read_as, **fault.reading.params}


def _cells(fault: RecordFault, sheet: str) -> Text | str:
    """The first cell, and where there are more, how many and which come next."""
    first = f"{sheet}!{fault.cells[0]}"
    if fault.count == 1 or fault.rule == READ_AS:
        return first
    more = ", ".join(fault.cells[:WORDS_LISTED]) + ("…" if fault.count > WORDS_LISTED else "")
    count = number(fault.count)
    return Text(ja=f"{first}など{count}か所（{more}）", en=f"{first} and others ({count} cells: {more})")


def _values(fault: RecordFault) -> Text | str:
    """The first of the different values as one text that the rules may put in quotation marks."""
    if len(fault.words) < 2 or fault.rule == READ_AS:
        return fault.value
    words = [word[:WORD_LENGTH] for word in fault.words[:WORDS_LISTED]]
    more = len(fault.words) > WORDS_LISTED
    return Text(
        ja="」「".join(words) + ("」など「…" if more else ""), en='", "'.join(words) + ('" and more "…' if more else "")
    )
