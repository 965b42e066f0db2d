"""A recipe followed step by step on a panel: scores and ranks of every element, and the account of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from indicators.composite.levels import build_level, check_codes, weights_in_force, withhold
from indicators.composite.methods.aggregate import weight_matrix
from indicators.composite.methods.array_types import Bools, Floats
from indicators.composite.methods.diagnostics import effective_weights
from indicators.composite.methods.ranks import ranks
from indicators.composite.notes import note_empty, note_idle, note_panel, note_replaced
from indicators.composite.panel import Panel
from indicators.composite.recipe.problems import PanelError, RecipeError, join_words, message
from indicators.composite.recipe.recipe import (
    Aggregate,
    Denominate,
    Impute,
    LevelRule,
    Normalise,
    Recipe,
    Screen,
    Step,
    Treat,
    step_name,
)
from indicators.composite.state import Built, Report, State
from indicators.composite.steps import (
    apply_denominate,
    apply_impute,
    apply_normalise,
    apply_screen,
    apply_treat,
    scope_of_treatment,
)

BLOCK_CELLS = 2**16
ZERO_BY_ONE = ("geometric", "harmonic", "generalised_mean")  # a single 0 below can make them 0
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class StepOutcome:
    """The table after a step: its name, its rows, the codes of its columns and the values, level by level."""

    name: str
    panel: Panel
    codes: tuple[str, ...]
    levels: tuple[Floats, ...]

    @property
    def values(self) -> Floats:
        """(rows, elements), indicators first."""
        return np.hstack(self.levels)


@dataclass(frozen=True)
class CompositeResult:
    """What a recipe gives: ``levels[0]`` are the indicators as last normalised, then each level built.

    ``weights`` lists, for each level below the top, the weights in force (siblings sum to 1); empty
    without aggregation. Rows are those of ``panel``.
    """

    panel: Panel
    recipe: Recipe
    levels: tuple[Floats, ...]
    direction: Floats
    weights: tuple[Floats, ...]
    steps: tuple[StepOutcome, ...]
    report: Report

    def codes(self) -> tuple[str, ...]:
        """The codes of the columns of ``scores`` and ``ranks``."""
        return tuple(code for level in range(1, len(self.levels) + 1) for code in self.panel.framework.codes(level))

    def scores(self) -> Floats:
        """(rows, elements), indicators first, then level by level."""
        return np.hstack(self.levels)

    def ranks(self) -> Floats:
        """(rows, elements): 1 is best within each year, ties share the best rank; NaN without a score."""
        found: Floats = np.empty((len(self.codes()), len(self.panel.units)))
        signs = np.r_[self.direction, np.ones(len(found) - len(self.direction))]
        columns = np.ascontiguousarray((self.scores() * signs).T)
        for rows in self.panel.year_slices():
            # A few columns at a time, so that what is sorted stays in the processor's cache.
            step = max(1, BLOCK_CELLS // (rows.stop - rows.start))
            for start in range(0, len(columns), step):
                found[start : start + step, rows] = ranks(columns[start : start + step, rows])
        return found.T


def follow(panel: Panel, recipe: Recipe, progress: Progress | None = None) -> CompositeResult:
    """The result of ``recipe`` on ``panel``.

    Raises RecipeError when the recipe does not fit the panel and PanelError when the data do not allow a
    step; both name the element and say what to do.
    """
    report = Report()
    state = State.start(panel, report)
    note_panel(state)
    outcomes: list[StepOutcome] = []
    levels: tuple[Floats, ...] = ()
    weights: tuple[Floats, ...] = ()
    for number, step in enumerate(recipe.steps, start=1):
        state.number = number
        note_idle(state, step)
        if isinstance(step, Aggregate):
            if levels:
                note_replaced(state)
            levels, weights = aggregate_panel(state, step)
        else:
            apply_step(state, step, recipe.steps[number:])
        codes = state.panel.framework.all_codes() if levels else state.panel.codes
        outcomes.append(StepOutcome(step_name(step), state.panel, codes, (state.values, *levels)))
        if progress:
            progress(step_name(step), number / len(recipe.steps))
    note_empty(state)
    return CompositeResult(
        panel=state.panel,
        recipe=recipe,
        levels=(state.values, *levels),
        direction=state.direction,
        weights=weights,
        steps=tuple(outcomes),
        report=report,
    )


def apply_step(state: State, step: Step, later: tuple[Step, ...]) -> None:
    """Do one step before aggregation; ``later`` are the steps that follow it."""
    match step:
        case Screen():
            apply_screen(state, step)
        case Denominate():
            apply_denominate(state, step)
        case Impute():
            apply_impute(state, step)
        case Treat():
            apply_treat(state, step, scope_of_treatment(later))
        case Normalise():
            apply_normalise(state, step)


def aggregate_panel(state: State, step: Aggregate) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Every level above the indicators and the weights below them, level by level.

    Raises RecipeError for levels or codes the metadata do not have, PanelError for elements that have no
    value under the method.
    """
    framework = state.panel.framework
    _check_aggregate(state, step)
    scopes = state.panel.year_slices()
    x, built, used = state.values, [], []
    for level in range(1, len(framework.levels)):
        rule = step.rule(level + 1)
        check_codes(framework, rule)
        weights = weights_in_force(framework, level, rule, x)
        parents = framework.parents(level)
        matrix = weight_matrix(weights, parents, len(framework.codes(level + 1)))
        above = build_level(x, matrix, rule, scopes)
        _check_level(state, level + 1, rule, x, matrix, above)
        above = _withhold_thin(state, level + 1, rule, x, matrix, above)
        _note_level(state, level, weights, x, above)
        built.append(above)
        used.append(weights)
        x = above
    shares = effective_weights(used, [framework.parents(level) for level in range(1, len(framework.levels))])
    for level, found in enumerate(shares, start=1):
        state.report.effective_weights |= dict(zip(framework.codes(level), found.tolist(), strict=True))
    return tuple(built), tuple(used)


