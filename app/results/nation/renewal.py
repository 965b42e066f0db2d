"""Brings the kept rows of all institutions up to date before anybody asks: after an upload, and at the start."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from app.results.composition_and_rate import reference_composition
from app.results.institution_results import context_of_year, links
from app.results.nation.national_centres import centre_rows
from app.results.nation.national_declarations import PILLARS, national_declarations
from app.results.nation.national_practice import spread_of_year
from app.results.nation.national_scores import national_scores
from app.results.nation.national_values import national_values
from app.storage.problems import StoreError
from app.storage.store import Store

log = logging.getLogger("junkan")


def renew_nation(store: Store, years: Iterable[int] | None = None) -> None:
    """Works out anew what an upload has changed of the rows of all institutions, in ``years``, the latest first.

    Without ``years`` in every year of the store.
    """
    for year in sorted(store.years() if years is None else years, reverse=True):
        national_values(store, year, links())
        context_of_year(store, year)
        reference_composition(store, year)
        spread_of_year(store, year)
        national_scores(store, year)
        centre_rows(store, year)
        for pillar in PILLARS:
            national_declarations(store, year, pillar)


def renew_in_background(store: Store, years: Iterable[int] | None = None) -> None:
    """``renew_nation`` beside whatever goes on; what cannot be done now is done when a page asks for it."""

    def work() -> None:
        try:
            renew_nation(store, years)
        except StoreError as problem:
            log.warning("what all institutions give is worked out when it is asked for: %s", problem)

    threading.Thread(target=work, daemon=True).start()
