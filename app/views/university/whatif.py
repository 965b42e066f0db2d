"""What if: change a scored indicator and see what follows; three paths side by side; a plan and its outcome."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import streamlit as st

from app.access import may
from app.charts.chart_rows import change_text, line_shown, value_text
from app.components import page_elements, session
from app.components.handbook_link import chance_link, handbook_link
from app.components.peers.value_place import answer
from app.components.session import Page
from app.storage.database.plans import KeptPlan, keep_plan, kept_plans
from indicators.catalogue.declarations import Indicator, Level
from indicators.change.hiring_pathways import NoPlan, Plan, plan, simulate
from indicators.change.smallest_change import nearest_change_of_counts, verdict_at
from indicators.change.staff_situation import Situation
from indicators.scoring.benchmark import gap_in_people, verdict
from indicators.scoring.goalposts_and_bands import goal_for, score
from schemas.dictionary.counting_day import counting_day
from schemas.dictionary.format_number import difference_shown
from schemas.dictionary.user_facing_error import UserFacingError

RUNS = 2_000
MOST = 1_000_000
PATHS = ("refill", "growth", "open")
ABROAD = {"refill": 50, "growth": 50, "open": 100}  # per cent of hires, to begin with
GROWING = 100  # one new post a year for so many
Row = Mapping[str, Any]


def line_gap(row: Row) -> Row | None:
    """The gap to the line that the page goes by: one that is a verdict, as of a centre's own call, before others."""
    judged = [gap for gap in row["gaps"] if gap["comparable"] and gap["verdict"] in ("met", "not_met")]
    return judged[0] if judged else page_elements.main_gap(row)


def line_of(row: Row) -> Fraction | None:
    """The requirement or target of an indicator row as a share; None where it has none."""
    gap = line_gap(row)
    return None if gap is None or gap["value"] is None else Fraction(gap["value"]) / 100


def line_words(page: Page, indicator: Indicator, line: Fraction) -> str:
    """The line with its unit."""
    return line_shown(float(100 * line), indicator.unit, page.language)


def outcome(page: Page, indicator: Indicator, level: Level, value: float, counts: tuple[int, int] | None) -> Row:
    """Value and score of what is tried, by the engine's own functions."""
    goal = goal_for(indicator, level, page.catalogue, counting_day(page.year or 0))
    of_counts = page_elements.bracket(page, f"{counts[0]:,} / {counts[1]:,}") if counts else ""
    return {
        "value": value_text(value, indicator.unit, page.language) + of_counts,
        "score": "" if goal is None else page_elements.number(float(score(np.array([value]), goal)[0]), 0),
    }


def is_verdict(row: Row) -> bool:
    """Whether the line of a row judges it: at its own level, and of a centre that of its own call in the grant."""
    gap = line_gap(row)
    return gap is not None and gap["verdict"] in ("met", "not_met")


def say_direction(page: Page, row: Row) -> None:
    """Why the line of a row is no verdict."""
    gap = line_gap(row)
    if gap is not None and gap["verdict"] is None and gap["standing"] in page_elements.WITHOUT_VERDICT:
        label = page.catalogue.indicators[row["id"]].label[page.language]
        st.info(page.say(f"centres.standing_{gap['standing']}", labels=label))


def distance(page: Page, row: Row, line: Fraction, counts: tuple[int, int]) -> Row:
    """By how many people or papers a pair of counts misses the line, and whether it meets one that is a verdict."""
    part, whole = np.array([counts[0]]), np.array([counts[1]])
    replace, _ = gap_in_people(part, whole, line, lower_is_better=False)
    if not is_verdict(row):
        return {"gap": f"{int(replace[0]):,}"}
    found = verdict(part, whole, line, lower_is_better=False)
    met = page.say("whatif.outcome_met" if found.met[0] else "whatif.outcome_not_met")
    return {"gap": f"{int(replace[0]):,}", "met": met}


