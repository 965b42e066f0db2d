"""The rows that charts, sentences and scorecards share, and numbers as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from app.texts import say, texts
from indicators.catalogue.declarations import Indicator, Level
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.requirement_gaps import REQUIRED
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.format_number import format_number, signed_number
from schemas.reading.clean_tables import counted_level

SHOWN_LEVELS: tuple[Level, ...] = ("institution", "centre")


def count_text(value: object) -> str:
    """A count or ``p/q`` of the JSON as text with thousands separated; halves and the like as decimals."""
    exact = Fraction(str(value))
    return f"{exact.numerator:,}" if exact.denominator == 1 else format_number(exact)


def value_text(value: float | Fraction | None, unit: str, language: str) -> str:
    """A value with its unit: 「9.8％」, "9.8 %"; the words for no data where there is none. A count has no decimals."""
    if value is None or (not isinstance(value, Fraction) and pd.isna(value)):
        return say("chart.no_data", language)
    return say(f"chart.value_{unit}", language, value=format_number(value, places_of(value, unit)))


def distance_text(distance: float | Fraction, unit: str, language: str) -> str:
    """How far two values are apart, with its unit: percentages differ by points, scores by points of a score."""
    return say(_distance_key(unit), language, value=format_number(abs(distance), places_of(distance, unit)))


def change_text(change: float | Fraction, unit: str, language: str, places: int | None = None) -> str:
    """The same with its sign."""
    told = signed_number(change, places_of(change, unit) if places is None else places)
    return say(_distance_key(unit), language, value=told)


def _distance_key(unit: str) -> str:
    return {"percent": "chart.value_points", "score": "chart.distance_score"}.get(unit, f"chart.value_{unit}")


def places_of(value: float | Fraction, unit: str) -> int:
    """How many decimals a value has on paper: none where things are counted, else one."""
    return 0 if unit == "number" and float(value).is_integer() else 1


def line_shown(value: float | Fraction, unit: str, language: str) -> str:
    """A benchmark with its unit, without decimals it does not have."""
    places = 0 if float(value).is_integer() else 1
    return say(f"chart.value_{unit}", language, value=format_number(value, places))


def gap_sentence(indicator: Indicator, row: Mapping[str, Any], gap: Mapping[str, Any], language: str) -> str:
    """What lacks, in people, papers or items; a line drawn for somebody else, or without a verdict, is a rough guide.

    ``gap``: one of the gaps of the row of the JSON of ``score``, with what it counts.
    """
    of, k = gap["gap_people"]["of"], count_text(gap["gap_people"]["replace"])
    if of == "items":
        return say("people.items_left", language, k=k)
    unit = say(f"people.{of}", language, k=k)
    is_own = row["level"] == gap["level"]
    if is_own and gap["verdict"] is not None:
        return say("people.replace", language, unit=unit)
    line = line_shown(Fraction(gap["value"]), indicator.unit, language)
    if is_own:
        return say("people.direction_own", language, line=line, unit=unit)
    if gap["kind"] == "target":
        return say("people.direction_target", language, line=line, unit=unit)
    who = row["id"] if row["id"] in ("foreign_researcher_share", "foreign_pi_share") else "others"
    return say("people.direction", language, line=line, k=k, who=say(f"people.who_{who}", language))


def level_word(level: str, language: str) -> str:
    """The name of a level."""
    return say(f"chart.{level}", language)


def words(text: Text) -> dict[str, str]:
    """A text as the two columns of a frame."""
    return {"label_ja": text.ja, "label_en": text.en}


def headline_gap(gaps: Sequence[Mapping[str, Any]], indicator: Indicator, level: str) -> Mapping[str, Any] | None:
    """The gap whose line is drawn: a requirement or target; else the observed value the goalpost names.

    A requirement in words has no number and comes back as such.
    """
    required = [gap for gap in gaps if gap["kind"] in REQUIRED and gap["comparable"]]
    if required:
        return required[0]
    named = {str(key): post.target.benchmark for key, post in indicator.goalposts.items()}.get(level)
    return next((gap for gap in gaps if named and gap["benchmark"] == named), None)


def chart_rows(board: Mapping[str, Any], catalogue: Catalogue) -> pd.DataFrame:
    """One row per indicator and level (institution, centre) of a scoreboard in the JSON of ``score``.

    Columns: indicator, label_ja, label_en, position (code or ""), position_rank, position_ja, position_en,
    pillar, unit, level, value, lower, upper, numerator, denominator (as in the JSON), status, small, year,
    line, line_kind, line_ja, line_en, replace, gap_points, verdict, margin, score, score_kind, band.
    """
    rows = [
        _chart_row(row, catalogue.indicators[row["id"]], catalogue, int(board["year"]))
        for row in board["indicators"]
        if row["level"] in SHOWN_LEVELS
    ]
    frame = pd.DataFrame(rows, columns=CHART_COLUMNS, dtype=object)  # counts stay whole numbers or p/q
    return frame.astype({**dict.fromkeys(NUMBERS, float), "position_rank": int, "year": int})


CHART_COLUMNS = [
    "indicator", "label_ja", "label_en", "position", "position_rank", "position_ja", "position_en", "pillar",
    "unit", "level", "value", "lower", "upper", "numerator", "denominator", "status", "small", "year",
    "line", "line_kind", "line_ja", "line_en", "replace", "gap_points", "verdict", "margin", "score",
    "score_kind", "band",
]  # fmt: skip


NUMBERS = ("value", "lower", "upper", "line", "gap_points", "score")


def _chart_row(row: Mapping[str, Any], indicator: Indicator, catalogue: Catalogue, year: int) -> dict[str, Any]:
    gap = headline_gap(row["gaps"], indicator, row["level"]) or {}
    interval = row["interval"] or (None, None)
    line_label = catalogue.benchmark(indicator.id, gap["benchmark"]).label if gap else Text(ja="", en="")
    return {
        **{key: row[key] for key in ("level", "value", "numerator", "denominator", "status", "small")},
        **{key: row[key] for key in ("score", "score_kind", "band")},
        **{key: gap.get(key) for key in ("gap_points", "verdict", "margin")},
        **words(indicator.label),
        "indicator": indicator.id,
        **_position(indicator, catalogue),
        "pillar": indicator.pillar,
        "unit": indicator.unit,
        "lower": interval[0],
        "upper": interval[1],
        "year": year,
        "line": None if gap.get("value") is None else float(Fraction(gap["value"])),
        "line_kind": gap.get("kind") or "",
        "line_ja": line_label.ja,
        "line_en": line_label.en,
        "replace": (gap.get("gap_people") or {}).get("replace"),
    }


def _position(indicator: Indicator, catalogue: Catalogue) -> dict[str, Any]:
    labels = catalogue.dictionary.labels("positions")
    code = position_of(indicator)
    label = labels[code] if code else texts()["chart.position_all"]
    rank = list(labels).index(code) + 1 if code else 0
    return {"position": code, "position_rank": rank, "position_ja": label.ja, "position_en": label.en}


def position_of(indicator: Indicator) -> str:
    """The one position whose share of foreign people an indicator gives; empty for any other indicator."""
    share = indicator.measure.share
    if share is None or share.part.sum != "researchers.foreign":
        return ""
    chosen = share.whole.where.get("position", [])
    return chosen[0] if isinstance(chosen, list) and len(chosen) == 1 else ""


def checklist_items(answers: pd.DataFrame, dictionary: DataDictionary) -> pd.DataFrame:
    """Items × scopes from the table ``answers`` of one submission: item, label_ja, label_en, group, scope, level.

    ``level`` is the counted one (without evidence at most 1), ``declared`` the one given; missing where the
    item does not apply or has no answer.
    """
    given = answers[answers["field"].str.startswith("checklist")]
    answered = {(f, k): str(v) for f, k, v in zip(given["field"], given["row_key"], given["normalised"], strict=True)}
    rows = [
        {
            "item": item.code,
            **words(item.label),
            "group": item.group,
            "scope": scope,
            **_levels(item.code, scope, answered),
        }
        for item in dictionary.checklist.items
        for scope in item.scopes
    ]
    return pd.DataFrame(rows).astype({"level": "Int64", "declared": "Int64"})


def _levels(item: str, scope: str, answered: Mapping[tuple[str, str], str]) -> dict[str, int | None]:
    declared_text = answered.get(("checklist.declared", f"{item}/{scope}"), "")
    if not declared_text.isdigit():
        return {"level": None, "declared": None}
    row_keys = {key: (f"checklist_details.{key}", item) for key in ("evidence_kind", "evidence", "evidence_scope")}
    evidence = {key: answered[row_key] or None for key, row_key in row_keys.items() if row_key in answered}
    declared = int(declared_text)
    return {"level": counted_level(declared, scope, evidence), "declared": declared}
