"""Who moved and how: changes whose interval excludes zero, and the practices taken up before."""

from typing import Any

import pandas as pd
import streamlit as st

from app.charts.chart_rows import change_text, value_text
from app.charts.nation.change_intervals import change_intervals
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.handbook_link import chance_link
from app.components.handing_in.round_place import of_population, show_population
from app.components.practice.wording import item_name
from app.components.session import Page
from app.results.definitions_of_foreign import panel_by
from app.results.nation.help_first import moves
from app.results.nation.movers import BY_CHANCE, taken_up_before
from app.results.nation.national_practice import details_of_years
from schemas.dictionary.format_number import difference_shown

MOST_DRAWN = 30  # of those that rose, and of those that fell
SIDES = {"above": "↑", "below": "↓"}  # a filled triangle would be read as a minus


# Shared by all sessions: never changed.
@st.cache_resource(show_spinner=False, max_entries=4)
def cached_details(location: str, mark: str, years: tuple[int, ...]) -> pd.DataFrame:
    """Levels of the items in some rounds; what was said beyond them is left out."""
    columns = ["institution", "year", "item", "institution_counted"]
    store = session.open_store(location)
    return pd.concat([details_of_years(store, year=year)[columns] for year in years])


def values_of(page: Page, year: int, indicator: str) -> pd.DataFrame:
    """The values of whole institutions in a round that may be shown."""
    every = page.panel_of_year(year, indicators=[indicator])
    if every.empty:
        return pd.DataFrame(columns=["institution", "indicator", "value", "lower", "upper"])
    rows = panel_by(every[every["level"] == "institution"], page.catalogue, "")
    return rows[rows["value"].notna() & ~rows["hidden"].astype(bool)]


def show_moves(page: Page, moved: pd.DataFrame, unit: str, years: tuple[int, int]) -> None:
    """Those whose interval excludes zero, drawn and as a table."""
    names = session.names(page.language)
    rows = moved.sort_values("change", ascending=False, kind="stable")
    rows = rows.assign(
        name=[names.get(code, code) for code in rows["institution"]],
        shown=[
            change_text(difference_shown(before, now), unit, page.language)
            for before, now in zip(rows["before"], rows["now"], strict=True)
        ],
    )
    drawn = pd.concat([rows[rows["side"] == "above"].head(MOST_DRAWN), rows[rows["side"] == "below"].tail(MOST_DRAWN)])
    most = rows.iloc[int(rows["change"].abs().argmax())]
    sentence = page.say("movers.most", name=most["name"], change=most["shown"])
    chart(change_intervals(drawn, page.language, page.say("movers.chart_title")), sentence)
    told: list[dict[str, Any]] = [
        {
            "name": row["name"],
            "before": value_text(row["before"], unit, page.language),
            "now": value_text(row["now"], unit, page.language),
            "change": f"{SIDES[row['side']]} {row['shown']}",
            "interval": page_elements.span_words(page, *(page_elements.number(row[end]) for end in ("low", "high"))),
        }
        for row in rows.to_dict("records")
    ]
    columns = {"name": page.say("triage.column_name")}
    columns |= {
        when: page.say("movers.column_before", year=year) for when, year in zip(("before", "now"), years, strict=True)
    }
    columns |= {name: page.say(f"movers.column_{name}") for name in ("change", "interval")}
    page_elements.table(page, told, name="movers", columns=columns, numbers=("before", "now", "change", "interval"))


def show_practices(page: Page, first: int, last: int, risen: list[str]) -> None:
    """Items that those that rose had taken up before, beside all others."""
    st.subheader(page.say("movers.practices"))
    years = tuple(year for year in session.store().years() if first <= year <= last)
    marks = " ".join(session.digest(year) for year in years)
    found = taken_up_before(cached_details(session.location(), marks, years), first, last, risen)
    if found.empty:
        st.info(page.say("movers.practices_few"))
        return
    top = found.iloc[0]
    counts = {"k": top["movers"], "n": top["of_movers"], "k2": top["others"], "n2": top["of_others"]}
    st.text(page.say("movers.practices_lead", item=item_name(page, top["item"]), **counts))
    rows = [
        {
            "item": item_name(page, row["item"]),
            "movers": f"{row['movers']} / {row['of_movers']}",
            "others": f"{row['others']} / {row['of_others']}",
        }
        for row in found.to_dict("records")
    ]
    columns = {name: page.say(f"movers.column_{name}") for name in rows[0]}
    page_elements.table(page, rows, name="movers_practices", columns=columns, numbers=("movers", "others"))


page = session.begin("view_ministry")
page_elements.heading(page, "movers.title", own=False)
last = int(page.year or 0)
earlier = [year for year in session.store().years() if year < last]
if not earlier:
    st.info(page.say("movers.no_earlier"))
    st.stop()
scored = {indicator.id: indicator for indicator in page.catalogue.scored if indicator.unit == "percent"}
left, right = st.columns([3, 1])
chosen = left.selectbox(
    page.say("indicator.choose"),
    list(scored),
    format_func=lambda name: scored[name].label[page.language],
    key="movers_indicator",
)
first = int(right.selectbox(page.say("movers.since"), earlier, key="movers_since"))
indicator = scored[chosen]
both = moves(values_of(page, first, chosen), values_of(page, last, chosen))
moved = both[both["side"].isin(list(SIDES))]
risen = moved.loc[moved["side"] == "above", "institution"].astype(str).tolist()
judged = int(both["side"].notna().sum())
given = {"up": len(risen), "down": len(moved) - len(risen), "chance": page_elements.number(BY_CHANCE * judged, 1)}
st.text(
    page.say(
        "movers.lead",
        of=of_population(page),
        label=indicator.label[page.language],
        first=first,
        last=last,
        n=judged,
        **given,
    )
)
show_population(page, len(both))
st.caption(page.say("movers.intro"))
if moved.empty:
    st.info(page.say("movers.none"))
else:
    show_moves(page, moved, indicator.unit, (first, last))
show_practices(page, first, last, risen)
chance_link(page)
page_elements.purpose(page)
