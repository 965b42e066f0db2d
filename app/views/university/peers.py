"""Peers: who, why, how stable, and where the own value stands among theirs (small counts hidden)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.charts.chart_rows import value_text
from app.components import page_elements, session
from app.components.handbook_link import chance_link, handbook_link
from app.components.peers import nearest_institutions
from app.components.peers.strips import MOST_SIDE_BY_SIDE, show_side_by_side, show_strips
from app.components.quantile_text import range_text
from app.components.session import Page
from app.results.definitions_of_foreign import panel_by
from app.results.national_quantiles import quantile_ranges
from indicators.catalogue.declarations import Indicator
from indicators.comparison.peer_quartiles import LEAST_PEERS, position_among
from indicators.comparison.peers import Peer, PeerGroup, group_of
from indicators.errors import InvalidInput
from schemas.register.groups import WPI_HOST, load_groups, members_of

NEAR, OWN, HOSTS = KINDS = ("near", "own", "hosts")
WPI_CENTRE = "wpi_centre"
LONGEST_GROUP_NAME = 60


@st.cache_data(show_spinner=False, max_entries=8)
def cached_hosts(location: str, mark: str, year: int) -> tuple[str, ...]:
    """Codes of the institutions that name a WPI centre among their units."""
    units = session.open_store(location).answers_of_year(year, "units")
    is_host = (units["field"] == "units.kind") & (units["normalised"] == WPI_CENTRE)
    return tuple(sorted(units.loc[is_host, "institution"].unique()))


def hosts(page: Page) -> tuple[str, ...]:
    """Codes of the hosts of WPI centres in the chosen year, by their own answers and by the register."""
    year = int(page.year or 0)
    answered = cached_hosts(session.location(), session.stamp(), year)
    return tuple(dict.fromkeys([*answered, *members_of(WPI_HOST, year)]))


def named_groups() -> list[str]:
    """The groups of the register that are chosen by name; the hosts of WPI centres have a place of their own."""
    return [name for name in load_groups().groups if name != WPI_HOST]


def group_label(page: Page, name: str) -> str:
    """How a group is called on this page."""
    found = load_groups().groups.get(name)
    if name == OWN and st.session_state.get("group_name"):
        return str(st.session_state["group_name"])
    return page.say(f"peers.group_{name}") if found is None else found.label[page.language]


def choose_group(page: Page) -> str:
    """Which institutions to compare with; kept in the session and in the address."""
    # A group made by hand could be narrowed to one institution.
    offered = [*(kind for kind in KINDS if kind != OWN or not page.hides_peers), *named_groups()]
    if st.session_state.get("group") not in offered:
        st.session_state["group"] = NEAR
    st.selectbox(
        page.say("peers.group"),
        offered,
        format_func=lambda name: group_label(page, name),
        index=offered.index(st.session_state["group"]),
        key="group_choice",
        on_change=keep_group,
    )
    return str(st.session_state["group"])


def keep_group() -> None:
    """Keeps the chosen kind of group beyond this page."""
    st.session_state["group"] = st.session_state["group_choice"] or NEAR


def choose_members(page: Page, frame: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Institutions chosen by hand; kept in the session and in the address, whoever's page it is."""
    known = [code for code in names if code in frame.index]
    kept = [code for code in str(st.session_state.get("members") or "").split(",") if code in known]
    widget = f"members_{page.institution}"
    st.multiselect(
        page.say("peers.choose"),
        [code for code in known if code != page.institution],
        default=[code for code in kept if code != page.institution],
        format_func=lambda code: names[code],
        key=widget,
        on_change=keep_members,
        args=(widget, [code for code in kept if code == page.institution]),
    )
    words = page.say("peer_strips.name"), page.say("peer_strips.name_help")
    st.text_input(words[0], key="group_name", max_chars=LONGEST_GROUP_NAME, help=words[1])
    session.remember()
    return kept


def keep_members(widget: str, itself: list[str]) -> None:
    """Keeps the members beyond this page; ``itself`` is a member on the pages of the others."""
    st.session_state["members"] = ",".join([*itself, *st.session_state[widget]])


def chosen_group(page: Page, names: Mapping[str, str]) -> PeerGroup:
    """The group to compare with. Raises InvalidInput where the context of this institution is not known."""
    kind = choose_group(page)
    if kind == NEAR:
        return nearest_institutions.nearest(page)
    frame = nearest_institutions.context_frame(page)
    if kind == OWN:
        members: Sequence[str] = choose_members(page, frame, names)
    else:
        members = hosts(page) if kind == HOSTS else members_of(kind, int(page.year or 0))
    return group_of(frame, str(page.institution), [code for code in members if code in frame.index])


def show_group(page: Page, group: PeerGroup) -> None:
    """How many there are, and for the nearest which round the limit of distance is from."""
    kind = st.session_state["group"]
    named = load_groups().groups.get(kind)
    words = "named" if named else kind
    is_kept = kind == OWN and bool(st.session_state.get("group_name"))
    if not group.peers:
        label = group_label(page, kind)
        st.info(page.say(f"peers.none_{words}", label=label) if group.note is None else group.note[page.language])
    else:
        lead = "peer_strips.lead_kept" if is_kept else f"peers.lead_{words}"
        st.text(page.say(lead, n=len(group.peers), label=group_label(page, kind)))
    if named:
        st.caption(
            page.say("peers.named_note", note=named.note[page.language], n=len(members_of(kind, page.year or 0)))
        )
    if not group.peers:
        return
    if group.note is not None:
        st.caption(group.note[page.language])


