"""Whom to help first: institutions by the points of a printed rule that can be changed; internal, no ranking."""

from typing import Any

import pandas as pd
import streamlit as st

from app.access import may
from app.components import page_elements, session
from app.components.handbook_link import chance_link
from app.components.nation.landscape import lines_in_force
from app.components.people.logged_download import logged_download
from app.components.session import Page
from app.documents.export.safe_csv import csv_bytes
from app.results.definitions_of_foreign import panel_by
from app.results.nation.help_first import CONDITIONS, USUAL, HelpRule, points_of
from app.rounds.round_record import population_of

HEAVIEST = 5
SHOWN = (20, 50, 100)
WISH = "help_wanted"


@st.cache_data(show_spinner=False, max_entries=4)
def cached_wishes(location: str, mark: str, year: int) -> dict[str, int]:
    """How many items each institution asks for help with, in a round."""
    answers = session.open_store(location).answers_of_year(year, WISH)
    given = answers[answers["normalised"].fillna("") != ""]
    return {str(code): int(n) for code, n in given["institution"].value_counts().items()}


def choose_rule(page: Page) -> HelpRule:
    """The weight of each condition, as usual until changed."""
    weights: dict[str, float] = {}
    with st.expander(page.say("triage.weights")):
        for name in CONDITIONS:
            label = page.say(f"triage.{name}")
            weights[name] = float(st.slider(label, 0, HEAVIEST, USUAL[name], key=f"triage_weight_{name}"))
    return HelpRule(weights)


def rule_text(page: Page, rule: HelpRule) -> str:
    """The rule in one sentence, with its weights."""
    parts = [
        page.say("triage.part", weight=f"{rule.weights[name]:.0f}", name=page.say(f"triage.{name}"))
        for name in CONDITIONS
        if rule.weights[name]
    ]
    return page.say("triage.rule", parts=" + ".join(parts) or "0", most=f"{rule.most:.0f}")


def whole_institutions(page: Page, year: int) -> pd.DataFrame:
    """The panel of a year for whole institutions, one row an indicator; with its columns also where it is empty."""
    every = page.panel_of_year(year)
    columns = ["institution", "indicator", "definition", "value", "lower", "upper", "hidden"]
    if every.empty:
        return pd.DataFrame(columns=columns)
    return panel_by(every.loc[every["level"] == "institution", columns], page.catalogue, "")


def show_table(page: Page, found: pd.DataFrame, names: dict[str, str]) -> None:
    """The institutions with the most points, and why; the file has numbers in place of names until asked otherwise."""
    limit = st.segmented_control(page.say("triage.most"), SHOWN, default=SHOWN[0], key="triage_most", required=True)
    top = found.head(int(limit or SHOWN[0]))
    columns = {"name": page.say("triage.column_name"), "points": page.say("triage.column_points")}
    columns |= {name: page.say(f"triage.{name}") for name in CONDITIONS}
    columns |= {"known": page.say("triage.column_known")}
    rows: list[dict[str, Any]] = []
    for code, row in top.iterrows():
        parts = {name: page_elements.number(row[name], 2) for name in CONDITIONS}
        points = page_elements.number(row["points"], 1)
        rows.append({"name": names.get(str(code), str(code)), "points": points, **parts, "known": int(row["known"])})
    shown = pd.DataFrame(rows)
    figures = [name for name in columns if name != "name"]
    st.html(page_elements.whole_table(shown, columns, figures, sort=page.say("table.sort")))
    with_names = st.checkbox(page.say("triage.with_names"), key="triage_with_names")
    st.caption(page.say("triage.export_note"))
    label, file = page.say("triage.export"), page_elements.file_name(page, "triage")
    if with_names:
        data = csv_bytes(shown.rename(columns=columns))
        logged_download(page, label, data, file, key="triage_named", mime="text/csv")
        return
    numbered = shown.assign(name=[str(position) for position in range(1, len(shown) + 1)])
    data = csv_bytes(numbered.rename(columns={**columns, "name": page.say("triage.column_code")}))
    logged_download(page, label, data, file, key="csv_triage", mime="text/csv")


page = session.begin("view_ministry")
page_elements.heading(page, "triage.title", own=False)
year = int(page.year or 0)
now = whole_institutions(page, year)
if now.empty or not may(page.actor, "view_ministry"):
    st.info(page.say("empty.no_institutions" if page.panel().empty else "empty.centres_only"))
    session.offer_page(page, "upload")
    st.stop()
with session.store().engine.connect() as connection:
    bodies = population_of(connection, year)
lead = st.container()
st.caption(page.say("triage.intro"))
rule = choose_rule(page)
scored = page.catalogue.scored
lines = {name: value for name, (value, _) in lines_in_force(page, scored).items()}
wishes = cached_wishes(session.location(), session.digest(year), year)
asked = [body.institution for body in bodies]
found = points_of(now, whole_institutions(page, year - 1), scored, lines, wishes, asked, rule)
names = {body.institution: (body.name_en if page.language == "en" else body.name_ja) for body in bodies}
names |= dict(session.names(page.language))
met = {name: int((found[name] * rule.weights[name] > 0).sum()) for name in CONDITIONS}
if (found["points"] > 0).any():
    reason = page.say(f"triage.{max(met, key=lambda name: met[name])}")
    most = found.index[found["points"] == found["points"].max()]
    first = names.get(str(most[0]), str(most[0]))
    first = page.say("triage.tied", first=first, rest=len(most) - 1) if len(most) > 1 else first
    told = {"first": first, "points": page_elements.number(found["points"].max())}
    lead.text(page.say("triage.lead", n=len(found), k=int((found["points"] > 0).sum()), reason=reason, **told))
else:
    lead.text(page.say("triage.nobody"))
st.text(rule_text(page, rule))
show_table(page, found, names)
chance_link(page)
page_elements.purpose(page)
