"""A composite to try: weights at hand, exact ranks over all weights within limits; not for funding or ranking."""

import pandas as pd
import streamlit as st

from app.components import page_elements, session
from app.components.handing_in.round_place import of_population, show_population
from app.components.session import Page
from app.results.nation.composite_trial import EQUAL, GEOMETRIC, Trial, try_composite
from app.results.nation.national_scores import national_scores
from indicators.errors import InvalidInput

HEAVIEST, USUAL, SPREAD, WIDEST = 10, 1, 25, 100
AT_FIRST = 4  # elements chosen until others are
Weights = tuple[tuple[str, float], ...]


@st.cache_data(show_spinner=False, max_entries=8)
def cached_scores(location: str, mark: str, year: int) -> pd.DataFrame:
    """Scores of a year: institutions × indicators, missing where there is none."""
    rows = national_scores(session.open_store(location), year)
    return rows.pivot(index="institution", columns="element", values="score")


@st.cache_data(show_spinner=False, max_entries=16)
def cached_trial(
    mark: str, _scores: pd.DataFrame, weights: tuple[tuple[str, float], ...], spread: float
) -> Trial | None:
    """The composite of some scores, which ``mark`` stands for. Raises InvalidInput."""
    return try_composite(_scores, dict(weights), spread)


def shown_scores(page: Page) -> pd.DataFrame:
    """The scores whose values may be shown to whoever asks."""
    scores = cached_scores(session.location(), session.digest(page.year), int(page.year or 0))
    every = page.panel()
    if every.empty:
        return scores
    hidden = every[every["hidden"].astype(bool) & (every["level"] == "institution")]
    is_hidden = pd.crosstab(hidden["institution"], hidden["indicator"]).reindex(
        index=scores.index, columns=scores.columns, fill_value=0
    )
    return scores.mask(is_hidden > 0)


def choose_weights(page: Page, scores: pd.DataFrame) -> dict[str, float]:
    """The indicators that go in, and their weights."""
    labels = {one.id: one.label[page.language] for one in page.catalogue.scored if one.id in scores}
    usual = sorted(labels, key=lambda name: -int(scores[[name]].notna().to_numpy().sum()))[:AT_FIRST]
    chosen = st.multiselect(
        page.say("composite_page.elements"), list(labels), usual, format_func=lambda name: labels[name], key="composite"
    )
    slots = st.columns(max(1, min(4, len(chosen))))
    return {
        name: float(
            slots[position % len(slots)].slider(
                page.say("composite_page.weight", label=labels[name]), 0, HEAVIEST, USUAL, key=f"composite_{name}"
            )
        )
        for position, name in enumerate(chosen)
    }


def choice_word(page: Page, choice: str) -> str:
    """A choice in words."""
    if choice in (EQUAL, GEOMETRIC):
        return page.say(f"composite_page.{choice}")
    return page.say("composite_page.leave_out", label=page.catalogue.indicators[choice].label[page.language])


def show_trial(page: Page, trial: Trial, spread: int) -> None:
    """What the ranks depend on, then every institution by name with the bounds of its rank."""
    table, widths = trial.table, trial.table["worst"] - trial.table["best"] + 1
    figures = {"median": f"{widths.median():.0f}", "widest": f"{widths.max():.0f}"}
    st.text(
        page.say(
            "composite_page.lead", of=of_population(page), n=len(table), left=trial.left_out, spread=spread, **figures
        )
    )
    quarter = max(1, len(table) // 4)
    always, ever = int((table["worst"] <= quarter).sum()), int((table["best"] <= quarter).sum())
    st.text(page.say("composite_page.lead_top", always=always, some=ever - always))
    st.subheader(page.say("composite_page.matters"))
    most = trial.choices.iloc[0]
    shift = page_elements.number(most["shift"])
    st.text(page.say("composite_page.matters_lead", choice=choice_word(page, most["choice"]), shift=shift))
    choices = [
        {
            "choice": choice_word(page, row["choice"]),
            "shift": page_elements.number(row["shift"]),
            "quarter": int(row["moved"]),
        }
        for row in trial.choices.to_dict("records")
    ]
    columns = {name: page.say(f"composite_page.column_{name}") for name in choices[0]}
    page_elements.table(page, choices, name="composite_choices", columns=columns, numbers=("shift", "quarter"))
    st.subheader(page.say("composite_page.column_ranks"))
    st.caption(page.say("composite_page.exact" if trial.is_exact else "composite_page.by_pairs"))
    names = session.names(page.language)
    rows = [
        {
            "name": names.get(str(code), str(code)),
            "value": page_elements.number(row["value"]),
            "ranks": page_elements.span_words(page, f"{row['best']:.0f}", f"{row['worst']:.0f}"),
            "share": page.say("chart.value_percent", value=page_elements.number(100 * row["share"], 0)),
        }
        for code, row in table.sort_index().iterrows()
    ]
    headings = {"name": page.say("triage.column_name")}
    headings |= {name: page.say(f"composite_page.column_{name}") for name in ("value", "ranks", "share")}
    page_elements.table(page, rows, name="composite", columns=headings, numbers=("value", "ranks", "share"), height=600)


page = session.begin("view_ministry")
page_elements.heading(page, "composite_page.title", own=False)
st.warning(page.say("composite_page.intro"))
if page.panel().empty:
    st.info(page.say("empty.no_institutions"))
    session.offer_page(page, "upload")
    st.stop()
scores = shown_scores(page)
weights = choose_weights(page, scores)
spread = st.slider(
    page.say("composite_page.spread"), 0, WIDEST, SPREAD, help=page.say("composite_page.spread_help"), key="spread"
)
if sum(weight > 0 for weight in weights.values()) < 2:
    st.info(page.say("composite_page.choose"))
    st.stop()
try:
    mark = f"{session.location()} {session.digest(page.year)} {page.actor.role}"
    trial = cached_trial(mark, scores, tuple(weights.items()), spread / 100)
except InvalidInput as refused:
    st.info(refused.message[page.language])
    st.stop()
if trial is None:
    st.info(page.say("composite_page.few"))
else:
    show_trial(page, trial, spread)
show_population(page, len(scores))
page_elements.purpose(page)
