"""What to take up next: the 45 items of an institution, beside centres, others and its nearest; no centre needed."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app.components import page_elements, session
from app.components.one_page.sentences import join_sentences
from app.components.peers.nearest_institutions import nearest_codes
from app.components.practice.answers_of_all import agreed_to_be_named, latest_answers, own_answers
from app.components.session import Page
from app.results.institution_results import items_of
from app.results.nation.national_practice import spread_of_year
from indicators.comparison.next_steps import NextStep, movement, next_steps
from indicators.comparison.small_counts import FEW, Bounds

MOST_NAMES = 3
NOT_APPLYING = "a"
WIDTHS = {"item": 230, "level": 80, "solved": 150, "names": 260, "after": 120, "decided": 190}


@st.cache_data(show_spinner=False, max_entries=4)
def cached_spread(location: str, mark: str, year: int) -> pd.DataFrame:
    """How far each item has spread in a round."""
    return spread_of_year(session.open_store(location), year)


def part_text(page: Page, counted: Bounds, whole: int) -> str:
    """A count of institutions out of a whole, as far as it may be told."""
    low, high = counted
    shown = str(low) if low == high else FEW if high < 5 else page.say("next_steps.range", low=low, high=high)
    return page.say("next_steps.of", n=shown, whole=whole if whole >= 5 else FEW)


def step_rows(page: Page, steps: list[NextStep], practising: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """One row an open item, in the suggested order, with nearest institutions that agree to be named.

    ``practising``: by item the institutions that have it in place.
    """
    agreed, names = agreed_to_be_named(page), session.names(page.language)
    near = nearest_codes(page)
    rows = []
    for position, step in enumerate(steps, 1):
        item = page.catalogue.dictionary.checklist.item(step.item)
        who = dict.fromkeys(code for code in practising.get(step.item, ()) if (code, step.item) in agreed)
        found = [code for code in dict.fromkeys([*near, *who]) if code in who]
        listed = page.say("chart.list_comma").join(names.get(code, code) for code in found[:MOST_NAMES])
        rows.append(
            {
                "place": str(position),
                "item": f"{item.code} {item.label[page.language]}",
                "level": page.say("items.no_answer") if step.level is None else str(step.level),
                "solved": part_text(page, step.solved, step.similar),
                "names": listed or page.say("next_steps.nobody"),
                "after": " ".join(step.after),
                "decided": page.say(f"next_steps.decided_{step.decided_by}"),
            }
        )
    return rows


def spread_rows(
    page: Page, came: Mapping[str, Bounds], own: pd.Series, year: int, applying: Sequence[str]
) -> list[dict[str, str]]:
    """Every item: the own level, how many centres and institutions have it in place, and how many came to it.

    ``applying``: the items that apply to the institution.
    """
    every = cached_spread(session.location(), session.digest(year), year)
    found = {(r["item"], r["scope"], r["part"], r["code"]): (r["low"], r["high"]) for r in every.to_dict("records")}
    rows = []
    for item in page.catalogue.dictionary.checklist.items:
        cells = {}
        for scope in ("centre", "institution"):
            whole = found.get((item.code, scope, "answered", ""), (0, 0))
            reached = found.get((item.code, scope, "reached", ""))
            is_asked = scope in item.scopes
            cells[scope] = part_text(page, reached, whole[0]) if reached and is_asked else page.say("chart.map_none")
        risen = came.get(item.code)
        level = own.get(item.code)
        unknown = page.say("items.no_answer" if item.code in applying else "status.a")
        rows.append(
            {
                "item": f"{item.code} {item.label[page.language]}",
                "level": unknown if level is None or pd.isna(level) else str(int(level)),
                **cells,
                "moved": "" if risen is None else str(risen[0]) if risen[0] == risen[1] else FEW,
            }
        )
    return rows


page = session.begin("view_own")
session.begin("view_comparison")
page_elements.heading(page, "next_steps.title")
board = session.require_results(page, page.board())
year = int(page.year or 0)
latest, own = latest_answers(page), own_answers(page)
answered = items_of(session.store(), board.submission)
codes = answered.loc[answered["institution_code"] != NOT_APPLYING, "item"].tolist()
steps = next_steps(latest.rows, str(page.institution), nearest_codes(page), codes)
rows = step_rows(page, steps, latest.practising)
left = len(answered) - len(codes)
said = [page.say("next_steps.intro", n=len(steps), decided=len(codes) - len(steps))]
said += [page.say("next_steps.intro_left", n=left)] if left else []
if rows:
    said.append(
        page.say(
            "next_steps.first", item=rows[0]["item"], solved=rows[0]["solved"].replace(FEW, page.say("next_steps.few"))
        )
    )
st.text(join_sentences(page, said))
st.caption(page.catalogue.dictionary.checklist.notice[page.language])
st.subheader(page.say("next_steps.order"))
if rows:
    columns = {name: page.say(f"next_steps.column_{name}") for name in rows[0]}
    page_elements.table(page, rows, name="next_steps", columns=columns, widths=WIDTHS, lines=2)
else:
    st.success(page.say("practices.learn_none"))
st.caption(page.say("next_steps.order_note"))
st.subheader(page.say("next_steps.movement"))
changed = movement(own, str(page.institution), year)
if not changed:
    st.text(page.say("next_steps.still"))
for code, before, now in changed:
    label = page.catalogue.dictionary.checklist.item(code).label[page.language]
    st.text(page.say("next_steps.moved_item", item=f"{code} {label}", before=before, now=now))
st.subheader(page.say("next_steps.spread"))
mine = own[own["year"] == year].set_index("item")["institution_counted"]
spread = spread_rows(page, latest.came, mine, year, codes)
columns = {name: page.say(f"next_steps.column_{name}") for name in spread[0]}
page_elements.table(page, spread, name="item_spread", columns=columns, lines=2, height=600)
page_elements.purpose(page)
