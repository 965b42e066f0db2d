"""What a chart shows, in one or two sentences made from the same rows: answer first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.charts.chart_rows import SHOWN_LEVELS, distance_text, level_word, line_shown, value_text
from app.edition import RESEARCHERS, catalogue
from app.texts import listed, say
from indicators.catalogue.declarations import Benchmark, BenchmarkEntry, Indicator
from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.scoring.requirement_gaps import REQUIRED, RequirementGaps
from schemas.dictionary.format_number import difference_shown

Row = Mapping[Any, Any]


def join_sentences(sentences: Sequence[str], language: str) -> str:
    """Sentences one after another."""
    return ("" if language == "ja" else " ").join(sentence for sentence in sentences if sentence)


def sentence_for_gap_overview(rows: pd.DataFrame, language: str, counted: RequirementGaps | None = None) -> str:
    """How many requirements are met at their own level, and the furthest value seen as a direction.

    ``counted`` is the count of the whole scoreboard, where the rows are only some of it.
    """
    usable = rows.dropna(subset=["value"])
    if usable.empty:
        return say("sentence.nothing", language)
    lined = usable[usable["line_kind"].isin(REQUIRED) & usable["line"].notna()]
    judged = lined[lined["verdict"].notna() & (lined["line_kind"] == "requirement")]
    direction = lined[lined["verdict"].isna() & (lined["gap_points"].astype(float) < 0)]
    sentences = []
    total, met = len(judged), int((judged["verdict"] == "met").sum())
    if counted is not None:
        total, met = counted.judged, counted.met
    if total:
        sentences.append(say("sentence.overview_judged", language, total=total, met=met))
    if counted is not None and counted.unjudged:
        sentences.append(say("sentence.overview_unjudged", language, n=len(counted.unjudged)))
    if len(direction):
        # Points are not set beside people: a number is named only where no share is open.
        shares = direction[direction["unit"] != "number"]
        alike = shares if len(shares) else direction
        row = alike.iloc[int(alike["gap_points"].astype(float).argmin())].to_dict()
        sentences.append(say("sentence.overview_direction", language, **_gap_words(row, language)))
    if not sentences and len(lined):
        return say("sentence.overview_reached", language)
    if not sentences:
        first = usable.iloc[0].to_dict()
        return say("sentence.overview_no_line", language, **_value_words(first, language))
    return join_sentences(sentences, language)


def _value_words(row: Row, language: str) -> dict[str, str]:
    return {
        "label": row[f"label_{language}"],
        "level": level_word(row["level"], language),
        "value": value_text(row["value"], row["unit"], language),
    }


def _gap_words(row: Row, language: str) -> dict[str, str]:
    line = line_shown(row["line"], row["unit"], language)
    gap = distance_text(difference_shown(row["line"], row["value"]), row["unit"], language)
    return {**_value_words(row, language), "line": line, "gap": gap}


def sentence_for_position_breakdown(rows: pd.DataFrame, language: str) -> str:
    """For each level the share over all researchers, and the positions with the highest and lowest share."""
    sentences = []
    for level in SHOWN_LEVELS:
        here = rows[(rows["level"] == level) & rows["value"].notna()]
        whole = here[here["indicator"] == catalogue().headline(RESEARCHERS).id]
        parts = here[here["position"] != ""].astype({"value": float})
        if whole.empty or len(parts) < 2:
            continue
        shown = parts["value"].map(lambda value: value_text(value, "percent", language))
        names = parts[f"position_{language}"]
        high, low = (shown.iloc[int(at)] for at in (parts["value"].argmax(), parts["value"].argmin()))
        words = {
            "level": level_word(level, language),
            "value": value_text(whole["value"].iloc[0], "percent", language),
            "highest": listed(names[shown == high]),
            "high": high,
            "lowest": listed(names[shown == low]),
            "low": low,
        }
        sentences.append(say("sentence.position" if high != low else "sentence.position_same", language, **words))
    return join_sentences(sentences, language) or say("sentence.nothing", language)


def example_entries(benchmarks: Sequence[Benchmark]) -> list[tuple[Benchmark, BenchmarkEntry]]:
    """Observed values with a number, one per centre and year, oldest first."""
    found = [(b, e) for b in benchmarks if b.kind == "observed" for e in b.entries if e.value is not None]
    return sorted(found, key=lambda pair: pair[1].from_)


def sentence_for_observed_dots(
    indicator: Indicator, benchmarks: Sequence[Benchmark], own: pd.DataFrame, language: str
) -> str:
    """Own values and the range of the examples."""
    usable = own.dropna(subset=["value"])
    examples = [float(entry.value or 0) for _, entry in example_entries(benchmarks)]
    if usable.empty or not examples:
        return say("sentence.nothing", language)
    span = {
        "n": len(examples),
        "low": value_text(min(examples), indicator.unit, language),
        "high": value_text(max(examples), indicator.unit, language),
    }
    own_words = [_value_words(row, language) for row in usable.to_dict("records")]
    sentences = [say("sentence.own_value", language, **words) for words in own_words]
    return join_sentences([*sentences, say("sentence.observed", language, **span)], language)


def sentence_for_among_institutions(values: pd.DataFrame, own: str, indicator: Indicator, language: str) -> str:
    """The own value and how the values that can be shown spread, without a rank; and how many are not drawn."""
    visible = shown_values(values)
    sentences = []
    mine = visible[visible["institution"] == own]["value"].astype(float)
    if len(mine):
        sentences.append(_spread(visible["value"].astype(float), mine.iloc[0], indicator, language))
    else:
        sentences.append(say("sentence.nothing", language))
    absent = len(values) - len(visible)
    if absent:
        sentences.append(say("sentence.among_hidden", language, n=absent))
    return join_sentences(sentences, language)


def _spread(values: pd.Series[float], own: float, indicator: Indicator, language: str) -> str:
    words = {"value": value_text(own, indicator.unit, language)}
    if len(values) < LEAST_PEERS:
        return say("sentence.among_few", language, least=LEAST_PEERS, **words)
    points = zip(("low", "lower", "upper", "high"), values.quantile([0, 0.25, 0.75, 1]), strict=True)
    words |= {name: value_text(value, indicator.unit, language) for name, value in points}
    return say("sentence.among", language, n=len(values), **words)


def shown_values(values: pd.DataFrame) -> pd.DataFrame:
    """Rows that may be drawn: with a value, and not marked ``hidden``."""
    hidden = values["hidden"].astype(bool) if "hidden" in values else pd.Series(False, index=values.index)
    return values[~hidden & values["value"].notna()]


def sentence_for_trend(values: pd.DataFrame, indicator: Indicator, language: str) -> str:
    """Each level's change from last year in points; a year without a value stands among ``values`` too."""
    sentences = []
    for level in SHOWN_LEVELS:
        here = values[(values["level"] == level) & values["value"].notna()].sort_values("year")
        if len(here):
            sentences.append(_change(here, level, int(values["year"].max()), indicator, language))
    return join_sentences(sentences, language) or say("sentence.nothing", language)


