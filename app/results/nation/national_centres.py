"""Every centre of all institutions of a year, judged by its own call, kept and read as a reader may see it."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pandas as pd

from app.access import Actor, sees_small_counts
from app.edition import catalogue
from app.results.institution_results import links, listed_units
from app.results.nation.kept_results import rows_of_nation
from app.results.nation.national_values import national_values
from app.storage.store import Store
from indicators.comparison.small_counts import is_few
from indicators.engine.centre_results import centre_records, centres_of

KIND = "centres"
TO_ALL, TO_OWN = "to_all", "to_own"  # a centre as everybody may see it, and as whoever holds its counts does
KEYS = ["submission", "unit", "indicator", "definition", "counting"]


def centres_of_year(store: Store, actor: Actor, year: int) -> list[dict[str, Any]]:
    """Every centre of every institution of a year in the JSON of ``score``, with ``institution`` and its names.

    A centre of several hosts stands under each. Where a count of 1-4 lies behind a verdict, or a value that is hidden
    for the sake of one, it is not told (standing ``hidden``) to whoever does not see the institution's counts.
    """
    kept = centre_rows(store, year)
    names = store.institutions().set_index("code")
    found = []
    for row in kept.to_dict("records"):
        code = str(row["institution"])
        record = json.loads(row[TO_OWN if sees_small_counts(actor, code, None) else TO_ALL])
        said = {name: str(names.loc[code, name] or "") for name in ("name_ja", "name_en")}
        found.append({**record, "institution": code, **said})
    return found


def centre_rows(store: Store, year: int) -> pd.DataFrame:
    """Every centre of every institution of a year as kept: institution, and the centre as JSON for either reader."""
    return rows_of_nation(store, KIND, year, lambda institution: _worked_out(store, year, institution)).frame()


def _worked_out(store: Store, year: int, institution: str | None) -> pd.DataFrame:
    every = store.submissions(institution, year)
    with_form = set(every.loc[every["form"] == "centre", ["institution", "unit"]].itertuples(index=False, name=None))
    units = listed_units(store.answers_of_year(year, "units", institution))
    judged = _judged_rows(store, year, institution)
    found = []
    for one in store.submissions(institution, year, of_record_only=True).to_dict("records"):
        code, key = str(one["institution"]), str(one["id"])
        own = [unit for host, unit in with_form if host == code]
        centres = centres_of(units.get(key), str(one["centre"]), own)
        of_readers = [centre_records(centres, judged[reader].get(key, []), catalogue()) for reader in (TO_ALL, TO_OWN)]
        found += [
            {"institution": code, TO_ALL: json.dumps(to_all), TO_OWN: json.dumps(to_own)}
            for to_all, to_own in zip(*of_readers, strict=True)
        ]
    rows = pd.DataFrame(found, columns=["institution", TO_ALL, TO_OWN], dtype="str")
    return rows.sort_values("institution", kind="stable", ignore_index=True)


def _judged_rows(store: Store, year: int, institution: str | None) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """By reader and submission the rows of centres with their requirements; verdicts on small counts are hidden."""
    wanted: dict[str, Any] = {"year": year, "institution": institution, "level": "centre", "every_centre": True}
    gaps = store.gaps(**wanted)
    gaps = gaps[gaps["kind"] == "requirement"]
    values = store.values(**wanted)[[*KEYS, "numerator", "denominator"]]
    every = national_values(store, year, links())
    own = every if institution is None or every.empty else every[every["institution"] == institution]
    hidden = set(own.loc[own["hidden"], KEYS].itertuples(index=False, name=None)) if len(own) else set()
    found: dict[str, dict[str, list[dict[str, Any]]]] = {TO_ALL: {}, TO_OWN: {}}
    for row in gaps.merge(values, "left", on=KEYS).to_dict("records"):
        part, whole = (Fraction(row[name] or 0) for name in ("numerator", "denominator"))
        is_share = catalogue().indicators[row["indicator"]].measure.plain is None  # else it is a number by itself
        has_few = any(is_few(count) for count in (part, *((whole, whole - part) if is_share else ())))
        has_few |= tuple(row[name] for name in KEYS) in hidden
        standing, verdict = (None if pd.isna(row[name]) else row[name] for name in ("standing", "verdict"))
        for reader, judged in (
            (TO_ALL, ("hidden", None) if has_few else (standing, verdict)),
            (TO_OWN, (standing, verdict)),
        ):
            gap = dict(zip(("standing", "verdict"), judged, strict=True))
            gap |= {"kind": row["kind"], "benchmark": row["benchmark"]}
            told = {"id": row["indicator"], "level": "centre", "unit": row["unit"], "value": None, "gaps": [gap]}
            found[reader].setdefault(str(row["submission"]), []).append(told)
    return found
