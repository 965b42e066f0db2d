"""This year beside the years before: values, why the score moved, how fast a value moves and when it arrives."""

from fractions import Fraction
from typing import Any

import pandas as pd
import streamlit as st

from app.charts import captions, indicator_charts
from app.charts.chart_rows import SHOWN_LEVELS, change_text, line_shown
from app.charts.university.change_chart import account_rows, sentence_for_account, waterfall
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.handbook_link import chance_link, handbook_link
from app.components.one_page.movement import trend_twin
from app.components.session import Page
from app.results.definitions_of_foreign import read_by
from app.results.score_change import Edition, account_between, answered_once, as_published
from app.results.series_counts import counts_behind, retention_rate, window_length
from indicators.change.trend import Trend, arrival, trend
from schemas.dictionary.format_number import difference_shown, format_number

FORESEEN = 30  # years, beyond which nobody plans by the pace of a few rounds


def comparison(page: Page, last: Edition, this: Edition) -> None:
    """Last year's value beside this year's, every indicator and level."""
    rows = []
    for row in read_by(this.scoreboard["indicators"], page.catalogue, ""):
        if row["level"] not in SHOWN_LEVELS:
            continue
        old = last.row(row["id"], row["level"])
        indicator = page.catalogue.indicators[row["id"]]
        ends = None if old is None else (old["value"], row["value"])
        moved = None if ends is None or None in ends else difference_shown(*ends)
        rows.append(
            {
                "indicator": indicator.label[page.language],
                "level": page.say(f"level.{row['level']}"),
                "before": page_elements.value_text(page, old) if old else "",
                "now": page_elements.value_text(page, row),
                "change": "" if moved is None else change_text(moved, indicator.unit, page.language),
            }
        )
    names = {"indicator": "indicator.choose", "level": "comparison.level"}
    columns = {key: page.say(text) for key, text in names.items()}
    columns |= {key: page.say(f"change.column_{key}") for key in ("before", "now", "change")}
    page_elements.table(page, rows, name="change", numbers=("before", "now", "change"), columns=columns)


def reasons(page: Page, chosen: str, last: Edition, this: Edition) -> None:
    """The account of the chosen indicator's score and of its pillar's, at a level."""
    pillar = page.catalogue.indicators[chosen].pillar
    levels = [level for level in SHOWN_LEVELS if this.stored_score(pillar, level) is not None]
    if not levels:
        return
    st.subheader(page.say("account.heading"))
    st.write(page.say("account.intro"))
    level = page_elements.choose_level(page, levels, "account_level") if len(levels) > 1 else levels[0]
    labels = {chosen: page.catalogue.indicators[chosen].label, pillar: page.catalogue.pillars[pillar].label}
    published = as_published(session.store(), str(page.institution), last)
    for element, label in labels.items():
        found = account_between(element, level, published or last, this, revised=last)
        if found.last is None and found.this is None:
            continue
        sentence = sentence_for_account(found, label, page.language)
        if not found.comparable:
            st.info(sentence)
            continue
        chart(waterfall(found, label, page.language), sentence)
        rows = account_rows(found, page.language)
        columns = {"name": page.say("account.column_step"), "shown": page.say("account.column_points")}
        page_elements.table(page, rows, name=f"account_{element}", columns=columns, numbers=("shown",), legend=False)
    once = answered_once(pillar, level, last, this)
    if once:
        names = (page.catalogue.indicators[name].label[page.language] for name in once)
        st.caption(page.say("account.answered_once", names=page.say("account.comma").join(names)))
    if last.catalogue.hash == this.catalogue.hash:
        st.caption(page.say("account.same_rules"))
    st.caption(page.say("account.corrected" if published is None else "account.published"))


def pace(page: Page, chosen: str, editions: dict[int, Edition]) -> None:
    """The slope of the chosen indicator at each level, and when it would arrive at its benchmark."""
    indicator = page.catalogue.indicators[chosen]
    said = []
    for level in SHOWN_LEVELS:
        rows = {year: row for year, edition in editions.items() if (row := edition.row(chosen, level)) is not None}
        known = [row["value"] for row in rows.values() if row["value"] is not None]
        if not known:
            continue
        found = trend(
            list(rows),
            [row["value"] for row in rows.values()],
            [" ".join(row["flags"]) for row in rows.values()],
            counts=counts_behind(indicator, rows.values()),
            persistence=retention_rate(indicator, level, page.catalogue, editions.values()),
            window=window_length(indicator),
        )
        said += pace_texts(page, level, found, indicator.unit, rows[max(rows)])
    if said:
        st.subheader(page.say("trend.heading"))
        for text in said:
            st.text(text)
        st.caption(page.say("trend.method"))
        chance_link(page)


def pace_texts(page: Page, level: str, found: Trend, unit: str, row: Any) -> list[str]:
    """How fast a level moves, and what is known about its arrival at a requirement or target."""
    word = page.say(f"level.{level}")
    texts = []
    if found.slope is not None:
        slope = change_text(found.slope, unit, page.language, 2)
        words = {"level": word, "first": found.years[0], "last": found.years[-1], "n": len(found.years)}
        texts.append(page.say("trend.slope", slope=slope, **words))
    if found.interval is not None:
        lower, upper = (format_number(end, 2) for end in found.interval)
        texts[-1] += page.say("trend.interval", lower=lower, upper=upper)
    elif found.slope is not None and found.why_none is not None:
        texts[-1] = " ".join([texts[-1], found.why_none[page.language]])
    gap = page_elements.main_gap(row)
    if gap is not None and gap["value"] and row["value"] is not None:
        line = Fraction(gap["value"])
        when = arrival(found, float(line), lower_is_better=page.catalogue.indicators[row["id"]].better == "lower")
        shown_line = line_shown(line, unit, page.language)
        is_far = when.year is not None and when.year > found.years[-1] + FORESEEN
        told = page.say("trend.too_far", years=FORESEEN) if is_far else when.text[page.language]
        texts.append(page.say("trend.arrival", level=word, line=shown_line, text=told))
    return texts


page = session.begin("view_own")
page_elements.heading(page, "change.title")
board = session.require_results(page, page.board())
year = page.year or 0
known_years = [known for known in session.store().years(page.institution) if known <= year]
boards = {known: found for known in known_years if (found := page.board(known)) is not None}
editions = {known: Edition(found.scoreboard, page.catalogue) for known, found in boards.items()}
if year - 1 not in editions:
    st.info(page.say("empty.no_previous"))
    st.stop()
chosen = page_elements.choose_indicator(page)
indicator = page.catalogue.indicators[chosen]
history = pd.DataFrame(
    [
        {"year": known, "level": level, "value": row["value"], "interval": row["interval"]}
        for known, edition in editions.items()
        for level in SHOWN_LEVELS
        if (row := edition.row(chosen, level)) is not None
    ],
    columns=["year", "level", "value", "interval"],
)
chart(
    indicator_charts.trend(history, indicator, page.language),
    captions.sentence_for_trend(history, indicator, page.language),
    trend_twin(page, history, indicator.unit),
)
pace(page, chosen, editions)
comparison(page, editions[year - 1], editions[year])
reasons(page, chosen, editions[year - 1], editions[year])
handbook_link(page, "indicators", chosen)
