"""All institutions as a table by prefecture and founder; small counts hidden; not a ranking."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import pandas as pd
import streamlit as st

from app.access import EDITOR, Actor
from app.charts.centre_rows import call_text, judgement_text
from app.charts.chart_rows import SHOWN_LEVELS, value_text
from app.components import page_elements, session
from app.components.handbook_link import chance_link, handbook_choice
from app.components.handing_in.round_place import of_population, show_population
from app.components.nation.heat_and_map import show_funnel, show_heat_map, show_map
from app.components.nation.landscape import STAFF, show_distribution, show_groups
from app.components.quantile_text import range_text
from app.components.session import Page
from app.results.cell_suppression import SuppressedRows
from app.results.definitions_of_foreign import is_marked, panel_by
from app.results.institution_results import suppressed_rows
from app.results.institutions_standing_out import StandingOut, standing_out, why_none_stands_out
from app.results.nation.national_centres import centres_of_year
from app.results.national_quantiles import MEDIAN, quantile_ranges
from indicators.catalogue.load_catalogue import Catalogue
from schemas.register import PREFECTURES
from schemas.register.groups import load_groups, members_of

FOUNDERS = ("national", "public", "private")
ROLLOUT = "rollout_rate"
WIDTHS = {"name": 185, "prefecture": 70, "founder": 55, "submission": 75}
SHOWN = [  # of the columns of a panel
    *("institution", "name_ja", "name_en", "founder", "prefecture", "level", "indicator", "definition", "status"),
    *("value", "lower", "upper", "numerator", "denominator", "flags", "hidden"),
]
SIDES = {1: " ↑", -1: " ↓"}  # a filled triangle would be read as a minus


def shown_at_first(catalogue: Catalogue) -> list[str]:
    """The headline of each scored pillar, and how far institutions follow their centres."""
    scored = dict.fromkeys(indicator.pillar for indicator in catalogue.scored)
    names = [*(catalogue.headline(pillar).id for pillar in scored), ROLLOUT]
    return [name for name in names if name in catalogue.indicators]


def choose_indicators(page: Page) -> list[str]:
    """The indicators shown as columns."""
    return st.multiselect(
        page.say("ministry.indicator"),
        list(page.catalogue.indicators),
        default=shown_at_first(page.catalogue),
        format_func=lambda name: page.catalogue.indicators[name].label[page.language],
        key="ministry_indicators",
    )


@dataclass(frozen=True)
class Choice:
    """What of a round is shown: a level, of some founders, prefectures and named groups (none: of all)."""

    level: str
    founders: tuple[str, ...]
    prefectures: tuple[str, ...]
    groups: tuple[str, ...]


def choose_part(page: Page, prefectures: Collection[str]) -> Choice:
    """The level, founders, prefectures and named groups chosen; ``prefectures``: those that can be."""
    left, middle, right, last = st.columns(4)
    with left:
        level = page_elements.choose_level(page, SHOWN_LEVELS, "ministry_level")
    founders = page.catalogue.dictionary.labels("founders")
    of_founder = middle.multiselect(
        page.say("ministry.founder"),
        FOUNDERS,
        format_func=lambda code: founders[code][page.language],
        placeholder=page.say("app.all"),
        key="ministry_founder",
    )
    of_prefecture = right.multiselect(
        page.say("ministry.prefecture"),
        [name for name in PREFECTURES if name in prefectures],
        format_func=lambda name: prefecture(page, name),
        placeholder=page.say("app.all"),
        key="ministry_prefecture",
    )
    groups = load_groups().groups
    of_group = last.multiselect(
        page.say("ministry.group"),
        list(groups),
        format_func=lambda name: groups[name].label[page.language],
        placeholder=page.say("app.all"),
        key="ministry_group",
    )
    return Choice(level, tuple(of_founder), tuple(of_prefecture), tuple(of_group))


# Shared by all sessions, so that a page holds no copy of its own: never changed.
@st.cache_resource(show_spinner=False, max_entries=16)
def cached_values(
    mark: str,
    sees: str,
    choice: tuple[Any, ...],
    chosen: tuple[str, ...],
    definition: str,
    _page: Page,
) -> pd.DataFrame:
    """The values of the chosen part of a round: those of the ``chosen`` indicators, and one row of each institution."""
    every, part = _page.panel(), Choice(*choice)
    is_kept = every["level"] == part.level
    if part.groups:
        kept = {code for name in part.groups for code in members_of(name, int(_page.year or 0))}
        is_kept &= every["institution"].isin(kept)
    if part.founders:
        is_kept &= every["founder"].isin(part.founders)
    if part.prefectures:
        is_kept &= every["prefecture"].isin(part.prefectures)
    values = panel_by(every.loc[is_kept, SHOWN], _page.catalogue, definition)
    # One row of each institution names it, and staff says how large it is.
    return values[values["indicator"].isin([*chosen, STAFF]) | ~values["institution"].duplicated()]


@st.cache_data(show_spinner=False, max_entries=4)
def cached_suppressed_rows(location: str, mark: str, year: int) -> SuppressedRows:
    """How many figures of a year are hidden, and how many of them only to protect others."""
    return suppressed_rows(session.open_store(location), year)


def prefecture(page: Page, name: Any) -> str:
    """A prefecture in the page's language; what is none of the 47 as it was given."""
    if name not in PREFECTURES:
        return "" if pd.isna(name) else str(name)
    return page.say(f"prefecture.{PREFECTURES.index(name) + 1:02}")


