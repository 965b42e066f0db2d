"""The part of the indicator page that splits the distance to the nation into mix and practice."""

from __future__ import annotations

import streamlit as st

from app.components import page_elements, session
from app.components.session import Page
from app.edition import RESEARCHERS
from app.results.composition_and_rate import CompositionAccount, composition_account, positions
from indicators.change.kitagawa_decomposition import CompositionAndRate
from schemas.dictionary.format_number import difference_shown, format_number, parts_shown

COLUMNS = ("position", "own", "reference", "mix", "practice")


@st.cache_data(show_spinner=False, max_entries=64)
def cached_account(location: str, mark: str, institution: str, year: int) -> CompositionAccount | None:
    """The account of one institution and round."""
    return composition_account(session.open_store(location), institution, year)


def effect_texts(page: Page, result: CompositionAndRate) -> list[str]:
    """Each part with its interval; a sentence about it only where the interval excludes zero."""
    texts = []
    intervals = {"mix": result.composition_interval, "practice": result.rate_interval}
    effects = {"mix": 100 * result.composition, "practice": 100 * result.rate}
    difference = difference_shown(0, 100 * (result.own - result.reference))
    for name, effect in parts_shown(effects, difference).items():
        interval, points = intervals[name], format_number(effect)
        if interval is None:
            texts.append(page.say(f"mix.{name}_few", points=points))
            continue
        low, high = (page_elements.number(100 * end) for end in interval)
        is_told = interval[0] > 0 or interval[1] < 0
        texts.append(
            page.say(f"mix.{name}_told" if is_told else f"mix.{name}_chance", points=points, low=low, high=high)
        )
    return texts


def composition_section(page: Page, indicator: str) -> None:
    """Composition and rate effect by position, for the share of foreign researchers; nothing for other indicators."""
    if indicator != page.catalogue.headline(RESEARCHERS).id or page.institution is None or page.year is None:
        return
    st.subheader(page.say("mix.heading"))
    account = cached_account(
        session.location(),
        f"{session.own_mark(page.institution)} {session.digest(page.year - 1)}",
        page.institution,
        page.year,
    )
    if account is None:
        st.info(page.say("mix.none"))
        return
    result = account.result
    difference = page_elements.number(100 * (result.own - result.reference))
    st.text(page.say("mix.lead", year=account.reference_year, n=account.institutions, difference=difference))
    for text in effect_texts(page, result):
        st.text(text)
    st.text(page.say("mix.expected", expected=page_elements.number(100 * result.expected)))
    if result.own_contribution is not None:
        st.text(page.say("mix.contribution", share=page_elements.number(100 * result.own_contribution)))
    names = page.catalogue.dictionary.labels("positions")
    rows = [
        {
            "position": names[positions()[row]][page.language],
            "own": page_elements.number(100 * own),
            "reference": page_elements.number(100 * reference),
            "mix": page_elements.number(100 * mix),
            "practice": page_elements.number(100 * practice),
        }
        for (row, _), own, reference, mix, practice in zip(
            result.groups,
            result.rates,
            result.reference_rates,
            result.composition_by_group,
            result.rate_by_group,
            strict=True,
        )
    ]
    headings = {name: page.say(f"mix.column_{name}") for name in COLUMNS}
    page_elements.table(page, rows, name=f"mix_{page.institution}", columns=headings, numbers=COLUMNS[1:])
    st.caption(page.say("mix.not_benchmark"))
    st.caption(page.say("mix.chance_note"))
