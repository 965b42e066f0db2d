"""The three gaps to look at first, and how far the institution is from its centre."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from app.charts.chart_rows import count_text, gap_sentence, level_word, line_shown, value_text
from app.documents.scorecard.card import Card
from indicators.scoring.requirement_gaps import requirement_gaps

NAMED = 6  # of the indicators that could not be judged
DISTANCES = ("zone_gap_researchers", "zone_gap_admin", "rollout_rate")


def first_gaps(card: Card) -> list[dict[str, str]]:
    """Up to three gaps to requirements with their sentence, as the overview page chooses them."""
    return [_gap(card, row, gap) for row, gap in requirement_gaps(card.board).first]


def none_lacking(card: Card) -> str:
    """What stands where no gap is: that none is lacking, or what could not be judged and why."""
    found = requirement_gaps(card.board)
    if found.is_all_clear:
        return card.say("gaps_none")
    if not found.unjudged:
        return card.say("gaps_none_judged")
    comma = "、" if card.language == "ja" else ", "
    names = [
        f"{card.catalogue.indicators[row['id']].label[card.language]}（{level_word(row['level'], card.language)}："
        f"{status_text(card, row)}）"
        for row in found.unjudged
    ]
    return card.say("gaps_unjudged", n=len(names), names=comma.join(names[:NAMED]))


def _gap(card: Card, row: Mapping[str, Any], gap: Mapping[str, Any]) -> dict[str, str]:
    indicator = card.catalogue.indicators[row["id"]]
    people = gap["gap_people"]
    parts = [card.say("gap_sentence", text=gap_sentence(indicator, row, gap, card.language))]
    if people["of"] == "people" and people["add"] is not None:
        parts.append(card.say("gap_add", k=count_text(people["add"])))
    now = value_text(row["value"], indicator.unit, card.language)
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
    rows = (row for row in card.board["indicators"] if row["level"] == "institution")
    known = {row["id"]: row for row in rows if row["id"] in DISTANCES}
    return [_distance(card, known[name]) for name in DISTANCES if name in known]


def _distance(card: Card, row: dict[str, Any]) -> dict[str, str]:
    indicator = card.catalogue.indicators[row["id"]]
    value, note = status_text(card, row), ""
    if row["value"] is not None:
        value = value_text(row["value"], indicator.unit, card.language)
        if row["interval"] is not None:
            low, high = (value_text(end, indicator.unit, card.language) for end in row["interval"])
            is_told = row["interval"][0] > 0 or row["interval"][1] < 0
            note = card.say("distance_told" if is_told else "distance_chance", low=low, high=high)
        if indicator.measure.levels_reached is not None:
            note = card.say("rollout_of", n=count_text(row["denominator"]), k=count_text(row["numerator"]))
    return {"label": indicator.label[card.language], "value": value, "note": note}


def status_text(card: Card, row: Mapping[str, Any]) -> str:
    """Why there is no value, in words."""
    return card.say("status_below_minimum" if row["status"] == "ok" else f"status_{row['status']}")
