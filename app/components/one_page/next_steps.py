"""The next three steps: the smallest change for each gap, the way there in whole people, and who has done it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd
import streamlit as st

from app.charts.chart_rows import gap_sentence
from app.charts.practice_charts import bounds_text
from app.components import page_elements, session
from app.components.navigation import FILE_OF
from app.components.one_page.sentences import line_of, name_of, value_of
from app.components.session import Page
from indicators.change.hiring_pathways import NoPlan, Plan, plan
from indicators.change.staff_situation import Situation
from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.comparison.small_counts import bounds_of_part
from indicators.errors import InvalidInput
from indicators.scoring.requirement_gaps import RequirementGaps

Row = Mapping[str, Any]
YEARS, VACATED, FROM_ABROAD = 10, Fraction(1, 10), Fraction(1, 2)  # what the what-if page starts from as well
NAMED_PEERS = 3


@st.cache_data(show_spinner=False, max_entries=256)
def usual_path(part: int, whole: int, line: Fraction) -> Plan | NoPlan:
    """The way to ``line`` when one post in ten falls vacant a year and half of the hires may come from abroad."""
    return plan(Situation(part, whole, line, YEARS, VACATED, VACATED, share_from_abroad=FROM_ABROAD, growth_per_year=0))


def lacking_text(page: Page, row: Row, gap: Row) -> str:
    """What lacks, in the words that the scorecard has as well."""
    return gap_sentence(page.catalogue.indicators[row["id"]], row, gap, page.language)


def path_text(page: Page, row: Row, gap: Row) -> str:
    """Year of arrival, hires and net increase told apart; empty where what lacks is not staff."""
    if gap["gap_people"]["of"] != "people":
        return ""
    try:
        found = usual_path(int(row["numerator"]), int(row["denominator"]), Fraction(gap["value"]) / 100)
    except InvalidInput:  # more people than a plan is made for
        return ""
    if isinstance(found, NoPlan):
        return page.say("one_page.no_path", years=YEARS)
    hires, net = f"{found.hires_until_reached:,}", f"{found.net_until_reached:,}"
    return page.say("one_page.path", year=found.reached, hires=hires, net=net)


def who_reached(page: Page, row: Row, gap: Row, near: Sequence[str], panel: pd.DataFrame) -> str:
    """The nearest institutions that reach the line, by name; values that are withheld are not spoken of."""
    if gap["value"] is None:
        return ""
    is_here = (panel["indicator"] == row["id"]) & (panel["level"] == row["level"]) & ~panel["hidden"].astype(bool)
    values = panel.loc[is_here, ["institution", "value"]].set_index("institution")["value"]
    reached = [code for code in near if code in values.index and values[code] >= float(gap["value"])]
    if not near:
        return ""
    if not reached and not page.hides_peers:
        return page.say("one_page.nobody", n=len(near))
    if page.hides_peers:
        told = bounds_text(*bounds_of_part(len(reached), len(near)), page.language)
        return page.say("anonymous.reached", n=len(near), k=told) if len(near) >= LEAST_PEERS else ""
    names = session.names(page.language)
    listed = page.say("account.comma").join(names.get(code, code) for code in reached[:NAMED_PEERS])
    return page.say("one_page.reached", n=len(near), k=len(reached), names=listed)


def show_next_steps(page: Page, found: RequirementGaps, near: Sequence[str], panel: pd.DataFrame) -> None:
    """One card a gap, each with the way to the indicator and to what-if."""
    for position, (row, gap) in enumerate(found.first, 1):
        with st.container(border=True):
            st.markdown(f"#### {position}. {name_of(page, row)}")
            st.text(page.say("one_page.from_to", value=value_of(page, row), line=line_of(page, row, gap)))
            lines = [lacking_text(page, row, gap), path_text(page, row, gap), who_reached(page, row, gap, near, panel)]
            st.text("\n".join(line for line in lines if line))
            left, right, _ = st.columns([1, 1, 2])
            if left.button(page.say("nav.indicator"), key=f"step_{row['id']}_{row['level']}", width="stretch"):
                st.session_state["indicator"] = row["id"]
                st.switch_page(FILE_OF["indicator"])
            if right.button(page.say("nav.whatif"), key=f"what_{row['id']}_{row['level']}", width="stretch"):
                st.session_state["indicator"] = row["id"]
                st.switch_page(FILE_OF["whatif"])


def show_unjudged(page: Page, found: RequirementGaps) -> None:
    """The requirements that cannot be judged, each with the reason."""
    if not found.unjudged:
        return
    st.warning(page.say("overview.unjudged", n=len(found.unjudged)))
    for row in found.unjudged:
        st.text(page.say("overview.unjudged_row", label=name_of(page, row), why=page_elements.value_text(page, row)))
