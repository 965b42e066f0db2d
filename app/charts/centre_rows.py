"""The centres of an institution as rows of a table: who they are, how each is judged, and which stands best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.charts.chart_rows import value_text
from app.texts import say
from indicators.catalogue.load_catalogue import Catalogue

Record = Mapping[str, Any]
COLUMNS = ("name", "call", "hosts", "form", "values", "distance", "judgement")
OF_CENTRE = ("foreign_researcher_share", "english_admin_score")


def centre_rows(board: Record, catalogue: Catalogue, language: str) -> list[dict[str, str]]:
    """One row a centre of a scoreboard in the JSON of ``score``, with the texts of COLUMNS."""
    return [_row(board, centre, catalogue, language) for centre in board["centres"]]


def best_sentences(board: Record, catalogue: Catalogue, language: str) -> list[str]:
    """For each indicator that compares centres with the institution, which of those with a value has the largest."""
    known = Counter(name for one in board["centres"] for name, value in one["compared"].items() if value is not None)
    comma = say("chart.list_comma", language)
    return [
        say(
            "centres.best",
            language,
            label=catalogue.indicators[best["indicator"]].label,
            value=value_text(best["value"], catalogue.indicators[best["indicator"]].unit, language),
            name=comma.join(one["name"][language] for one in best["centres"]),
        )
        for best in board["best_centres"]
        if known[best["indicator"]] > 1
    ]


def call_text(centre: Record, catalogue: Catalogue, language: str) -> str:
    """Kind of a centre, and of a WPI centre call, type and status, as far as they are told."""
    labels = catalogue.dictionary.labels
    kind = labels("unit_kinds").get(centre["kind"] or "")
    words = [kind[language]] if kind else []
    if centre["call"] is not None:
        type_ = labels("wpi_call_types")[centre["call"]["type"]]
        words.append(say("centres.call", language, year=centre["call"]["year"], type=type_))
    elif centre["kind"] == "wpi_centre":
        words.append(say("centres.call_unknown", language))
    if centre["status"] and centre["kind"] == "wpi_centre":
        words.append(labels("wpi_status")[centre["status"]][language])
    return say("chart.list_comma", language).join(words)


def judgement_text(centre: Record, catalogue: Catalogue, language: str) -> str:
    """The verdicts on a centre by the requirements of its own call, and why there is none on the others."""
    comma, parts = say("chart.list_comma", language), []
    groups: dict[str, list[str]] = {}
    for one in centre["requirements"]:
        label = catalogue.indicators[one["indicator"]].label[language]
        key = f"verdict_{one['verdict']}" if one["verdict"] else f"standing_{one['standing'] or 'direction'}"
        groups.setdefault(key, []).append(label)
    for key, labels in groups.items():
        parts.append(say(f"centres.{key}", language, labels=comma.join(labels)))
    return " ".join(parts) if language == "en" else "".join(parts)


def _row(board: Record, centre: Record, catalogue: Catalogue, language: str) -> dict[str, str]:
    comma = say("chart.list_comma", language)
    own = [row for row in board["indicators"] if row["level"] == "centre" and row["unit"] == centre["unit"]]
    compared = say("centres.compared", language) if centre["is_compared"] else ""
    form = (
        "centres.has_form" if centre["has_form"] else "centres.in_core" if centre["is_compared"] else "centres.no_form"
    )
    return {
        "name": f"{centre['unit']} {centre['name'][language]}{compared}",
        "call": call_text(centre, catalogue, language),
        "hosts": comma.join(centre["hosts"]),
        "form": say(form, language),
        "values": comma.join(_values(own, OF_CENTRE, catalogue, language)),
        "distance": comma.join(_values(own, list(centre["compared"]), catalogue, language)),
        "judgement": judgement_text(centre, catalogue, language),
    }


def _values(rows: Sequence[Record], names: Sequence[str], catalogue: Catalogue, language: str) -> list[str]:
    """Each indicator with its value, or why there is none, by its headline definition."""
    found = []
    for name in names:
        indicator = catalogue.indicators[name]
        row = next((r for r in rows if r["id"] == name and r["definition"] == indicator.definition_key), None)
        if row is None:
            continue
        has_value = row["value"] is not None
        reason = "centres.too_few" if row["status"] == "ok" else f"status.{row['status']}"
        value = value_text(row["value"], indicator.unit, language) if has_value else say(reason, language)
        found.append(say("centres.value", language, label=indicator.label, value=value))
    return found
