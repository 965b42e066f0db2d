"""The steps before aggregation, applied to a panel; everything they change is written into the report."""

from collections.abc import Sequence

import numpy as np

from indicators.composite.methods import impute as gaps
from indicators.composite.methods import prepare
from indicators.composite.methods.array_types import Floats
from indicators.composite.methods.treat import treat
from indicators.composite.recipe.problems import PanelError, RecipeError, join_words, message, nearest, unknown_word
from indicators.composite.recipe.recipe import Denominate, Impute, Normalise, Scope, Screen, Treat
from indicators.composite.scales import normalise_values, undefined_columns, why_undefined, yardstick
from indicators.composite.state import State, year_of
from schemas.dictionary.declaration import Text


def apply_screen(state: State, step: Screen) -> None:
    """Drop the rows with too few values. Raises RecipeError for codes the data do not have."""
    known = sorted(set(state.panel.units))
    wrong = [code for code in (*step.force_in, *step.force_out) if code not in known]
    if wrong:
        what = message("code_to_screen", number=state.number)
        raise RecipeError([unknown_word(what, code, known) for code in wrong])
    n = len(state.panel.units)
    kept = np.ones(n, dtype=bool) if step.min_available is None else prepare.screen(state.values, step.min_available)
    units = np.array(state.panel.units)
    forced_in, forced_out = np.isin(units, step.force_in), np.isin(units, step.force_out)
    kept = (kept | forced_in) & ~forced_out
    present = (~np.isnan(state.values)).sum(axis=1)
    for row in np.flatnonzero(~kept).tolist():
        reason = "force_out" if forced_out[row] else "min_available"
        record = state.where(row) | {"available": int(present[row]), "of": state.values.shape[1]}
        state.report.dropped.append({**record, "reason": reason})
    if not kept.any():
        raise PanelError([message("no_unit_left", number=state.number)])
    state.panel = state.panel.take(kept)
    state.values, state.imputed = state.values[kept], state.imputed[kept]
    state.counts = {column: counted[kept] for column, counted in state.counts.items()}


def apply_denominate(state: State, step: Denominate) -> None:
    """Divide by the denominators of the metadata. Raises PanelError naming zero denominators."""
    elements = state.panel.framework.levels[0]
    state.values = state.values.copy()
    problems: list[Text] = []
    if not any(element.denominator for element in elements):
        problems.append(message("no_denominator", number=state.number))
    for column, element in enumerate(elements):
        if not element.denominator:
            continue
        below, above = state.panel.denominators[element.denominator], state.values[:, column].copy()
        zero = np.flatnonzero((below == 0) & ~np.isnan(above))
        if len(zero):
            names = join_words(state.panel.row_name(row) for row in zero.tolist())
            problems.append(
                message("zero_denominator", code=element.code, denominator=element.denominator, names=names)
            )
        lost = np.flatnonzero(np.isnan(below) & ~np.isnan(above))
        if len(lost):
            names = join_words(state.panel.row_name(row) for row in lost.tolist())
            state.warn(message("lost_denominator", code=element.code, denominator=element.denominator, names=names))
        state.values[:, column] = prepare.denominate(above, below, element.scale)
        if element.counts and not _are_counts(above, below):
            problems.append(message("not_counts", code=element.code))
        elif element.counts:
            state.counts[column] = above.copy()
    if problems:
        raise PanelError(problems)


def _are_counts(above: Floats, below: Floats) -> bool:
    """Whether all pairs present are whole numbers with 0 ≤ part ≤ whole."""
    present = ~(np.isnan(above) | np.isnan(below))
    part, whole = above[present], below[present]
    return bool(
        len(part)
        and (part == np.round(part)).all()
        and (whole == np.round(whole)).all()
        and (part >= 0).all()
        and (part <= whole).all()
    )


def apply_impute(state: State, step: Impute) -> None:
    """Fill gaps and list every filled cell. Raises RecipeError for an unknown group or a missing ``Time``."""
    before = state.values
    state.values = (
        _impute_by_year(state, step)
        if step.method not in ("latest", "linear", "constant")
        else _impute_over_years(state, step)
    )
    filled = np.isnan(before) & ~np.isnan(state.values)
    state.imputed |= filled
    for row, column in np.argwhere(filled).tolist():
        state.report.imputed.append({**state.where(row, column), "value": float(state.values[row, column])})
    left = np.isnan(state.values)
    if left.any():
        codes = join_words(np.array(state.panel.codes)[left.any(axis=0)])
        state.warn(message("gaps_left", number=state.number, n=int(left.sum()), codes=codes))


