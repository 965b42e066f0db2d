"""One indicator in depth: value, parts, cells, benchmarks with sources, what one person changes."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd
import streamlit as st

from app.charts import captions, indicator_charts
from app.charts.centre_rows import judgement_text
from app.charts.chart_rows import SHOWN_LEVELS, change_text, chart_rows, count_text
from app.charts.own_target_rows import own_target_rows
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.composition_section import composition_section
from app.components.handbook_link import chance_link, handbook_link
from app.components.navigation import FILE_OF
from app.components.one_page.cells_section import show_cells
from app.components.one_page.movement import trend_twin
from app.components.peers.value_place import answer, show_value_place
from app.components.published_section import beside_published
from app.components.session import Page
from app.documents.handbook.catalogue_chapters import value_of
from app.documents.handbook.source_chapter import source_line
from app.documents.number_lineage import cells_of, key_of
from app.results.definitions_of_foreign import is_marked, readings, row_of
from app.results.institution_results import Board
from indicators.catalogue.declarations import Indicator
from indicators.values.values import is_too_few
from schemas.dictionary.format_number import difference_shown, signed_number

KINDS = ("requirement", "target", "observed", "national", "peers")
WIDTHS = {"level": 85, "benchmark": 180, "value": 75, "gap": 110, "people": 110, "verdict": 110, "source": 214}
WIDTHS |= {"seen": 120, "why": 300}


def level_block(page: Page, row: Mapping[str, Any]) -> None:
    """Value, arithmetic, interval and score of one level."""
    st.metric(page.say(f"level.{row['level']}"), page_elements.value_text(page, row), border=True)
    if row["denominator"] is not None:
        counts = {part: count_text(row[part]) for part in ("numerator", "denominator")}
        st.text(page.say("indicator.formula", **counts))
    if row["interval"]:
        low, high = (page_elements.number(edge) for edge in row["interval"])
        st.text(page.say("indicator.interval", low=low, high=high))
    elif is_too_few(page.catalogue.indicators[row["id"]], row):
        st.caption(page.say("indicator.interval_few"))
    counted = page.catalogue.indicators[row["id"]].of in ("people", "staff")
    if counted and isinstance(row["denominator"], int) and row["denominator"] > 0:
        st.text(page.say("indicator.one_person", points=page_elements.number(100 / row["denominator"], 2)))
    st.text(page_elements.score_text(page, row))


def show_cells_of(page: Page, board: Board, row: Mapping[str, Any]) -> None:
    """The cells of one level over the whole width, folded, with the way to the account of the number."""
    heading = f"{page.say('indicator.cells')}　{page.say('level.' + row['level'])}"
    with st.expander(heading + page_elements.bracket(page, str(len(row["cells"])))):
        found = list(cells_of(session.store(), board.submission, key_of(row)))
        show_cells(page, found, f"cells_{row['level']}_{row['unit']}")
        if st.button(page.say("lineage.open"), key=f"lineage_{row['level']}_{row['unit']}", type="tertiary"):
            st.session_state["lineage_row"] = key_of(row)
            st.switch_page(FILE_OF["lineage"])


def by_definition(page: Page, family: Sequence[Indicator], rows: Sequence[dict[str, Any]]) -> None:
    """Value, arithmetic, score and distances under each definition, and whether the verdict depends on it."""
    st.subheader(page.say("definition.heading"))
    found = [(one, row) for one in family if (row := row_of(rows, one, "institution")) is not None]
    if not found:
        st.info(page.say("empty.no_match"))
        return
    said = [
        page.say(
            "definition.part",
            name=page.say(f"definition.{one.definition_key}"),
            value=page_elements.value_text(page, row),
        )
        for one, row in found
    ]
    st.text(page.say("definition.lead", parts=page.say("chart.list_comma").join(said)))
    if any(is_marked(row) for _, row in found):
        st.warning(page.say("definition.depends"), icon=":material/alt_route:")
    table = [
        {
            "reading": one.label[page.language],
            "value": page_elements.value_text(page, row),
            "formula": page_elements.formula_text(row),
            "score": page_elements.score_text(page, row),
            "line": distances(page, row),
            "depends": page.say("definition.depends") if is_marked(row) else "",
        }
        for one, row in found
    ]
    names = {"reading": "definition.column_reading", "value": "indicator.value", "formula": "indicator.column_formula"}
    names |= {"score": "kind.score", "line": "definition.column_line", "depends": "definition.column_depends"}
    columns = {key: page.say(text) for key, text in names.items()}
    page_elements.table(
        page, table, name=f"definitions_{family[0].id}", columns=columns, numbers=("value", "formula"), lines=2
    )
    st.caption(f"{page.say('definition.depends_note')} {page.say('definition.wide_note')}")


def show_trend(page: Page, indicator: Indicator) -> None:
    """The values of the rounds so far, where there is more than one."""
    history = [
        {name: row[name] for name in ("year", "level", "value", "interval")}
        for row in page.rounds_so_far()
        if row["id"] == indicator.id and row["level"] in SHOWN_LEVELS
    ]
    if len({one["year"] for one in history if one["value"] is not None}) > 1:
        st.subheader(page.say("value_axis.trend"))
        frame = pd.DataFrame(history)
        sentence = captions.sentence_for_trend(frame, indicator, page.language)
        twin = trend_twin(page, frame, indicator.unit)
        chart(indicator_charts.trend(frame, indicator, page.language), sentence, twin)


def distances(page: Page, row: Mapping[str, Any]) -> str:
    """How far a value is from each line of its own definition, in points."""
    found = []
    for gap in row["gaps"]:
        benchmark = page.catalogue.benchmark(row["id"], gap["benchmark"])
        if gap["value"] and row["value"] is not None and benchmark.definition == row["definition"]:
            away = signed_number(difference_shown(Fraction(gap["value"]), row["value"]))
            found.append(f"{benchmark.label[page.language]} {gap['value']}: {away}")
    return page.say("chart.list_comma").join(found)


def _gap_words(page: Page, row: Mapping[str, Any], gap: Mapping[str, Any]) -> str:
    """How far a value is from a benchmark, or why that is not said; empty for one in words."""
    if not gap["comparable"]:
        return page.say("indicator.context_only")
    if gap["gap_points"] is None:
        return ""
    unit = page.catalogue.indicators[row["id"]].unit
    return change_text(difference_shown(Fraction(gap["value"]), row["value"]), unit, page.language)


def benchmark_rows(page: Page, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every benchmark in force beside one level's value."""
    found = []
    for gap in sorted(row["gaps"], key=lambda gap: KINDS.index(gap["kind"])):
        benchmark = page.catalogue.benchmark(row["id"], gap["benchmark"])
        entry = next(e for e in benchmark.entries if e.id == gap["entry"])
        source = page.catalogue.sources[gap["source"]]
        centre = f" {entry.centre[page.language]}" if entry.centre else ""
        found.append(
            {
                "level": page.say(f"level.{row['level']}"),
                "benchmark": f"{benchmark.label[page.language]}{centre}"
                + page_elements.bracket(page, str(entry.from_.year)),
                "value": value_of(entry, benchmark, page.language),
                "gap": _gap_words(page, row, gap),
                "people": page_elements.gap_people(page, gap),
                "verdict": page_elements.verdict_text(page, gap),
                "source": source_line(source, page.language),
                "seen": page.say(f"indicator.seen_{gap['seen']}"),
                "why": entry.why[page.language],
            }
        )
    return found


