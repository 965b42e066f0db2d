"""Country figures as context: co-authorship, flows, exchange, budgets, and what could not be had; never a gap."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.charts import context_charts, context_rows
from app.charts.flow_map import flow_map
from app.charts.publications import top10_chart
from app.charts.publications.top10_chart import PARTS
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.session import Page
from app.results.top10_of_countries import top10_of_countries
from indicators.published import shipped

BUDGET_WIDTHS = {"programme": 195, "request": 180, "previous": 165, "proposer": 160, "partner": 170}
MISSING = ("missing_top10", "missing_oecd", "missing_exchange", "missing_rates")
HIGHEST_THRESHOLD, THRESHOLD_STEP = 20_000, 500


def table(page: Page, rows: Any, name: str, columns: Mapping[str, str], numbers: Sequence[str] = ()) -> None:
    """The table twin of a chart, folded away; ``columns``: field -> text key."""
    with st.expander(page.say("context.table")):
        headings = {field: page.say(f"context.{key}") for field, key in columns.items()}
        page_elements.table(page, rows, name=name, columns=headings, numbers=numbers, legend=False)


def sources(page: Page, figures: pd.DataFrame) -> None:
    """The sources of some figures under their chart."""
    keys = list(dict.fromkeys(figures["source"]))
    st.caption(context_rows.source_line(page.catalogue, keys, page.language))


def credit(page: Page, file: str) -> None:
    """Credit, terms and note of a file that ships."""
    licence = shipped.licences()[file]
    terms = page.say("context.licence", licence=licence.licence)
    notes(page, licence.credit[page.language], licence.note[page.language], terms)


def notes(page: Page, *texts: str) -> None:
    """Short notes in one paragraph."""
    st.caption((" " if page.language == "en" else "　").join(texts))


FIGURE_COLUMNS = {
    "figure": "column_figure",
    "value": "column_value",
    "unit": "column_unit",
    "counting": "column_counting",
    "grade": "column_grade",
    "source": "column_source",
}


def coauthorship(page: Page) -> None:
    """Bars by country for one year, then Japan's place by top 10 % papers."""
    st.subheader(page.say("context.coauthor_heading"))
    years = context_rows.coauthorship_years()
    year = st.segmented_control(page.say("context.coauthor_year"), years, default=years[0], key="context_year")
    rows = context_rows.coauthorship_rows(page.catalogue, year or years[0], page.language)
    sentence = context_rows.coauthorship_sentence(rows, page.language)
    chart(context_charts.coauthorship_bars(rows, page.language, sentence), sentence)
    sources(page, rows)
    st.caption(page.say("context.coauthor_note"))
    columns = {"name": "column_country", "as_of": "column_year", "value": "column_share"}
    table(page, rows, "coauthorship_by_country", columns, ["value"])
    st.text(context_rows.top10_sentence(page.language))
    figures = context_rows.top10_figures()
    words = {name: page.say(f"context.figure_{name}") for name in context_rows.TOP10_FIGURES}
    found = context_rows.figure_rows(page.catalogue, figures, words, page.language)
    table(page, found, "top10_papers_of_japan", {"as_of": "column_year", **FIGURE_COLUMNS}, ["value"])
    sources(page, figures)


def own_top10(page: Page) -> None:
    """Top-10 % papers of countries as counted here from OpenAlex, where such a table was loaded."""
    rows = top10_of_countries(session.store())
    if rows.empty:
        return
    st.subheader(page.say("context.own_top10_heading"))
    counting = st.segmented_control(
        page.say("context.column_counting"),
        ["full", "fractional"],
        format_func=lambda code: page.say(f"context.counting_{code}"),
        default="full",
        key="context_top10_counting",
    )
    rows = rows[rows["counting"] == (counting or "full")]
    names = context_rows.country_names(page.catalogue, page.language)
    sentence = top10_chart.top10_sentence(rows, names, page.language)
    chart(top10_chart.top10_lines(rows, names, page.language, sentence), sentence)
    st.caption(page.say("context.own_top10_note", sources=" / ".join(dict.fromkeys(rows["source"]))))
    wide = rows.pivot_table("value", ["country", "year"], "part").reset_index().round(1)
    listed = wide.assign(name=wide["country"].map(names), year=wide["year"].astype(str))
    columns = {"name": "column_country", "year": "column_year", **{part: f"own_top10_{part}" for part in PARTS}}
    table(page, listed, "own_top10_by_country", columns, list(PARTS))


