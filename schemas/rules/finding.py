"""A finding is data with an id: it can be listed, translated, counted, explained."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from typing import Literal

from schemas.dictionary.declaration import Text
from schemas.dictionary.safe_text import one_line
from schemas.dictionary.singular import with_singular

Severity = Literal["error", "check", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "check", "note")
LANGUAGES = ("ja", "en")
QUOTED, LONGEST_LIST = 120, 1000  # characters of a typed value in a sentence, and of a list of labels
LISTED = 100  # cells listed for one finding; the count says how many there are


def finding_id(rule: str, field: str, row_key: str) -> str:
    """Fingerprint of rule, field and row key: the id of every finding about them, in any upload."""
    return hashlib.sha256(f"{rule}|{field}|{row_key}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Finding:
    """One thing found: the rule, the answer it is about, the cells, and what to say about it."""

    rule: str
    severity: Severity
    scope: str
    message: Text
    remedy: Text
    field: str = ""
    row_key: str = ""
    sheet: str | None = None
    cells: tuple[str, ...] = ()
    count: int = 1
    value: str = ""
    blocks: tuple[tuple[str, str], ...] = default(default=(), compare=False)

    @property
    def id(self) -> str:
        """Stable over uploads: fingerprint of rule, field and row key."""
        return finding_id(self.rule, self.field, self.row_key)

    @property
    def group(self) -> str:
        """Findings of one cause share a group: the rule and the question."""
        return f"{self.rule}|{self.field}"

    def as_json(self) -> dict[str, object]:
        """The finding in the shape of docs/data-shapes.md 6."""
        return {
            "id": self.id,
            "rule": self.rule,
            "severity": self.severity,
            "scope": self.scope,
            "sheet": self.sheet,
            "cell": self.cells[0] if self.cells else None,
            "cells": list(self.cells[:LISTED]),
            "count": self.count,
            "field": self.field,
            "row_key": self.row_key,
            "value": self.value,
            "message": {"ja": self.message.ja, "en": self.message.en},
            "remedy": {"ja": self.remedy.ja, "en": self.remedy.en},
            "group": self.group,
        }


def condense_findings(findings: Sequence[Finding]) -> list[Finding]:
    """``findings`` with every group of more than LISTED made one: its first, with all cells and their count.

    A list with thousands of equal slips then costs one line, and still blocks every answer it concerns.
    """
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.group, []).append(finding)
    return [one for group in groups.values() for one in (group if len(group) <= LISTED else [_merge_group(group)])]


def _merge_group(group: Sequence[Finding]) -> Finding:
    cells = tuple(finding.cells[0] for finding in group if finding.cells)
    blocks = tuple(key for finding in group for key in finding.blocks)
    count = sum(finding.count for finding in group)
    return replace(group[0], row_key="", cells=cells, count=count, blocks=blocks)


def count_by_severity(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings of each severity."""
    return {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}


def status_of(findings: Sequence[Finding]) -> str:
    """``error``, ``check`` or ``ok``: the worst severity, notes being fine."""
    counts = count_by_severity(findings)
    return "error" if counts["error"] else "check" if counts["check"] else "ok"


def render_text(text: Text, params: Mapping[str, object]) -> Text:
    """``text`` with its placeholders filled; a parameter that is a Text is taken in the same language.

    What a parameter says stands on one line, and what somebody typed is cut at QUOTED characters.
    """
    ja, en = (
        text.format(**{name: _spoken(value, language) for name, value in params.items()}) for language in LANGUAGES
    )
    return Text(ja=ja.ja, en=with_singular(en.en))


def _spoken(value: object, language: str) -> object:
    if isinstance(value, Text):
        return one_line(value[language], LONGEST_LIST)
    return one_line(value, QUOTED) if isinstance(value, str) else value