def _change(here: pd.DataFrame, level: str, year: int, indicator: Indicator, language: str) -> str:
    by_year = dict(zip(here["year"].astype(int), here["value"].astype(float), strict=True))
    this = max(by_year)
    words = {"level": level_word(level, language), "now": value_text(by_year[this], indicator.unit, language)}
    if this < year:
        return say("sentence.trend_gone", language, year=year, last=this, **words)
    if this - 1 not in by_year:
        return say("sentence.trend_one", language, **words)
    change = difference_shown(by_year[this - 1], by_year[this])
    key = "trend_up" if change > 0 else "trend_down" if change < 0 else "trend_same"
    before = value_text(by_year[this - 1], indicator.unit, language)
    return say(
        f"sentence.{key}", language, **words, before=before, change=distance_text(change, indicator.unit, language)
    )


def sentence_for_checklist_map(items: pd.DataFrame, language: str) -> str:
    """Items at level 2 or more of the items that apply, at the centre and in the whole institution."""
    rated = items.dropna(subset=["level"])
    if rated.empty:
        return say("sentence.nothing", language)
    counts: dict[str, int] = {}
    for level in SHOWN_LEVELS:
        here = rated[rated["scope"] == level]
        counts |= {level: int((here["level"] >= 2).sum()), f"n_{level}": len(here)}
    asked = [level for level in SHOWN_LEVELS if counts[f"n_{level}"]]
    return say("sentence.map" if len(asked) > 1 else f"sentence.map_{asked[0]}", language, **counts)
