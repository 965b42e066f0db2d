"""How a practice of the checklist spreads: counts over institutions, names with consent only.

Every function takes ``details``: a row per institution, year and item with the columns of DETAILS. Levels are
nullable integers, texts are missing where nothing was said. A practice is in place from level 2 on, counted
(without evidence a level counts 1 at most). Counts over institutions are given as the bounds ``low`` and ``high``
that may be told: equal where the count may be shown, apart where it, or what it leaves of a known whole, is
1 to 4. Consent is a function asked at each call, so that one withdrawn has effect at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

import pandas as pd

from indicators.comparison.small_counts import Bounds, bounds, bounds_of_part, protect_counts

Consent = Callable[[str, str], bool]  # institution, item: whether it agreed to be named for it
Record = dict[str, Any]

IN_PLACE = 2
SCOPES = ("institution", "centre")
LEARNT_FROM = ("wpi_centre", "other_university", "own")
BINDING = ("binding", "offered")
CONTRACTS = ("permanent", "fixed_term", "part_time", "outsourced")
YES_NO = ("yes", "no")
OUTCOMES = ("reached", "late", "unproven", "partly", "short", "not_answered", "not_due")
EARLIER = {
    "centre": YES_NO,
    "planned": YES_NO,
    "binding": BINDING,
    "contract": CONTRACTS,
    "learnt_from": LEARNT_FROM,
}
KEYS = ("institution", "year", "item")
NUMBERS = (*(f"{scope}_{kind}" for scope in SCOPES for kind in ("declared", "counted")), "since")
NUMBERS += ("planned_level", "planned_year")
TEXTS = ("evidence_kind", "evidence", "binding", "who", "contract", "after_grant", "learnt_from", "contact_office")
DETAILS = (*KEYS, *NUMBERS, *TEXTS, "wanted")


# the spread


def diffusion(details: pd.DataFrame) -> pd.DataFrame:
    """How far each item has spread, by year and scope: item, year, scope, part, code, low, high, share.

    ``part``: ``answered`` (institutions whose level is known), ``reached`` (level 2 or more), and of these
    ``learnt_from`` and ``binding`` by code ("" where nothing was said). ``share``: those with a binding basis
    in % of those who reached, only where both counts may be told. Raises ValueError for a row given twice.
    """
    _check(details)
    rows: list[Record] = []
    for scope in SCOPES:
        level = f"{scope}_counted"
        known = _records(details[details[level].notna()].sort_values(["item", "year"], kind="stable"))
        for (item, year), group in groupby(known, key=lambda row: (row["item"], row["year"])):
            keys = {"item": item, "year": year, "scope": scope}
            rows += [keys | row for row in _spread(list(group), level)]
    columns = ["item", "year", "scope", "part", "code", "low", "high", "share"]
    return pd.DataFrame(rows, columns=columns).astype({"share": "float64"})


def _spread(group: Sequence[Record], level: str) -> Iterator[Record]:
    whole = len(group)
    practising = [row for row in group if row[level] >= IN_PLACE]
    total = bounds_of_part(len(practising), whole)
    yield _row("answered", "", bounds(whole))
    yield _row("reached", "", total)
    yield from _parts("learnt_from", LEARNT_FROM, [row["learnt_from"] for row in practising], total)
    for row in _parts("binding", BINDING, [row["binding"] for row in practising], total):
        is_told = row["low"] == row["high"] and total[0] == total[1] > 0
        yield row | ({"share": 100 * row["low"] / total[0]} if is_told and row["code"] == "binding" else {})


def _row(part: str, code: str, told: Bounds) -> Record:
    return {"part": part, "code": code, "low": told[0], "high": told[1], "share": None}


def _parts(part: str, codes: Sequence[str], answers: Iterable[Any], total: Bounds) -> Iterator[Record]:
    """A row for each code and one for no answer, told so that none can be worked out from the others."""
    found = Counter(answer if answer in codes else "" for answer in answers)
    order = (*codes, "")
    for code, told in zip(order, protect_counts([found[code] for code in order], total), strict=True):
        yield _row(part, code, told)


# who practises it


def latest(details: pd.DataFrame, year: int | None = None) -> pd.DataFrame:
    """The rows of each institution's latest round, up to ``year`` where one is given."""
    rows = details if year is None else details[details["year"] <= year]
    return rows[rows["year"] == rows.groupby("institution")["year"].transform("max")]


def practitioners(details: pd.DataFrame, item: str, consent: Consent) -> pd.DataFrame:
    """Rows of those who have ``item`` in place in either scope in their latest round and agree to be named.

    In the order of their codes; columns as ``details``. Nothing of an institution without consent is in it.
    """
    _check(details)
    rows = latest(details)
    rows = rows[(rows["item"] == item) & _in_place(rows)].sort_values("institution")
    agreed = [consent(str(code), item) for code in rows["institution"]]
    return rows[pd.Series(agreed, index=rows.index, dtype=bool)].reset_index(drop=True)


