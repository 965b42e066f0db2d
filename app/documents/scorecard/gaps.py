"""The three gaps to look at first, and how far the institution is from its centre."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from app.charts.chart_rows import REQUIRED, count_text, level_word, line_shown, shown
from app.documents.scorecard.card import Card

FIRST = 3
UNITS = ("people", "staff", "papers", "items")
DISTANCES = ("zone_gap_researchers", "zone_gap_admin", "rollout_rate")


def first_gaps(card: Card) -> list[dict[str, str]]:
    """Up to three gaps to requirements with their sentence.

    People come before papers and items; within each, a requirement that is not met at its own level comes
    before a direction, then the larger number.
    """
    found = sorted(_lacking(card), key=lambda pair: _order(*pair))
    return [_gap(card, row, gap) for row, gap in found[:FIRST]]


def _lacking(card: Card) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    pairs = []
    for row in card.board["indicators"]:
        gaps = [g for g in row["gaps"] if g["kind"] in REQUIRED and g["comparable"] and g["gap_people"]]
        if row["level"] != "unit" and gaps and gaps[0]["gap_people"]["replace"]:
            pairs.append((row, gaps[0]))
    return pairs


def _order(row: dict[str, Any], gap: dict[str, Any]) -> tuple[int, bool, int]:
    people = gap["gap_people"]
    return UNITS.index(people["of"]), gap["verdict"] is None, -people["replace"]


def _gap(card: Card, row: dict[str, Any], gap: dict[str, Any]) -> dict[str, str]:
    indicator = card.catalogue.indicators[row["id"]]
    people = gap["gap_people"]
    parts = [card.say(f"gap_{people['of']}", k=count_text(people["replace"]))]
    if people["of"] == "people" and people["add"] is not None:
        parts.append(card.say("gap_add", k=count_text(people["add"])))
    now = shown(row["value"], indicator.unit, card.language)
    if gap["value"] is not None:
        now += f" → {line_shown(Fraction(gap['value']), indicator.unit, card.language)}"
    return {
        "label": f"{indicator.label[card.language]}（{level_word(row['level'], card.language)}）"
        if card.language == "ja"
        else f"{indicator.label.en} ({level_word(row['level'], 'en')})",
        "now": now,
        "kind": card.say("gap_required" if gap["verdict"] else "gap_direction"),
        "sentence": ("" if card.language == "ja" else " ").join(parts),
    }


def distances(card: Card) -> list[dict[str, str]]:
    """The distance indicators that are there, each with value and what it rests on."""
    known = {row["id"]: row for row in card.board["indicators"] if row["id"] in DISTANCES}
    return [_distance(card, known[name]) for name in DISTANCES if name in known]


def _distance(card: Card, row: dict[str, Any]) -> dict[str, str]:
    indicator = card.catalogue.indicators[row["id"]]
    value, note = status_text(card, row), ""
    if row["value"] is not None:
        value = shown(row["value"], indicator.unit, card.language)
        if indicator.measure.levels_reached is not None:
            note = card.say("rollout_of", n=count_text(row["denominator"]), k=count_text(row["numerator"]))
    return {"label": indicator.label[card.language], "value": value, "note": note}


def status_text(card: Card, row: dict[str, Any]) -> str:
    """Why there is no value, in words."""
    return card.say("status_below_minimum" if row["status"] == "ok" else f"status_{row['status']}")
