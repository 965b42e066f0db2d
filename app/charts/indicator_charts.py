"""Frame + indicator + language → Altair chart. The same functions serve pages and scorecards.

Own values are blue: a diamond for the institution, a circle for its centre. Filled marks are judged at their
own level; outlined ones are reference or direction. Lines to compare with are dashed and named where they stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from app.charts import captions
from app.charts.chart_elements import (
    SHAPES,
    WIDTH,
    dots,
    finish_chart,
    join_parts,
    layered,
    level_words,
    line_text,
    row_axis,
    share_axis,
    share_scale,
    span,
    subtitle_of,
    title_params,
    value_labels,
    whiskers,
)
from app.charts.chart_rows import SHOWN_LEVELS, level_word, value_text
from app.charts.theme import GROUND, LEVEL_TEXT, LEVELS, LINE, OTHERS, OWN
from app.edition import RESEARCHERS, catalogue
from app.texts import say
from indicators.catalogue.declarations import Benchmark, Indicator
from indicators.scoring.requirement_gaps import RequirementGaps
from schemas.dictionary.format_number import format_number

NARROW = 320
EXAMPLE_SHAPES = {"own": "diamond", "one": "circle", "mean": "square", "other": "triangle-up"}


def gap_overview(
    rows: pd.DataFrame, language: str, near: pd.DataFrame | None = None, counted: RequirementGaps | None = None
) -> alt.LayerChart:
    """Centre and institution side by side, one row per indicator, with intervals and lines, on 0–100.

    ``rows``: ``chart_rows``, for example those of one pillar. Distances and numbers are left out.
    ``near``: indicator, low and high of the middle half of similar institutions, drawn behind the institution.
    ``counted``: the requirements of the whole scoreboard, where the rows are only some of it.
    """
    drawn = rows[rows["unit"].isin(["percent", "score"])]
    drawn = drawn.assign(
        name=drawn[f"label_{language}"], line_text=[line_text(row, language) for row in drawn.to_dict("records")]
    )
    units = [say(f"chart.unit_{unit}", language) for unit in dict.fromkeys(drawn["unit"])]
    lines = [subtitle_of(drawn, units, language), *(say(f"chart.key_{name}", language) for name in ("fill", "whisker"))]
    bands = None
    if near is not None and len(near):
        bands = near.merge(drawn[["indicator", "name"]].drop_duplicates(), on="indicator")
        lines.append(say("chart.key_near", language))
    title = title_params(say("chart.overview_title", language), lines)
    sentence = captions.sentence_for_gap_overview(rows, language, counted)
    return finish_chart(dots(drawn, language, bands=bands), title, sentence)


def position_breakdown(rows: pd.DataFrame, language: str) -> alt.LayerChart:
    """Foreign share by position at centre and institution; the line stands over all researchers only.

    ``rows``: ``chart_rows`` with the share over all researchers and those by position (docs/catalogue-decisions.md 3).
    """
    chosen = (rows["indicator"] == catalogue().headline(RESEARCHERS).id) | (rows["position"] != "")
    drawn = rows[chosen].sort_values("position_rank", kind="stable")
    has_line = (drawn["position"] == "") & drawn["line"].notna()
    lines = [
        say("chart.position_line", language, value=format_number(value, 0)) if keep else ""
        for value, keep in zip(drawn["line"], has_line, strict=True)
    ]
    drawn = drawn.assign(name=drawn[f"position_{language}"], line=drawn["line"].where(has_line), line_text=lines)
    whole = drawn[drawn["position"] == ""]
    title = title_params(
        say("chart.position_title", language), [subtitle_of(whole, [say("chart.unit_percent", language)], language)]
    )
    return finish_chart(dots(drawn, language, NARROW), title, captions.sentence_for_position_breakdown(rows, language))


def observed_dots(
    indicator: Indicator, benchmarks: Sequence[Benchmark], own: pd.DataFrame, language: str
) -> alt.LayerChart:
    """Named WPI centres as dots with their year, own values above them; examples, not a distribution.

    ``own``: ``chart_rows`` of the indicator. A value counted differently is outlined, a mean of centres a square.
    """
    examples = _examples(indicator, benchmarks, language)
    data = pd.DataFrame([*_own_rows(indicator, own, language), *examples])
    data = data.assign(
        word=[say("chart.own" if kind == "own" else f"chart.kind_{kind}", language) for kind in data["kind"]],
        stroke=[OWN if kind == "own" else LINE for kind in data["kind"]],
        fill=[{"own": OWN, "other": GROUND}.get(kind, OTHERS) for kind in data["kind"]],
    )
    kinds = list(dict.fromkeys(zip(data["word"], data["kind"], strict=True)))
    shape = alt.Scale(domain=[word for word, _ in kinds], range=[EXAMPLE_SHAPES[kind] for _, kind in kinds])
    base = alt.Chart(data).encode(y=alt.Y("name:N", sort=list(data["name"]), axis=row_axis()))
    points = base.mark_point(size=110, strokeWidth=1.5, opacity=1).encode(
        x=share_axis(data),
        shape=alt.Shape(
            "word:N", scale=shape, legend=alt.Legend(symbolStrokeColor=LINE, symbolFillColor="transparent")
        ),
        stroke=alt.Stroke("stroke:N", scale=None),
        fill=alt.Fill("fill:N", scale=None),
    )
    unit = say(f"chart.unit_{indicator.unit}", language)
    subtitle = say("chart.observed_subtitle", language, unit=unit, n=len(examples))
    chart = layered(whiskers(base), points, value_labels(base), width=WIDTH, height={"step": 30})
    title = title_params(say("chart.observed_title", language, label=indicator.label), [subtitle])
    return finish_chart(chart, title, captions.sentence_for_observed_dots(indicator, benchmarks, own, language))


def _own_rows(indicator: Indicator, own: pd.DataFrame, language: str) -> list[dict[str, Any]]:
    return [
        {
            "name": say("chart.observed_own", language, level=level_word(row["level"], language), year=row["year"]),
            "kind": "own",
            **{key: float(row[key]) if pd.notna(row[key]) else None for key in ("value", "lower", "upper")},
            "shown": value_text(row["value"], indicator.unit, language),
        }
        for row in own.dropna(subset=["value"]).to_dict("records")
    ]


def _examples(indicator: Indicator, benchmarks: Sequence[Benchmark], language: str) -> list[dict[str, Any]]:
    rows = []
    for benchmark, entry in captions.example_entries(benchmarks):
        counted_alike = (benchmark.population_key, benchmark.definition) == (
            indicator.population,
            indicator.definition_key,
        )
        centre = entry.centre[language] if entry.centre else benchmark.label[language]
        rows.append(
            {
                "name": say("chart.observed_row", language, centre=centre, year=entry.from_.year),
                "kind": "mean" if entry.mean_of else "one" if counted_alike else "other",
                "value": float(entry.value or 0),
                "lower": None,
                "upper": None,
                "shown": value_text(entry.value, indicator.unit, language),
            }
        )
    return rows


def among_institutions(values: pd.DataFrame, own: str, indicator: Indicator, language: str) -> alt.LayerChart:
    """Every institution as a thin stroke on one strip, the own one as a labelled diamond.

    ``values``: the table ``values`` of one indicator, level and year (institution, value, year; ``hidden`` where
    small counts are withheld). Hidden values and missing ones are not drawn; the sentence says how many.
    """
    visible = captions.shown_values(values)
    data = pd.DataFrame(
        {
            "value": visible["value"].astype(float),
            "is_own": visible["institution"] == own,
            "shown": [value_text(value, indicator.unit, language) for value in visible["value"]],
        }
    ).astype({"shown": "str"})
    others, mine = data[~data["is_own"]], data[data["is_own"]]
    x = share_axis(data)
    word = {True: say("chart.own", language), False: say("chart.others", language)}
    strip = alt.Chart(others[["value"]]).mark_tick(color=OTHERS, thickness=1.5, size=44, opacity=0.8).encode(x=x)
    label = alt.Chart(mine.assign(shown=word[True] + " " + mine["shown"])).encode(x=x)
    diamond = label.mark_point(shape="diamond", filled=True, size=200, color=OWN, opacity=1)
    text = label.mark_text(dy=-36, color=OWN, fontWeight="bold").encode(text=alt.Text("shown:N"))
    years = sorted({int(year) for year in values["year"]})
    subtitle = join_parts(
        [
            say(
                "chart.subtitle_years",
                language,
                unit=say(f"chart.unit_{indicator.unit}", language),
                years=span(years),
            ),
            say("chart.size_institutions", language, n=len(visible)),
        ],
        language,
    )
    title = title_params(say("chart.among_title", language, label=indicator.label), [subtitle])
    chart = layered(strip, diamond, text, width=WIDTH + 160, height=96)
    return finish_chart(chart, title, captions.sentence_for_among_institutions(values, own, indicator, language))


def trend(values: pd.DataFrame, indicator: Indicator, language: str) -> alt.LayerChart:
    """This year beside the years before, a line per level, with the reference interval and the value of each point.

    ``values``: the table ``values`` of one institution and indicator (level, year, value, interval).
    """
    known = values[values["level"].isin(SHOWN_LEVELS) & values["value"].notna()]
    data = pd.DataFrame(
        {
            "level": [level_word(level, language) for level in known["level"]],
            "year": known["year"].astype(int).astype(str),
            "value": known["value"].astype(float),
            "shown": [_value_beside(row, known, indicator, language) for row in known.to_dict("records")],
            "lower": [ends[0] if ends else None for ends in known["interval"]],
            "upper": [ends[1] if ends else None for ends in known["interval"]],
        }
    ).astype({"lower": float, "upper": float})
    years = sorted({int(year) for year in known["year"]})
    base = alt.Chart(data).encode(
        x=alt.X("year:O", axis=alt.Axis(labelAngle=0, grid=False)), y=alt.Y("value:Q", scale=share_scale(data))
    )
    line = base.mark_line(color=OWN).encode(
        strokeDash=alt.StrokeDash("level:N", scale=alt.Scale(domain=level_words(language)), legend=None)
    )
    shapes = alt.Scale(domain=level_words(language), range=[SHAPES[level] for level in SHOWN_LEVELS])
    points = base.mark_point(filled=True, size=110, color=OWN, opacity=1).encode(
        shape=alt.Shape("level:N", scale=shapes, legend=None)
    )
    reach = alt.Chart(data[data["lower"].notna()]).mark_rule(color=OWN, strokeWidth=1)
    reach = reach.encode(x=alt.X("year:O"), y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q"))
    beside: dict[str, Any] = {"align": "left", "dx": 9, "dy": -10}
    ground = base.mark_text(**beside, stroke=GROUND, strokeWidth=4, aria=False).encode(text=alt.Text("shown:N"))
    text = base.mark_text(**beside, color=OWN).encode(text=alt.Text("shown:N"))
    unit = say(f"chart.unit_{indicator.unit}", language)
    title = title_params(
        say("chart.trend_title", language, label=indicator.label),
        [say("chart.trend_subtitle", language, unit=unit, years=span(years))],
    )
    width = max(200, 120 * len(years))
    chart = layered(line, reach, points, ground, text, width=width, height=220)
    return finish_chart(chart, title, captions.sentence_for_trend(values, indicator, language))


def _value_beside(row: Mapping[Any, Any], known: pd.DataFrame, indicator: Indicator, language: str) -> str:
    """A value of a trend; that of its level's latest year begins with the name of the level, in place of a legend."""
    shown = value_text(row["value"], indicator.unit, language)
    is_last = row["year"] == known.loc[known["level"] == row["level"], "year"].max()
    return f"{level_word(row['level'], language)} {shown}" if is_last else shown