def try_counts(page: Page, indicator: Indicator, row: Row, token: str) -> tuple[int, int]:
    """Numerator and denominator as tried; stops the page while they make no share."""
    reported = int(row["numerator"]), int(row["denominator"])
    slots = st.columns(3, vertical_alignment="bottom")
    if slots[2].button(page.say("whatif.reset"), key=f"reset_{token}", width="stretch"):
        st.session_state[f"part_{token}"], st.session_state[f"whole_{token}"] = reported
    found = []
    for slot, what, value in zip(slots, ("part", "whole"), reported, strict=False):
        st.session_state.setdefault(f"{what}_{token}", value)
        label = page.say(f"whatif.{indicator.id}_{what}")
        least = 1 if what == "whole" else 0
        found.append(int(slot.number_input(label, least, MOST, key=f"{what}_{token}")))
    if found[0] > found[1]:
        st.warning(page.say("whatif.too_many"))
        st.stop()
    return found[0], found[1]


def try_value(page: Page, row: Row, token: str) -> float:
    """A score as tried."""
    value = st.slider(page.say("whatif.value"), 0.0, 100.0, float(row["value"]), 0.5, key=f"value_{token}")
    st.caption(page.say("whatif.value_note"))
    session.offer_page(page, "next_steps")
    return float(value)


@st.cache_data(show_spinner=False, max_entries=256)
def path_of(part: int, whole: int, line: Fraction, years: int, leaving: int, abroad: int, growth: int) -> Plan | NoPlan:
    """The cheapest plan of hires within these limits (per cent and people), or what forbids one."""
    rate = Fraction(leaving, 100)
    share = Fraction(abroad, 100)
    return plan(Situation(part, whole, line, years, rate, rate, share_from_abroad=share, growth_per_year=growth))


@st.cache_data(show_spinner=False, max_entries=256)
def chance_of(found: Plan, seed: int) -> float:
    """The share of runs that reach the line by the last year when leavers vary."""
    return float(simulate(found, seed=seed, runs=RUNS).share_of_runs[-1])


