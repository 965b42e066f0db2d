"""A finding is data with an id: it can be listed, translated, counted, explained."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Literal

from schemas.declaration import Text

Severity = Literal["error", "check", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "check", "note")
LISTED = 100  # cells listed for one finding; the count says how many there are


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
        return hashlib.sha256(f"{self.rule}|{self.field}|{self.row_key}".encode()).hexdigest()[:12]

    @property
    def group(self) -> str:
        """Findings of one cause share a group: the rule and the question."""
        return f"{self.rule}|{self.field}"

    def as_json(self) -> dict[str, object]:
        """The finding in the shape of DATA "JSON of validate"."""
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


def count_by_severity(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings of each severity."""
    return {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}


def status_of(findings: Sequence[Finding]) -> str:
    """``error``, ``check`` or ``ok``: the worst severity, notes being fine."""
    counts = count_by_severity(findings)
    return "error" if counts["error"] else "check" if counts["check"] else "ok"


def rendered(text: Text, params: Mapping[str, object]) -> Text:
    """``text`` with its placeholders filled; a parameter that is a Text is taken in the same language."""
    return Text(
        ja=text.format(**{k: v.ja if isinstance(v, Text) else v for k, v in params.items()}).ja,
        en=text.format(**{k: v.en if isinstance(v, Text) else v for k, v in params.items()}).en,
    )
