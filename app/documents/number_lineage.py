"""Where a number comes from: cells, notes, rules passed or explained, formula, benchmarks, sources, approver."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from app.access import Actor
from app.documents.export.catalogue_json import catalogue_json
from app.edition import catalogue
from app.results.institution_results import Board
from app.rounds.submission_states import sign_off_of
from app.storage.explanations import GIVEN, kept_explanations
from app.storage.store import Store
from indicators.plausibility.plausibility_rules import all_rules
from schemas.rules.finding import finding_id
from schemas.rules.rule import Rule

KEY = ("level", "unit", "indicator", "definition", "counting")
SEEN = ("sheet", "cell", "field", "row_key", "raw", "normalised", "code", "flag", "remark", "read_as")
OF_SUBMISSION = ("id", "institution", "year", "form", "unit", "sequence", "sha256", "catalogue_hash", "software", "by")
Key = tuple[str, str, str, str, str]


def key_of(row: Mapping[str, Any]) -> Key:
    """The key of a number from its row in the JSON of ``score``: level, unit, indicator, definition, counting."""
    return row["level"], row["unit"], row["id"], row["definition"], row["counting"]


def lineage_of(store: Store, board: Board, key: Key) -> dict[str, Any]:
    """Everything that a number of a kept submission rests on, as plain data. Raises KeyError for an unknown number."""
    row = next((one for one in board.scoreboard["indicators"] if key_of(one) == key), None)
    if row is None:
        raise KeyError(key)
    submission = board.submission
    indicator = catalogue().indicators[row["id"]]
    declared = catalogue_json(indicator, catalogue())
    cells = list(cells_of(store, submission, key))
    fields = {(cell["field"], cell["row_key"]) for cell in cells}
    return {
        "number": {name: value for name, value in row.items() if name not in ("gaps", "cells")},
        "cells": cells,
        "rules": list(_rules(store, board, fields, row["id"])),
        "indicator": {
            "id": indicator.id,
            "version": indicator.version,
            "label": indicator.label.model_dump(),
            "definition": indicator.definition.model_dump(),
            "formula": json.loads(indicator.measure.model_dump_json(exclude_none=True)),
            "source": _source(indicator.source),
        },
        "goalposts": declared["goalposts"],
        "benchmarks": [_benchmark(declared["benchmarks"], gap) for gap in row["gaps"]],
        "submission": _submission(store, submission),
        "approved": approval_of(store, submission),
        "versions": board.score["versions"],
    }


def cells_of(store: Store, submission: str, key: Key) -> Iterator[dict[str, Any]]:
    """The answers behind a number: where they stand, what was written there and how it was read."""
    for row in store.answers_behind(submission, **dict(zip(KEY, key, strict=True))).to_dict("records"):
        label = catalogue().dictionary.fields[row["field"]].label.model_dump()
        yield {"label": label, **{name: _plain(row[name]) for name in SEEN}}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) and value else None


def _rules(store: Store, board: Board, fields: set[tuple[str, str]], indicator: str) -> Iterator[dict[str, Any]]:
    """Each rule that looks at these answers or this indicator: passed, open, or explained with its words."""
    said = {
        finding_id(*kept.key[1:]): kept.explanation.text
        for kept in kept_explanations(store.engine, board.institution_row["code"])
        if kept.state == GIVEN
    }
    broken: dict[str, list[Mapping[str, Any]]] = {}
    for finding in store.findings(board.submission):
        if (finding["field"], finding["row_key"]) in fields or finding["field"] == indicator:
            broken.setdefault(str(finding["rule"]), []).append(finding)
    names = {field.partition(".")[::2] for field, _ in fields}
    for rule in all_rules().values():
        if rule.id not in broken and rule.status == "active" and looks_at(rule, names, indicator):
            yield {"rule": rule.id, "state": "passed", "why": rule.reason.model_dump()}
    for name, found in broken.items():
        for one in found:
            text = said.get(one["id"])
            state = "open" if text is None else "explained"
            told = {"message": one["message"], "severity": one["severity"], "cells": one["cells"]}
            yield {"rule": name, "state": state, **told, **({} if text is None else {"explanation": text})}


def looks_at(rule: Rule, names: Iterable[tuple[str, str]], indicator: str) -> bool:
    """Whether a rule names one of these columns (table and name) or the indicator in its check."""
    mentioned = _words_of_checks()[rule.id]
    return indicator in mentioned or any(
        f"{table}.{name}" in mentioned or (table in mentioned and name in mentioned) for table, name in names
    )


@cache
def _words_of_checks() -> dict[str, frozenset[str]]:
    """By rule every word of its check."""
    return {rule.id: frozenset(_words(rule.check.model_dump())) for rule in all_rules().values()}


def _words(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for one in content.values():
            yield from _words(one)
    elif isinstance(content, list | tuple | set | frozenset):
        for one in content:
            yield from _words(one)


def _benchmark(declared: Sequence[Mapping[str, Any]], gap: Mapping[str, Any]) -> dict[str, Any]:
    """A line that the number is set against, with its entry and source."""
    entry = next(one for one in declared if (one["id"], one["entry"]) == (gap["benchmark"], gap["entry"]))
    return {**gap, "label": entry["label"], "why": entry["why"], "source": _source(str(gap["source"]))}


def _source(key: str) -> dict[str, Any]:
    source = catalogue().sources[key]
    return {"key": key, **json.loads(source.model_dump_json(exclude_none=True))}


def _submission(store: Store, submission: str) -> dict[str, Any]:
    row = store.submission(submission)
    assert row is not None
    return {"received_at": row["received_at"].isoformat(), **{name: row[name] for name in OF_SUBMISSION}}


def approval_of(store: Store, submission: str) -> dict[str, Any] | None:
    """Who signed a submission off: name, office, moment, hash of the workbook, and the user and role of the act.

    None where nobody did, and where it was withdrawn, returned, or became void.
    """
    found = sign_off_of(store.engine, submission)
    if found is None:
        return None
    actor = Actor.from_signature(found.by)
    return {"by": actor.person or actor.role, "role": actor.role, **found.as_json()}