page = session.begin("view_own")
page_elements.heading(page, "nav.indicator")
board = session.require_results(page, page.board())
chosen = page_elements.choose_indicator(page)
indicator = page.catalogue.indicators[chosen]
family = readings(page.catalogue, chosen)
if family:
    definition = page_elements.choose_definition(page, [one.definition_key for one in family])
    read = next(one for one in family if one.definition_key == definition)
    found = [row_of(board.scoreboard["indicators"], read, level) for level in SHOWN_LEVELS]
    rows = [row for row in found if row is not None]
else:
    read = indicator
    rows = [row for row in board.scoreboard["indicators"] if row["id"] == chosen and row["level"] in SHOWN_LEVELS]
whole = next((row for row in rows if row["level"] == "institution"), rows[0] if rows else None)
if whole is not None:
    st.text(answer(page, whole))
show_value_place(page, board, read)
for slot, row in zip(st.columns(max(1, len(rows))), rows, strict=False):
    with slot:
        level_block(page, row)
for row in rows:
    show_cells_of(page, board, row)
st.caption(page.say("indicator.interval_note"))
chance_link(page)
if family:
    by_definition(page, family, board.scoreboard["indicators"])
for centre in board.centres:
    own = [one for one in centre["requirements"] if one["indicator"] == chosen]
    if own:
        judged = judgement_text({**centre, "requirements": own}, page.catalogue, page.language)
        st.text(f"{centre['unit']} {centre['name'][page.language]}　{judged}")
st.subheader(page.say("indicator.benchmarks"))
table = [entry for row in rows for entry in benchmark_rows(page, row)]
if not table:
    is_known = bool(page.catalogue.benchmarks.get(chosen))
    st.info(page.say("indicator.no_gap" if is_known else "indicator.no_benchmark"))
else:
    benchmarks = page.catalogue.benchmarks[chosen]
    if captions.example_entries(benchmarks):
        drawn = chart_rows(board.scoreboard, page.catalogue)
        drawn = drawn[drawn["indicator"] == chosen]
        chart(
            indicator_charts.observed_dots(indicator, benchmarks, drawn, page.language),
            captions.sentence_for_observed_dots(indicator, benchmarks, drawn, page.language),
        )
        st.caption(page.say("indicator.observed_note"))
    columns = ("benchmark", "value", "gap", "people", "verdict", "source", "seen", "why")
    headings = {"level": page.say("comparison.level")} | {key: page.say(f"indicator.column_{key}") for key in columns}
    numbers = ("value", "gap", "people")
    page_elements.table(
        page, table, name=f"benchmarks_{chosen}", columns=headings, numbers=numbers, lines=3, height=600, widths=WIDTHS
    )
    newest = max((entry.last_confirmed for b in page.catalogue.benchmarks[chosen] for entry in b.entries), default=None)
    if newest and page.year and page.year - newest.year > 5:
        st.caption(page.say("indicator.latest_confirmed", date=newest.isoformat()))
mine = [one for one in board.scoreboard["own_targets"] if one["indicator"] == chosen]
for one in own_target_rows(mine, page.catalogue, page.language):
    st.text(page.say("own_target.sentence", **one))
show_trend(page, read)
composition_section(page, chosen)
beside_published(page, chosen)
st.subheader(page.say("indicator.definition"))
st.write(read.definition[page.language])
if read.official is not None:
    st.subheader(page.say("indicator.official"))
    st.write(read.official[page.language])
st.subheader(page.say("indicator.pitfalls"))
st.write(read.pitfalls[page.language])
handbook_link(page, "indicators", read.id)
st.caption(page.say("context.sources", sources=source_line(page.catalogue.sources[indicator.source], page.language)))