def _check_aggregate(state: State, step: Aggregate) -> None:
    top = len(state.panel.framework.levels)
    wrong = [level for level in step.by_level if not 2 <= level <= top]
    if top < 2:
        raise RecipeError([message("no_aggregate")])
    if wrong:
        raise RecipeError([message("no_such_level", number=state.number, level=level, top=top) for level in wrong])
    downward = [code for code, sign in zip(state.panel.codes, state.direction, strict=True) if sign < 0]
    if downward:
        raise RecipeError([message("lower_is_better", codes=join_words(downward))])


def _cells(state: State, cells: Bools, codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """For each element with marked cells: its code and the rows, in words."""
    marked = [(code, np.flatnonzero(cells[:, column])) for column, code in enumerate(codes)]
    return [
        (code, join_words(state.panel.row_name(row) for row in rows.tolist())) for code, rows in marked if len(rows)
    ]


def _check_level(state: State, level: int, rule: LevelRule, x: Floats, matrix: Floats, above: Floats) -> None:
    codes = state.panel.framework.codes(level)
    suspect = ~np.isfinite(above)
    is_zero = np.zeros(above.shape, dtype=bool)
    if rule.method in ZERO_BY_ONE:
        is_zero = above == 0
        suspect |= is_zero
    elif not suspect.any():
        return
    looked_at = np.flatnonzero(suspect.any(axis=1))
    if not len(looked_at):
        return
    present = np.zeros(above.shape, dtype=bool)
    present[looked_at] = (~np.isnan(x[looked_at])).astype(np.float64) @ (matrix > 0).astype(np.float64) > 0
    ways = message("goalposts_for_positive" if state.normalised_by == "goalposts" else "scale_for_positive")
    problems = [
        message("negative_below", code=code, method=rule.method, rows=rows, ways=ways)
        for code, rows in _cells(state, present & ~np.isfinite(above), codes)
    ]
    if problems:
        raise PanelError(problems)
    for code, rows in _cells(state, is_zero & present, codes):
        state.warn(message("zero_below", code=code, method=rule.method, rows=rows, ways=ways))


def _withhold_thin(state: State, level: int, rule: LevelRule, x: Floats, matrix: Floats, above: Floats) -> Floats:
    kept = withhold(above, x, matrix, rule)
    if kept is above:
        return above
    for code, rows in _cells(state, np.isnan(kept) & ~np.isnan(above), state.panel.framework.codes(level)):
        state.warn(message("withheld", code=code, min_available=rule.min_available, rows=rows))
    return kept


def _note_level(state: State, level: int, weights: Floats, x: Floats, above: Floats) -> None:
    framework, parents = state.panel.framework, state.panel.framework.parents(level)
    state.report.weights |= dict(zip(framework.codes(level), weights.tolist(), strict=True))
    built = Built(framework.codes(level), framework.codes(level + 1), parents, x, above)
    state.report.built.append(built)