def practising(details: pd.DataFrame) -> dict[str, list[str]]:
    """By item the institutions that have it in place in either scope in their latest round, by code.

    Whoever shows one of them asks for its consent first.
    """
    _check(details)
    rows = latest(details)
    return _institutions_by_item(rows[_in_place(rows)].sort_values("institution"))


def _in_place(rows: pd.DataFrame) -> pd.Series:
    either = rows[[f"{scope}_counted" for scope in SCOPES]].max(axis=1)
    return (either >= IN_PLACE).fillna(False).astype(bool)


# plans


def plans_against_outcome(details: pd.DataFrame) -> pd.DataFrame:
    """What became of each plan for the whole institution: a row per plan as it was first stated.

    Columns: institution, item, stated (round), planned_level, planned_year (fiscal), level_then, as_of (round it
    is judged by; missing while none), level_now, outcome. A plan for fiscal year Y is due in round Y + 1, the
    first that counts after its end. ``reached`` by then · ``late`` in a later round · ``unproven``: declared,
    but without evidence · ``partly``: moved up, but not as far · ``short``: not moved up, or start not known ·
    ``not_answered``: due, and its level not known · ``not_due``. What was at the planned level already when it
    was stated is no plan. Raises ValueError for a row given twice.
    """
    rows = [plan for history in _histories(details) for plan in _plans(history)]
    columns = ["institution", "item", "stated", "planned_level", "planned_year", "level_then", "as_of", "level_now"]
    frame = pd.DataFrame(rows, columns=[*columns, "outcome"])
    return frame.astype(dict.fromkeys(columns[2:], "Int64"))


def _plans(history: Sequence[Record]) -> Iterator[Record]:
    stated: set[tuple[int, int]] = set()
    for position, row in enumerate(history):
        plan = (row["planned_level"], row["planned_year"])
        then = row["institution_counted"]
        if None in plan or plan in stated:
            continue
        stated.add(plan)
        if then is None or then < plan[0]:
            yield {
                **{key: row[key] for key in ("institution", "item", "planned_level", "planned_year")},
                "stated": row["year"],
                "level_then": then,
                **_outcome(then, plan[0], plan[1] + 1, history[position + 1 :]),
            }


def _outcome(then: int | None, planned: int, due: int, later: Sequence[Record]) -> Record:
    known = [row for row in later if row["institution_counted"] is not None]
    for row in known:
        if row["institution_counted"] >= planned:
            return _judge_outcome(row, "reached" if row["year"] <= due else "late")
    if not later or later[-1]["year"] < due:
        return _judge_outcome(None, "not_due")
    if not known or known[-1]["year"] < due:
        return _judge_outcome(None, "not_answered")
    last = known[-1]
    if last["institution_declared"] is not None and last["institution_declared"] >= planned:
        return _judge_outcome(last, "unproven")
    has_moved = then is not None and last["institution_counted"] > then
    return _judge_outcome(last, "partly" if has_moved else "short")


def _judge_outcome(row: Record | None, outcome: str) -> Record:
    return {
        "as_of": row["year"] if row else None,
        "level_now": row["institution_counted"] if row else None,
        "outcome": outcome,
    }


def plan_tally(plans: pd.DataFrame) -> pd.DataFrame:
    """Plans of all institutions by item and outcome: item, outcome ("" for all), low, high."""
    rows: list[Record] = []
    for item, group in plans.groupby("item", sort=True):
        total = bounds(len(group))
        found = Counter(group["outcome"])
        told = [total, *protect_counts([found[outcome] for outcome in OUTCOMES], total)]
        for outcome, (low, high) in zip(("", *OUTCOMES), told, strict=True):
            rows.append({"item": item, "outcome": outcome, "low": low, "high": high})
    return pd.DataFrame(rows, columns=["item", "outcome", "low", "high"])


# what came before


def what_came_before(details: pd.DataFrame) -> pd.DataFrame:
    """What institutions said in the rounds before: those that came to have an item in place, and those that did not.

    A description, not an effect: both groups, each institution once an item. ``moved_up``: below level 2 in one
    known round of the whole institution, at 2 or more in the next; before = the rounds up to that one. ``stayed``:
    below 2 in every known round, two or more; before = all but the last. Columns: item, group, feature, code,
    low, high. ``feature``: ``all`` (institutions), ``centre`` (had it in place in the last round before),
    ``planned`` (level 2 or more was planned), ``binding``, ``contract``, ``learnt_from`` (the last answer).
    """
    found: dict[tuple[str, str], list[Record]] = {}
    for history in _histories(details):
        before, group = _before(history)
        if group:
            found.setdefault((history[0]["item"], group), []).append(_last_answers(before))
    rows: list[Record] = []
    for (item, group), said in sorted(found.items(), key=lambda entry: entry[0]):
        total = bounds(len(said))
        told = [_row("all", "", total)]
        for feature, codes in EARLIER.items():
            told += _parts(feature, codes, [answers[feature] for answers in said], total)
        rows += [{"item": item, "group": group, "feature": row["part"], **row} for row in told]
    return pd.DataFrame(rows, columns=["item", "group", "feature", "code", "low", "high"])