def checklist_map(items: pd.DataFrame, language: str, year: int, beside: pd.DataFrame | None = None) -> alt.LayerChart:
    """Items × (institution, centre) as levels 0–3 in steps of one hue with the number printed.

    ``items``: ``chart_rows.checklist_items``. An item that does not apply has a dash and no colour. ``beside``:
    further centres, with the code of the centre as scope: item, label_ja, label_en, scope, level, asked.
    """
    every = with_unasked(items) if beside is None else pd.concat([with_unasked(items), beside])
    data = pd.DataFrame([_cell(item, language) for item in every.to_dict("records")])
    names = list(dict.fromkeys(data["name"]))
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", sort=names, axis=row_axis()),
        x=alt.X(
            "scope:N",
            sort=list(dict.fromkeys([*level_words(language), *data["scope"]])),
            axis=alt.Axis(orient="top", labelAngle=0),
        ),
    )
    cells = base.mark_rect(stroke=OTHERS, strokeWidth=0.5).encode(fill=alt.Fill("fill:N", scale=None))
    numbers = base.mark_text(fontWeight="bold").encode(text=alt.Text("shown:N"), color=alt.Color("ink:N", scale=None))
    subtitle = say("chart.map_subtitle", language, year=year, n=items["item"].nunique())
    chart = layered(cells, numbers, width=WIDTH, height={"step": 21})
    title = title_params(say("chart.map_title", language), [subtitle, say("chart.map_signs", language)])
    return finish_chart(chart, title, captions.sentence_for_checklist_map(items, language))


def with_unasked(items: pd.DataFrame) -> pd.DataFrame:
    """The items with a row for the centre also where an item is asked for the whole institution only."""
    alone = items[~items["item"].isin(items.loc[items["scope"] == "centre", "item"])]
    if (items["scope"] == "institution").all():
        return items
    unasked = alone.assign(scope="centre", asked=False)
    unasked["level"] = pd.NA
    return pd.concat([items.assign(asked=True), unasked])


def _cell(item: Mapping[Any, Any], language: str) -> dict[str, str]:
    level = None if pd.isna(item["level"]) else int(item["level"])
    missing = say("chart.map_none" if item.get("asked", True) else "chart.map_unasked", language)
    return {
        "name": f"{item['item']} {item[f'label_{language}']}",
        "scope": level_word(item["scope"], language) if item["scope"] in SHOWN_LEVELS else item["scope"],
        "shown": missing if level is None else str(level),
        "fill": GROUND if level is None else LEVELS[level],
        "ink": LINE if level is None else LEVEL_TEXT[level],
    }
