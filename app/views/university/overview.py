"""Overview: the gaps of centre and institution side by side, and what matters most in people."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.charts import captions, indicator_charts
from app.charts.chart_rows import chart_rows
from app.charts.own_target_rows import OWN_TARGET_COLUMNS, own_target_rows
from app.components import page_elements, session
from app.components.chart_section import Twin, chart
from app.components.handbook_link import chance_link, handbook_choice
from app.components.one_page.centre_section import show_centres
from app.components.one_page.movement import show_movement
from app.components.one_page.next_steps import lacking_text, show_next_steps, show_unjudged
from app.components.one_page.sentences import change, name_of, requirement_sentence
from app.components.peers.nearest_institutions import nearest_codes
from app.components.peers.strips import middle_half
from app.components.session import Page
from app.results.definitions_of_foreign import is_marked, label_of, read_by
from indicators.scoring.requirement_gaps import RequirementGaps, requirement_gaps

WIDTHS = {"indicator": 190, "level": 115, "value": 80, "formula": 105, "score": 150, "gap": 110, "verdict": 130}


def three_sentences(page: Page, board: Mapping[str, Any], last: Mapping[str, Any] | None) -> RequirementGaps:
    """Where the university stands, what changed and what is next, each under its heading; returns the gaps."""
    found = requirement_gaps(board)
    if found.is_all_clear:
        after = page.say("one_page.nothing_next")
    elif found.first:
        row, gap = found.first[0]
        after = page.say("one_page.first_step", name=name_of(page, row), change=lacking_text(page, row, gap))
    else:
        after = page.say("overview.none_judged")
    said = {"stand": requirement_sentence(page, found), "changed": change(page, board, last, found), "next": after}
    for slot, (key, text) in zip(st.columns(3), said.items(), strict=True):
        with slot.container(border=True, height="stretch"):
            st.markdown(f"**{page.say(f'one_page.{key}')}**")
            st.text(text)
    return found


def pillars(page: Page, board: Any) -> None:
    """Pillar scores at both levels with kind and coverage."""
    st.subheader(page.say("overview.pillars"))
    found = [row for row in board.scoreboard["pillars"] if row["score"] is not None]
    columns = st.columns(max(1, len(found)))
    for slot, row in zip(columns, found, strict=False):
        level = page.say(f"level.{row['level']}")
        label = page.catalogue.pillars[row["id"]].label[page.language] + page_elements.bracket(page, level)
        slot.metric(label, page.say("overview.of_100", score=page_elements.number(row["score"], 0)), border=True)
        coverage = page.say("overview.coverage", present=row["coverage"][0], applicable=row["coverage"][1])
        slot.caption(f"{page.say('kind.' + row['score_kind'])}　{coverage}")


def profile(page: Page, rows: Sequence[Mapping[str, Any]]) -> None:
    """Every indicator with value, score, gap and verdict."""
    table = []
    for row in rows:
        gap = page_elements.main_gap(row)
        table.append(
            {
                "indicator": label_of(page.catalogue, row).label[page.language],
                "level": page.say(f"level.{row['level']}"),
                "value": page_elements.value_text(page, row) + (page.say("definition.short") if is_marked(row) else ""),
                "formula": page_elements.formula_text(row),
                "score": page_elements.score_text(page, row),
                "gap": page_elements.gap_people(page, gap),
                "verdict": page_elements.verdict_text(page, gap) if gap else "",
            }
        )
    names = {
        "indicator": "indicator.choose", "level": "comparison.level", "value": "indicator.value",
        "formula": "indicator.column_formula", "score": "kind.score", "gap": "indicator.column_people",
        "verdict": "indicator.column_verdict",
    }  # fmt: skip
    page_elements.table(
        page,
        table,
        name="overview",
        numbers=("value", "formula", "gap"),
        lines=2,
        height=620,
        widths=WIDTHS,
        columns={key: page.say(text) for key, text in names.items()},
    )


def positions_twin(page: Page, rows: pd.DataFrame) -> Twin:
    """The shares by position as a table."""
    twin = [
        {
            "position": row[f"position_{page.language}"],
            "level": page.say(f"level.{row['level']}"),
            "value": page_elements.value_text(page, {**row, "id": row["indicator"]}),
            "counts": page_elements.formula_text(row),
        }
        for record in rows[rows["position"] != ""].replace({np.nan: None}).to_dict("records")
        if (row := {str(key): value for key, value in record.items()})
    ]
    texts = {"position": "overview.column_position", "level": "comparison.level", "value": "indicator.value"}
    columns = {key: page.say(text) for key, text in {**texts, "counts": "indicator.column_formula"}.items()}
    return Twin("positions", twin, columns, ("value", "counts"))


def own_targets(page: Page, targets: list[dict[str, Any]]) -> None:
    """The institution's own targets beside its values, where it entered any."""
    if targets:
        st.subheader(page.say("own_target.title"))
        st.caption(page.say("own_target.note"))
        columns = {name: page.say(f"own_target.column_{name}") for name in OWN_TARGET_COLUMNS}
        rows = own_target_rows(targets, page.catalogue, page.language)
        page_elements.table(page, rows, name="own_targets", columns=columns, numbers=("current", "target", "gap"))


page = session.begin("view_own")
page_elements.heading(page, "overview.title")
board = session.require_results(page, page.board())
rows = board.scoreboard["indicators"]
last = page.board(page.year - 1) if page.year else None
gaps = three_sentences(page, board.scoreboard, last.scoreboard if last else None)
if not any(row["level"] == "centre" for row in rows):
    st.info(page.say("empty.no_centre"))
near = nearest_codes(page)
panel = page.panel(institutions=near)
drawn = chart_rows(board.scoreboard, page.catalogue)
weighted = drawn[drawn["indicator"].isin([i.id for i in page.catalogue.scored])]
chart(
    indicator_charts.gap_overview(
        weighted, page.language, middle_half(page, list(weighted["indicator"]), near, panel), gaps
    ),
    captions.sentence_for_gap_overview(weighted, page.language, gaps),
)
st.caption(page.say("indicator.interval_note"))
chance_link(page)
if gaps.first:
    st.subheader(page.say("one_page.steps"))
show_next_steps(page, gaps, near, panel)
show_unjudged(page, gaps)
show_movement(page)
pillars(page, board)
show_centres(page, board.of_all_centres)
st.subheader(page.say("overview.positions"))
chart(
    indicator_charts.position_breakdown(drawn, page.language),
    captions.sentence_for_position_breakdown(drawn, page.language),
    positions_twin(page, drawn),
)
st.caption(page.say("overview.positions_note"))
own_targets(page, board.scoreboard["own_targets"])
st.subheader(page.say("overview.profile"))
definition = page_elements.choose_definition(page)
profile(page, read_by(rows, page.catalogue, definition))
st.caption(page.say("definition.depends_note"))
handbook_choice(page, [row["id"] for row in rows])
st.caption(page.say("overview.checklist_notice"))
page_elements.purpose(page)
