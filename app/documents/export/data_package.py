"""The catalogue for other tools: a Data Package descriptor, and the two tables of composite-indicator tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from app.documents.export.catalogue_json import benchmark_json, catalogue_json
from app.documents.export.safe_csv import csv_bytes
from app.documents.export.table_schema import RESOURCES, field_of, frame_schema
from app.documents.handbook.source_chapter import licence_of, uses_of
from app.texts import say
from indicators.catalogue.declarations import Indicator, Level
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.goalposts_and_bands import Goal, goal_for
from indicators.values.values import VALUE_KEY, factor_of

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"
DESCRIPTOR = "datapackage.json"
META_COLUMNS = [
    "Level", "iCode", "iName", "Direction", "Weight", "Parent", "Type", "Target", "GoalLower", "GoalUpper",
    "Denominator", "Scale", "Unit",
]  # fmt: skip
LEVELS: tuple[Level, ...] = ("institution", "centre")
DIRECTIONS = {"higher": 1, "lower": -1}
PRIMARY_KEYS = {
    "values": VALUE_KEY,
    "gaps": [*VALUE_KEY, "benchmark", "entry"],
    "scores": ["submission", "level", "unit", "element"],
    "value_cells": [*VALUE_KEY, "field", "row_key"],
    "indicators": ["id"],
    "benchmarks": ["indicator", "benchmark", "entry"],
}
REFERENCES = {"gaps": ("values", VALUE_KEY), "value_cells": ("values", VALUE_KEY)}
RECIPE = """# The scores of the catalogue (0 to 1): shares from counts, fixed goalposts, pillars as weighted means.
# min_available counts indicators, where the toolkit itself counts their weights.
steps:
  - denominate: {}
  - normalise: {method: goalposts}
  - aggregate: {method: arithmetic, weights: original, min_available: 2/3}
