"""Checks of this round against the last: moves, copies, columns and rows that changed places, units of money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from schemas.checks.check_context import CheckContext, cell_ref_of, number
from schemas.checks.registration import function_kind
from schemas.checks.table_checks import Cells, cells_of_totals, total_of
from schemas.dictionary.format_number import format_number
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


def _cell_ref(context: CheckContext, total: Total, cells: Cells) -> dict[str, Any]:
    """The cells of a sum; year-on-year rules ask and block nothing."""
    return {**cells_of_totals(context, total.table, cells, total.table, []), "blocks": ()}


@function_kind(Moved, "year")
def find_moved_sums(rule: Rule, spec: Moved, context: CheckContext) -> Iterator[Finding]:
    """A sum that moved by more than both steps since last round."""
    now, cells = total_of(spec.total, context.tables)
    before, _ = total_of(spec.total, context.previous)
    if now is None or before is None or abs(now - before) <= spec.absolute:
        return
    if before and abs(now - before) * 100 <= spec.percent * before:
        return
    change = f"{(now - before) / before * 100:+.0f}" if before else ""
    params = {"before": number(before), "now": number(now), "percent": change}
    yield rule.finding(params, value=number(now), **_cell_ref(context, spec.total, cells))


def _rows(spec: Total, context: CheckContext, column: str) -> tuple[list[Any], list[Any]]:
    """A column of the rows of a sum, now and last round (None where there was no such row)."""
    _, cells = total_of(spec, context.tables)
    keys = list(dict.fromkeys(key for _, key in cells))
    now, last = context.tables[spec.table], context.previous.get(spec.table)
    if last is None or column not in last or column not in now:
        return [], []
    return _plain(now.loc[keys, column]), _plain(last[column].reindex(keys))


def _plain(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values]


@function_kind(Unchanged, "year")
def find_unchanged_sums(rule: Rule, spec: Unchanged, context: CheckContext) -> Iterator[Finding]:
    """Every row of a sum equal to last round, where the sum is large enough."""
    now, cells = total_of(spec.total, context.tables)
    before, _ = total_of(spec.total, context.previous)
    if now is None or before is None or now < spec.minimum:
        return
    current, last = _rows(spec.total, context, spec.total.columns[0])
    if current == last:
        yield rule.finding({}, value=number(now), **_cell_ref(context, spec.total, cells))


@function_kind(Factor, "year")
def find_changed_units_of_money(rule: Rule, spec: Factor, context: CheckContext) -> Iterator[Finding]:
    """A sum about a thousand times, or a thousandth of, last round's: yen and thousand yen changed places."""
    now, cells = total_of(spec.total, context.tables)
    before, _ = total_of(spec.total, context.previous)
    if not now or not before:
        return
    ratio = max(now, before) / min(now, before)
    if spec.low <= ratio <= spec.high:
        times = number(round(ratio)) if now > before else f"1/{number(round(ratio))}"
        params = {"before": number(before), "now": number(now), "times": times}
        yield rule.finding(params, value=number(now), **_cell_ref(context, spec.total, cells))


@function_kind(RiseWithin, "year")
def find_unexplained_rises(rule: Rule, spec: RiseWithin, context: CheckContext) -> Iterator[Finding]:
    """A sum that rose since last round by more than what explains a rise."""
    now, cells = total_of(spec.total, context.tables)
    before, _ = total_of(spec.total, context.previous)
    added, _ = total_of(spec.by, context.tables)
    if now is None or before is None or added is None or now - before <= added:
        return
    params = {"before": number(before), "now": number(now), "rise": number(now - before), "added": number(added)}
    yield rule.finding(params, value=number(now), **_cell_ref(context, spec.total, cells))


@function_kind(Swapped, "year")
def find_swapped_columns(rule: Rule, spec: Swapped, context: CheckContext) -> Iterator[Finding]:
    """Two columns that hold what the other one held last round."""
    now, cells = total_of(spec.total, context.tables)
    if now is None or now < spec.minimum:
        return
    keys = list(dict.fromkeys(key for _, key in cells))
    for a, b in spec.pairs:
        (a_now, a_last), (b_now, b_last) = _rows(spec.total, context, a), _rows(spec.total, context, b)
        if not a_now or a_now != b_last or b_now != a_last or a_now == b_now or None in (*a_now, *b_now):
            continue
        labels = {
            "label": context.heading(spec.total.table, a, keys[0]),
            "other": context.heading(spec.total.table, b, keys[0]),
        }
        pair = [(column, key) for column in (a, b) for key in keys]
        yield rule.finding(labels, value=number(sum(a_now)), **_cell_ref(context, spec.total, pair))


@function_kind(Shifted, "year")
def find_shifted_columns(rule: Rule, spec: Shifted, context: CheckContext) -> Iterator[Finding]:
    """A column that equals last round's moved down or up by one row."""
    now, cells = total_of(spec.total, context.tables)
    if now is None or now < spec.minimum:
        return
    current, last = _rows(spec.total, context, spec.total.columns[0])
    if len(current) < 4 or current == last or len(set(current)) < 3:
        return
    if current[1:] == last[:-1] or current[:-1] == last[1:]:
        yield rule.finding({}, value=number(now), **_cell_ref(context, spec.total, cells))


@function_kind(ShrinkingWhole, "year")
def find_shrinking_wholes(rule: Rule, spec: ShrinkingWhole, context: CheckContext) -> Iterator[Finding]:
    """A denominator that shrank while the share rose, although the part did not grow."""
    part, _ = total_of(spec.part, context.tables)
    whole, cells = total_of(spec.whole, context.tables)
    part_before, _ = total_of(spec.part, context.previous)
    before, _ = total_of(spec.whole, context.previous)
    if part is None or part_before is None or not whole or not before or part > part_before:
        return
    rise = part / whole * 100 - part_before / before * 100
    if (before - whole) * 100 > spec.percent * before and rise > spec.points:
        params = {"before": number(before), "now": number(whole), "points": format_number(rise)}
        yield rule.finding(params, value=number(whole), **_cell_ref(context, spec.whole, cells))


@function_kind(Changed, "year")
def find_changed_answers(rule: Rule, spec: Changed, context: CheckContext) -> Iterator[Finding]:
    """Single answers that differ from last round's."""
    last = context.previous.get(spec.table)
    if last is None or last.empty:
        return
    for column in spec.columns:
        answer = context.answer(spec.table, column, "")
        before = last.iloc[0].get(column)
        if answer is None or answer.value is None or before is None or pd.isna(before) or answer.value == before:
            continue
        f = answer.field
        names = context.dictionary.labels(f.code_list) if f.code_list else {}
        labels = {key: names.get(str(v), str(v)) for key, v in (("before", before), ("now", answer.value))}
        yield rule.finding(
            {**labels, "cell": answer.address, "label": f.label}, **{**cell_ref_of(answer), "blocks": ()}
        )
