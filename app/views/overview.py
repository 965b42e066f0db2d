"""Overview: the gaps of centre and institution side by side, and what matters most in people."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.charts import captions, indicator_charts
from app.charts.chart_rows import chart_rows, line_shown
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.handbook_link import handbook_choice
from app.components.session import Page
from app.results.definitions_of_foreign import is_marked, label_of, read_by
from app.results.requirement_gaps import requirement_gaps

WIDTHS = {"indicator": 190, "level": 115, "value": 80, "formula": 105, "score": 150, "gap": 110, "verdict": 130}


def largest_gaps(page: Page, board: Mapping[str, Any]) -> None:
    """The gaps to look at first, each in one sentence, and what cannot be judged and why."""
    found = requirement_gaps(board)
    if found.is_all_clear:
        st.success(page.say("overview.none", judged=found.judged))
    elif not found.judged and not found.lacking and not found.unjudged:
        st.info(page.say("overview.none_judged"))
    if found.first:
        st.subheader(page.say("overview.lead"))
    for row, gap in found.first:
        st.text(f"・{name_of(page, row)}　{page_elements.value_text(page, row)}　→　{gap_sentence(page, row, gap)}")
    if found.unjudged:
        st.warning(page.say("overview.unjudged", n=len(found.unjudged)))
        for row in found.unjudged:
            st.text(
                page.say("overview.unjudged_row", label=name_of(page, row), why=page_elements.value_text(page, row))
            )


def gap_sentence(page: Page, row: Mapping[str, Any], gap: Mapping[str, Any]) -> str:
    """What lacks, in people, papers or items; a line drawn for somebody else is named and called a rough guide."""
    of, k = gap["gap_people"]["of"], f"{gap['gap_people']['replace']:,}"
    if of == "items":
        return page.say("people.items_left", k=k)
    if row["level"] == gap["level"]:
        return page.say("people.replace", k=k)
    line = line_shown(float(gap["value"]), page.catalogue.indicators[row["id"]].unit, page.language)
    if gap["kind"] == "target":
        return page.say("people.direction_target", line=line, unit=page.say(f"people.{of}", k=k))
    who = row["id"] if row["id"] in ("foreign_researcher_share", "foreign_pi_share") else "others"
    return page.say("people.direction", line=line, k=k, who=page.say(f"people.who_{who}"))


def name_of(page: Page, row: Mapping[str, Any]) -> str:
    """An indicator with its level."""
    label = page.catalogue.indicators[row["id"]].label[page.language]
    return label + page_elements.bracket(page, page.say("level." + row["level"]))


def pillars(page: Page, board: Any) -> None:
    """Pillar scores at both levels with kind and coverage."""
    st.subheader(page.say("overview.pillars"))
    found = [row for row in board.scoreboard["pillars"] if row["score"] is not None]
    columns = st.columns(max(1, len(found)))
    for place, row in zip(columns, found, strict=False):
        label = page.catalogue.pillars[row["id"]].label[page.language]
        level = page.say(f"level.{row['level']}")
        place.metric(label, page_elements.number(row["score"], 0), border=True)
        coverage = page.say("overview.coverage", present=row["coverage"][0], applicable=row["coverage"][1])
        place.caption(f"{level}　{page.say('kind.' + row['score_kind'])}　{coverage}")


def profile(page: Page, rows: list[dict[str, Any]]) -> None:
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


page = session.begin("view_own")
page_elements.heading(page, "overview.title")
board = page.board()
session.needed(page, board)
rows = board.scoreboard["indicators"]
st.write(page.say("overview.intro"))
if not any(row["level"] == "centre" for row in rows):
    st.info(page.say("empty.no_centre"))
largest_gaps(page, board.scoreboard)
drawn = chart_rows(board.scoreboard, page.catalogue)
weighted = drawn[drawn["indicator"].isin([i.id for i in page.catalogue.scored])]
chart(indicator_charts.gap_overview(weighted, page.language), captions.sentence_for_gap_overview(drawn, page.language))
pillars(page, board)
st.subheader(page.say("overview.positions"))
chart(
    indicator_charts.position_breakdown(drawn, page.language),
    captions.sentence_for_position_breakdown(drawn, page.language),
)
st.caption(page.say("overview.positions_note"))
st.subheader(page.say("overview.profile"))
definition = page_elements.choose_definition(page)
profile(page, read_by(rows, page.catalogue, definition))
st.caption(page.say("definition.depends_note"))
handbook_choice(page, [row["id"] for row in rows])
st.caption(page.say("overview.checklist_notice"))
page_elements.purpose(page)