"""


# the Data Package


def data_package(catalogue: Catalogue, language: str = "ja") -> dict[str, Any]:
    """The Data Package descriptor (version 2.0) of the tables that ``junkan score --csv`` and the export write.

    Titles stand in ``language``; ``titles`` gives both. Sources are those the catalogue rests on, with licence.
    """
    uses = uses_of(catalogue)
    return {
        "$schema": PROFILE,
        "name": "junkan",
        "title": say("package.title", language),
        "description": say("package.text", language),
        "version": catalogue.hash,
        "resources": [_resource(name, catalogue, language) for name in RESOURCES],
        "sources": [_source(catalogue, key, language) for key in catalogue.sources if uses[key]],
    }


def _source(catalogue: Catalogue, key: str, language: str) -> dict[str, Any]:
    source = catalogue.sources[key]
    title = f"{source.producer[language]}: {source.title[language]}"
    found = {
        "name": key,
        "title": title,
        "path": source.url,
        "licence": licence_of(source, language),
        "published": source.published,
    }
    return {name: value for name, value in found.items() if value is not None}


def _resource(name: str, catalogue: Catalogue, language: str) -> dict[str, Any]:
    return {
        "$schema": RESOURCE_PROFILE,
        "name": name,
        "type": "table",
        "path": f"{name}.csv",
        **_titles_of("resource", name, language),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True},
        "schema": _schema(name, catalogue, language),
    }


def _schema(name: str, catalogue: Catalogue, language: str) -> dict[str, Any]:
    key = PRIMARY_KEYS[name]
    fields = [
        {"name": column, **_titles_of("column", column, language), **field_of(name, column, catalogue, column in key)}
        for column in RESOURCES[name]
    ]
    schema = {"fields": fields, "primaryKey": key, "missingValues": [""]}
    if name in REFERENCES:
        resource, columns = REFERENCES[name]
        schema["foreignKeys"] = [{"fields": columns, "reference": {"resource": resource, "fields": columns}}]
    return schema


def _titles_of(group: str, name: str, language: str) -> dict[str, Any]:
    titles = {code: say(f"{group}.{name}", code) for code in ("ja", "en")}
    return {"title": titles[language], "titles": titles}


def indicator_frame(catalogue: Catalogue) -> pd.DataFrame:
    """One row an indicator: the table ``indicators`` of the package."""
    rows = []
    for indicator in catalogue.indicators.values():
        found = catalogue_json(indicator, catalogue)
        rows.append(
            {
                **found,
                **_both("label", found["label"]),
                **_both("definition", found["definition"]),
                **_both("official", found["official"] or {"ja": "", "en": ""}),
                **_both("pitfalls", found["pitfalls"]),
                "levels": " ".join(found["levels"]),
                "measure_unit": found["unit"],
            }
        )
    return pd.DataFrame(rows, columns=RESOURCES["indicators"]).astype({"weight": "Int64"})


def benchmark_frame(catalogue: Catalogue) -> pd.DataFrame:
    """One row an entry of a benchmark: the table ``benchmarks`` of the package."""
    rows = [
        {
            **entry,
            **_both("population", entry["population"]),
            **_both("why", entry["why"]),
            "indicator": name,
            "benchmark": entry["id"],
            "benchmark_value": entry["value"],
            "measure_unit": entry["unit"],
        }
        for name, benchmarks in catalogue.benchmarks.items()
        for benchmark in benchmarks
        for entry in benchmark_json(benchmark)
    ]
    return pd.DataFrame(rows, columns=RESOURCES["benchmarks"])


def _both(name: str, text: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}_{language}": text[language] for language in ("ja", "en")}


# the two tables of composite-indicator tools


def meta_table(catalogue: Catalogue, level: Level, on: date, language: str = "ja") -> pd.DataFrame:
    """The iMeta table of a level: one row an indicator and a pillar, as ``junkan composite`` reads it.

    Indicators with weight and goalposts at the level are of Type Indicator, with the goalposts in force on a
    date as numbers; the others of the level are of Type Group: they may stand in the data without weighing.
    Shares of people or papers are given as counts with a Denominator and Scale 100 (the recipe denominates).
    """
    scored = scored_at(catalogue, level, on)
    others = [i for i in catalogue.indicators.values() if level in i.levels and i.id not in scored]
    pillars = dict.fromkeys(indicator.pillar for indicator, _ in scored.values())
    rows: list[dict[str, Any]] = [_indicator_row(i, goal, language) for i, goal in scored.values()]
    rows += [_pillar_row(catalogue, name, language) for name in pillars]
    rows += [{"iCode": i.id, "iName": i.label[language], "Type": "Group", "Unit": i.unit, "Parent": ""} for i in others]
    rows += [
        {"iCode": denominator_of(i), "iName": denominator_of(i), "Type": "Denominator"}
        for i, _ in scored.values()
        if is_share(i)
    ]
    frame = pd.DataFrame(rows, columns=META_COLUMNS)
    return frame.astype({"Level": "Int64", "Direction": "Int64", "Weight": "Int64", "Scale": "Int64"})


def scored_at(catalogue: Catalogue, level: Level, on: date) -> dict[str, tuple[Indicator, Goal]]:
    """By id the indicators that count in a pillar at a level: with weight, direction and goalposts in force."""
    found = {i.id: (i, goal_for(i, level, catalogue, on)) for i in catalogue.scored if i.better in DIRECTIONS}
    return {name: (i, goal) for name, (i, goal) in found.items() if goal is not None and level in i.levels}


def is_share(indicator: Indicator) -> bool:
    """Whether the value is a part of a whole that is counted."""
    return indicator.measure.share is not None


def denominator_of(indicator: Indicator) -> str:
    """Code of the column that holds the denominator of a share."""
    return f"{indicator.id}_n"


def _indicator_row(indicator: Indicator, goal: Goal, language: str) -> dict[str, Any]:
    ends = {
        "Target": goal.target,
        "GoalLower": min(goal.floor, goal.target),
        "GoalUpper": max(goal.floor, goal.target),
    }
    return {
        "Level": 1,
        "iCode": indicator.id,
        "iName": indicator.label[language],
        "Direction": DIRECTIONS[indicator.better],
        "Weight": indicator.weight,
        "Parent": indicator.pillar,
        "Type": "Indicator",
        **{name: _decimal(value) for name, value in ends.items()},
        "Denominator": denominator_of(indicator) if is_share(indicator) else "",
        "Scale": factor_of(indicator) if is_share(indicator) else 1,
        "Unit": indicator.unit,
    }


def _decimal(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else repr(float(value))


def _pillar_row(catalogue: Catalogue, name: str, language: str) -> dict[str, Any]:
    return {
        "Level": 2,
        "iCode": name,
        "iName": catalogue.pillars[name].label[language],
        "Direction": 1,
        "Parent": "",
        "Type": "Aggregate",
        "Unit": "score",
    }


# what is written


def export_files(catalogue: Catalogue, on: date, language: str) -> dict[str, bytes]:
    """Name -> bytes: the descriptor, its tables of declarations, the iMeta table of each level, and a recipe.

    Goalposts are those in force ``on`` a date.
    """
    descriptor = json.dumps(data_package(catalogue, language), ensure_ascii=False, indent=1, allow_nan=False)
    own = {"indicators": indicator_frame(catalogue), "benchmarks": benchmark_frame(catalogue)}
    tables = {name: frame_schema(name, catalogue).validate(frame) for name, frame in own.items()}
    tables |= {f"imeta_{level}": meta_table(catalogue, level, on, language) for level in LEVELS}
    files = {f"{name}.csv": csv_bytes(frame) for name, frame in tables.items()}
    return {DESCRIPTOR: f"{descriptor}\n".encode(), **files, "recipe.yaml": RECIPE.encode()}