def in_order(values: pd.DataFrame) -> pd.DataFrame:
    """By prefecture from north to south, then national, public, private, then code."""
    positions = {name: index for index, name in enumerate(PREFECTURES)}
    kinds = {name: index for index, name in enumerate(FOUNDERS)}
    keyed = values.assign(
        _position=values["prefecture"].map(positions).fillna(len(positions)),
        _kind=values["founder"].map(kinds).fillna(len(kinds)),
    )
    return keyed.sort_values(["_position", "_kind", "institution"], kind="stable")


def cell(page: Page, row: Mapping[Any, Any], unit: str) -> str:
    """A value with its unit, or the sign or words for why there is none."""
    if row["hidden"]:
        return "x"
    plain = (
        page.say(f"status.{row['status']}") if pd.isna(row["value"]) else value_text(row["value"], unit, page.language)
    )
    return f"{plain}{page.say('definition.short') if is_marked(row) else ''}"


def table_rows(
    page: Page, values: pd.DataFrame, chosen: Sequence[str], flags: Mapping[str, StandingOut]
) -> list[dict[str, str]]:
    """One row an institution: who it is, how its form stands, and the values of the chosen indicators.

    ``values``: at least one row of each institution, and those of the chosen indicators.
    """
    founders = page.catalogue.dictionary.labels("founders")
    units = {name: page.catalogue.indicators[name].unit for name in chosen}
    forms = session.store().submissions(year=page.year)
    faulty = set(forms.loc[forms["status"] == "error", "institution"])
    name = "name_en" if page.language == "en" else "name_ja"
    rows: dict[str, dict[str, str]] = {}
    for row in in_order(values).to_dict("records"):
        start = {
            "prefecture": prefecture(page, row["prefecture"]),
            "founder": founders[row["founder"]][page.language] if row["founder"] in founders else "",
            "name": str(row[name]),
            "submission": page.say("ministry.with_errors" if row["institution"] in faulty else "ministry.received"),
            **dict.fromkeys(chosen, ""),
        }
        record = rows.setdefault(row["institution"], start)
        if row["indicator"] in units:
            name_of = row["indicator"]
            side = flags[name_of].side.get(row["institution"], 0) if name_of in flags else 0
            record[name_of] = cell(page, row, units[name_of]) + SIDES.get(side, "")
    return list(rows.values())


def show_medians(page: Page, values: pd.DataFrame, chosen: Sequence[str], n: int) -> None:
    """For each chosen indicator its median over all institutions with a value, as far as hidden ones let it be told."""
    is_rest_hidden = False
    for name in chosen:
        indicator = page.catalogue.indicators[name]
        label = indicator.label[page.language]
        found = quantile_ranges(values[values["indicator"] == name], indicator, MEDIAN)
        if found is None:
            st.text(page.say("ministry.few", label=label))
            continue
        median = range_text(page, found.ranges[0], indicator.unit)
        st.text(
            page.say(
                "ministry.lead",
                of=of_population(page),
                label=label,
                n=n,
                k=found.count,
                hidden=found.hidden,
                median=median,
            )
        )
        is_rest_hidden |= found.hidden > 0
    if is_rest_hidden:
        st.caption(page.say("quantile.note"))