def _impute_by_year(state: State, step: Impute) -> Floats:
    framework = state.panel.framework
    average: gaps.Average = "median" if step.method.endswith("median") else "mean"
    labels = None
    if step.method.startswith("group_"):
        name = str(step.group)
        if name not in state.panel.groups:
            what = message("group_to_impute", number=state.number)
            raise RecipeError([unknown_word(what, name, state.panel.groups)])
        labels = state.panel.groups[name]
    parents = framework.parents(1) if len(framework.levels) > 1 else np.zeros(len(state.panel.codes), dtype=np.int64)
    result = state.values.copy()
    for rows in state.panel.year_slices():
        x = state.values[rows]
        if labels is not None:
            result[rows] = gaps.by_group(x, labels[rows], average)
        elif step.method.startswith("row_"):
            result[rows] = gaps.by_row(x, state.direction, parents, average)
        else:
            result[rows] = gaps.by_column(x, average)
    return result


def _impute_over_years(state: State, step: Impute) -> Floats:
    if state.panel.years is None:
        raise RecipeError([message("needs_time", number=state.number, method=step.method)])
    method = step.method
    assert method in ("latest", "linear", "constant")
    return gaps.over_years(state.values, state.panel.units, state.panel.years, method)


def apply_treat(state: State, step: Treat, over: Scope) -> None:
    """Treat outliers column by column within each scope, and list what was done to which cells."""
    state.values = state.values.copy()
    for rows in state.scopes(over):
        for column, code in enumerate(state.panel.codes):
            before = state.values[rows, column].copy()
            found = treat(before, step.winsorise_max, step.then, step.max_skew, step.max_kurtosis)
            year = year_of(state.panel, rows.start) if state.when(rows) else None
            if found.done != "nothing":
                state.values[rows, column] = found.values
                cells = [
                    {
                        **state.where(rows.start + row),
                        "before": float(before[row]),
                        "after": float(found.values[row]),
                    }
                    for row in np.flatnonzero(found.winsorised).tolist()
                ]
                state.report.treated.append(
                    {
                        "step": state.number,
                        "iCode": code,
                        "Time": year,
                        "done": found.done,
                        "parameter": found.parameter,
                        "passes": found.passes,
                        "cells": cells,
                    }
                )
            if found.done in ("log", "box_cox"):
                state.own_unit[column] = False
            if found.done != "nothing" and column in state.counts:
                state.counts[column][rows] = np.nan
            if not found.judged:
                state.warn(message("not_treated", number=state.number, code=code, when=state.when(rows)))
            elif not found.passes:
                state.warn(message("still_outliers", number=state.number, code=code, when=state.when(rows)))


def reference_rows(state: State, step: Normalise) -> list[int]:
    """The reference unit's row in each scope, over all years its latest; RecipeError if it has none."""
    if step.method != "distance_to_reference":
        return []
    rows = [row for row, unit in enumerate(state.panel.units) if unit == step.reference]
    found = [[row for row in rows if scope.start <= row < scope.stop] for scope in state.scopes(step.over)]
    if not all(found):
        close = nearest(str(step.reference), state.panel.units)
        raise RecipeError([message("no_reference_row", number=state.number, reference=step.reference, close=close)])
    return [own[-1] for own in found]


def apply_normalise(state: State, step: Normalise) -> None:
    """Normalise every indicator. Raises PanelError naming each one for which the method is undefined."""
    _check_units_of_goals(state, step)
    scopes = state.scopes(step.over)
    with_ = yardstick(state.panel.framework, state.direction, reference_rows(state, step))
    after = normalise_values(state.values, step, with_, scopes)
    undefined = undefined_columns(state.values, after, scopes)
    problems = [
        why_undefined(step, [state.panel.codes[column] for column in np.flatnonzero(columns)], state.when(scope))
        for scope, columns in zip(scopes, undefined, strict=True)
        if columns.any()
    ]
    if problems:
        raise PanelError(problems)
    state.values = after
    state.direction = np.ones_like(state.direction)
    state.own_unit[:] = False
    state.counts = {}
    state.normalised_by = step.method


def _check_units_of_goals(state: State, step: Normalise) -> None:
    """Targets are in the indicator's own unit, which an earlier transform or normalise step has left."""
    if step.method in ("goalposts", "scaled", "distance_to_target") and not state.own_unit.all():
        codes = join_words(np.array(state.panel.codes)[~state.own_unit])
        raise PanelError([message("left_own_unit", codes=codes, method=step.method)])


def scope_of_treatment(steps: Sequence[object]) -> Scope:
    """Treatment looks at the rows that the next normalise step looks at; each year when there is none."""
    return next((step.over for step in steps if isinstance(step, Normalise)), "each_year")
