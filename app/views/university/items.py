"""The 45 items: the centre against the whole institution, with evidence."""

from typing import Any

import pandas as pd
import streamlit as st

from app.charts import captions, indicator_charts
from app.charts.chart_rows import checklist_items
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.handbook_link import handbook_link
from app.components.navigation import FILE_OF
from app.components.session import Page
from app.results.institution_results import items_of


def centre_items(page: Page, unit: str, of: pd.DataFrame) -> pd.DataFrame:
    """The counted levels of a further centre, item by item, as the chart takes them; the code names the centre."""
    rows = []
    for item in page.catalogue.dictionary.checklist.items:
        level = of.loc[item.code, "centre_counted"]
        named = {"item": item.code, "label_ja": item.label.ja, "label_en": item.label.en}
        rows.append({**named, "scope": unit, "level": level, "asked": "centre" in item.scopes})
    return pd.DataFrame(rows)


page = session.begin("view_own")
page_elements.heading(page, "items.title")
board = session.require_results(page, page.board())
if not any(row["level"] == "centre" for row in board.scoreboard["indicators"]):
    st.info(page.say("empty.no_centre"))
    st.page_link(FILE_OF["next_steps"], label=page.say("nav.next_steps"))
items = items_of(session.store(), board.submission)
rollout = board.indicator("rollout_rate", "institution")
if rollout and rollout["denominator"] is not None and len(board.centres) < 2:
    key = "items.lead" if rollout["value"] is not None else "items.too_few"
    st.text(page.say(key, n=rollout["denominator"], k=rollout["numerator"]))
others = {}
for centre in board.centres:
    own = [r for r in board.of_all_centres["indicators"] if r["id"] == "rollout_rate" and r["unit"] == centre["unit"]]
    if len(board.centres) > 1 and own and own[0]["denominator"] is not None:
        name = f"{centre['unit']} {centre['name'][page.language]}"
        st.text(page.say("centres.rollout", name=name, n=own[0]["denominator"], k=own[0]["numerator"]))
    if centre["has_form"] and not centre["is_compared"]:
        form = session.store().current(page.institution or "", page.year or 0, "centre", centre["unit"])
        if form is not None:
            others[centre["unit"]] = items_of(session.store(), form).set_index("item")
drawn = checklist_items(session.store().answers(board.submission), page.catalogue.dictionary)
if not board.centres:
    drawn = drawn[drawn["scope"] == "institution"]
beside = pd.concat([centre_items(page, unit, of) for unit, of in others.items()]) if others else None
chart(
    indicator_charts.checklist_map(drawn, page.language, page.year or 0, beside),
    captions.sentence_for_checklist_map(drawn, page.language),
)
st.caption(page.catalogue.dictionary.checklist.notice[page.language])
behind = st.toggle(page.say("items.only_behind"), key="only_behind")


def levels(declared: Any, counted: Any, code: Any, is_asked: bool = True) -> str:
    """Declared and counted level as one text; why there is none in words."""
    if not is_asked:
        return page.say("items.whole_only")
    if pd.isna(declared):
        return page.say(f"status.{code}" if code else "items.no_answer")
    return f"{declared:.0f}" if declared == counted else f"{declared:.0f} → {counted:.0f}"


rows = []
for _, row in items.iterrows():
    item = page.catalogue.dictionary.checklist.item(row["item"])
    both = pd.notna(row["centre_counted"]) and pd.notna(row["institution_counted"])
    gap = int(row["centre_counted"] - row["institution_counted"]) if both else None
    if behind and not (gap and gap > 0):
        continue
    level = row["institution_declared"]
    rows.append(
        {
            "item": f"{item.code} {item.label[page.language]}",
            "centre": levels(
                row["centre_declared"], row["centre_counted"], row["centre_code"], "centre" in item.scopes
            ),
            **{
                unit: levels(
                    of.loc[item.code, "centre_declared"],
                    of.loc[item.code, "centre_counted"],
                    of.loc[item.code, "centre_code"],
                    "centre" in item.scopes,
                )
                for unit, of in others.items()
            },
            "institution": levels(row["institution_declared"], row["institution_counted"], row["institution_code"]),
            "gap": page.say("items.no_gap") if gap is None else str(gap),
            "wording": "" if pd.isna(level) else item.levels[int(level)][page.language],
            "next": ""
            if pd.isna(level) or level == len(item.levels) - 1
            else item.levels[int(level) + 1][page.language],
            "evidence": str(row["evidence"]) if pd.notna(row.get("evidence")) else "",
        }
    )
if rows:
    columns = {key: key if key in others else page.say(f"items.column_{key}") for key in rows[0]}
    page_elements.table(page, rows, name="items", columns=columns, numbers=("gap",))
    st.caption(page.say("items.whole_only_note"))
    session.offer_page(page, "next_steps")
else:
    st.info(page.say("empty.no_match"))
st.caption(f"{page.say('items.declared')} → {page.say('items.counted')}")
proposals = page.catalogue.dictionary.checklist.proposals
if proposals:
    listed = page.say("chart.list_comma").join(f"{item.code} {item.label[page.language]}" for item in proposals)
    st.caption(page.say("items.proposals", listed=listed, edition=proposals[0].for_edition))
    handbook_link(page, "checklist", proposals[0].code, page.say("items.proposals_link"))
handbook_link(page, "checklist", page.catalogue.dictionary.checklist.items[0].code)
