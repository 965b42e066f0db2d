"""Findings for people: grouped by cause, and compared with those of the upload before. Pure functions on JSON.

A finding is a mapping in the shape of docs/data-shapes.md 6 (``schemas.rules.finding.Finding.as_json``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.texts import texts
from schemas.rules.finding import LISTED, SEVERITIES

Found = Mapping[str, Any]


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one cause: the rule and the question. ``count`` counts cells, of which at most 100 are listed."""

    key: str
    first: Found
    findings: tuple[Found, ...]
    count: int
    cells: tuple[str, ...]

    @property
    def severity(self) -> str:
        """``error``, ``check`` or ``note``."""
        return str(self.first["severity"])

    @property
    def rest(self) -> int:
        """How many there are beside the first."""
        return self.count - 1

    def as_json(self) -> dict[str, Any]:
        """The first finding with the count and the cells of all; ``ids`` name the findings behind it."""
        ids = [finding["id"] for finding in self.findings[:LISTED]]
        return {**self.first, "count": self.count, "cells": list(self.cells), "ids": ids}


def group_findings(findings: Sequence[Found]) -> list[FindingGroup]:
    """One group for each cause, errors first, else in the order of their first findings."""
    by_cause: dict[str, list[Found]] = {}
    for finding in findings:
        by_cause.setdefault(str(finding["group"]), []).append(finding)
    groups = [_group(key, members) for key, members in by_cause.items()]
    return sorted(groups, key=lambda group: SEVERITIES.index(group.first["severity"]))


def _group(key: str, members: Sequence[Found]) -> FindingGroup:
    cell_refs: list[str] = []
    for finding in members:
        is_one_cell = len(members) > 1 and finding["count"] == 1
        own = finding["cells"][:1] if is_one_cell else finding["cells"]
        cell_refs.extend(f"{finding['sheet']}!{cell}" if finding["sheet"] else str(cell) for cell in own)
        if len(cell_refs) >= LISTED:
            break
    count = sum(int(finding["count"]) for finding in members)
    return FindingGroup(key, members[0], tuple(members), count, tuple(cell_refs[:LISTED]))


@dataclass(frozen=True)
class Comparison:
    """Findings beside those of the upload before: no longer found, found again, found for the first time."""

    mended: tuple[Found, ...]
    still_there: tuple[Found, ...]
    new: tuple[Found, ...]


def compare_findings(now: Sequence[Found], before: Sequence[Found]) -> Comparison:
    """What became of each finding, by id. A finding whose text changed but whose cause did not is still there."""
    ids_now, ids_before = ({finding["id"] for finding in found} for found in (now, before))
    return Comparison(
        mended=tuple(finding for finding in before if finding["id"] not in ids_now),
        still_there=tuple(finding for finding in now if finding["id"] in ids_before),
        new=tuple(finding for finding in now if finding["id"] not in ids_before),
    )


def findings_of(document: Any, file: str = "") -> list[Found]:
    """The findings of a JSON document written by ``junkan validate --json``; where it is of several, of ``file``.

    Raises ValueError when it is none: an object with a list ``findings`` (alone or under ``validation``) is wanted.
    """
    if isinstance(document, Mapping) and isinstance(document.get("files"), list):
        return [found for one in document["files"] if one.get("file") == file for found in findings_of(one)]
    inner = document.get("validation", document) if isinstance(document, Mapping) else None
    found = inner.get("findings") if isinstance(inner, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(one, Mapping) and "id" in one for one in found):
        raise ValueError("no findings in this JSON")
    return list(found)


def summary_line(counts: Mapping[str, int], *, is_sent: bool = False) -> tuple[str, str]:
    """The result in one sentence, Japanese and English; only a file that was not sent yet can still be submitted."""
    clean = "result.clean_sent" if is_sent else "result.clean"
    key = "result.summary" if any(counts.values()) else clean
    text = texts()[key].format(**counts)
    return text.ja, text.en
