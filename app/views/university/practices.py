"""Practice exchange: one checklist item here and everywhere, and who can learn from whom; names with consent only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from app.access import demand
from app.charts.chart_rows import SHOWN_LEVELS
from app.charts.practice_charts import bounds_text, host_of, sentence_for_spread, spread_chart, spread_rows
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.peers import nearest_institutions
from app.components.practice.answers_of_all import (
    agreed_to_be_named,
    answers_about,
    consent_among,
    levels_of_others,
    own_answers,
)
from app.components.practice.matches import show_asked, show_learning
from app.components.practice.plans import show_before, show_plans
from app.components.practice.wording import answer_word, column_headings, item_name, level_text, number_text, told_table
from app.components.session import Page
from app.storage.practice import say_consent
from indicators.comparison import practice_diffusion
from schemas.dictionary.codelist import ChecklistItem


def choose_item(page: Page) -> ChecklistItem:
    """The item chosen on this page, kept in the address."""
    checklist = page.catalogue.dictionary.checklist
    known = [item.code for item in checklist.items]
    if st.session_state.get("item") not in known:
        st.session_state["item"] = known[0]
    chosen = st.selectbox(
        page.say("practices.choose"), known, format_func=lambda code: item_name(page, code), key="item"
    )
    session.remember()
    return checklist.item(str(chosen))


def show_here(page: Page, item: ChecklistItem, rows: pd.DataFrame) -> None:
    """The wording of each level, and where this institution stands."""
    st.subheader(page.say("practices.here"), anchor=False)
    here = rows[(rows["institution"] == page.institution) & (rows["year"] == page.year)].to_dict("records")
    own = here[0] if here else {}
    words = {scope: _level_word(page, own.get(f"{scope}_counted")) for scope in practice_diffusion.SCOPES}
    key = "practices.here_lead" if "centre" in item.scopes else "practices.here_lead_whole"
    st.text(page.say(key, year=page.year, **words))
    for scope in item.scopes:
        declared, counted = own.get(f"{scope}_declared"), own.get(f"{scope}_counted")
        if not pd.isna(declared) and declared != counted:
            note = page.say("practices.here_unproven", declared=declared, counted=counted)
            st.text(page.say("practices.colon", name=page.say(f"level.{scope}"), value=note))
    wordings = [
        {
            "level": str(level),
            "wording": text[page.language],
            "here": "　".join(
                "◇ " + page.say(f"level.{s}") for s in practice_diffusion.SCOPES if own.get(f"{s}_counted") == level
            ),
        }
        for level, text in enumerate(item.levels)
    ]
    columns = column_headings(page, ("level", "wording", "here"))
    page_elements.table(page, wordings, name=f"levels_{item.code}", columns=columns, legend=False, lines=2)


def _level_word(page: Page, level: Any) -> str:
    missing = level is None or pd.isna(level)
    return page.say("practices.unknown") if missing else page.say("practices.level", level=level)


def show_spread(page: Page, item: ChecklistItem, spread: pd.DataFrame) -> None:
    """How many institutions have it, by year and scope, as sentence, chart and table."""
    st.subheader(page.say("practices.spread"), anchor=False)
    drawn = spread_rows(spread)
    if drawn.empty:
        st.info(page.say("practices.spread_none"))
        return
    label = item_name(page, item.code)
    chart(spread_chart(drawn, label, page.language), sentence_for_spread(drawn, page.language))
    twin = [
        {
            "scope": page.say(f"level.{row['scope']}"),
            "year": str(row["year"]),
            "answered": bounds_text(row["answered_low"], row["answered_high"], page.language),
            "reached": bounds_text(row["reached_low"], row["reached_high"], page.language),
        }
        for row in drawn.to_dict("records")
    ]
    columns = column_headings(page, ("scope", "year", "answered", "reached"))
    with st.expander(page.say("app.table")):
        page_elements.table(page, twin, name=f"spread_{item.code}", columns=columns, numbers=("answered", "reached"))
    now = spread[spread["year"] == spread["year"].max()]
    if (now.loc[now["part"] == "reached", "high"] > 0).any():
        show_sources(page, item, now)


def show_sources(page: Page, item: ChecklistItem, spread: pd.DataFrame) -> None:
    """Of those who have it: learnt from whom, and whether it is binding."""
    st.markdown(f"**{page.say('practices.sources', year=int(spread['year'].max()))}**")
    for row in spread[spread["share"].notna()].to_dict("records"):
        scope = page.say(f"level.{row['scope']}")
        st.text(page.say("practices.binding_share", level=scope, share=page_elements.number(row["share"], 0)))
    asked = spread[spread["part"].isin(["learnt_from", "binding"])]
    scopes = [scope for scope in SHOWN_LEVELS if scope in item.scopes]
    rows = told_table(page, asked.rename(columns={"part": "feature", "scope": "group"}), scopes)
    columns = column_headings(page, ("question", "answer"))
    columns |= {scope: page.say(f"level.{scope}") for scope in scopes}
    page_elements.table(page, rows, name=f"sources_{item.code}", columns=columns, numbers=scopes)
    st.caption(page.say("practices.range_note"))


def evidence_text(page: Page, row: Mapping[Any, Any]) -> str:
    """The kind of evidence, where its address leads to, and its title or address."""
    kind = answer_word(page, "evidence_kind", row["evidence_kind"])
    if not isinstance(row["evidence"], str):
        return kind
    host = host_of(row["evidence"])
    return "　".join(filter(None, [kind + (page_elements.bracket(page, host) if host else ""), row["evidence"]]))


def show_who(page: Page, item: ChecklistItem, named: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Who has it in place and agreed to be named."""
    st.subheader(page.say("practices.who"), anchor=False)
    if named.empty:
        st.info(page.say("practices.who_none"))
    else:
        st.text(page.say("practices.who_lead", n=len(named)))
        rows = [
            {
                "name": ("◇ " if row["institution"] == page.institution else "") + names[row["institution"]],
                "year": str(row["year"]),
                **{s: level_text(page, row[f"{s}_declared"], row[f"{s}_counted"]) for s in practice_diffusion.SCOPES},
                "office": row["contact_office"] if isinstance(row["contact_office"], str) else "",
                "evidence": evidence_text(page, row),
                "since": number_text(row["since"]),
                "binding": answer_word(page, "binding", row["binding"]),
                "learnt_from": answer_word(page, "learnt_from", row["learnt_from"]),
            }
            for row in named.to_dict("records")
        ]
        page_elements.table(page, rows, name=f"who_{item.code}", columns=column_headings(page, list(rows[0])), lines=2)
    st.caption(page.say("practices.who_note"))