def _before(history: Sequence[Record]) -> tuple[Sequence[Record], str]:
    """The rounds before the move, or before the last one, and the group; no group where neither applies."""
    known = [position for position, row in enumerate(history) if row["institution_counted"] is not None]
    for earlier, position in pairwise(known):
        if history[earlier]["institution_counted"] < IN_PLACE <= history[position]["institution_counted"]:
            return history[: earlier + 1], "moved_up"
    is_below = all(history[position]["institution_counted"] < IN_PLACE for position in known)
    return (history[: known[-1]], "stayed") if is_below and len(known) > 1 else ([], "")


def _last_answers(before: Sequence[Record]) -> Record:
    centre = before[-1]["centre_counted"]
    plans = [row["planned_level"] for row in before if row["planned_level"] is not None]
    said: Record = {feature: _last(before, feature) for feature in ("binding", "contract", "learnt_from")}
    said["centre"] = None if centre is None else YES_NO[0] if centre >= IN_PLACE else YES_NO[1]
    said["planned"] = YES_NO[0] if any(level >= IN_PLACE for level in plans) else YES_NO[1]
    return said


def _last(before: Sequence[Record], column: str) -> str | None:
    given = [row[column] for row in before if row[column]]
    return str(given[-1]) if given else None


# who can learn from whom


def solved_by_peers(details: pd.DataFrame, institution: str, peers: Sequence[str], consent: Consent) -> pd.DataFrame:
    """The items an institution does not have in place (or wants help with), and who has and agrees to be named.

    By latest rounds and the whole institution: item, level, declared, wanted, peers (codes, in the order of
    ``peers``: nearest first), others (codes of named institutions that are no peers). Items it asked for come
    first, then the lowest levels. Empty for an institution that is not in ``details``.
    """
    _check(details)
    rows = latest(details)
    solved = _institutions_by_item(rows[(rows["institution_counted"] >= IN_PLACE).fillna(False).astype(bool)])
    found: list[Record] = []
    for row in _records(rows[rows["institution"] == institution]):
        level, item = row["institution_counted"], row["item"]
        if not row["wanted"] and (level is None or level >= IN_PLACE):
            continue
        named = {code for code in solved.get(item, ()) if code != institution and consent(code, item)}
        found.append(
            {
                "item": item,
                "level": level,
                "declared": row["institution_declared"],
                "wanted": row["wanted"],
                "peers": tuple(code for code in dict.fromkeys(peers) if code in named),
                "others": tuple(sorted(named - set(peers))),
            }
        )
    found.sort(key=lambda row: (not row["wanted"], -1 if row["level"] is None else row["level"], row["item"]))
    frame = pd.DataFrame(found, columns=["item", "level", "declared", "wanted", "peers", "others"])
    return frame.astype({"level": "Int64", "declared": "Int64"})


def asked_of(details: pd.DataFrame, institution: str, consent: Consent) -> pd.DataFrame:
    """The items an institution has in place in either scope and others would like to learn about, by item.

    By latest rounds: item, centre_counted, institution_counted, named (codes of those who asked and agree to be
    named for the item), low, high (how many more asked, as may be told).
    """
    _check(details)
    rows = latest(details)
    asking = _institutions_by_item(rows[rows["wanted"].astype(bool) & (rows["institution"] != institution)])
    found: list[Record] = []
    for row in _records(rows[(rows["institution"] == institution) & _in_place(rows)].sort_values("item")):
        codes = asking.get(row["item"], ())
        named = tuple(code for code in sorted(codes) if consent(code, row["item"]))
        if codes:
            low, high = bounds(len(codes) - len(named))
            levels = {key: row[key] for key in ("item", "centre_counted", "institution_counted")}
            found.append({**levels, "named": named, "low": low, "high": high})
    columns = ["item", "centre_counted", "institution_counted", "named", "low", "high"]
    return pd.DataFrame(found, columns=columns).astype(dict.fromkeys(columns[1:3], "Int64"))


def _institutions_by_item(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Item -> the institutions of its rows."""
    found: dict[str, list[str]] = {}
    for item, institution in zip(rows["item"].tolist(), rows["institution"].tolist(), strict=True):
        found.setdefault(item, []).append(institution)
    return found


# rows


def _check(details: pd.DataFrame) -> None:
    missing = [name for name in DETAILS if name not in details]
    if missing:
        raise ValueError(f"details: missing columns {missing}")
    if details.duplicated(list(KEYS)).any():
        raise ValueError("details: an institution has an item twice in one year")


def _records(rows: pd.DataFrame) -> list[Record]:
    """Rows as plain values, missing ones None."""
    plain = (rows[name].astype(object).where(rows[name].notna(), None).tolist() for name in DETAILS)
    return [dict(zip(DETAILS, row, strict=True)) for row in zip(*plain, strict=True)]


def _histories(details: pd.DataFrame) -> Iterator[list[Record]]:
    """The rounds of one institution and item, earliest first."""
    _check(details)
    rows = _records(details.sort_values(["item", "institution", "year"], kind="stable"))
    for _, history in groupby(rows, key=lambda row: (row["item"], row["institution"])):
        yield list(history)