def show_flags(page: Page, flags: Mapping[str, StandingOut], chosen: Sequence[str]) -> None:
    """How many stand out, how many would by chance alone, and what the mark means; why none is marked elsewhere."""
    for name in chosen:
        if name not in flags:
            indicator = page.catalogue.indicators[name]
            reason = f"ministry.no_funnel_{why_none_stands_out(indicator)}"
            st.text(page.say(reason, label=indicator.label[page.language]))
    for name, found in flags.items():
        counts = {
            "of": of_population(page),
            "k": found.funnel.looked_at,
            "outside": int((found.funnel.outside != 0).sum()),
            "chance": page_elements.number(found.funnel.by_chance, 0),
            "marked": len(found.side),
        }
        st.text(page.say("ministry.funnel", label=page.catalogue.indicators[name].label[page.language], **counts))
    if flags:
        st.caption(page.say("ministry.funnel_note"))
        chance_link(page)


@st.cache_data(show_spinner=False, max_entries=4)
def cached_centres(location: str, mark: str, year: int, role: str) -> list[dict[str, Any]]:
    """Every centre of every institution of a round, as a role sees it; ``mark`` is the ``digest`` of the year."""
    return centres_of_year(session.open_store(location), Actor(role), year)


def seen_by(page: Page) -> str:
    """The role whose view of all institutions this page shows; whoever serves some of them sees them as others do."""
    return page.actor.role if page.actor.institutions is None else EDITOR


def show_centres(page: Page) -> None:
    """Every centre under each of its institutions, with its call and how it is judged by it."""
    name = "name_en" if page.language == "en" else "name_ja"
    rows = [
        {
            "institution": one[name] or one["institution"],
            "name": f"{one['unit']} {one['name'][page.language]}",
            "call": call_text(one, page.catalogue, page.language),
            "hosts": page.say("chart.list_comma").join(one["hosts"]),
            "form": page.say("centres.has_form" if one["has_form"] else "centres.no_form"),
            "judgement": judgement_text(one, page.catalogue, page.language),
        }
        for one in cached_centres(session.location(), session.digest(page.year), int(page.year or 0), seen_by(page))
    ]
    if rows:
        st.subheader(page.say("centres.ministry_title"))
        st.caption(page.say("centres.ministry_note"))
        columns = {key: page.say(f"centres.column_{key}") for key in rows[0]}
        page_elements.table(page, rows, name="ministry_centres", columns=columns, lines=3, height=500)


page = session.begin("view_ministry")
page_elements.heading(page, "ministry.title", own=False)
every = page.panel()
if every.empty:
    st.info(page.say("empty.no_institutions"))
    session.offer_page(page, "upload")
    st.stop()
show_population(page, every["institution"].nunique())
st.caption(page.say("ministry.intro"))
chosen = choose_indicators(page)
choice = choose_part(page, set(every["prefecture"].unique()))
is_switched = any(page.catalogue.indicators[name].variants for name in chosen)
definition = page_elements.choose_definition(page) if is_switched else ""
mark = f"{session.location()} {session.digest(page.year)} {page.year}"
values = cached_values(mark, seen_by(page), astuple(choice), tuple(chosen), definition, page)
if values.empty or not chosen:
    st.info(page.say("empty.no_match"))
    st.stop()
flags = {
    name: found
    for name in chosen
    if (found := standing_out(values[values["indicator"] == name], page.catalogue.indicators[name])) is not None
}
rows = table_rows(page, values, chosen, flags)
show_distribution(page, values, chosen, flags)
show_funnel(page, values, flags)
show_groups(page, values, chosen)
show_map(page, values, chosen)
show_heat_map(page, in_order(values), chosen)
show_medians(page, values, chosen, len(rows))
show_flags(page, flags, chosen)
headings = {
    "name": page.say("ministry.column_name"),
    "prefecture": page.say("ministry.prefecture"),
    "founder": page.say("ministry.founder"),
    "submission": page.say("ministry.column_status"),
    **{name: page.catalogue.indicators[name].label[page.language] for name in chosen},
}
page_elements.table(
    page, rows, name="ministry", numbers=chosen, columns=headings, height=min(700, 80 + 35 * len(rows)), widths=WIDTHS
)
counted = cached_suppressed_rows(session.location(), session.digest(page.year), int(page.year or 0))
if counted.hidden:
    st.caption(
        page.say(
            "ministry.hidden",
            rows=f"{counted.rows:,}",
            hidden=f"{counted.hidden:,}",
            beyond=f"{counted.beyond_need:,}",
            share=page_elements.number(100 * counted.beyond_need / counted.rows, 1),
        )
    )
if is_switched:
    st.caption(page.say("definition.depends_note"))
show_centres(page)
handbook_choice(page, chosen)
page_elements.purpose(page)
