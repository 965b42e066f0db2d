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
from indicators.comparison.small_counts import is_few
from schemas.dictionary.dictionary import WHOLE

KIND = "positions"
TABLE, PART, ALL = "researchers", "foreign", "total"
Cell = tuple[str, str]  # institution and position


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
    hidden, uncounted = hidden_positions(store, year - 1)
    nation = nation_as_told(reference, hidden, uncounted).reindex(list(positions()), fill_value=0)
    own_before = countable(reference, uncounted)[[ALL]].query("institution == @institution")
    is_counted = len(own_before) == len(positions())  # else its part of the sums would be too small
    if own.empty or not own[ALL].sum() or not nation[ALL].sum():
        return None
    result = decompose(
        own[[PART]].to_numpy(),
        own[[ALL]].to_numpy(),
        nation[[PART]].to_numpy(),
        nation[[ALL]].to_numpy(),
        own_in_reference=own_before.to_numpy() if is_counted else None,
    )
    return CompositionAccount(result, positions(), year - 1, len(known))


def nation_as_told(
    reference: pd.DataFrame, hidden: Collection[Cell] = (), uncounted: Collection[Cell] = ()
) -> pd.DataFrame:
    """Position × (foreign, total): all of ``reference``, by what may be told of each institution.

    Foreign researchers of a position enter by the rate of the others where they, or the rest, are 1 to 4, and where
    institution and position are ``hidden``: what a sum less what stands beside it leaves is then no count of anybody.
    Where the position itself has 1 to 4 people, or its number is hidden (``uncounted``), it is in no sum.
    """
    reference = countable(reference, uncounted)
    part, whole = reference[PART], reference[ALL]
    is_hidden = pd.Series(reference.index.isin(list(hidden)), index=reference.index)
    is_hidden |= is_few(part) | is_few(whole - part)
    shown = reference[~is_hidden].groupby(level="position").sum()
    nation = reference.groupby(level="position").sum()
    told = shown.reindex(nation.index, fill_value=0)
    rest = (nation[ALL] - told[ALL]) * told[PART] / told[ALL].where(told[ALL] > 0, 1)
    return nation.assign(**{PART: told[PART] + rest.round().astype("int64")})


def countable(reference: pd.DataFrame, uncounted: Collection[Cell] = ()) -> pd.DataFrame:
    """The rows of ``reference`` whose number of people may be told beside the sum of all."""
    found: pd.DataFrame = reference[~(reference.index.isin(list(uncounted)) | is_few(reference[ALL]))]
    return found


def hidden_positions(store: Store, year: int) -> tuple[set[Cell], set[Cell]]:
    """Institution and position of the hidden rows of a year that count foreign researchers of one position.

    First every one of them, then those in which the number of people in the position is hidden as well.
    """
    every = national_values(store, year, links())
    known: dict[tuple[str, str], str] = {}
    for key, counts in links().counts.items():
        atoms = [*(counts.numerator or ())]
        if len(atoms) == 1 and atoms[0][0] == f"sum {TABLE}.{PART}":
            known[key] = str(dict(atoms[0][1])["position"])
    rows = every[every["hidden"] & every["indicator"].isin([name for name, _ in known])] if len(every) else every
    wanted = ["institution", "indicator", "definition", "denominator", "shown_denominator"]
    rows = rows.loc[rows["level"] == "institution", wanted]
    found: tuple[set[Cell], set[Cell]] = set(), set()
    for row in rows.to_dict("records"):
        position = known.get((str(row["indicator"]), str(row["definition"])))
        if position is not None:
            cell = (str(row["institution"]), position)
            found[0].add(cell)
            if row["shown_denominator"] != row["denominator"]:
                found[1].add(cell)
    return found


def reference_composition(store: Store, year: int) -> pd.DataFrame:
    """Foreign and all researchers by institution and position, where every position was answered soundly in a year."""

    def work_out(institution: str | None) -> pd.DataFrame:
        return _by_position(store.answers_of_year(year, TABLE, institution)).reset_index()

    return rows_of_nation(store, KIND, year, work_out).frame().set_index(["institution", "position"])


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
