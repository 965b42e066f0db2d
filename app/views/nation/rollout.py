"""How far reform has left the centres: each item at centres and in whole institutions, and centres that stand alone."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.charts.chart_rows import change_text, value_text
from app.charts.nation import nation_charts
from app.charts.practice_charts import bounds_text, spread_rows
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.handing_in.round_place import of_population, show_population
from app.components.navigation import FILE_OF
from app.components.practice.wording import answer_word, item_name
from app.components.quantile_text import range_text
from app.components.session import Page
from app.results.definitions_of_foreign import panel_by
from app.results.nation.national_practice import spread_of_year
from app.results.national_quantiles import MEDIAN, quantile_ranges

DISTANCES = ("zone_gap_researchers", "zone_gap_admin")
SCOPES = ("centre", "institution")
PERCENT = 100
FAR = 30  # points between centre and whole from which an item is said to stand alone


@st.cache_data(show_spinner=False, max_entries=32)
def cached_spread(location: str, mark: str, year: int) -> pd.DataFrame:
    """The spread of every item in a round, a row an item and scope, as ``spread_rows`` with the item."""
    every = spread_of_year(session.open_store(location), year)
    return spread_rows(every, ("item", "scope", "year")) if len(every) else pd.DataFrame()


def show_items(page: Page, spread: pd.DataFrame, sources: pd.DataFrame) -> list[float]:
    """Each item's share at level 2 or more at centres and in whole institutions, as chart and table.

    The distances between the two, in points, of the items that can be compared.
    """
    rows: list[dict[str, Any]] = []
    drawn: list[dict[str, Any]] = []
    for item in page.catalogue.dictionary.checklist.items:
        here = {row["scope"]: row for row in spread[spread["item"] == item.code].to_dict("records")}
        shares = {scope: share for scope, row in here.items() if (share := share_of(row)) is not None}
        words = {scope: told_share(page, here[scope]) if scope in here else "" for scope in SCOPES}
        distance = shares["centre"] - shares["institution"] if len(shares) == len(SCOPES) else None
        rows.append(
            {
                "item": item_name(page, item.code),
                **words,
                "distance": "" if distance is None else change_text(distance, "percent", page.language, 0),
                "learnt": learnt_words(page, item.code, sources),
            }
        )
        drawn += [
            {
                "label": item_name(page, item.code),
                "level": scope,
                "scope": page.say(f"level.{scope}"),
                "value": share,
                "shown": words[scope],
                "distance": distance,
            }
            for scope, share in shares.items()
        ]
    both = [row for row in drawn if row["distance"] is not None]
    if both:
        widest = max(both, key=lambda row: row["distance"])
        ahead = sum(row["distance"] > 0 for row in both) // len(SCOPES)
        points = page_elements.number(widest["distance"], 0)
        n = len(both) // len(SCOPES)
        key = "rollout.sentence" if ahead else "rollout.level"
        sentence = page.say(key, n=n, ahead=ahead, item=widest["label"], points=points)
        chart(nation_charts.dumbbells(pd.DataFrame(drawn), page.language, sentence), sentence)
    else:
        st.text(page.say("rollout.none"))
    columns = {"item": page.say("items.column_item")}
    columns |= {scope: page.say(f"rollout.column_{scope}") for scope in SCOPES}
    columns |= {"distance": page.say("rollout.column_distance"), "learnt": page.say("rollout_more.column_learnt")}
    page_elements.table(page, rows, name="rollout", columns=columns, numbers=(*SCOPES, "distance"))
    return [row["distance"] for row in both if row["scope"] == page.say(f"level.{SCOPES[0]}")]


def share_of(row: Mapping[Any, Any]) -> float | None:
    """Institutions at level 2 or more in % of those whose level is known; None where a count may not be told."""
    is_told = row["reached_low"] == row["reached_high"] and row["answered_low"] == row["answered_high"]
    return PERCENT * row["reached_low"] / row["answered_low"] if is_told and row["answered_low"] else None


def told_share(page: Page, row: Mapping[Any, Any]) -> str:
    """The two counts as they may be told."""
    counts = {
        part: bounds_text(row[f"{part}_low"], row[f"{part}_high"], page.language) for part in ("reached", "answered")
    }
    return f"{counts['reached']} / {counts['answered']}"


def show_zones(page: Page, every: pd.DataFrame) -> None:
    """The distance between centre and the rest of each institution, and how many centres are ahead."""
    st.subheader(page.say("rollout.zones"))
    values = panel_by(every[every["indicator"].isin(DISTANCES)], page.catalogue, "")
    values = values.drop_duplicates(["institution", "indicator"])  # the distance is the same from either side
    names = "name_en" if page.language == "en" else "name_ja"
    cells: dict[str, dict[str, str]] = {}
    for name in DISTANCES:
        indicator = page.catalogue.indicators[name]
        rows = values[values["indicator"] == name]
        found = quantile_ranges(rows, indicator, MEDIAN)
        is_shown = rows["value"].notna() & ~rows["hidden"].astype(bool)
        ahead = int((rows.loc[is_shown, "value"].astype(float) > 0).sum())
        label = indicator.label[page.language]
        middle = page.say("nation.few_sign") if found is None else range_text(page, found.ranges[0], indicator.unit)
        words = {"of": of_population(page), "label": label, "n": int(is_shown.sum()), "ahead": ahead, "median": middle}
        st.text(page.say("rollout.zone_sentence", **words))
        for row in rows[is_shown | rows["hidden"].astype(bool)].to_dict("records"):
            record = cells.setdefault(str(row["institution"]), {"name": str(row[names] or row["name_ja"])})
            value = "x" if row["hidden"] else value_text(row["value"], indicator.unit, page.language)
            record[name] = value
    if not cells:
        st.info(page.say("empty.no_match"))
        return
    listed = [dict.fromkeys(DISTANCES, "") | record for _, record in sorted(cells.items())]
    columns = {"name": page.say("ministry.column_name")}
    columns |= {name: page.catalogue.indicators[name].label[page.language] for name in DISTANCES}
    page_elements.table(page, listed, name="zones", columns=columns, numbers=DISTANCES)


@st.cache_data(show_spinner=False, max_entries=16)
def cached_sources(location: str, mark: str, year: int) -> pd.DataFrame:
    """From whom those that have an item in place in the whole institution learnt it, as may be told, by item."""
    every = spread_of_year(session.open_store(location), year)
    return every[(every["part"] == "learnt_from") & (every["scope"] == "institution")]


def show_alone(page: Page, distances: list[float]) -> None:
    """How far centres are ahead of the whole over the nation: the sum over the items, and how many are far apart."""
    if not distances:
        return
    st.subheader(page.say("rollout_more.alone_title"))
    far = sum(distance >= FAR for distance in distances)
    figures = {"sum": sum(distances), "mean": sum(distances) / len(distances), "limit": FAR}
    told = {name: page_elements.number(value, 0) for name, value in figures.items()}
    st.text(page.say("rollout_more.alone", n=len(distances), k=far, **told))


def show_years(page: Page) -> None:
    """Of all answers to the 45 items the part at level 2 or more, by round, at centres and in whole institutions."""
    rows = []
    for year in session.store().years():
        spread = cached_spread(session.location(), session.digest(year), year)
        row: dict[str, Any] = {"year": page.say("rollout_more.over_years_line", year=year)}
        for scope in SCOPES:
            row[scope] = part_text(page, spread[spread["scope"] == scope] if len(spread) else spread)
        rows.append(row)
    st.subheader(page.say("rollout_more.over_years"))
    columns = {"year": page.say("rollout_more.column_year"), **{scope: page.say(f"level.{scope}") for scope in SCOPES}}
    page_elements.table(page, rows, name="rollout_years", columns=columns, numbers=SCOPES, legend=False)


def part_text(page: Page, spread: pd.DataFrame) -> str:
    """The part at level 2 or more, summed over items; from–to where single counts may not be told."""
    if spread.empty or not spread["answered_low"].sum():
        return page.say("nation.few_sign")
    ends = (
        PERCENT * spread["reached_low"].sum() / spread["answered_high"].sum(),
        min(PERCENT, PERCENT * spread["reached_high"].sum() / spread["answered_low"].sum()),
    )
    low, high = (value_text(float(end), "percent", page.language) for end in ends)
    return low if low == high else page.say("quantile.range", low=low, high=high)


def learnt_words(page: Page, item: str, sources: pd.DataFrame) -> str:
    """From whom most learnt an item, with how many, as may be told; a sign where that is not certain."""
    here = sources[(sources["item"] == item) & (sources["code"] != "") & (sources["high"] > 0)]
    if here.empty:
        return ""
    most = here.iloc[int(here["low"].argmax())]
    if (here.drop(most.name)["high"] >= most["low"]).any() or most["low"] == 0:
        return page.say("nation.few_sign")
    counted = bounds_text(most["low"], most["high"], page.language)
    return answer_word(page, "learnt_from", most["code"]) + page_elements.bracket(page, counted)


page = session.begin("view_ministry")
page_elements.heading(page, "rollout.title", own=False)
every = page.panel()
spread = cached_spread(session.location(), session.digest(page.year), int(page.year)) if page.year else pd.DataFrame()
if every.empty or spread.empty:
    st.info(page.say("empty.no_institutions"))
    st.page_link(FILE_OF["upload"], label=page.say("nav.upload"))
    st.stop()
sources = cached_sources(session.location(), session.digest(page.year), int(page.year or 0))
distances = show_items(page, spread, sources)
show_population(page, every["institution"].nunique())
st.caption(page.say("rollout.intro"))
show_alone(page, distances)
show_years(page)
show_zones(page, every)
page_elements.purpose(page)
