"""Rules as declared in rules.yaml: identity, severity, texts, and which check judges them with what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field as Default

from schemas.declaration import DeclarationError, Fault, Text, declared, read_document
from schemas.field import Declared
from schemas.finding import Finding, rendered

RULES_FILE = Path(__file__).parent / "rules.yaml"


class Total(Declared):
    """A sum over a clean table: columns, and the key values of the rows that count."""

    table: str
    columns: list[str]
    where: dict[str, list[str]] = Default(default_factory=dict)


class PartOf(Declared):
    """In each row the first of a pair may not exceed the second."""

    kind: Literal["part_of"]
    table: str
    pairs: list[tuple[str, str]]


class SumEquals(Declared):
    """In each row the parts add up to the whole."""

    kind: Literal["sum_equals"]
    table: str
    parts: list[str]
    whole: str


class TotalsEqual(Declared):
    """Two sums over tables are equal."""

    kind: Literal["totals_equal"]
    left: Total
    right: Total


class TotalWithin(Declared):
    """The left sum may not exceed the right one."""

    kind: Literal["total_within"]
    left: Total
    right: Total


class UnitsWithinWhole(Declared):
    """For each position, no unit (and no sum of units) exceeds the whole institution."""

    kind: Literal["units_within_whole"]
    table: str
    columns: list[str]


class Moved(Declared):
    """A sum moved by more than both an absolute and a relative step since the last round."""

    kind: Literal["moved"]
    total: Total
    absolute: int
    percent: int


class Unchanged(Declared):
    """Every row equals last round, where the sum is large enough for that to be unlikely."""

    kind: Literal["unchanged"]
    total: Total
    minimum: int


class ByReading(Declared):
    """Judged while the workbook is read; no table check."""

    kind: Literal["reading"]


class ByFunction(Declared):
    """Judged by the function of this name in checks.py."""

    kind: Literal["function"]
    name: str


CheckSpec = (
    PartOf | SumEquals | TotalsEqual | TotalWithin | UnitsWithinWhole | Moved | Unchanged | ByReading | ByFunction
)


class Rule(Declared):
    """One rule. ``fires`` and ``passes`` are a planted fault and a clean case, run as tests."""

    id: str
    severity: Literal["error", "check", "note"]
    scope: str
    text: Text
    remedy: Text
    reason: Text
    since: int
    status: Literal["active", "retired"] = "active"
    check: CheckSpec = Default(default_factory=lambda: ByReading(kind="reading"), discriminator="kind")
    fires: Any = None
    passes: Any = None

    def finding(self, params: Mapping[str, object], **place: Any) -> Finding:
        """A finding of this rule with its texts filled in."""
        return Finding(
            rule=self.id,
            severity=self.severity,
            scope=self.scope,
            message=rendered(self.text, params),
            remedy=rendered(self.remedy, params),
            **place,
        )


@cache
def load_rules(path: Path = RULES_FILE) -> dict[str, Rule]:
    """Rules by id. Raises DeclarationError with every fault; an id given twice is one."""
    document = read_document(path)
    faults: list[Fault] = []
    rules: dict[str, Rule] = {}
    for index, entry in enumerate(document.data):
        try:
            rule = declared(document, Rule, entry, (index,))
        except DeclarationError as error:
            faults.extend(error.faults)
            continue
        if rule.id in rules:
            what = Text(ja=f"規則 {rule.id} が二度定義されています。", en=f"Rule {rule.id} is declared twice.")
            remedy = Text(ja="一方を削除してください。", en="Remove one of them.")
            faults.append(document.fault((index, "id"), what, remedy))
        rules[rule.id] = rule
    if faults:
        raise DeclarationError(faults)
    return rules
