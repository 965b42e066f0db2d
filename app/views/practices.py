"""Practice exchange: one checklist item here and everywhere, and who can learn from whom; names with consent only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from app import session
from app.access import demand
from app.board import context_of_year
from app.chart_rows import SHOWN_LEVELS
from app.practice_charts import host_of, sentence_for_spread, spread_chart, spread_rows, told
from app.session import Page
from app.storage.consent import say_consent, standing_consents
from app.storage.practice import details_of_years, standing_levels
from app.views import parts
from indicators import practice
from indicators.peers import find_peers
from indicators.refused import InputRefused
from schemas.codelist import ChecklistItem

NAMES_SHOWN = 5
CODE_LISTS = {"binding": "binding", "learnt_from": "learnt_from", "contract": "contract_kinds"}
CODE_LISTS |= {"centre": "yes_no", "planned": "yes_no", "evidence_kind": "evidence_kinds"}


@st.cache_data(show_spinner=False, max_entries=64)
def cached_details(location: str, mark: str, **narrow: Any) -> pd.DataFrame:
    """Checklist details of all institutions, of one item, year or institution."""
    return details_of_years(session.open_store(location), **narrow)


@st.cache_data(show_spinner=False, max_entries=32)
def cached_levels(location: str, mark: str, year: int, institution: str) -> pd.DataFrame:
    """What an institution can learn from the latest answers of all others, of a round and the one before."""
    return standing_levels(session.open_store(location), (year - 1, year), institution)


@st.cache_data(show_spinner=False, max_entries=32)
def cached_neighbours(location: str, mark: str, year: int, institution: str) -> tuple[str, ...]:
    """Codes of an institution's peers, nearest first; none where they cannot be told apart."""
    frame = context_of_year(session.open_store(location), year)
    if institution not in frame.index or len(frame) < 2:
        return ()
    try:
        return tuple(peer.code for peer in find_peers(frame, seed=year, runs=0).of(institution).peers)
    except InputRefused:
        return ()


def details(**narrow: Any) -> pd.DataFrame:
    """Checklist details of this store."""
    return cached_details(session.location(), session.stamp(), **narrow)


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


def item_name(page: Page, code: str) -> str:
    """Code and label of an item."""
    return f"{code} {page.catalogue.dictionary.checklist.item(code).label[page.language]}"


def answer_word(page: Page, question: str, code: object) -> str:
    """A closed answer in words; words for none."""
    if not isinstance(code, str) or not code:
        return page.say("practices.not_said")
    label = page.catalogue.dictionary.labels(CODE_LISTS[question]).get(code)
    return label[page.language] if label else code


def level_text(page: Page, declared: Any, counted: Any) -> str:
    """Declared and counted level; words for none."""
    if pd.isna(declared):
        return page.say("practices.no_level")
    return f"{declared}" if declared == counted else f"{declared} → {counted}"


def number_text(value: Any) -> str:
    """A whole number; empty for none."""
    return "" if pd.isna(value) else str(int(value))


def headed(page: Page, keys: Sequence[str]) -> dict[str, str]:
    """Column headings."""
    return {key: page.say(f"practices.column_{key}") for key in keys}


def show_here(page: Page, item: ChecklistItem, rows: pd.DataFrame) -> None:
    """The wording of each level, and where this institution stands."""
    st.subheader(page.say("practices.here"), anchor=False)
    here = rows[(rows["institution"] == page.institution) & (rows["year"] == page.year)].to_dict("records")
    own = here[0] if here else {}
    words = {scope: _level_word(page, own.get(f"{scope}_counted")) for scope in practice.SCOPES}
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
                "◇ " + page.say(f"level.{s}") for s in practice.SCOPES if own.get(f"{s}_counted") == level
            ),
        }
        for level, text in enumerate(item.levels)
    ]
    columns = headed(page, ("level", "wording", "here"))
    parts.table(page, wordings, name=f"levels_{item.code}", columns=columns, legend=False, lines=2)


def _level_word(page: Page, level: Any) -> str:
    missing = level is None or pd.isna(level)
    return page.say("practices.unknown") if missing else page.say("practices.level", level=level)


