"""A recipe as a function of uncertain inputs: data, weights, normalisation, aggregation, treatment.

A model is compiled once from a panel and its nominal result; ``scores`` then evaluates blocks of draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indicators.composite.levels import build_level, withhold
from indicators.composite.methods.aggregate import weight_matrix
from indicators.composite.methods.array_types import Bools, Floats, Ints
from indicators.composite.methods.treat import treat, within_limits
from indicators.composite.panel import Panel
from indicators.composite.pipeline import CompositeResult, apply_step, follow
from indicators.composite.recipe.problems import RecipeError, message
from indicators.composite.recipe.recipe import (
    Aggregate,
    AggregateMethod,
    Denominate,
    Impute,
    LevelRule,
    Normalise,
    NormaliseMethod,
    Recipe,
    Screen,
    Step,
    Treat,
)
from indicators.composite.scales import Yardstick, normalise_values, yardstick
from indicators.composite.state import Report, State
from indicators.composite.steps import reference_rows, scope_of_treatment
from indicators.composite.uncertainty.shrinkage import beta_prior

# Scores of a scale that begins at 0 are moved to 1–100 % of it before a geometric mean is drawn, because a
# single 0 would otherwise decide the whole score.
ZERO_BASED = ("distance_to_max", "goalposts", "percentile_rank", "borda")
LISTED_NORMALISATIONS: tuple[NormaliseMethod, ...] = ("min_max", "rank")
LISTED_AGGREGATIONS: tuple[AggregateMethod, ...] = ("arithmetic", "geometric")


@dataclass(frozen=True)
class MethodChoice:
    """One way of computing the index: which normalisation and aggregation, and whether to treat outliers."""

    normalisation: int = 0
    aggregation: int = 0
    treated: bool = True


@dataclass(frozen=True)
class Model:
    """Everything a draw needs. ``base`` are the values after screening and denomination, gaps NaN.

    ``uncertain`` marks the cells drawn between ``low`` and ``high`` because they are missing; ``shares``
    marks those drawn from a Beta distribution with parameters ``alpha``, ``beta`` times ``scale``; ``part`` and
    ``whole`` are the counts behind them.
    ``nominal`` are the scores of the top element under the recipe as it is, NaN where there is none.
    """

    base: Floats
    uncertain: Bools
    low: Floats
    high: Floats
    shares: Bools
    alpha: Floats
    beta: Floats
    scale: Floats
    part: Floats
    whole: Floats
    steps: tuple[Step, ...]
    normalisations: tuple[Normalise, ...]
    aggregations: tuple[AggregateMethod | None, ...]
    rules: tuple[LevelRule, ...]
    weights: tuple[Floats, ...]
    parents: tuple[Ints, ...]
    yardsticks: tuple[Yardstick, ...]
    years: tuple[slice, ...]
    nominal: Floats
    panel: Panel

    @property
    def varies_data(self) -> bool:
        """Whether any cell is uncertain."""
        return bool(self.uncertain.any() or self.shares.any())

    @property
    def alternatives(self) -> dict[str, list[str]]:
        """The listed methods, drawn with equal chance; the recipe's own comes first."""
        own = ", ".join(dict.fromkeys(str(rule.method) for rule in self.rules))
        return {
            "normalisation": [step.method for step in self.normalisations],
            "aggregation": [method or own for method in self.aggregations],
        }

    @property
    def varies(self) -> dict[str, bool]:
        """Which of the five inputs can vary on this panel with this recipe."""
        return {
            "weights": any(len(p) > len(np.unique(p)) for p in self.parents),
            "normalisation": len(self.normalisations) > 1,
            "aggregation": len(self.aggregations) > 1,
            "treatment": any(isinstance(step, Treat) for step in self.steps),
            "data": self.varies_data,
        }