def show_reasons(page: Page, group: PeerGroup, names: Mapping[str, str]) -> None:
    """Why the nearest of the group is near, and what a distance means."""
    first = group.peers[0]
    st.subheader(page.say("peer_strips.why"))
    distance = page_elements.number(first.distance, 2)
    if distance and first.separating and not page.hides_peers:
        separating = page.say("chart.list_comma").join(page.say(f"peers.{variable}") for variable in first.separating)
        name = names.get(first.code, first.code)
        st.text(page.say("peer_strips.why_first", name=name, distance=distance, separating=separating))
    st.caption(page.say("peers.intro"))
    st.caption(page.say("peer_strips.why_note"))
    if st.session_state["group"] == NEAR:
        limit, year = nearest_institutions.limit_and_year(page)
        st.caption(page.say("peers.limit", limit=page_elements.number(limit, 2), year=year))


def interval(row: pd.Series) -> tuple[float, float] | None:
    """The reference interval of a value; None where there is none."""
    return None if row[["lower", "upper"]].isna().any() else (float(row["lower"]), float(row["upper"]))


def show_position(page: Page, values: pd.DataFrame, group: PeerGroup, chosen: Indicator) -> None:
    """The own value beside the quartiles of the group, and whether its interval is clear of the median."""
    if page.institution is None or pd.isna(values["value"].get(page.institution)):
        st.text(page.say("peers.no_value"))
        return
    own: pd.Series = values.T[page.institution]
    found = quantile_ranges(values[values.index.isin([peer.code for peer in group.peers])], chosen)
    if found is None:
        st.text(page.say("peers.few", n=LEAST_PEERS))
        return
    low, median, high = (range_text(page, one, chosen.unit) for one in found.ranges)
    value = value_text(float(own["value"]), chosen.unit, page.language)
    st.text(page.say("peers.position", value=value, low=low, median=median, high=high, n=found.count))
    if found.hidden:
        st.caption(page.say("quantile.note"))
    reach = interval(own)
    others = values[values.index.isin([peer.code for peer in group.peers])]
    visible = others[~others["hidden"].astype(bool) & others["value"].notna()]
    if reach is not None:
        limits = list(zip(visible["lower"].astype(float), visible["upper"].astype(float), strict=True))
        middle = (found.ranges[1].low, found.ranges[1].high)
        position = position_among(float(own["value"]), reach, visible["value"].astype(float).tolist(), limits, middle)
        if position.placed is not None:
            st.text(page.say(f"peers.placed_{position.placed}"))
        if position.compared:
            st.text(page.say("peers.overlap", n=position.compared, k=position.indistinguishable))


def row_of(page: Page, peer: Peer, values: pd.DataFrame, name: str) -> dict[str, str]:
    """A peer with its value, or why there is none to show."""
    row: pd.Series | None = values.T[peer.code] if peer.code in values.index else None
    comma = page.say("chart.list_comma")
    return {
        "peer": name,
        "distance": page_elements.number(peer.distance, 2) or page.say("peers.no_distance"),
        "separating": comma.join(page.say(f"peers.{variable}") for variable in peer.separating),
        "stays": "" if peer.stays is None else page_elements.number(100 * peer.stays, 0),
        "value": "" if row is None else page_elements.number(row["value"]),
        "state": state_of(page, row),
    }


def state_of(page: Page, row: pd.Series | None) -> str:
    """Why a value is not shown, in words; empty for one that is."""
    if row is None:
        return page.say("peers.state_none")
    if row["hidden"]:
        return page.say("peers.state_hidden")
    return page.say(f"status.{row['status']}")


def show_table(page: Page, group: PeerGroup, values: pd.DataFrame, chosen: Indicator, names: Mapping[str, str]) -> None:
    """The group as a table; stability only where it was drawn."""
    rows = [row_of(page, peer, values, names.get(peer.code, peer.code)) for peer in group.peers]
    is_drawn = any(peer.stays is not None for peer in group.peers)
    keys = [key for key in rows[0] if key != "stays" or is_drawn]
    columns: dict[str, Any] = {key: page.say(f"peers.column_{key}") for key in keys}
    unit = page_elements.bracket(page, page.say(f"chart.unit_{chosen.unit}"))
    columns["value"] = chosen.label[page.language] + unit
    page_elements.table(page, rows, name="peers", columns=columns, numbers=("distance", "stays", "value"), legend=False)
    if is_drawn:
        st.caption(page.say("peers.stays_note"))


page = session.begin("view_comparison")
page_elements.heading(page, "peers.title")
board = session.require_results(page, page.board())
if page.institution not in nearest_institutions.context_frame(page).index:
    st.info(page.say("peers.none"))
    st.stop()
names = session.names(page.language)
try:
    group = chosen_group(page, names)
except InvalidInput as refused:
    st.info(refused.message[page.language])
    st.stop()
show_group(page, group)
if not group.peers:
    st.stop()
codes = [peer.code for peer in group.peers]
show_strips(page, board, codes, names, group_label(page, st.session_state["group"]))
show_reasons(page, group, names)
st.subheader(page.say("peer_strips.each"))
chosen = page.catalogue.indicators[page_elements.choose_indicator(page)]
definition = page_elements.choose_definition(page) if chosen.variants else ""
every = panel_by(page.panel(own=True, indicators=[chosen.id]), page.catalogue, definition)
values = every[every["level"] == "institution"].set_index("institution")
show_position(page, values, group, chosen)
if page.hides_peers:
    st.info(page.say("anonymous.note"), icon=":material/visibility_off:")
else:
    show_table(page, group, values, chosen, names)
    st.subheader(page.say("peer_strips.side", n=min(len(codes), MOST_SIDE_BY_SIDE)))
    show_side_by_side(page, codes, names)
chance_link(page)
handbook_link(page, "indicators", chosen.id)
page_elements.purpose(page)