def show_spread(page: Page, item: ChecklistItem, rows: pd.DataFrame) -> None:
    """How many institutions have it, by year and scope, as sentence, chart and table."""
    st.subheader(page.say("practices.spread"), anchor=False)
    spread = practice.diffusion(rows)
    drawn = spread_rows(spread)
    if drawn.empty:
        st.info(page.say("practices.spread_none"))
        return
    label = item_name(page, item.code)
    parts.chart(spread_chart(drawn, label, page.language), sentence_for_spread(drawn, page.language))
    twin = [
        {
            "scope": page.say(f"level.{row['scope']}"),
            "year": str(row["year"]),
            "answered": told(row["answered_low"], row["answered_high"], page.language),
            "reached": told(row["reached_low"], row["reached_high"], page.language),
        }
        for row in drawn.to_dict("records")
    ]
    columns = headed(page, ("scope", "year", "answered", "reached"))
    with st.expander(page.say("app.table")):
        parts.table(page, twin, name=f"spread_{item.code}", columns=columns, numbers=("answered", "reached"))
    now = spread[spread["year"] == spread["year"].max()]
    if (now.loc[now["part"] == "reached", "high"] > 0).any():
        show_sources(page, item, now)


def show_sources(page: Page, item: ChecklistItem, spread: pd.DataFrame) -> None:
    """Of those who have it: learnt from whom, and whether it is binding."""
    st.markdown(f"**{page.say('practices.sources', year=int(spread['year'].max()))}**")
    for row in spread[spread["share"].notna()].to_dict("records"):
        scope = page.say(f"level.{row['scope']}")
        st.text(page.say("practices.binding_share", level=scope, share=parts.number(row["share"], 0)))
    asked = spread[spread["part"].isin(["learnt_from", "binding"])]
    scopes = [scope for scope in SHOWN_LEVELS if scope in item.scopes]
    rows = told_table(page, asked.rename(columns={"part": "feature", "scope": "group"}), scopes)
    columns = {**headed(page, ("question", "answer")), **{scope: page.say(f"level.{scope}") for scope in scopes}}
    parts.table(page, rows, name=f"sources_{item.code}", columns=columns, numbers=scopes)
    st.caption(page.say("practices.range_note"))


def told_table(page: Page, counts: pd.DataFrame, groups: Sequence[str]) -> list[dict[str, str]]:
    """Counts by feature and code, a column a group."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in counts.to_dict("records"):
        feature, code = str(row["feature"]), str(row["code"])
        answer = "" if feature == "all" else answer_word(page, feature, code)
        start = {"question": page.say(f"practices.feature_{feature}"), "answer": answer, **dict.fromkeys(groups, "0")}
        rows.setdefault((feature, code), start)[str(row["group"])] = told(row["low"], row["high"], page.language)
    return list(rows.values())


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
                **{s: level_text(page, row[f"{s}_declared"], row[f"{s}_counted"]) for s in practice.SCOPES},
                "office": row["contact_office"] if isinstance(row["contact_office"], str) else "",
                "kind": answer_word(page, "evidence_kind", row["evidence_kind"]),
                "host": host_of(row["evidence"]),
                "evidence": row["evidence"] if isinstance(row["evidence"], str) else "",
                "since": number_text(row["since"]),
                "binding": answer_word(page, "binding", row["binding"]),
                "learnt_from": answer_word(page, "learnt_from", row["learnt_from"]),
            }
            for row in named.to_dict("records")
        ]
        parts.table(page, rows, name=f"who_{item.code}", columns=headed(page, list(rows[0])), lines=2)
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
    say_consent(session.store(), str(page.institution), item, given=given, by=page.actor.role, at=datetime.now(UTC))
    st.session_state["consent_changed"] = (page.institution, item)


def show_plans(page: Page, item: ChecklistItem, rows: pd.DataFrame) -> None:
    """Plans against what became of them: this item everywhere, and every item here."""
    st.subheader(page.say("practices.plans"), anchor=False)
    st.caption(page.say("practices.plans_note"))
    st.markdown(f"**{page.say('practices.plans_all')}**")
    tally = practice.plan_tally(practice.plans_against_outcome(rows))
    if tally.empty:
        st.text(page.say("practices.plans_all_none"))
    else:
        counted = [
            {
                "outcome": page.say(f"practices.outcome_{row['outcome'] or 'all'}"),
                "plans": told(row["low"], row["high"], page.language),
            }
            for row in tally[tally["high"] > 0].to_dict("records")
        ]
        columns = headed(page, ("outcome", "plans"))
        parts.table(page, counted, name=f"plans_{item.code}", columns=columns, numbers=("plans",))
    st.markdown(f"**{page.say('practices.plans_own')}**")
    show_own_plans(page)


def show_own_plans(page: Page) -> None:
    """This institution's plans for all items."""
    own = details(institution=page.institution)
    plans = practice.plans_against_outcome(own[own["year"] <= page.year])
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
    parts.table(page, rows, name="own_plans", columns=headed(page, list(rows[0])), numbers=list(figures), legend=False)