def flows(page: Page) -> None:
    """The arrow chart with its period and threshold, and every pair with Japan."""
    st.subheader(page.say("context.flow_heading"))
    left, right = st.columns([2, 3])
    period = left.segmented_control(
        page.say("context.flow_period"),
        shipped.PERIODS,
        format_func=lambda code: code.replace("-", "–"),
        default=shipped.MINISTRY_PERIOD,
        key="context_period",
    )
    threshold = right.slider(
        page.say("context.flow_threshold"),
        shipped.LOWEST_THRESHOLD,
        HIGHEST_THRESHOLD,
        shipped.MINISTRY_THRESHOLD,
        THRESHOLD_STEP,
        format="localized",
        help=page.say("context.flow_threshold_help"),
        key="context_threshold",
    )
    period = period or shipped.MINISTRY_PERIOD
    pairs = shipped.flow_pairs(period, threshold)
    names = context_rows.flow_names(page.catalogue, page.language)
    sentence = context_rows.flow_sentence(pairs, names, period, threshold, page.language)
    title = page.say("context.flow_title", period=period.replace("-", "–"))
    subtitle = page.say("context.flow_subtitle", threshold=f"{threshold:,}", n=len(pairs))
    drawing = flow_map(pairs, shipped.places(), names, title=title, subtitle=subtitle, sentence=sentence)
    chart(drawing, sentence)
    credit(page, "researcher_flows.csv")
    credit(page, "places.csv")
    notes(page, page.say("context.flow_note"), page.say("context.flow_labels"))
    columns = {field: f"flow_column_{field}" for field in ("first", "second", "there", "back", "total")}
    counts = ["there", "back", "total"]
    table(page, context_rows.flow_rows(pairs, names), "researcher_flows", columns, counts)
    st.text(page.say("context.flow_own"))
    own = context_rows.flow_rows(context_rows.japan_pairs(period), names)
    table(page, own, "researcher_flows_japan", columns, counts)


def exchange(page: Page) -> None:
    """Researchers received and sent over the years, breaks left open."""
    st.subheader(page.say("context.exchange_heading"))
    for length in ("long", "short"):
        sentence = context_rows.exchange_sentence(length, page.language)
        chart(context_charts.exchange_chart(length, page.language, sentence), sentence)
    broken = [page.say("context.exchange_break", year=found.year, what=found.what) for found in shipped.breaks()]
    notes(page, *broken, page.say("context.exchange_gaps"))
    figures = context_rows.exchange_figures()
    sources(page, pd.concat([figures, pd.DataFrame({"source": [found.source for found in shipped.breaks()]})]))
    words = {name: page.say(f"context.series_{name}") for name in context_rows.SERIES}
    rows = context_rows.figure_rows(page.catalogue, figures, words, page.language)
    columns = {key: name for key, name in FIGURE_COLUMNS.items() if key != "counting"}
    table(page, rows, "researcher_exchange", {"as_of": "column_fiscal_year", **columns}, ["value"])


def budgets(page: Page) -> None:
    """The programme budgets of the strategy deck, dated as the request they were."""
    st.subheader(page.say("context.budget_heading"))
    st.text(context_rows.budget_sentence(page.language))
    fields = ("programme", "request", "previous", "proposer", "partner")
    headings = {field: page.say(f"context.budget_column_{field}") for field in fields}
    rows = context_rows.budget_rows(page.language)
    page_elements.table(
        page,
        rows,
        name="programme_budgets",
        columns=headings,
        legend=False,
        numbers=["request", "previous"],
        lines=2,
        widths=BUDGET_WIDTHS,
    )
    st.text(page.say("context.budget_newer"))
    headings = {field: page.say(f"context.budget_newer_{field}") for field in ("programme", "when", "amount")}
    newer = context_rows.newer_budget_rows(page.language)
    page_elements.table(page, newer, name="newer_budgets", columns=headings, legend=False, numbers=["amount"])
    st.caption(page.say("context.budget_note"))
    amounts = shipped.country_figures()
    sources(page, amounts[amounts["unit"] == "million_yen"])


def joint_degrees(page: Page) -> None:
    """Graduate majors whose name says 国際連携."""
    st.subheader(page.say("context.joint_heading"))
    rows = shipped.joint_degree_majors()
    st.text(page.say("context.joint_sentence", rows=len(rows), universities=rows["school_code"].nunique()))
    columns = {
        "name_ja": "joint_column_university",
        "graduate_school": "joint_column_school",
        "major": "joint_column_major",
        "partner_in_name": "joint_column_partner",
    }
    table(page, rows, "joint_degree_majors", columns)
    credit(page, "jp_joint_degree_majors.csv")


page = session.begin("view_handbook")
page_elements.heading(page, "context.title", own=False)
if session.store().kind == "demo":
    # Figures of real countries beside invented universities would be taken for one another.
    st.info(page.say("context.demo"))
    st.text(page.say("context.demo_sections"))
    st.stop()
st.write(page.say("context.intro"))
coauthorship(page)
own_top10(page)
flows(page)
exchange(page)
budgets(page)
joint_degrees(page)
st.subheader(page.say("context.missing_heading"))
for key in MISSING:
    st.markdown(f"- {page.say(f'context.{key}')}")
