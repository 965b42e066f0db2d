"""What a run has to say about a panel and a recipe beside its numbers: warnings of the report."""

import numpy as np

from indicators.composite.framework import COLUMNS
from indicators.composite.methods.prepare import is_empty
from indicators.composite.recipe.problems import join_words, message, near_column
from indicators.composite.recipe.recipe import Step, step_name
from indicators.composite.recipe.recipe_checks import idle_settings
from indicators.composite.state import State


def note_panel(state: State) -> None:
    """Columns that are not used, and indicators without values."""
    if state.panel.unused:
        names = join_words(state.panel.unused)
        state.warn(message("unused_columns", names=names))
    for alike in state.panel.look_alike:
        state.warn(message("look_alike", alike=alike))
    for name in state.panel.framework.unused:
        state.warn(message("unused_meta_column", name=name, close=near_column(name, COLUMNS)))
    for column in np.flatnonzero(is_empty(state.values)).tolist():
        code = state.panel.codes[column]
        state.report.dropped.append({"iCode": code, "reason": "no_values"})
        state.warn(message("no_values", code=code))


def note_empty(state: State) -> None:
    """Units without values."""
    rows = np.flatnonzero(np.isnan(state.values[:, 0]))  # few lack the first value, so few are looked at whole
    rows = rows[is_empty(state.values[rows].T)]
    if len(rows):
        names = join_words(state.panel.row_name(row) for row in rows.tolist())
        state.warn(message("units_without_values", names=names))


def note_idle(state: State, step: Step) -> None:
    """Settings without effect."""
    idle = idle_settings(step)
    if idle:
        names = ", ".join(sorted(idle))
        state.warn(message("idle_settings", number=state.number, step=step_name(step), names=names))


def note_replaced(state: State) -> None:
    """An aggregate step that replaces the one before it."""
    state.warn(message("aggregate_replaced", number=state.number))