def compile_model(panel: Panel, recipe: Recipe) -> tuple[Model, CompositeResult]:
    """The model of ``recipe`` on ``panel`` and its nominal result.

    Raises RecipeError when the recipe has no aggregation or the framework no single top element, and
    whatever ``follow`` raises.
    """
    result = follow(panel, recipe)
    aggregate = next((step for step in reversed(recipe.steps) if isinstance(step, Aggregate)), None)
    if aggregate is None or result.levels[-1].shape[1] != 1:
        raise RecipeError([message("no_single_top")])
    cut = 1 + max((i for i, step in enumerate(recipe.steps) if isinstance(step, Screen | Denominate)), default=-1)
    state = _state_after(panel, recipe.steps[:cut])
    later = tuple(step for step in recipe.steps[cut:] if not isinstance(step, Aggregate))
    base = np.where(state.imputed, np.nan, state.values)
    framework = state.panel.framework
    own = next((step for step in reversed(later) if isinstance(step, Normalise)), None)
    levels = range(2, len(framework.levels) + 1)
    uncertain, low, high = _missing_ranges(base, state)
    uncertain &= ~np.isnan(result.levels[-1])
    part, whole, scale, shares = _counted_shares(state, uncertain)
    alpha, beta = _shrunk(part, whole, shares, state.panel.year_slices())
    model = Model(
        base=base,
        uncertain=uncertain,
        low=low,
        high=high,
        shares=shares,
        alpha=alpha,
        beta=beta,
        scale=scale,
        part=part,
        whole=whole,
        steps=tuple(step for step in later if not isinstance(step, Impute)),
        normalisations=_normalisations(own),
        aggregations=_aggregations(aggregate),
        rules=tuple(aggregate.rule(level) for level in levels),
        weights=result.weights,
        parents=tuple(framework.parents(level - 1) for level in levels),
        yardsticks=_yardsticks(state, later),
        years=tuple(state.panel.year_slices()),
        nominal=result.levels[-1][:, 0],
        panel=state.panel,
    )
    return model, result


def _state_after(panel: Panel, steps: Sequence[Step]) -> State:
    state = State.start(panel, Report())
    for number, step in enumerate(steps, start=1):
        state.number = number
        apply_step(state, step, tuple(steps[number:]))
    return state


def _missing_ranges(base: Floats, state: State) -> tuple[Bools, Floats, Floats]:
    """Missing cells and the range in which they are drawn: the goalposts, else the values seen that year.

    In a year without any value of the indicator, the values seen in all years.
    """
    framework = state.panel.framework
    low = np.repeat(np.fmin.reduce(base, axis=0)[None, :], len(base), axis=0)
    high = np.repeat(np.fmax.reduce(base, axis=0)[None, :], len(base), axis=0)
    for rows in state.panel.year_slices():
        seen = ~np.isnan(base[rows]).all(axis=0)
        low[rows, seen] = np.fmin.reduce(base[rows], axis=0)[seen]
        high[rows, seen] = np.fmax.reduce(base[rows], axis=0)[seen]
    lower, upper = framework.column("goal_lower"), framework.column("goal_upper")
    given = ~(np.isnan(lower) | np.isnan(upper)) & state.own_unit
    low[:, given], high[:, given] = lower[given], upper[given]
    return np.isnan(base) & ~np.isnan(low), low, high


def _counted_shares(state: State, uncertain: Bools) -> tuple[Floats, Floats, Floats, Bools]:
    """Part, whole and scale of the shares that are counted things by their declaration, and which cells they are."""
    counts = state.all_counts()
    shares = ~np.isnan(counts) & ~np.isnan(state.values) & ~uncertain & ~state.imputed
    whole = np.ones_like(state.values)
    scale = np.ones_like(state.values)
    for column, element in enumerate(state.panel.framework.levels[0]):
        scale[:, column] = element.scale
        if element.denominator:
            whole[:, column] = state.panel.denominators[element.denominator]
    return np.where(shares, counts, 0.0), np.where(shares, whole, 0.0), scale, shares


def _shrunk(part: Floats, whole: Floats, shares: Bools, years: Sequence[slice]) -> tuple[Floats, Floats]:
    """Parameters of the Beta distribution of each share: its counts, and what its indicator has in common that year."""
    alpha, beta = np.ones_like(part), np.ones_like(part)
    for rows in years:
        for column in np.flatnonzero(shares[rows].any(axis=0)).tolist():
            own = shares[rows, column]
            f, n = part[rows, column], whole[rows, column]
            a, b = beta_prior(f[own], n[own])
            alpha[rows, column], beta[rows, column] = f + a, n - f + b
    return alpha, beta


def _normalisations(own: Normalise | None) -> tuple[Normalise, ...]:
    if own is None:
        return ()
    others = [Normalise(method=method, over=own.over) for method in LISTED_NORMALISATIONS if method != own.method]
    return (own, *others)


def _aggregations(step: Aggregate) -> tuple[AggregateMethod | None, ...]:
    """None stands for the recipe's own methods; then the listed ones that differ from them."""
    used = {step.method, *(rule.method for rule in step.by_level.values() if rule.method)}
    return (None, *(method for method in LISTED_AGGREGATIONS if used != {method}))


