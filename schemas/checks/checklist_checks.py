"""Checks of the checklist: evidence and its scope, plans, levels against counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from schemas.checks.check_context import CheckContext, cell_ref_of, is_missing, number
from schemas.checks.registration import AskedRound, Bools, function_check, table_check
from schemas.dictionary.declaration import Text
from schemas.dictionary.format_number import format_number
from schemas.dictionary.match_key import match_key
from schemas.reading.clean_tables import evidence_scopes
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

HIGH = 2  # from this level on, evidence is asked
TOP = 3
MANY_ITEMS = 10
SAME_EVIDENCE = 15
SHARE_OF_LEVEL = {1: 0, 2: 20, 3: 50}  # C1: per cent of bilingual staff at which each level begins
WANTED = ("first", "second", "third")
WHOLE = "institution"
SCOPES = {
    "centre": Text(ja="比較拠点", en="centre"),
    "institution": Text(ja="全学", en="whole institution"),
}


def item_name(context: CheckContext, item: str) -> Text:
    """Code and label of an item."""
    label = context.dictionary.checklist.item(item).label
    return Text(ja=f"{item} {label.ja}", en=f"{item} {label.en}")


def _highest(context: CheckContext) -> dict[str, int]:
    highest: dict[str, int] = {}
    for _, item, _, level in context.levels:
        highest[item] = max(level, highest.get(item, 0))
    return highest


def _missing_details(rule: Rule, context: CheckContext, columns: list[str], names: Text) -> Iterator[Finding]:
    details = context.tables.get("checklist_details", pd.DataFrame())
    columns = [column for column in columns if column in details]  # a form that does not ask it misses nothing
    for item, level in _highest(context).items():
        row = context.details.get(item, {})
        missing = [column for column in columns if not isinstance(row.get(column), str) or not row[column]]
        answers = [answer for column in missing if (answer := context.answer("checklist_details", column, item))]
        if level >= HIGH and missing and not any(map(context.is_unread, answers)):
            cell_ref = context.cell_ref("checklist_details", missing, item)
            params = {"label": item_name(context, item), "level": level, "missing": names}
            yield rule.finding(params, value=str(level), **{**cell_ref, "blocks": ()})


def _without_evidence(rule: Rule, context: CheckContext, *, is_top: bool) -> Iterator[Finding]:
    highest = _highest(context)
    found = _missing_details(rule, context, ["evidence_kind", "evidence"], Text(ja="根拠", en="evidence"))
    yield from (finding for finding in found if (highest[finding.row_key] >= TOP) == is_top)


@function_check("tables")
def follow_ups(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Items at level 2 without evidence."""
    yield from _without_evidence(rule, context, is_top=False)


