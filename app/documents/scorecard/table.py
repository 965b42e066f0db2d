"""The table of all indicators, pillar by pillar, as finished texts."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby
from typing import Any

from app.charts.chart_rows import SHOWN_LEVELS, count_text, headline_gap, level_word, line_shown, places_of, value_text
from app.documents.scorecard.card import Card
from app.documents.scorecard.gaps import status_text
from app.documents.scorecard.references import BenchmarkReferences
from app.texts import say
from indicators.catalogue.declarations import Indicator
from indicators.values.values import DEPENDS
from schemas.dictionary.format_number import difference_shown, format_number

SIGNS = {DEPENDS: "†"}
COLUMNS_OF_OTHERS = ("level", "value", "counts", "interval", "flags")
COLUMNS = ("level", "value", "counts", "interval", "benchmark", "gap", "people", "score", "band", "flags")


def indicator_tables(card: Card, references: BenchmarkReferences) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two tables, each with heading texts and groups: per pillar its label, per indicator its label and levels.

    The first, with the pillars' scores, has what is scored or set against a benchmark: the page of the office.
    The second has the other indicators, in the columns that are not empty for them.
    """
    rows = [row for row in card.board["indicators"] if row["level"] in SHOWN_LEVELS]
    judged = {row["id"] for row in rows if _is_judged(card, row)}
    tables = (
        [row for row in rows if row["id"] in judged],
        [row for row in rows if row["id"] not in judged],
    )
    return (
        _table(card, references, tables[0], COLUMNS),
        _table(card, references, tables[1], COLUMNS_OF_OTHERS),
    )


def _is_judged(card: Card, row: dict[str, Any]) -> bool:
    indicator = card.catalogue.indicators[row["id"]]
    return row["score"] is not None or headline_gap(row["gaps"], indicator, row["level"]) is not None


def _table(
    card: Card, references: BenchmarkReferences, rows: list[dict[str, Any]], columns: tuple[str, ...]
) -> dict[str, Any]:
    """One table; only with all columns do the pillars show their scores."""
    by_pillar = groupby(rows, key=lambda row: card.catalogue.indicators[row["id"]].pillar)
    return {
        "head": [card.say(f"head_{column}") for column in ("indicator", *columns)],
        "groups": [_group(card, references, pillar, list(found), columns) for pillar, found in by_pillar],
    }


def _group(
    card: Card, references: BenchmarkReferences, pillar: str, rows: list[dict[str, Any]], columns: tuple[str, ...]
) -> dict[str, Any]:
    scores = (
        [p for p in card.board["pillars"] if p["id"] == pillar and p["level"] in SHOWN_LEVELS]
        if columns == COLUMNS
        else []
    )
    comma = "、" if card.language == "ja" else "; "
    return {
        "label": card.catalogue.pillars[pillar].label[card.language],
        "score": card.say("pillar_score", parts=comma.join(pillar_text(card, p) for p in scores)) if scores else "",
        "indicators": [
            {
                "label": card.catalogue.indicators[name].label[card.language],
                "rows": [_cells(card, references, row, columns) for row in levels],
            }
            for name, levels in groupby(rows, key=lambda row: row["id"])
        ],
    }


def pillar_text(card: Card, pillar: dict[str, Any]) -> str:
    """A pillar's score at a level with its kind and coverage, or why there is none."""
    level = level_word(pillar["level"], card.language)
    present, applicable = pillar["coverage"]
    if pillar["score"] is None:
        reason = card.say("reason_coverage" if applicable else "reason_none")
        return card.say("pillar_none", level=level, reason=reason)
    kind = card.say(f"kind_{pillar['score_kind']}")
    score = format_number(pillar["score"])
    return card.say("pillar_part", level=level, score=score, kind=kind, present=present, applicable=applicable)


def _cells(card: Card, references: BenchmarkReferences, row: dict[str, Any], columns: tuple[str, ...]) -> list[str]:
    indicator = card.catalogue.indicators[row["id"]]
    dash = card.say("dash")
    gap = headline_gap(row["gaps"], indicator, row["level"])
    has_value = row["value"] is not None
    counted_apart = has_value and indicator.measure.difference is None
    low_high = row["interval"] if has_value else None
    cells = [
        level_word(row["level"], card.language),
        value_text(row["value"], indicator.unit, card.language) if has_value else status_text(card, row),
        f"{count_text(row['numerator'])}/{count_text(row['denominator'])}" if counted_apart else dash,
        "–".join(format_number(end) for end in low_high) if low_high else dash,
        _benchmark(card, references, indicator, gap) if gap else dash,
        _points(indicator, row["value"], gap) or dash,
        _people(card, gap) or dash,
        score_text(card, row) or dash,
        row["band"] or dash,
        " ".join([*("*" for _ in range(row["small"])), *(SIGNS.get(flag, flag) for flag in row["flags"])]),
    ]
    return [cell for name, cell in zip(COLUMNS, cells, strict=True) if name in columns]


def _benchmark(card: Card, references: BenchmarkReferences, indicator: Any, gap: Any) -> str:
    number = references.number(indicator.id, gap)
    if gap["value"] is None:
        return f"{card.say('in_words')} [{number}]"
    return f"{line_shown(Fraction(gap['value']), indicator.unit, card.language)} [{number}]"


def _points(indicator: Indicator, value: Any, gap: Any) -> str:
    """Value less benchmark as both are written; empty where it cannot be told."""
    if not gap or gap["gap_points"] is None:
        return ""
    apart = difference_shown(Fraction(gap["value"]), value)
    return format_number(apart, places_of(apart, indicator.unit))


def _people(card: Card, gap: Any) -> str:
    """The verdict with its margin; without one the number needed; against an example its place."""
    if not gap:
        return ""
    people = gap["gap_people"]

    def counted(number: int) -> str:
        return say(f"people.count_{people['of']}", card.language, k=count_text(number))

    verdict = card.say(f"verdict_{gap['verdict']}") if gap["verdict"] else ""
    if gap["verdict"] in ("met", "not_met") and people:
        return verdict + card.say(f"margin_{gap['verdict']}", k=counted(abs(gap["margin"])))
    if verdict:
        return verdict
    if not people:
        return ""
    needed = people["add"] if people["replace"] is None else people["replace"]
    return "" if needed is None else counted(needed)


def score_text(card: Card, row: dict[str, Any]) -> str:
    """The score with the short word of its kind where it is not a plain score; empty without one."""
    if row["score"] is None:
        return ""
    kind = "" if row["score_kind"] == "score" else card.say(f"short_{row['score_kind']}")
    return format_number(row["score"]) + (f" {kind}" if kind else "")
