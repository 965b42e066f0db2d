"""Columns of the tables that are written out, with type and constraints (Table Schema)."""

from __future__ import annotations

from typing import Any, get_args

import pandera.pandas as pa

from indicators.catalogue.declarations import (
    LEVELS,
    Benchmark,
    BenchmarkEntry,
    Counting,
    Definition,
    Goalpost,
    Indicator,
)
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.calls import STANDINGS
from indicators.scoring.gaps import GAP_COLUMNS
from indicators.scoring.scores import SCORE_COLUMNS
from indicators.values.lineage import CELL_COLUMNS
from indicators.values.tables import STATUSES
from indicators.values.values import VALUE_COLUMNS

RESOURCES: dict[str, list[str]] = {
    "values": list(VALUE_COLUMNS),
    "gaps": list(GAP_COLUMNS),
    "scores": list(SCORE_COLUMNS),
    "value_cells": [*CELL_COLUMNS, "sheet", "cell"],
    "indicators": [
        "id", "version", "pillar", "label_ja", "label_en", "definition_ja", "definition_en",
        "official_ja", "official_en", "pitfalls_ja", "pitfalls_en", "levels", "measure_unit", "direction", "scored",
        "weight", "source",
    ],
    "benchmarks": [
        "indicator", "benchmark", "entry", "kind", "level", "benchmark_value", "comparison", "measure_unit",
        "population_ja", "population_en", "definition", "counting", "from", "until", "last_confirmed", "source",
        "seen", "authority", "why_ja", "why_en",
    ],
}  # fmt: skip
BANDS = ("1", "2", "3", "4", "5", "1–2", "2–3", "3–4", "4–5")
VERDICTS = ("met", "not_met", "above", "below", "indistinguishable")
REASONS = ("no_goalpost", "context", "small_denominator", "coverage", "unknown_share", "status")
BOOLEANS = frozenset({"small", "below_minimum", "comparable", "fragile", "scored"})
INTEGERS = frozenset(
    {
        "year", "indicator_version", "window_from", "window_to", "scale", "items", "items_met", "replace", "add",
        "margin", "coverage_present", "coverage_applicable", "version", "weight",
    }
)  # fmt: skip
NUMBERS = frozenset({"value", "lower", "upper", "gap_points", "score"})
DATES = frozenset({"from", "until", "last_confirmed"})
EXACT = r"-?[0-9]+(/[0-9]+)?"


def field_of(resource: str, column: str, catalogue: Catalogue, is_key: bool) -> dict[str, Any]:
    """Type and constraints of a column; a closed answer lists what it may be."""
    field: dict[str, Any] = {"type": type_of(column)}
    if column in BOOLEANS:
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    if column == "row_key":
        field["missingValues"] = []  # single answers have an empty key, which is a key
    constraints = limits(resource, column, catalogue)
    if is_key:
        constraints["required"] = True
    return {**field, "constraints": constraints} if constraints else field


def frame_schema(resource: str, catalogue: Catalogue) -> pa.DataFrameSchema:
    """The constraints of a table that is written out, as a schema of its frame; further columns are let through."""
    columns = {}
    for name in RESOURCES[resource]:
        found = limits(resource, name, catalogue)
        checks = [
            *([pa.Check.isin(found["enum"])] if "enum" in found else []),
            *([pa.Check.ge(found["minimum"])] if "minimum" in found else []),
            *([pa.Check.le(found["maximum"])] if "maximum" in found else []),
        ]
        columns[name] = pa.Column(checks=checks, nullable=True, required=False)
    return pa.DataFrameSchema(columns, name=resource)


def type_of(column: str) -> str:
    """The Table Schema type of a column."""
    for kind, columns in (("boolean", BOOLEANS), ("integer", INTEGERS), ("number", NUMBERS), ("date", DATES)):
        if column in columns:
            return kind
    return "string"


def limits(resource: str, column: str, catalogue: Catalogue) -> dict[str, Any]:
    """Constraints of a column: a closed list, a pattern, or the ends of a scale."""
    if column in ("numerator", "denominator"):
        return {"pattern": EXACT}
    if resource == "scores" and column in ("score", "lower", "upper"):
        return {"minimum": 0, "maximum": 100}
    if column in ("scale", "coverage_present", "items", "replace", "add"):
        return {"minimum": 0}
    found = closed_values(resource, column, catalogue)
    return {"enum": found} if found else {}


def closed_values(resource: str, column: str, catalogue: Catalogue) -> list[str]:
    """What a column may hold, where that is a closed list; else an empty list."""
    if (resource, column) == ("scores", "kind"):
        return _words(Goalpost, "kind")
    if (resource, column) in (("benchmarks", "level"), ("gaps", "benchmark_level")):
        return _words(Benchmark, "level")
    if (resource, column) == ("indicators", "measure_unit"):
        return _words(Indicator, "unit")
    if (resource, column) == ("benchmarks", "indicator"):
        return list(catalogue.benchmarks)
    lists: dict[str, list[str]] = {
        "level": list(LEVELS),
        "indicator": list(catalogue.indicators),
        "id": list(catalogue.indicators),
        "element": [*catalogue.indicators, *catalogue.pillars],
        "pillar": list(catalogue.pillars),
        "definition": list(get_args(Definition)),
        "counting": list(get_args(Counting)),
        "status": [str(status) for status in STATUSES],
        "kind": _words(Benchmark, "kind"),
        "seen": _words(BenchmarkEntry, "seen"),
        "of": [str(word) for word in get_args(get_args(Indicator.model_fields["of"].annotation)[0])],
        "verdict": list(VERDICTS),
        "standing": list(STANDINGS),
        "band": list(BANDS),
        "reason": list(REASONS),
        "source": list(catalogue.sources),
        "direction": _words(Indicator, "better"),
        "comparison": _words(Benchmark, "comparison"),
        "authority": _words(Benchmark, "authority"),
        "measure_unit": _words(Benchmark, "unit"),
        "field": list(catalogue.dictionary.fields),
    }
    return lists.get(column, [])


def _words(model: Any, name: str) -> list[str]:
    """The words of a closed field of a declaration."""
    return [str(word) for word in get_args(model.model_fields[name].annotation)]
