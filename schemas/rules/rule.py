"""Rules as declared in rules.yaml: identity, severity, texts, and which check judges them with what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field as Default

from schemas.dictionary.declaration import DeclarationError, Fault, Text, read_document, validate_document
from schemas.dictionary.field import Declared
from schemas.rules.check_kinds import ByReading, CheckSpec
from schemas.rules.finding import Finding, render_text

RULES_FILE = Path(__file__).parent / "rules.yaml"
# What judges a rule: the pandera schema of one clean table; a function over several tables, over this round and the
# last, over two forms of a round, or over the file and its sheets; the reading of cells; the values of indicators.
Mechanism = Literal["schema", "tables", "year", "forms", "package", "reading", "values"]


class Rule(Declared):
    """One rule. ``fires`` and ``passes`` are a planted fault and a clean case, run as tests.

    ``mechanism`` says what judges it; it must be that of its check (`schemas.rules.rule_integrity`).
    ``companions`` are the rules that the same fault always breaks too.
    """

    id: str
    severity: Literal["error", "check", "note"]
    scope: str
    mechanism: Mechanism
    text: Text
    remedy: Text
    reason: Text
    since: int
    status: Literal["active", "retired"] = "active"
    check: CheckSpec = Default(default_factory=lambda: ByReading(kind="reading"), discriminator="kind")
    companions: list[str] = Default(default_factory=list)
    fires: Any = None
    passes: Any = None

    def finding(self, params: Mapping[str, object], **cell_ref: Any) -> Finding:
        """A finding of this rule with its texts filled in."""
        return Finding(
            rule=self.id,
            severity=self.severity,
            scope=self.scope,
            message=render_text(self.text, params),
            remedy=render_text(self.remedy, params),
            **cell_ref,
        )


@cache
def load_rules(path: Path = RULES_FILE) -> dict[str, Rule]:
    """Rules by id. Raises DeclarationError with every fault; an id given twice is one."""
    document = read_document(path)
    faults: list[Fault] = []
    rules: dict[str, Rule] = {}
    for index, entry in enumerate(document.data):
        try:
            rule = validate_document(document, Rule, entry, (index,))
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
