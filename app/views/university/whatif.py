"""What if: change counts, see value, score and gap at once; the nearest change; a feasible path."""

from fractions import Fraction
from typing import Any

import numpy as np
import streamlit as st

from app.components import page_elements, session
from app.components.handbook_link import handbook_link
from app.components.session import Page
from app.edition import RESEARCHERS
from indicators.catalogue.declarations import Level
from indicators.change.hiring_pathways import NoPlan, plan, simulate
from indicators.change.smallest_change import nearest_change_of_counts, verdict_at
from indicators.change.staff_situation import Situation
from indicators.scoring.benchmark import gap_in_people, verdict
from indicators.scoring.goalposts_and_bands import goal_for, score
from schemas.dictionary.counting_day import counting_day

RUNS = 2_000


def outcome(page: Page, level: Level, foreign: int, total: int) -> dict[str, str]:
    """Value, score and gap of a pair of counts at a level, by the engine's own functions."""
    indicator = page.catalogue.headline(RESEARCHERS)
    part, whole = np.array([foreign]), np.array([total])
    goal = goal_for(indicator, level, page.catalogue, counting_day(page.year or 0))
    line = target(page)
    replace, add = gap_in_people(part, whole, line, lower_is_better=False)
    found = verdict(part, whole, line, lower_is_better=False)
    share, of_total = 100 * foreign / total, f"{foreign:,} / {total:,}"
    unit = page_elements.UNITS["percent"][page.language]
    return {
        "value": f"{page_elements.number(share)}{unit}{page_elements.bracket(page, of_total)}",
        "score": "" if goal is None else page_elements.number(float(score(np.array([share]), goal)[0]), 0),
        "gap": page.say("people.people", k=f"{int(replace[0]):,}"),
        "add": "" if add is None else page.say("people.people", k=f"{int(add[0]):,}"),
        "met": page.say("whatif.outcome_met" if found.met[0] else "whatif.outcome_not_met"),
    }


def target(page: Page) -> Fraction:
    """The requirement in force as a share."""
    benchmark = page.catalogue.benchmark(page.catalogue.headline(RESEARCHERS).id, "wpi_requirement")
    entries = benchmark.in_force(counting_day(page.year or 0))
    return Fraction(entries[-1].value or 0) / 100


def nearest(page: Page, foreign: int, total: int) -> None:
    """The smallest change of counts that turns the verdict."""
    found = nearest_change_of_counts(foreign, total, verdict_at(target(page)))
    change = found.best
    if change is None:
        st.text(page.say("whatif.nearest_none"))
        return
    st.text(
        page.say(
            "whatif.nearest",
            people=change.people,
            way=page.say(f"whatif.way_{change.way}"),
            outcome=page.say(f"whatif.outcome_{change.after}"),
        )
    )


def path(page: Page, level: str, foreign: int, total: int) -> None:
    """A feasible path to the requirement in whole people."""
    st.subheader(page.say("whatif.path"))
    st.write(page.say("whatif.path_intro"))
    columns = st.columns(4, vertical_alignment="bottom")
    years = columns[0].number_input(page.say("whatif.years"), 1, 10, 5, key=f"years_{level}")
    leaving = columns[1].number_input(page.say("whatif.leaving"), 0, 100, 10, key=f"leaving_{level}")
    growth = columns[2].number_input(page.say("whatif.growth"), 0, 10_000, 0, key=f"growth_{level}")
    abroad = columns[3].number_input(page.say("whatif.abroad"), 0, 100, 50, key=f"abroad_{level}")
    if not st.button(page.say("whatif.make"), type="primary", key=f"plan_{level}"):
        return
    rate = Fraction(int(leaving), 100)
    with st.spinner(page.say("whatif.working")):
        found = plan(
            Situation(
                foreign, total, target(page), int(years), rate, rate,
                share_from_abroad=Fraction(int(abroad), 100), growth_per_year=int(growth),
            )
        )  # fmt: skip
    show_plan(page, found)


def show_plan(page: Page, found: Any) -> None:
    """The plan year by year, or what forbids one."""
    if isinstance(found, NoPlan):
        st.warning(found.text[page.language])
        return
    if found.reached == 0:
        st.success(page.say("whatif.already"))
    else:
        words = {
            "year": found.reached,
            "cost": f"{found.added_until_reached:,}",
            "hires": f"{found.hires_until_reached:,}",
            "net": f"{found.net_until_reached:,}",
            "years": len(found.years),
            "all": f"{found.from_abroad:,}",
        }
        st.success(page.say("whatif.found", **words))
    simulated = simulate(found, seed=page.year or 0, runs=RUNS)
    share = page_elements.number(100 * float(simulated.share_of_runs[-1]), 0)
    st.text(page.say("whatif.simulated", share=share, runs=f"{RUNS:,}"))
    rows = [
        {"year": n, "opened": y.opened, "added": y.added, "abroad": y.from_abroad, "part": y.part, "whole": y.whole}
        for n, y in enumerate(found.years, 1)
    ]
    columns = {key: page.say(f"whatif.column_{key}") for key in rows[0]}
    page_elements.table(page, rows, name="plan", columns=columns, numbers=tuple(columns), legend=False)


page = session.begin("view_own")
page_elements.heading(page, "whatif.title")
board = page.board()
session.require_results(page, board)
st.write(page.say("whatif.intro"))
rows = {
    row["level"]: row
    for row in board.scoreboard["indicators"]
    if row["id"] == page.catalogue.headline(RESEARCHERS).id and row["level"] != "unit" and row["value"] is not None
}
if not rows:
    st.info(page.say("empty.no_results"))
    st.stop()
levels = sorted(rows, key=lambda name: name != "centre")
level = page_elements.choose_level(page, levels, "whatif_level")
reported = rows[level]["numerator"], rows[level]["denominator"]
token = f"{board.submission}_{level}"
left, middle, right = st.columns(3, vertical_alignment="bottom")
if right.button(page.say("whatif.reset"), key=f"reset_{token}", width="stretch"):
    st.session_state[f"foreign_{token}"], st.session_state[f"total_{token}"] = reported
for name, value in zip(("foreign", "total"), reported, strict=True):
    st.session_state.setdefault(f"{name}_{token}", value)
foreign = int(left.number_input(page.say("whatif.foreign"), 0, 100_000, key=f"foreign_{token}"))
total = int(middle.number_input(page.say("whatif.total"), 1, 100_000, key=f"total_{token}"))
if foreign > total:
    st.warning(page.say("whatif.too_many"))
    st.stop()
names = {"value": "indicator.value", "score": "kind.score", "gap": "indicator.column_people"}
table = [
    {"which": page.say(f"whatif.{which}"), **outcome(page, level, *counts)}
    for which, counts in (("now", reported), ("then", (foreign, total)))
]
columns = {"which": page.say("whatif.column_which")} | {key: page.say(text) for key, text in names.items()}
page_elements.table(page, table, name="whatif", columns=columns, legend=False)
if level == "centre":
    nearest(page, foreign, total)
path(page, level, foreign, total)
handbook_link(page, "indicators", page.catalogue.headline(RESEARCHERS).id)
