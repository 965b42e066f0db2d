"""Checks of this round against the last: moves, copies, columns and rows that changed places, units of money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from schemas.checks.check_context import Case, at, number
from schemas.checks.table_checks import places, total_of
from schemas.rules.check_kinds import (
    Changed,
    Factor,
    Moved,
    RiseWithin,
    Shifted,
    ShrinkingWhole,
    Swapped,
    Total,
    Unchanged,
)
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule


def _placed(case: Case, total: Total, cells: list[tuple[str, str]]) -> dict[str, Any]:
    """The place of a sum; year-on-year rules ask and block nothing."""
    return {**places(case, total.table, cells, total.table, []), "blocks": ()}


def moved(rule: Rule, spec: Moved, case: Case) -> Iterator[Finding]:
    """A sum that moved by more than both steps since last round."""
    now, cells = total_of(spec.total, case.tables)
    before, _ = total_of(spec.total, case.previous)
    if now is None or before is None or abs(now - before) <= spec.absolute:
        return
    if before and abs(now - before) * 100 <= spec.percent * before:
        return
    change = f"{(now - before) / before * 100:+.0f}" if before else "－"
    params = {"before": number(before), "now": number(now), "percent": change}
    yield rule.finding(params, value=number(now), **_placed(case, spec.total, cells))


def _rows(spec: Total, case: Case, column: str) -> tuple[list[Any], list[Any]]:
    """A column of the rows of a sum, now and last round (None where there was no such row)."""
    _, cells = total_of(spec, case.tables)
    keys = list(dict.fromkeys(key for _, key in cells))
    now, last = case.tables[spec.table], case.previous.get(spec.table)
    if last is None or column not in last or column not in now:
        return [], []
    return _plain(now.loc[keys, column]), _plain(last[column].reindex(keys))


def _plain(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values]


def unchanged(rule: Rule, spec: Unchanged, case: Case) -> Iterator[Finding]:
    """Every row of a sum equal to last round, where the sum is large enough."""
    now, cells = total_of(spec.total, case.tables)
    before, _ = total_of(spec.total, case.previous)
    if now is None or before is None or now < spec.minimum:
        return
    current, last = _rows(spec.total, case, spec.total.columns[0])
    if current == last:
        yield rule.finding({}, value=number(now), **_placed(case, spec.total, cells))


def factor(rule: Rule, spec: Factor, case: Case) -> Iterator[Finding]:
    """A sum about a thousand times, or a thousandth of, last round's: yen and thousand yen changed places."""
    now, cells = total_of(spec.total, case.tables)
    before, _ = total_of(spec.total, case.previous)
    if not now or not before:
        return
    ratio = max(now, before) / min(now, before)
    if spec.low <= ratio <= spec.high:
        times = number(round(ratio)) if now > before else f"1/{number(round(ratio))}"
        params = {"before": number(before), "now": number(now), "times": times}
        yield rule.finding(params, value=number(now), **_placed(case, spec.total, cells))


def rise_within(rule: Rule, spec: RiseWithin, case: Case) -> Iterator[Finding]:
    """A sum that rose since last round by more than what explains a rise."""
    now, cells = total_of(spec.total, case.tables)
    before, _ = total_of(spec.total, case.previous)
    added, _ = total_of(spec.by, case.tables)
    if now is None or before is None or added is None or now - before <= added:
        return
    params = {"before": number(before), "now": number(now), "rise": number(now - before), "added": number(added)}
    yield rule.finding(params, value=number(now), **_placed(case, spec.total, cells))


def swapped(rule: Rule, spec: Swapped, case: Case) -> Iterator[Finding]:
    """Two columns that hold what the other one held last round."""
    now, cells = total_of(spec.total, case.tables)
    if now is None or now < spec.minimum:
        return
    keys = list(dict.fromkeys(key for _, key in cells))
    for a, b in spec.pairs:
        (a_now, a_last), (b_now, b_last) = _rows(spec.total, case, a), _rows(spec.total, case, b)
        if not a_now or a_now != b_last or b_now != a_last or a_now == b_now or None in (*a_now, *b_now):
            continue
        labels = {
            "label": case.heading(spec.total.table, a, keys[0]),
            "other": case.heading(spec.total.table, b, keys[0]),
        }
        pair = [(column, key) for column in (a, b) for key in keys]
        yield rule.finding(labels, value=number(sum(a_now)), **_placed(case, spec.total, pair))


def shifted(rule: Rule, spec: Shifted, case: Case) -> Iterator[Finding]:
    """A column that equals last round's moved down or up by one row."""
    now, cells = total_of(spec.total, case.tables)
    if now is None or now < spec.minimum:
        return
    current, last = _rows(spec.total, case, spec.total.columns[0])
    if len(current) < 4 or current == last or len(set(current)) < 3:
        return
    if current[1:] == last[:-1] or current[:-1] == last[1:]:
        yield rule.finding({}, value=number(now), **_placed(case, spec.total, cells))


def shrinking_whole(rule: Rule, spec: ShrinkingWhole, case: Case) -> Iterator[Finding]:
    """A denominator that shrank while the share rose, although the part did not grow."""
    part, _ = total_of(spec.part, case.tables)
    whole, cells = total_of(spec.whole, case.tables)
    part_before, _ = total_of(spec.part, case.previous)
    before, _ = total_of(spec.whole, case.previous)
    if part is None or part_before is None or not whole or not before or part > part_before:
        return
    rise = part / whole * 100 - part_before / before * 100
    if (before - whole) * 100 > spec.percent * before and rise > spec.points:
        params = {"before": number(before), "now": number(whole), "points": f"{rise:.1f}"}
        yield rule.finding(params, value=number(whole), **_placed(case, spec.whole, cells))


def changed(rule: Rule, spec: Changed, case: Case) -> Iterator[Finding]:
    """Single answers that differ from last round's."""
    last = case.previous.get(spec.table)
    if last is None or last.empty:
        return
    for column in spec.columns:
        answer = case.answer(spec.table, column, "")
        before = last.iloc[0].get(column)
        if answer is None or answer.value is None or before is None or pd.isna(before) or answer.value == before:
            continue
        f = answer.field
        names = case.dictionary.labels(f.code_list) if f.code_list else {}
        told = {key: names.get(str(v), str(v)) for key, v in (("before", before), ("now", answer.value))}
        yield rule.finding({**told, "cell": answer.address, "label": f.label}, **{**at(answer), "blocks": ()})
