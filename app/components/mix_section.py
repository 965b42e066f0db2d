"""The part of the indicator page that splits the distance to the nation into mix and practice."""

from __future__ import annotations

import streamlit as st

from app.components import page_elements, session
from app.components.session import Page
from app.results.mix_decomposition import INDICATOR, MixAccount, mix_account, positions

COLUMNS = ("position", "own", "reference", "mix", "practice")


@st.cache_data(show_spinner=False, max_entries=64)
def cached_account(location: str, mark: str, institution: str, year: int) -> MixAccount | None:
    """The account of one institution and round."""
    return mix_account(session.open_store(location), institution, year)


def mix_section(page: Page, indicator: str) -> None:
    """Mix and practice by position, for the share of foreign researchers; nothing for other indicators."""
    if indicator != INDICATOR or page.institution is None or page.year is None:
        return
    st.subheader(page.say("mix.heading"))
    account = cached_account(session.location(), session.stamp(), page.institution, page.year)
    if account is None:
        st.info(page.say("mix.none"))
        return
    result = account.result
    points = {
        "difference": result.own - result.reference,
        "mix": result.mix,
        "practice": result.practice,
    }
    said = {name: page_elements.number(100 * value) for name, value in points.items()}
    st.text(page.say("mix.lead", year=account.reference_year, n=account.institutions, **said))
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
            result.mix_by_group,
            result.practice_by_group,
            strict=True,
        )
    ]
    headings = {name: page.say(f"mix.column_{name}") for name in COLUMNS}
    page_elements.table(page, rows, name=f"mix_{page.institution}", columns=headings, numbers=COLUMNS[1:])
    st.caption(page.say("mix.not_benchmark"))
