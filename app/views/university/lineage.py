"""Where a number comes from: cells, notes, rules, formula, benchmarks with their sources, and who approved it."""

from typing import Any

import streamlit as st

from app.commands.exit_codes import as_json
from app.components import page_elements, session
from app.components.handbook_link import handbook_link
from app.components.one_page.cells_section import show_cells
from app.components.people.logged_download import logged_download
from app.components.session import Page
from app.documents.number_lineage import Key, key_of, lineage_of
from app.results.definitions_of_foreign import definitions
from app.results.institution_results import Board
from app.texts import listed

RULES = ("rule", "state", "text", "explanation")
LINES = ("label", "level", "value", "entry", "source", "why")


def choose_number(page: Page, board: Board) -> Key:
    """The number chosen among those of the chosen indicator."""
    chosen = page_elements.choose_indicator(page)
    rows = {key_of(row): row for row in board.scoreboard["indicators"] if row["id"] == chosen}
    if not rows:
        st.info(page.say("empty.no_match"))
        st.stop()
    wanted = st.session_state.pop("lineage_row", None)
    keys = list(rows)

    def name(key: Key) -> str:
        level = page.say(f"level.{key[0]}") if key[0] != "unit" else key[1]
        definition = page.say(f"definition.{key[3]}") if key[3] in definitions(page.catalogue) else ""
        return "　".join(part for part in (level, definition, page_elements.value_text(page, rows[key])) if part)

    start = keys.index(wanted) if wanted in keys else 0
    return st.selectbox(page.say("lineage.number"), keys, index=start, format_func=name, key=f"lineage_{chosen}")


def show_rules(page: Page, found: dict[str, Any]) -> None:
    """The rules that looked at these answers, those that were broken first."""
    st.subheader(page.say("lineage.rules"))
    rows = [
        {
            "rule": one["rule"],
            "state": page.say(f"lineage.state_{one['state']}"),
            "text": (one.get("message") or one["why"])[page.language],
            "explanation": one.get("explanation", ""),
        }
        for one in sorted(found["rules"], key=lambda one: ("open", "explained", "passed").index(one["state"]))
    ]
    show(page, "lineage_rules", rows, RULES)


def show_benchmarks(page: Page, found: dict[str, Any]) -> None:
    """The lines that the number is set against, each with its source."""
    st.subheader(page.say("lineage.benchmarks"))
    rows = [
        {
            "label": one["label"][page.language],
            "level": page.say(f"book_level.{one['level']}"),
            "value": one["value"] or "",
            "entry": one["entry"],
            "source": f"{one['source']['producer'][page.language]} {one['source']['title'][page.language]}",
            "why": one["why"][page.language],
        }
        for one in found["benchmarks"]
    ]
    show(page, "lineage_benchmarks", rows, LINES)


def show(page: Page, name: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """A table, or that there is nothing."""
    if not rows:
        st.text("－")
        return
    headings = {key: page.say(f"lineage.column_{key}") for key in columns}
    page_elements.table(page, rows, name=name, columns=headings, legend=False, lines=2)


def show_formula(page: Page, found: dict[str, Any]) -> None:
    """What the number means, how it is computed, and from which version and submission."""
    indicator, submission, approved = found["indicator"], found["submission"], found["approved"]
    st.subheader(page.say("lineage.formula"))
    st.text(indicator["definition"][page.language])
    st.json(indicator["formula"], expanded=False)
    versions = found["versions"]
    st.text(page.say("lineage.version", n=indicator["version"], catalogue=versions["catalogue"]))
    st.subheader(page.say("lineage.submission"))
    at = page_elements.japan_time(submission["received_at"])
    st.text(page.say("lineage.received", id=submission["id"], at=at, sha256=submission["sha256"]))
    if approved is None:
        st.text(page.say("lineage.not_approved"))
    else:
        signed = listed(word for word in (approved["name"], approved["office"]) if word)
        at = page_elements.japan_time(approved["at"])
        st.text(page.say("lineage.approved", name=signed, at=at, sha256=approved["sha256"][:16]))


page = session.begin("view_own")
page_elements.heading(page, "lineage.title")
board = session.require_results(page, page.board())
key = choose_number(page, board)
found = lineage_of(session.store(), board, key)
row = next(one for one in board.scoreboard["indicators"] if key_of(one) == key)
st.metric(found["indicator"]["label"][page.language], page_elements.value_text(page, row))
st.text(page_elements.formula_text(row))
st.caption(page.say("lineage.intro"))
st.subheader(page.say("lineage.cells"))
show_cells(page, found["cells"], "lineage_cells")
show_rules(page, found)
show_formula(page, found)
show_benchmarks(page, found)
logged_download(
    page,
    page.say("lineage.download"),
    lambda: as_json(found).encode(),
    f"{page.institution}_{page.year}_{key[2]}_lineage.json",
    mime="application/json",
    key="lineage_json",
)
handbook_link(page, "indicators", key[2])
page_elements.purpose(page)