def show_before(page: Page, item: ChecklistItem, rows: pd.DataFrame) -> None:
    """What institutions had said before they came to level 2, beside those that did not."""
    with st.expander(page.say("practices.before")):
        st.text(page.say("practices.before_note"))
        found = practice.what_came_before(rows)
        if found.empty:
            st.info(page.say("practices.before_none"))
            return
        groups = ("moved_up", "stayed")
        columns = {**headed(page, ("question", "answer")), **{g: page.say(f"practices.group_{g}") for g in groups}}
        counts = told_table(page, found, groups)
        parts.table(page, counts, name=f"before_{item.code}", columns=columns, numbers=groups)


def show_learning(page: Page, everyone: pd.DataFrame, consent: practice.Consent, names: Mapping[str, str]) -> None:
    """This institution's open items, with the nearest peers that have them in place."""
    st.subheader(page.say("practices.learn"), anchor=False)
    own, year = str(page.institution), int(page.year or 0)
    peers = cached_neighbours(session.location(), session.stamp(), year, own)
    found = practice.solved_by_peers(everyone, own, peers, consent)
    if found.empty:
        st.info(page.say("practices.learn_none"))
        return
    is_named = (found["peers"].map(len) + found["others"].map(len)) > 0
    st.text(page.say("practices.learn_lead", n=len(found), k=int(is_named.sum())))
    if not st.toggle(page.say("practices.learn_all"), key="learn_all"):
        found = found[is_named | found["wanted"]]
    rows = [
        {
            "item": item_name(page, row["item"]),
            "own": level_text(page, row["declared"], row["level"]),
            "wanted": page.say("practices.wanted") if row["wanted"] else "",
            "peers": listed(page, row["peers"], names),
            "others": listed(page, row["others"], names),
        }
        for row in found.to_dict("records")
    ]
    columns = headed(page, ("item", "own", "wanted", "peers", "others"))
    if rows:
        parts.table(page, rows, name="open_items", columns=columns, lines=2)
    st.caption(page.say("practices.learn_note"))


def listed(page: Page, codes: Sequence[str], names: Mapping[str, str]) -> str:
    """Names in one line, the first few of many."""
    comma = page.say("chart.list_comma")
    shown = comma.join(names[code] for code in codes[:NAMES_SHOWN])
    rest = len(codes) - NAMES_SHOWN
    return page.say("practices.more", names=shown, n=rest) if rest > 0 else shown


def show_asked(page: Page, everyone: pd.DataFrame, consent: practice.Consent, names: Mapping[str, str]) -> None:
    """Who would like to learn what this institution has in place."""
    st.subheader(page.say("practices.asked"), anchor=False)
    found = practice.asked_of(everyone, str(page.institution), consent)
    if found.empty:
        st.info(page.say("practices.asked_none"))
        return
    st.text(page.say("practices.asked_lead", n=len(found)))
    rows = [
        {
            "item": item_name(page, row["item"]),
            **{s: level_text(page, row[f"{s}_counted"], row[f"{s}_counted"]) for s in practice.SCOPES},
            "unnamed": told(row["low"], row["high"], page.language),
            "named": listed(page, row["named"], names),
        }
        for row in found.to_dict("records")
    ]
    columns = headed(page, list(rows[0]))
    parts.table(page, rows, name="asked", columns=columns, numbers=("unnamed",))


page = session.begin("view_own")
session.begin("view_comparison")
parts.heading(page, "practices.title")
session.needed(page, page.board())
st.caption(page.catalogue.dictionary.checklist.notice[page.language])
st.text(page.say("practices.intro"))
# Consent is read anew at each run, never from a cache: a withdrawn one has effect at once.
agreed = standing_consents(session.store())
names = session.names(page.language)
chosen = choose_item(page)
if chosen.help is not None:
    st.text(chosen.help[page.language])
every_year = details(item=chosen.code)
until_now = every_year[every_year["year"] <= page.year]
show_here(page, chosen, until_now)
show_spread(page, chosen, until_now)
show_who(page, chosen, practice.practitioners(until_now, chosen.code, lambda code, at: (code, at) in agreed), names)
show_consent(page, chosen, until_now, (page.institution, chosen.code) in agreed)
show_plans(page, chosen, until_now)
show_before(page, chosen, until_now)
# This round and the one before: whoever has not handed in yet still stands with last year's answers.
everyone = cached_levels(session.location(), session.stamp(), int(page.year or 0), str(page.institution))
show_learning(page, everyone, lambda code, at: (code, at) in agreed, names)
show_asked(page, everyone, lambda code, at: (code, at) in agreed, names)
parts.purpose(page)