def three_paths(page: Page, indicator: Indicator, level: Level, line: Fraction, counts: tuple[int, int]) -> None:
    """Three ways to the line beside each other, each with its limits, its people and a button to keep it."""
    st.subheader(page.say("whatif.paths"))
    st.write(page.say("whatif.paths_intro", line=line_words(page, indicator, line)))
    left, right = st.columns(2)
    token = f"{indicator.id}_{level}"
    years = int(left.number_input(page.say("whatif.years"), 1, 10, 10, key=f"years_{token}"))
    leaving = int(right.number_input(page.say("whatif.leaving"), 0, 100, 10, key=f"leaving_{token}"))
    growing = {"refill": 0, "growth": max(1, counts[1] // GROWING), "open": 0}
    paths: dict[str, Plan] = {}
    for slot, name in zip(st.columns(3), PATHS, strict=True):
        with slot.container(border=True, height="stretch"):
            st.markdown(f"**{page.say(f'whatif.path_{name}')}**")
            key = f"{name}_{token}"
            abroad = int(st.number_input(page.say("whatif.abroad"), 0, 100, ABROAD[name], key=f"abroad_{key}"))
            growth = int(st.number_input(page.say("whatif.growth"), 0, 10_000, growing[name], key=f"growth_{key}"))
            try:
                found = path_of(*counts, line, years, leaving, abroad, growth)
            except UserFacingError as refused:
                st.warning(str(refused))
                continue
            if isinstance(found, NoPlan):
                st.warning(found.text[page.language])
                continue
            show_path(page, found)
            paths[name] = found
            offer_to_keep(page, indicator, level, steps_of(found), "whatif.keep", key)
    st.caption(page.say("whatif.differ"))
    st.caption(page.say("whatif.simulated_note", runs=f"{RUNS:,}"))
    show_years(page, paths)


def show_path(page: Page, found: Plan) -> None:
    """When a path arrives, with hires, net increase and new posts told apart."""
    if found.reached == 0:
        st.text(page.say("whatif.already"))
        return
    said = {
        "year": page.say("whatif.year_n", n=found.reached, year=(page.year or 0) + found.reached),
        "hires": page.say("whatif.people", n=f"{found.hires_until_reached:,}"),
        "net": page.say("whatif.people", n=f"{found.net_until_reached:,}"),
        "added": page.say("whatif.people", n=f"{found.added_until_reached:,}"),
        "chance": page.say(
            "chart.value_percent", value=page_elements.number(100 * chance_of(found, page.year or 0), 0)
        ),
    }
    rows = "".join(f"<dt>{page.say(f'whatif.step_{name}')}</dt><dd>{text}</dd>" for name, text in said.items())
    st.html(f"<dl>{rows}</dl>")


def steps_of(found: Plan) -> list[dict[str, Any]]:
    """What a path means for each year after this one."""
    return [{"part": y.part, "whole": y.whole, "value": 100 * y.part / y.whole} for y in found.years]


def show_years(page: Page, paths: Mapping[str, Plan]) -> None:
    """The paths as a table, a row a path and year."""
    rows = [
        {
            "path": page.say(f"whatif.path_{name}"), "year": n, "opened": y.opened, "added": y.added,
            "abroad": y.from_abroad, "part": y.part, "whole": y.whole,
        }
        for name, found in paths.items()
        for n, y in enumerate(found.years, 1)
    ]  # fmt: skip
    if rows:
        with st.expander(page.say("whatif.by_year")):
            columns = {key: page.say(f"whatif.column_{key}") for key in rows[0]}
            numbers = tuple(columns)[1:]
            page_elements.table(page, rows, name="plan", columns=columns, numbers=numbers, legend=False)


def offer_to_keep(
    page: Page, indicator: Indicator, level: Level, steps: list[dict[str, Any]], words: str, key: str
) -> None:
    """A button that keeps a plan, for those who hand in for the institution."""
    if not may(page.actor, "upload", page.institution) or not steps:
        return
    if st.button(page.say(words), key=f"keep_{key}"):
        engine, own = session.store().engine, str(page.institution)
        keep_plan(engine, page.actor, own, indicator.id, level, page.year or 0, steps, datetime.now(UTC))
        st.success(page.say("whatif.kept"))


def step_words(page: Page, indicator: Indicator, step: Row) -> str:
    """A step of a plan, or an outcome, as value and counts."""
    counts = page_elements.bracket(page, f"{step['part']:,} / {step['whole']:,}") if step.get("whole") else ""
    return value_text(float(step["value"]), indicator.unit, page.language) + counts


def show_plan_and_outcome(page: Page, indicator: Indicator, level: Level, row: Row) -> None:
    """What the last plan made before this round meant for it, beside what came of it; and the plan now in force."""
    kept = [
        p
        for p in kept_plans(session.store().engine, str(page.institution))
        if (p.indicator, p.level) == (indicator.id, level)
    ]
    year = page.year or 0
    before = next((p for p in kept if p.year < year and p.step_of(year)), None)
    now = next((p for p in kept if p.year == year), None)
    if before is None and now is None:
        return
    st.subheader(page.say("whatif.outcome"))
    if before is not None:
        st.text(outcome_sentence(page, indicator, before, row))
    if now is not None:
        planned = step_words(page, indicator, now.steps[0])
        at = page_elements.japan_time(now.at.isoformat())
        st.text(page.say("whatif.plan_now", made=now.year, at=at, by=now.by, planned=planned))


def outcome_sentence(page: Page, indicator: Indicator, kept: KeptPlan, row: Row) -> str:
    """The plan's year against the reported value."""
    year = page.year or 0
    step = kept.step_of(year) or {}
    actual = {"value": row["value"], "part": row["numerator"], "whole": row["denominator"]}
    if not step.get("whole"):
        actual |= {"part": None, "whole": None}
    difference = change_text(difference_shown(float(step["value"]), float(row["value"])), indicator.unit, page.language)
    said = {"planned": step_words(page, indicator, step), "actual": step_words(page, indicator, actual)}
    return page.say("whatif.outcome_sentence", made=kept.year, year=year, gap=difference, **said)


def nearest(page: Page, line: Fraction, counts: tuple[int, int]) -> None:
    """The smallest change of counts that turns the verdict."""
    change = nearest_change_of_counts(*counts, verdict_at(line)).best
    if change is not None:
        way, after = page.say(f"whatif.way_{change.way}"), page.say(f"whatif.outcome_{change.after}")
        st.text(page.say("whatif.nearest", people=change.people, way=way, outcome=after))


def show_trial(
    page: Page, indicator: Indicator, level: Level, row: Row, tried: float, counts: tuple[int, int] | None
) -> None:
    """The reported value and the tried one side by side."""
    line = line_of(row)
    reported = (int(row["numerator"]), int(row["denominator"])) if counts else None
    rows = []
    for which, value, pair in (("now", float(row["value"]), reported), ("then", tried, counts)):
        more = distance(page, row, line, pair) if line is not None and pair else {}
        rows.append({"which": page.say(f"whatif.{which}"), **outcome(page, indicator, level, value, pair), **more})
    texts = {
        "value": "indicator.value",
        "score": "kind.score",
        "gap": "indicator.column_people",
        "met": "indicator.column_verdict",
    }
    columns = {"which": page.say("whatif.column_which")} | {
        key: page.say(text) for key, text in texts.items() if key in rows[0]
    }
    page_elements.table(page, rows, name="whatif", columns=columns, numbers=("value", "score", "gap"), legend=False)


page = session.begin("view_own")
page_elements.heading(page, "whatif.title")
board = session.require_results(page, page.board())
rows = [row for row in board.scoreboard["indicators"] if row["level"] != "unit" and row["value"] is not None]
known = {(row["id"], row["level"]): row for row in rows if not row.get("position")}
offered = [one.id for one in page.catalogue.scored if any(one.id == name for name, _ in known)]
if not offered:
    st.info(page.say("sentence.nothing"))
    st.stop()
chosen = st.selectbox(
    page.say("indicator.choose"),
    offered,
    index=offered.index(st.session_state["indicator"]) if st.session_state.get("indicator") in offered else 0,
    format_func=lambda name: page.catalogue.indicators[name].label[page.language],
    key="whatif_indicator",
)
indicator = page.catalogue.indicators[str(chosen)]
levels = sorted((level for name, level in known if name == indicator.id), key=lambda name: name != "centre")
level = page_elements.choose_level(page, levels, f"whatif_level_{indicator.id}")
row = known[indicator.id, level]
st.text(answer(page, row))
st.caption(page.say("whatif.intro"))
show_plan_and_outcome(page, indicator, level, row)
token = f"{board.submission}_{indicator.id}_{level}"
is_share = bool(indicator.measure.share) and row["denominator"] is not None and f"{row['numerator']}".isdigit()
line = line_of(row)
if is_share:
    counts = try_counts(page, indicator, row, token)
    show_trial(page, indicator, level, row, 100 * counts[0] / counts[1], counts)
    if line is not None and is_verdict(row):
        nearest(page, line, counts)
    say_direction(page, row)
    step = {"part": counts[0], "whole": counts[1], "value": 100 * counts[0] / counts[1]}
    offer_to_keep(page, indicator, level, [step], "whatif.keep_value", token)
    gap = line_gap(row)
    if line is not None and gap and gap["gap_people"] and gap["gap_people"]["of"] == "people":
        three_paths(page, indicator, level, line, counts)
else:
    tried = try_value(page, row, token)
    show_trial(page, indicator, level, row, tried, None)
    offer_to_keep(page, indicator, level, [{"value": tried}], "whatif.keep_value", token)
chance_link(page)
handbook_link(page, "indicators", indicator.id)
