"""An institution's own targets as rows of words, for pages, documents and the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from app.charts.chart_rows import line_shown, places_of, value_text
from app.texts import say
from indicators.catalogue.load_catalogue import Catalogue
from schemas.dictionary.format_number import difference_shown, format_number

OWN_TARGET_COLUMNS = ("indicator", "current", "target", "year", "gap", "score", "verdict", "source")


def own_target_rows(targets: Iterable[Mapping[str, Any]], catalogue: Catalogue, language: str) -> list[dict[str, str]]:
    """One row a target with the columns OWN_TARGET_COLUMNS; the score is named as that of an own target."""
    sources = catalogue.dictionary.labels("target_sources")
    found = []
    for one in targets:
        indicator = catalogue.indicators[one["indicator"]]
        points = "" if one["score"] is None else format_number(one["score"], 0)
        where = sources[one["source"]][language] if one["source"] in sources else ""
        missing = say("own_target.no_value", language)
        found.append(
            {
                "indicator": indicator.label[language],
                "current": missing if one["current"] is None else value_text(one["current"], indicator.unit, language),
                "target": line_shown(float(one["value"]), indicator.unit, language),
                "year": str(one["year"]),
                "gap": _gap(one, indicator.unit),
                "score": say("own_target.score", language, points=points) if points else "",
                "verdict": say(f"own_target.{one['verdict']}", language) if one["verdict"] else "",
                "source": " ".join(part for part in (where, one["document"] or "") if part),
            }
        )
    return found


def _gap(one: Mapping[str, Any], unit: str) -> str:
    if one["gap"] is None:
        return ""
    apart = difference_shown(Fraction(one["value"]), one["current"])
    return format_number(apart, places_of(apart, unit))
