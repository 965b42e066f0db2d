"""How much of an institution's distance to the nation comes from its mix of positions, and how much from practice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from app.edition import catalogue
from app.results.institution_results import links
from app.results.nation.kept_results import rows_of_nation
from app.results.nation.national_values import national_values
from app.storage.store import Store
from indicators.change.kitagawa_decomposition import CompositionAndRate, decompose
from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.comparison.small_counts import SMALLEST_SHOWN
from schemas.dictionary.dictionary import WHOLE

TABLE, PART, ALL = "researchers", "foreign", "total"


@dataclass(frozen=True)
class CompositionAccount:
    """The decomposition, the positions of its rows, the year of the reference, and its institutions."""

    result: CompositionAndRate
    positions: tuple[str, ...]
    reference_year: int
    institutions: int


def positions() -> tuple[str, ...]:
    """Codes of the positions, in their order."""
    return tuple(catalogue().dictionary.code_lists["positions"].codes())


def composition_account(store: Store, institution: str, year: int) -> CompositionAccount | None:
    """The account of one institution against all of the round before, whose figures are settled (docs/methods.md 4).

    None where its own table is not complete, or where fewer than five others were complete in that round: a nation
    of so few would tell what each of them is. Foreign researchers by position of whole institutions.
    """
    reference = reference_composition(store, year - 1)
    known = [str(code) for code in reference.index.unique("institution")]
    submission = store.submission_of_record(institution, year)
    if submission is None or len(set(known) - {institution}) < LEAST_PEERS:
        return None
    own = _by_position(store.answers(submission).assign(institution=institution))
    nation = nation_as_told(reference, hidden_positions(store, year - 1)).reindex(list(positions()))
    if own.empty or not own[ALL].sum() or not nation[ALL].sum():
        return None
    result = decompose(
        own[[PART]].to_numpy(),
        own[[ALL]].to_numpy(),
        nation[[PART]].to_numpy(),
        nation[[ALL]].to_numpy(),
        own_in_reference=reference.loc[institution][[ALL]].to_numpy() if institution in known else None,
    )
    return CompositionAccount(result, positions(), year - 1, len(known))


def nation_as_told(reference: pd.DataFrame, hidden: Collection[tuple[str, str]] = ()) -> pd.DataFrame:
    """Position × (foreign, total): all of ``reference``, by what may be told of each institution.

    Foreign researchers of a position enter by the rate of the others where they, or the rest, are 1 to 4, and where
    institution and position are ``hidden``: what a sum less what stands beside it leaves is then no count of anybody.
    """
    part, whole = reference[PART], reference[ALL]
    is_hidden = pd.Series(reference.index.isin(list(hidden)), index=reference.index)
    for count in (part, whole, whole - part):
        is_hidden |= count.between(1, SMALLEST_SHOWN - 1)
    shown = reference[~is_hidden].groupby(level="position").sum()
    nation = reference.groupby(level="position").sum()
    told = shown.reindex(nation.index, fill_value=0)
    rest = (nation[ALL] - told[ALL]) * told[PART] / told[ALL].where(told[ALL] > 0, 1)
    return nation.assign(**{PART: told[PART] + rest.round().astype("int64")})


def hidden_positions(store: Store, year: int) -> set[tuple[str, str]]:
    """Institution and position of the hidden rows of a year that count foreign researchers of one position."""
    every = national_values(store, year, links())
    known: dict[tuple[str, str], str] = {}
    for key, counts in links().counts.items():
        atoms = [*(counts.numerator or ())]
        if len(atoms) == 1 and atoms[0][0] == f"sum {TABLE}.{PART}":
            known[key] = str(dict(atoms[0][1])["position"])
    rows = every[every["hidden"] & (every["level"] == "institution")] if len(every) else every
    names = rows[["institution", "indicator", "definition"]].astype(str).itertuples(index=False, name=None)
    return {(code, known[key]) for code, *key_of in names if (key := (key_of[0], key_of[1])) in known}


def reference_composition(store: Store, year: int) -> pd.DataFrame:
    """Foreign and all researchers by institution and position, where every position was answered soundly in a year."""

    def work_out(institution: str | None) -> pd.DataFrame:
        return _by_position(store.answers_of_year(year, TABLE, institution)).reset_index()

    return rows_of_nation(store, "positions", year, work_out).frame().set_index(["institution", "position"])


def _by_position(answers: pd.DataFrame) -> pd.DataFrame:
    """(institution, position) × (foreign, total), of the institutions that answered every position soundly."""
    fields = {f"{TABLE}.{column}": column for column in (PART, ALL)}
    position_of_row = {f"{WHOLE}/{position}": position for position in positions()}
    rows = answers[answers["field"].isin(fields) & answers["row_key"].isin(position_of_row)]
    count = pd.to_numeric(rows["normalised"], errors="coerce").mask(rows["code"] == "a", 0.0)
    rows = rows.assign(position=rows["row_key"].map(position_of_row), column=rows["field"].map(fields), count=count)
    wide = rows.pivot(index=["institution", "position"], columns="column", values="count")
    every = pd.MultiIndex.from_product([wide.index.unique("institution"), positions()], names=wide.index.names)
    wide = wide.reindex(index=every, columns=[PART, ALL])
    is_sound = wide.notna().all(axis="columns") & (wide[PART] <= wide[ALL])
    return wide[is_sound.groupby(level="institution").transform("all")].astype("int64")
