"""Brings the kept rows of all institutions up to date before anybody asks: after an upload, and at the start."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from app.results import composition_and_rate, institution_results
from app.results.nation import (
    national_centres,
    national_declarations,
    national_practice,
    national_scores,
    national_values,
)
from app.results.nation.kept_results import are_current
from app.storage.problems import StoreError
from app.storage.store import Store

log = logging.getLogger("junkan")
KINDS = (
    *(national_values.KIND, institution_results.CONTEXT, institution_results.SUPPRESSED),
    *(composition_and_rate.KIND, national_practice.KIND),
    *(national_practice.SPREAD, national_scores.KIND, national_centres.KIND),
    *(national_declarations.KIND.format(pillar=pillar) for pillar in national_declarations.PILLARS),
)


def renew_nation(store: Store, years: Iterable[int] | None = None) -> None:
    """Works out anew what an upload has changed of the rows of all institutions, in ``years``, the latest first.

    Without ``years`` in every year of the store.
    """
    for year in sorted(store.years() if years is None else years, reverse=True):
        if are_current(store, year, KINDS):
            continue
        national_values.national_values(store, year, institution_results.links())
        institution_results.suppressed_rows(store, year)
        institution_results.context_of_year(store, year)
        composition_and_rate.reference_composition(store, year)
        national_practice.spread_of_year(store, year)
        national_scores.national_scores(store, year)
        national_centres.centre_rows(store, year)
        for pillar in national_declarations.PILLARS:
            national_declarations.national_declarations(store, year, pillar)


def renew_after_change(store: Store, years: Iterable[int] | None = None) -> None:
    """``renew_nation`` as the last step of an upload that is kept; what cannot be done now is done for a page.

    Whoever comes to a page then finds everything worked out. The upload stands whatever goes wrong here.
    """
    try:
        renew_nation(store, years)
    except StoreError as problem:
        log.warning("what all institutions give is worked out when it is asked for: %s", problem)
    except Exception:  # a fault here must not turn an upload that is kept into one that failed
        log.exception("what all institutions give is worked out when it is asked for")


def renew_in_background(store: Store) -> None:
    """``renew_after_change`` of every year beside whatever goes on."""
    threading.Thread(target=renew_after_change, args=(store,), daemon=True).start()
