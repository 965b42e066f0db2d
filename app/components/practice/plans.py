"""Plans and what became of them, and what was there before an institution came to level 2."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.charts.practice_charts import bounds_text
from app.components import page_elements
from app.components.practice.wording import column_headings, item_name, number_text, told_table
from app.components.session import Page
from indicators.comparison import practice_diffusion
from schemas.dictionary.codelist import ChecklistItem


def show_plans(page: Page, item: ChecklistItem, tally: pd.DataFrame, own: pd.DataFrame) -> None:
    """Plans against what became of them: this item everywhere (``tally``), and every item here (``own``)."""
    st.subheader(page.say("practices.plans"), anchor=False)
    st.caption(page.say("practices.plans_note"))
    st.markdown(f"**{page.say('practices.plans_all')}**")
    if tally.empty:
        st.text(page.say("practices.plans_all_none"))
    else:
        counted = [
            {
                "outcome": page.say(f"practices.outcome_{row['outcome'] or 'all'}"),
                "plans": bounds_text(row["low"], row["high"], page.language),
            }
            for row in tally[tally["high"] > 0].to_dict("records")
        ]
        columns = column_headings(page, ("outcome", "plans"))
        page_elements.table(page, counted, name=f"plans_{item.code}", columns=columns, numbers=("plans",))
    st.markdown(f"**{page.say('practices.plans_own')}**")
    show_own_plans(page, own)


def show_own_plans(page: Page, own: pd.DataFrame) -> None:
    """This institution's plans for all items."""
    plans = practice_diffusion.plans_against_outcome(own)
    if plans.empty:
        st.info(page.say("practices.plans_none"))
        return
    outcomes = plans["outcome"]
    reached, waiting = int(outcomes.isin(["reached", "late"]).sum()), int((outcomes == "not_due").sum())
    st.text(page.say("practices.plans_lead", n=len(plans), reached=reached, not_due=waiting))
    figures = {"stated": "stated", "planned": "planned_level", "planned_year": "planned_year"}
    later = {"now": "level_now", "as_of": "as_of"}
    figures |= {"then": "level_then", **later}
    rows = [
        {
            "item": item_name(page, row["item"]),
            "outcome": page.say(f"practices.outcome_{row['outcome']}"),
            **{
                key: number_text(row[column]) or page.say(f"practices.{'none_yet' if key in later else 'not_said'}")
                for key, column in figures.items()
            },
        }
        for row in plans.to_dict("records")
    ]
    page_elements.table(
        page, rows, name="own_plans", columns=column_headings(page, list(rows[0])), numbers=list(figures), legend=False
    )


def show_before(page: Page, item: ChecklistItem, found: pd.DataFrame) -> None:
    """What institutions had said before they came to level 2, beside those that did not."""
    with st.expander(page.say("practices.before")):
        st.text(page.say("practices.before_note"))
        if found.empty:
            st.info(page.say("practices.before_none"))
            return
        groups = ("moved_up", "stayed")
        columns = {
            **column_headings(page, ("question", "answer")),
            **{g: page.say(f"practices.group_{g}") for g in groups},
        }
        counts = told_table(page, found, groups)
        page_elements.table(page, counts, name=f"before_{item.code}", columns=columns, numbers=groups)