@function_check("tables")
def top_level_evidence(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Items at the highest level without evidence."""
    yield from _without_evidence(rule, context, is_top=True)


@function_check("tables")
def binding_missing(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Items at level 2 or more with evidence but without saying whether they are binding."""
    for finding in _missing_details(rule, context, ["binding"], Text(ja="拘束力", en="binding or offered")):
        if isinstance(context.details.get(finding.row_key, {}).get("evidence"), str):
            yield finding


def _levels_differ(rows: pd.DataFrame, _: AskedRound) -> Bools:
    listed = [*zip(rows["scope"].tolist(), rows["declared"].tolist(), strict=True)]
    known: dict[str, list[int]] = {}
    for scope, level in listed:
        if not is_missing(level):
            known.setdefault(scope, []).append(level)
    equal = {scope for scope, levels in known.items() if len(levels) >= MANY_ITEMS and len({*levels}) == 1}
    return np.array([is_missing(level) or scope not in equal for scope, level in listed], dtype=bool)


@table_check("checklist", "scope", "declared", holds=_levels_differ)
def all_levels_equal(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """Ten or more items of one scope that all stand at the same level."""
    rows = context.table("checklist").loc[[*keys]]
    for scope, name in SCOPES.items():
        equal = rows[rows["scope"] == scope]
        if not equal.empty:
            level, cell_ref = (
                int(equal["declared"].iloc[0]),
                context.cell_ref("checklist", ["declared"], equal.index[0]),
            )
            params = {"scope": name, "level": level}
            yield rule.finding(params, value=str(level), **{**cell_ref, "row_key": scope, "blocks": ()})


@function_check("tables")
def evidence_for_one_scope(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Levels of 2 or more in a scope that the evidence of the item does not cover."""
    for key, item, scope, level in context.levels:
        covered = evidence_scopes(context.details.get(item, {}))
        if level >= HIGH and covered and scope not in covered:
            params = {"label": item_name(context, item), "scope": SCOPES[scope], "level": level}
            cell_ref = context.cell_ref("checklist", ["declared"], key)
            yield rule.finding(params, value=str(level), **{**cell_ref, "blocks": ()})


@function_check("tables")
def plan_below_present(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Plans for less than the present level of every scope."""
    lowest: dict[str, int] = {}
    for _, item, _, level in context.levels:
        lowest[item] = min(level, lowest.get(item, level))
    for item, level in lowest.items():
        planned = context.details.get(item, {}).get("planned_level")
        if planned is not None and pd.notna(planned) and int(planned) < level:
            cell_ref = context.cell_ref("checklist_details", ["planned_level"], item)
            params = {"label": item_name(context, item), "planned": int(planned), "level": level}
            yield rule.finding(params, value=str(planned), **{**cell_ref, "blocks": ()})


@function_check("year")
def level_rise(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Items that rose by two levels or more since last round."""
    last = context.previous.get("checklist")
    if last is None or last.empty:
        return
    for key, item, scope, level in context.levels:
        before = last["declared"].get(key)
        if before is not None and pd.notna(before) and level - int(before) >= 2:
            params = {"label": item_name(context, item), "scope": SCOPES[scope], "level": level, "before": int(before)}
            cell_ref = context.cell_ref("checklist", ["declared"], key)
            yield rule.finding(params, value=str(level), **{**cell_ref, "blocks": ()})


def _centre_keeps_up(rows: pd.DataFrame, _: AskedRound) -> Bools:
    listed = [*zip(*(rows[name].tolist() for name in ("item", "scope", "declared")), strict=True)]
    known = {(item, scope): level for item, scope, level in listed if not is_missing(level)}
    below = {item for item, scope in known if scope == "centre" and known[item, scope] < known.get((item, WHOLE), 0)}
    is_below = np.array([scope == "centre" and item in below for item, scope, _ in listed], dtype=bool)
    return ~is_below if is_below.sum() >= MANY_ITEMS else np.ones(len(listed), dtype=bool)


@table_check("checklist", "item", "scope", "declared", holds=_centre_keeps_up)
def centre_below_whole(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """Many items at which the centre stands below the whole institution."""
    cell_ref = context.cell_ref("checklist", ["declared"], keys[0])
    cells = tuple(answer.cell for answer in context.answers("checklist", "declared", keys))
    yield rule.finding({"count": len(keys)}, **{**cell_ref, "row_key": "", "cells": cells, "blocks": ()})


@function_check("tables")
def same_evidence(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """One title or URL given as evidence of many items."""
    items: dict[str, list[str]] = {}
    for item in _highest(context):
        given = context.details.get(item, {}).get("evidence")
        if isinstance(given, str) and match_key(given):
            items.setdefault(match_key(given), []).append(item)
    for same in items.values():
        if len(same) >= SAME_EVIDENCE:
            answers = [a for item in same if (a := context.answer("checklist_details", "evidence", item))]
            cell_ref = {**context.cell_ref("checklist_details", ["evidence"], same[0]), "blocks": ()}
            params = {"count": len(same), "value": answers[0].value if answers else ""}
            yield rule.finding(
                params, value=str(params["value"]), **{**cell_ref, "cells": tuple(a.cell for a in answers)}
            )


def _bilingual(context: CheckContext) -> tuple[int, int] | None:
    """(bilingual, all) administrative staff; None unless all four counts are numbers."""
    columns = ["bilingual_permanent", "bilingual_fixed_term", "bilingual_part_time", "administrative"]
    frame = context.tables.get("staff")
    if frame is None or frame.empty or not set(columns) <= set(frame.columns):
        return None
    counts = [frame[column].tolist()[0] for column in columns]
    return None if any(map(is_missing, counts)) else (int(sum(counts[:3])), int(counts[3]))


@function_check("tables")
def level_against_staff(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A level of item C1 that the counts of bilingual staff do not give."""
    staff = _bilingual(context)
    if staff is None or not staff[1]:
        return
    bilingual, everybody = staff
    above = [level for level, percent in SHARE_OF_LEVEL.items() if bilingual * 100 >= percent * everybody]
    expected = max(above) if bilingual else 0
    for key, item, scope, level in context.levels:
        if item == "C1" and scope == "institution" and level != expected:
            share = format_number(bilingual / everybody * 100, 0)
            params = {"level": level, "expected": expected, "percent": share, "bilingual": number(bilingual)}
            cell_ref = context.cell_ref("checklist", ["declared"], key)
            yield rule.finding(params, value=str(level), **{**cell_ref, "blocks": ()})


@function_check("tables")
def standard_missing(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Bilingual staff counted although there is no standard to count them by."""
    staff, answer = _bilingual(context), context.answer("profile", "language_standard", "")
    if staff is not None and staff[0] and answer is not None and answer.value == "none":
        params = {"cell": answer.address, "bilingual": number(staff[0])}
        yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


def _are_different_items(rows: pd.DataFrame, _: AskedRound) -> pd.Series:
    items = rows[[column for column in WANTED if column in rows]]
    return items.apply(lambda row: not row.dropna().duplicated().any(), axis=1).astype(bool)


@table_check("help_wanted", *WANTED[:2], holds=_are_different_items)
def help_wanted_twice(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """The same item named twice among those to learn about."""
    given = [a for column in WANTED for a in context.answers("help_wanted", column, keys) if a.value is not None]
    for earlier, later in pairwise(sorted(given, key=lambda answer: str(answer.value))):
        if earlier.value == later.value:
            params = {"cell": later.address, "label": item_name(context, str(later.value)), "earlier": earlier.address}
            yield rule.finding(params, **{**cell_ref_of(later), "blocks": ()})
