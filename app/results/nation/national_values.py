"""The values of all institutions of a year, with what may be shown of each to others; computed once, kept, and read."""

from __future__ import annotations

import pandas as pd

from app.access import Actor, sees_small_counts
from app.results.cell_suppression import COUNTS, blank_figures, suppress_small_counts
from app.results.linked_counts import Links
from app.results.nation.kept_results import rows_of_nation
from app.storage.store import Store

KIND = "values"
NOBODY = Actor("", ())  # sees what everybody may
SHOWN = {name: f"shown_{name}" for name in COUNTS}


def national_values(store: Store, year: int, links: Links) -> pd.DataFrame:
    """Every value of whole institutions and of the centres that they compare, in a year, by institution.

    Columns as in ``Store.values``, ``flags`` as words in one text; ``hidden`` says whether the row is hidden from
    others, ``shown_numerator`` and ``shown_denominator`` are the counts as others see them.
    """

    def work_out(institution: str | None) -> pd.DataFrame:
        return _with_shown(store.values(year=year, institution=institution), links)

    return rows_of_nation(store, KIND, year, work_out).frame()


def _with_shown(values: pd.DataFrame, links: Links) -> pd.DataFrame:
    values = values[values["level"] != "unit"].reset_index(drop=True)  # units are shown on the own page alone
    values = values.assign(flags=pd.array([" ".join(flags or ()) for flags in values["flags"]], dtype="str"))
    if values.empty:
        empty = {name: pd.Series(dtype="str") for name in SHOWN.values()}
        return values.assign(**empty, hidden=pd.Series(dtype="bool"))
    shown = suppress_small_counts(values, NOBODY, None, links)
    return values.assign(**{to: shown[name] for name, to in SHOWN.items()}, hidden=shown["hidden"])


def values_as_seen(every: pd.DataFrame, actor: Actor, page_institution: str | None = None) -> pd.DataFrame:
    """``national_values`` as an actor may see them on the page of an institution (None: no institution's page).

    The same as ``suppress_small_counts`` gives of the values.
    """
    own = [c for c in every["institution"].unique() if sees_small_counts(actor, str(c), page_institution)]
    is_own = every["institution"].isin(own).to_numpy(bool)
    is_hidden = every["hidden"].to_numpy(bool) & ~is_own
    counts = {name: every[to].mask(is_own, every[name]) if own else every[to] for name, to in SHOWN.items()}
    kept = every.drop(columns=list(SHOWN.values()))
    return kept.assign(**blank_figures(kept, is_hidden), **counts, hidden=is_hidden)
