"""Which of the five inputs moves ranks most: Sobol indices.

Sources: Saisana, Saltelli & Tarantola (2005) for the approach, Saltelli et al. (2010) for the estimators (SALib).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import sobol as sobol_sample

from indicators.composite.methods.array_types import Floats
from indicators.composite.panel import Panel
from indicators.composite.recipe.problems import RecipeError, message
from indicators.composite.recipe.recipe import Recipe
from indicators.composite.uncertainty.draws import Model, compile_model, scaled_data, top_scores
from indicators.composite.uncertainty.robustness import INPUTS, Progress
from indicators.composite.uncertainty.sampling import choice_at, draw_data, draw_weights, year_ranks

# Sobol triggers choose among this many numbered draws of weights and of data.
NUMBERED_DRAWS = 2**16


@dataclass(frozen=True)
class SobolIndices:
    """First-order and total index of each input on the mean absolute shift of rank, with 95 % half-widths.

    ``failed`` counts the runs that could not be computed, ``left_out`` the base rows they belonged to.
    """

    inputs: tuple[str, ...]
    first: Floats
    first_half_width: Floats
    total: Floats
    total_half_width: Floats
    mean_shift: float
    runs: int
    failed: int
    left_out: int


def sobol_indices(
    panel: Panel, recipe: Recipe, *, base: int = 1024, seed: int = 0, progress: Progress | None = None
) -> SobolIndices:
    """Sobol indices of the five inputs on the mean absolute shift of rank; ``base`` is a power of two.

    Each input has one independent trigger in [0, 1) that chooses its method or its numbered draw. The
    output is centred before the first order is estimated; a base row with a failed run is left out whole.
    """
    check_base(base)
    model, _ = compile_model(panel, recipe)
    problem = {"num_vars": len(INPUTS), "names": list(INPUTS), "bounds": [[0.0, 1.0]] * len(INPUTS)}
    streams = [np.random.default_rng(own) for own in np.random.SeedSequence(seed, spawn_key=(11,)).spawn(2)]
    triggers = sobol_sample.sample(problem, base, calc_second_order=False, seed=streams[0])
    nominal = year_ranks(model, model.nominal[None])[0].astype(np.float64)
    shifts = np.empty(len(triggers))
    for row, trigger in enumerate(triggers.tolist()):
        shifts[row] = shift_of_draw(model, trigger, nominal, seed)
        if progress and row % 64 == 0:
            progress("sobol", row / len(triggers))
    return _indices(problem, shifts.reshape(base, -1), streams[1])


def check_base(base: int) -> None:
    """Raises RecipeError unless ``base`` is a power of two from 2 on."""
    if base < 2 or base & (base - 1):
        raise RecipeError([message("bad_sobol", base=base)])


def shift_of_draw(model: Model, trigger: Sequence[float], nominal: Floats, seed: int) -> float:
    """Mean absolute shift of rank of one run; NaN when it failed."""
    on_weights, on_normalisation, on_aggregation, on_treatment, on_data = trigger
    numbered = [min(int(u * NUMBERED_DRAWS), NUMBERED_DRAWS - 1) for u in (on_weights, on_data)]
    weights = draw_weights(model, 1, np.random.default_rng([seed, 1, numbered[0]]))
    source = np.random.default_rng([seed, 2, numbered[1]])
    x = draw_data(model, 1, source, source)
    choice = choice_at(model, on_normalisation, on_aggregation, on_treatment)
    y, failed = scaled_data(model, x, choice)
    scores, failed = top_scores(model, y, weights, choice, failed)
    if failed[0]:
        return float("nan")
    scored = nominal > 0
    return float(np.abs(year_ranks(model, scores)[0] - nominal)[scored].mean())


def _indices(problem: dict[str, object], shifts: Floats, source: np.random.Generator) -> SobolIndices:
    complete = shifts[~np.isnan(shifts).any(axis=1)]
    failed = int(np.isnan(shifts).sum())
    if len(complete) < 2:
        raise RecipeError([message("too_few_runs")])
    zero = np.zeros(len(INPUTS))
    found = {"S1": zero, "S1_conf": zero, "ST": zero, "ST_conf": zero}
    if np.ptp(complete) > 0:
        found = sobol_analysis.analyze(
            problem, complete.ravel(), calc_second_order=False, num_resamples=500, seed=source
        )
    return SobolIndices(
        inputs=INPUTS,
        first=np.asarray(found["S1"]),
        first_half_width=np.asarray(found["S1_conf"]),
        total=np.asarray(found["ST"]),
        total_half_width=np.asarray(found["ST_conf"]),
        mean_shift=float(complete.mean()),
        runs=shifts.size,
        failed=failed,
        left_out=len(shifts) - len(complete),
    )
