"""Peers: who, why, how stable, and the own value among theirs (small counts hidden)."""

import pandas as pd
import streamlit as st

from app import session
from app.board import context_of_year
from app.definition_rows import panel_by
from app.views import parts
from app.views.handbook_link import handbook_link
from indicators.peers import find_peers


@st.cache_data(show_spinner=False, max_entries=8)
def cached_peers(location: str, mark: str, year: int) -> object:
    """Nearest neighbours of every institution of a year."""
    frame = context_of_year(session.open_store(location), year)
    return find_peers(frame, seed=year) if len(frame) > 1 else None


page = session.begin("view_comparison")
parts.heading(page, "peers.title")
session.needed(page, page.board())
st.write(page.say("peers.intro"))
found = cached_peers(session.location(), session.stamp(), page.year or 0)
group = found.of(page.institution) if found is not None and page.institution in found.codes else None
if group is None or not group.peers:
    st.info(page.say("peers.none"))
    st.stop()
st.text(page.say("peers.lead", n=len(group.peers)))
if group.note is not None:
    st.caption(group.note[page.language])
chosen = parts.choose_indicator(page)
definition = parts.choose_definition(page) if page.catalogue.indicators[chosen].variants else ""
every = panel_by(page.panel(own=True), page.catalogue, definition)
indicator = page.catalogue.indicators[chosen]
values = every[(every["indicator"] == chosen) & (every["level"] == "institution")].set_index("institution")
names = session.names(page.language)
rows, visible = [], []
for peer in group.peers:
    row = values.loc[peer.code] if peer.code in values.index else None
    shown = row is not None and not row["hidden"] and pd.notna(row["value"])
    if shown:
        visible.append(float(row["value"]))
    rows.append(
        {
            "peer": names.get(peer.code, peer.code),
            "distance": parts.number(peer.distance, 2),
            "separating": "、".join(page.say(f"peers.{name}") for name in peer.separating),
            "stays": "" if peer.stays is None else f"{parts.number(100 * peer.stays, 0)}%",
            "value": parts.number(float(row["value"])) if shown else "x" if row is not None and row["hidden"] else "－",
        }
    )
own = values.loc[page.institution]["value"] if page.institution in values.index else None
if len(visible) >= 5 and own is not None and pd.notna(own):
    median = parts.number(float(pd.Series(visible).median()))
    st.text(page.say("peers.position", median=median, value=parts.number(float(own))))
else:
    st.text(page.say("peers.few"))
columns = {key: page.say(f"peers.column_{key}") for key in ("peer", "distance", "separating", "stays", "value")}
columns["value"] = indicator.label[page.language]
parts.table(page, rows, name="peers", columns=columns, numbers=("distance", "stays", "value"))
st.caption(page.say("peers.stays_note"))
handbook_link(page, "indicators", chosen)
parts.purpose(page)