def _yardsticks(state: State, later: Sequence[Step]) -> tuple[Yardstick, ...]:
    """One for each normalise step: the first turns the directions, later ones find them turned."""
    found: list[Yardstick] = []
    direction = state.direction
    for step in later:
        if isinstance(step, Normalise):
            found.append(yardstick(state.panel.framework, direction, reference_rows(state, step)))
            direction = np.ones_like(direction)
    return tuple(found)


def scores(model: Model, x: Floats, weights: Sequence[Floats], choice: MethodChoice) -> tuple[Floats, Bools]:
    """Top scores (…, rows) and which draws failed, for data ``x`` (…, rows, indicators) under one choice.

    ``weights`` hold one array (…, elements) for each level below the top. A draw fails when a method is
    not defined on it: a column without spread, a negative value under a geometric mean.
    """
    y, failed = scaled_data(model, x, choice)
    return top_scores(model, y, weights, choice, failed)


def scaled_data(model: Model, x: Floats, choice: MethodChoice) -> tuple[Floats, Bools]:
    """The indicators after the recipe's treat and normalise steps under ``choice``, and failed draws."""
    failed = np.zeros(x.shape[:-2], dtype=bool)
    normalising = [i for i, step in enumerate(model.steps) if isinstance(step, Normalise)]
    for number, step in enumerate(model.steps):
        if isinstance(step, Treat) and choice.treated:
            x = _treat_values(model, x, step, scope_of_treatment(model.steps[number + 1 :]))
        elif isinstance(step, Normalise):
            own = model.normalisations[choice.normalisation] if number == normalising[-1] else step
            with_ = model.yardsticks[normalising.index(number)]
            scopes = list(model.years) if own.over == "each_year" else [slice(0, x.shape[-2])]
            y = normalise_values(x, own, with_, scopes)
            failed = failed | _lost_a_column(x, y, scopes)
            x = y
    if normalising and model.aggregations[choice.aggregation] == "geometric":
        x = off_zero(x, model.normalisations[choice.normalisation])
    return x, failed


def _lost_a_column(x: Floats, y: Floats, scopes: Sequence[slice]) -> Bools:
    """Draws in which a column that had values has none after normalising."""
    lost = np.zeros(x.shape[:-2], dtype=bool)
    for rows in scopes:
        gone = np.isnan(y[..., rows.start, :])
        if gone.any():
            part = np.isnan(y[..., rows, :]).all(axis=-2) & ~np.isnan(x[..., rows, :]).all(axis=-2)
            lost = lost | part.any(axis=-1)
    return lost


def off_zero(y: Floats, step: Normalise) -> Floats:
    """A scale that begins at 0, moved to 1-100 % of itself."""
    if step.method == "min_max" and step.lower == 0:
        return y * 0.99 + 0.01 * step.upper
    if step.method == "borda":
        return y + 1
    return y * 0.99 + 0.01 if step.method in ZERO_BASED else y


def _treat_values(model: Model, x: Floats, step: Treat, over: str) -> Floats:
    scopes = model.years if over == "each_year" else (slice(0, x.shape[-2]),)
    result = x.copy()
    for draw in np.ndindex(x.shape[:-2]):
        for rows in scopes:
            fine = within_limits(result[draw][rows], step.max_skew, step.max_kurtosis)
            for column in np.flatnonzero(~fine).tolist():
                cells = result[draw][rows, column]
                found = treat(cells, step.winsorise_max, step.then, step.max_skew, step.max_kurtosis)
                result[draw][rows, column] = found.values
    return result


def top_scores(
    model: Model, y: Floats, weights: Sequence[Floats], choice: MethodChoice, failed: Bools
) -> tuple[Floats, Bools]:
    """Top scores (…, rows) from normalised indicators ``y`` (…, rows, indicators), and failed draws."""
    method = model.aggregations[choice.aggregation]
    for rule, parents, own in zip(model.rules, model.parents, weights, strict=True):
        used = rule if method is None else rule.model_copy(update={"method": method})
        matrix = weight_matrix(own, parents, int(parents.max()) + 1)
        y = withhold(build_level(y, matrix, used, model.years), y, matrix, used)
    top = y[..., 0]
    missing = ~np.isfinite(top)
    scored = ~np.isnan(model.nominal)
    if missing.any():
        failed = failed | (missing & scored).any(axis=-1)
    if not scored.all():
        top = np.where(scored, top, np.nan)
    return top, np.broadcast_to(failed, top.shape[:-1])