def show_consent(page: Page, item: ChecklistItem, rows: pd.DataFrame, is_named: bool) -> None:
    """This institution's own consent for the item: as it stands, a button to change it, and one to undo that."""
    own = rows[(rows["institution"] == page.institution) & (rows["year"] == rows["year"].max())]
    st.markdown(f"**{page.say('practices.consent')}**")
    st.text(page.say("practices.consent_given" if is_named else "practices.consent_not_given"))
    if own.empty:
        return
    action = "practices.withdraw" if is_named else "practices.give"
    st.button(
        page.say(action), key=f"consent_{item.code}", on_click=change_consent, args=(page, item.code, not is_named)
    )
    if st.session_state.get("consent_changed") == (page.institution, item.code):
        st.success(page.say("practices.consent_done" if is_named else "practices.consent_undone"))
        undo = page.say("practices.consent_undo")
        st.button(undo, key=f"consent_undo_{item.code}", on_click=change_consent, args=(page, item.code, not is_named))


def change_consent(page: Page, item: str, given: bool) -> None:
    """Keeps the consent, or its end; what stood before can be brought back from the same place."""
    demand(page.actor, "give_consent", page.institution)
    say_consent(
        session.store(), str(page.institution), item, given=given, by=page.actor.signature, at=datetime.now(UTC)
    )
    st.session_state["consent_changed"] = (page.institution, item)


page = session.begin("view_own")
session.begin("view_comparison")
page_elements.heading(page, "practices.title")
session.require_results(page, page.board())
# Consent is read anew after every write of the store: a withdrawn one has effect at once.
may_be_named = consent_among(agreed_to_be_named(page))
names = session.names(page.language)
chosen = choose_item(page)
if chosen.help is not None:
    st.text(chosen.help[page.language])
answers = answers_about(page, chosen.code)
until_now = answers.rows
show_here(page, chosen, until_now)
show_spread(page, chosen, answers.spread)
show_who(page, chosen, practice_diffusion.practitioners(until_now, chosen.code, may_be_named), names)
show_consent(page, chosen, until_now, may_be_named(str(page.institution), chosen.code))
show_plans(page, chosen, answers.plans, own_answers(page))
show_before(page, chosen, answers.before)
everyone = levels_of_others(page)
show_learning(page, everyone, nearest_institutions.nearest_codes(page), may_be_named, names)
show_asked(page, everyone, may_be_named, names)
st.caption(page.say("practices.intro"))
st.caption(page.catalogue.dictionary.checklist.notice[page.language])
page_elements.purpose(page)
