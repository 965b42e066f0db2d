"""What a run has to say about a panel and a recipe beside its numbers: warnings of the report."""

import numpy as np

from indicators.composite.framework import COLUMNS
from indicators.composite.methods.prepare import is_empty
from indicators.composite.recipe.problems import join_words, nearest
from indicators.composite.recipe.recipe import Step, step_name
from indicators.composite.recipe.recipe_checks import idle_settings
from indicators.composite.state import State


def note_panel(state: State) -> None:
    """Columns that are not used, and indicators without values."""
    if state.panel.unused:
        names = join_words(state.panel.unused)
        state.warn(
            f"データ表の列 {names} は iMeta にないため、指標として使っていません。",
            f"The columns {names} of the data table are not in iMeta and are not used as indicators.",
        )
    for alike in state.panel.look_alike:
        state.warn(
            f"uCode {alike} は、文字の種類だけが異なる別の単位として扱いました。"
            "同じ単位の場合は、書き方をそろえてください。",
            f"The codes {alike} differ by kinds of characters only and were taken for different units. "
            "If they are one unit, please write them alike.",
        )
    for name in state.panel.framework.unused:
        close = nearest(name, COLUMNS)
        state.warn(
            f"iMeta の列 {name} は使っていません（近い列は {close}）。",
            f"The column {name} of iMeta is not used (nearest: {close}).",
        )
    for column in np.flatnonzero(is_empty(state.values)).tolist():
        code = state.panel.codes[column]
        state.report.dropped.append({"iCode": code, "reason": "no_values"})
        state.warn(f"指標 {code} には値がありません。", f"The indicator {code} has no values.")


def note_empty(state: State) -> None:
    """Units without values."""
    rows = np.flatnonzero(np.isnan(state.values[:, 0]))  # few lack the first value, so few are looked at whole
    rows = rows[is_empty(state.values[rows].T)]
    if len(rows):
        names = join_words(state.panel.row_name(row) for row in rows.tolist())
        state.warn(
            f"値のない単位にはスコアも順位もありません：{names}。",
            f"Units without values have neither score nor rank: {names}.",
        )


def note_idle(state: State, step: Step) -> None:
    """Settings without effect."""
    idle = idle_settings(step)
    if idle:
        names = ", ".join(sorted(idle))
        state.warn(
            f"手順 {state.number} ({step_name(step)}) の {names} は、選んだ方法では使われません。",
            f"Step {state.number} ({step_name(step)}): {names} has no effect with the chosen method.",
        )


def note_replaced(state: State) -> None:
    """An aggregate step that replaces the one before it."""
    state.warn(
        f"手順 {state.number} (aggregate) が前の aggregate の結果を置き換えました。",
        f"Step {state.number} (aggregate) replaces the result of the aggregate step before it.",
    )
