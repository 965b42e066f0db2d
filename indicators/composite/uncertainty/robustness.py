"""How far ranks depend on what was decided: shares of runs and rank intervals.

Shares of runs are shares of simulated computations, not probabilities. Sources: Saisana, Saltelli &
Tarantola (2005) for the approach, Lahdelma & Salminen (2001) for uniform weights (SMAA).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from indicators.composite.methods.array_types import Bools, Floats
from indicators.composite.methods.diagnostics import rank_shift
from indicators.composite.methods.ranks import ranks
from indicators.composite.panel import Panel
from indicators.composite.recipe.problems import RecipeError, message
from indicators.composite.recipe.recipe import Normalise, Recipe
from indicators.composite.uncertainty.draws import MethodChoice, Model, compile_model, top_scores
from indicators.composite.uncertainty.rank_sets import simultaneous_rank_sets
from indicators.composite.uncertainty.sampling import (
    Counts,
    blocks,
    by_choice,
    draw_choices,
    draw_data,
    draw_weights,
    evaluate,
    year_ranks,
)
from indicators.composite.uncertainty.sparse_draws import BLOCK as SPARSE_BLOCK
from indicators.composite.uncertainty.sparse_draws import SparseDraws

Progress = Callable[[str, float], None]

BAND_LIMITS = (25.0, 50.0, 75.0, 100.0)
RANK_CLASSES = ((1, 1), (2, 10), (11, 25), (26, 50), (51, 100), (101, None))
INPUTS = ("weights", "normalisation", "aggregation", "treatment", "data")
# More stored ranks than this would pass 1 GiB.
MOST_RANKS = 100_000_000
PAIRWISE_LIMIT = 50
ERROR_RUNS = 400  # for the standard error of a score


@dataclass(frozen=True)
class RankRobustness:
    """Rank intervals and shares of runs for the rows of ``panel``; NaN for units without a nominal score.

    ``low``, ``median`` and ``high`` are the smallest ranks that at least 5, 50 and 95 % of the runs do not
    exceed. ``bands`` (rows, 5) are the shares of runs in bands 5 to 1, None where bands have no meaning.
    ``acceptability`` (rows, 6) follows ``RANK_CLASSES``. ``ahead`` holds for each year its slice of rows
    and the share of runs in which the row unit ranks strictly before the column unit (None above 50 units).
    ``set_low`` and ``set_high`` are the simultaneous 95 % rank sets, NaN where no value is up to chance.
    ``failed`` runs could not be computed, ``dropped`` is how many were set aside in all so that every listed
    alternative keeps its equal chance, ``left_out`` are the alternatives that could never be computed.
    """

    panel: Panel
    score: Floats
    rank: Floats
    low: Floats
    median: Floats
    high: Floats
    bands: Floats | None
    acceptability: Floats
    ahead: tuple[tuple[slice, Floats | None], ...]
    runs: int
    failed: int
    failed_bands: int
    varies: dict[str, bool]
    set_low: Floats
    set_high: Floats
    alternatives: dict[str, list[str]] = field(default_factory=dict)
    dropped: int = 0
    left_out: tuple[str, ...] = ()


def rank_robustness(
    panel: Panel, recipe: Recipe, *, runs: int = 10_000, seed: int = 0, progress: Progress | None = None
) -> RankRobustness:
    """Ranks over ``runs`` draws in which data, weights, normalisation, aggregation and treatment vary.

    Data: shares of things counted from their Beta distribution, shrunk toward the other units (``beta_prior``),
    uniform between the goalposts (else the values seen) for missing cells; weights Dirichlet(50·w); the listed methods
    with equal chance. Bands vary data and weights only and exist only for goalposts. Raises RecipeError or
    PanelError, as ``follow`` does.
    """
    model, _ = compile_model(panel, recipe)
    _check_size(model, runs)
    sources = [np.random.default_rng(own) for own in np.random.SeedSequence(seed).spawn(4)]
    choices = draw_choices(model, runs, sources[0])
    banded = _has_bands(model)
    found: Counts = np.zeros((len(model.nominal), runs), dtype=np.int32)
    failed, failed_bands = np.zeros(runs, dtype=bool), 0
    bands = np.zeros((len(model.nominal), len(BAND_LIMITS) + 1))
    held: dict[MethodChoice, tuple[Floats, Bools]] = {}
    sparse = SparseDraws.of(model)
    for start, size in blocks(runs, model.base.size) if sparse is None else blocks(runs, 1, SPARSE_BLOCK):
        weights = draw_weights(model, size, sources[1])
        if sparse is not None:
            cells = sparse.draw(size, sources[2])
            for choice, members in by_choice(choices[start : start + size]):
                top = sparse.scores(cells[members], [own[members] for own in weights], choice)
                found[:, start + members] = year_ranks(model, top).T
            _tell(progress, start + size, runs)
            continue
        x = draw_data(model, size, sources[2], sources[3])
        for choice, members in by_choice(choices[start : start + size]):
            scores, bad = evaluate(model, x, [own[members] for own in weights], choice, members, held)
            found[:, start + members] = year_ranks(model, scores).T
            failed[start + members] = bad
        if banded:
            scores, bad = evaluate(model, x, weights, MethodChoice(), np.arange(size), held)
            bands += _band_counts(scores[~bad])
            failed_bands += int(bad.sum())
        _tell(progress, start + size, runs)
    is_kept, left_out = balanced_runs(choices, failed, model)
    kept = found if is_kept.all() else found[:, is_kept]
    summary = _summary(model, kept, runs, bands if banded else None, failed_bands)
    low, high = _rank_sets(model, seed)
    return replace(
        summary, failed=int(failed.sum()), dropped=int((~is_kept).sum()), left_out=left_out, set_low=low, set_high=high
    )


def _tell(progress: Progress | None, done: int, runs: int) -> None:
    if progress:
        progress("robustness", done / runs)


def balanced_runs(choices: Sequence[MethodChoice], failed: Bools, model: Model) -> tuple[Bools, tuple[str, ...]]:
    """Which runs may be counted, and the alternatives that are left out because they can never be computed.

    A run that fails would leave its alternative with less than its equal chance. So with the k-th run of an
    alternative the k-th of every other one is set aside; an alternative that fails in every run goes altogether.
    """
    kept = np.ones(len(failed), dtype=bool)
    if not failed.any():
        return kept, ()
    left_out: dict[str, None] = {}
    classes = dict(by_choice(choices))
    for choice, members in classes.items():
        if not failed[members].all() or choice.aggregation == choice.normalisation == 0:
            continue
        kind = "aggregation" if choice.aggregation else "normalisation"
        left_out[model.alternatives[kind][getattr(choice, kind)]] = None
        kept &= np.array([getattr(other, kind) != getattr(choice, kind) for other in choices])
    classes = {choice: members for choice, members in classes.items() if kept[members].any()}
    bad = np.zeros(len(failed), dtype=bool)
    for members in classes.values():
        bad[np.flatnonzero(failed[members])] = True
    for members in classes.values():
        kept[members[bad[: len(members)]]] = False
    return kept, tuple(left_out)


def _rank_sets(model: Model, seed: int) -> tuple[Floats, Floats]:
    """Simultaneous rank sets within each year; the errors are those of the counts alone, not shrunk.

    One more on either side of each count (Agresti, A. and Caffo, B. (2000). Simple and effective confidence intervals
    for proportions and differences of proportions. The American Statistician 54, 280-288): else a small unit of which
    nobody is counted would seem to have next to no error.
    """
    low, high = (np.full(len(model.nominal), np.nan) for _ in range(2))
    if not model.shares.any():
        return low, high
    plain = replace(model, alpha=model.part + 1, beta=model.whole - model.part + 1)
    sources = [np.random.default_rng(own) for own in np.random.SeedSequence(seed, spawn_key=(9,)).spawn(2)]
    total, squares, n = np.zeros(len(low)), np.zeros(len(low)), 0
    for _, size in blocks(ERROR_RUNS, model.base.size):
        x = draw_data(plain, size, *sources)
        weights = [np.broadcast_to(own, (size, len(own))) for own in model.weights]
        found, bad = evaluate(plain, x, weights, MethodChoice(), np.arange(size), {})
        shift = found[~bad] - model.nominal
        total, squares, n = total + shift.sum(axis=0), squares + (shift**2).sum(axis=0), n + len(shift)
    if n > 1:
        error = np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0.0))
        for rows in model.years:
            low[rows], high[rows] = simultaneous_rank_sets(model.nominal[rows], error[rows], seed=seed)
    return low, high


def smaa(
    panel: Panel, recipe: Recipe, *, runs: int = 10_000, seed: int = 0, progress: Progress | None = None
) -> RankRobustness:
    """Ranks when nothing but the weights varies, uniformly over all weightings of each group (SMAA).

    Source: Lahdelma & Salminen (2001), ranks over the whole simplex.
    """
    model, result = compile_model(panel, recipe)
    _check_size(model, runs)
    source = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(7,)))
    found: Counts = np.zeros((len(model.nominal), runs), dtype=np.int32)
    failed = np.zeros(runs, dtype=bool)
    y = result.levels[0]
    for start, size in blocks(runs, model.base.size):
        weights = draw_weights(model, size, source, uniform=True)
        block = np.broadcast_to(y, (size, *y.shape))
        scores, bad = top_scores(model, block, weights, MethodChoice(), np.zeros(size, dtype=bool))
        found[:, start : start + size] = year_ranks(model, scores).T
        failed[start : start + size] = bad
        if progress:
            progress("smaa", (start + size) / runs)
    kept = found if not failed.any() else found[:, ~failed]
    return _summary(model, kept, runs, None, 0, only=("weights",))


def _check_size(model: Model, runs: int) -> None:
    most = MOST_RANKS // len(model.nominal)
    if not 1 <= runs <= most:
        raise RecipeError([message("bad_runs", runs=runs, most=most, n=len(model.nominal))])


def _has_bands(model: Model) -> bool:
    own = next((step for step in reversed(model.steps) if isinstance(step, Normalise)), None)
    means = all(rule.method != "copeland" for rule in model.rules)
    return own is not None and own.method == "goalposts" and means


def _band_counts(scores: Floats) -> Floats:
    """How many draws put each row in bands 5 to 1; scores of goalposts run from 0 to 1."""
    # A score of exactly 100 must not fall short of the top band by rounding in the weighted mean.
    position = np.searchsorted(BAND_LIMITS, np.round(scores * 100, 9), side="right")
    return np.stack([(position == band).sum(axis=0) for band in range(len(BAND_LIMITS), -1, -1)], axis=-1)


def _summary(
    model: Model,
    kept: Counts,
    runs: int,
    bands: Floats | None,
    failed_bands: int,
    only: Sequence[str] = INPUTS,
) -> RankRobustness:
    """Intervals and shares from the ranks (rows, runs) that could be computed."""
    n = kept.shape[1]
    if n == 0:
        raise RecipeError([message("no_run_computed")])
    ahead = tuple((rows, _ahead(kept[rows])) for rows in model.years)
    ordered = np.sort(kept, axis=1)
    scored = ~np.isnan(model.nominal)
    quantiles = [np.where(scored, ordered[:, int(np.ceil(n * share / 100)) - 1], np.nan) for share in (5, 50, 95)]
    nominal = np.empty_like(model.nominal)
    for rows in model.years:
        nominal[rows] = ranks(model.nominal[rows])
    classes = np.stack(
        [((kept >= first) & (kept <= (last or np.inf))).sum(axis=1) for first, last in RANK_CLASSES], axis=-1
    )
    shares = None
    if bands is not None and runs > failed_bands:
        shares = np.where(scored[:, None], bands / (runs - failed_bands), np.nan)
    return RankRobustness(
        panel=model.panel,
        score=model.nominal,
        rank=nominal,
        low=quantiles[0],
        median=quantiles[1],
        high=quantiles[2],
        bands=shares,
        acceptability=np.where(scored[:, None], classes / n, np.nan),
        ahead=ahead,
        runs=runs,
        failed=runs - n,
        failed_bands=failed_bands,
        varies={name: varies and name in only for name, varies in model.varies.items()},
        set_low=np.full(len(nominal), np.nan),
        set_high=np.full(len(nominal), np.nan),
        alternatives=model.alternatives,
    )


def _ahead(kept: Counts) -> Floats | None:
    if len(kept) > PAIRWISE_LIMIT:
        return None
    ranked = (kept > 0).all(axis=1)
    shares = np.stack([(own < kept).mean(axis=1) for own in kept])
    shares[~ranked, :] = np.nan
    shares[:, ~ranked] = np.nan
    return shares


def leave_one_out(panel: Panel, recipe: Recipe) -> dict[str, float]:
    """For each element below the top the mean absolute shift of rank when it is left out.

    Its siblings' weights are rescaled; NaN for an element without siblings. Source: OECD/JRC Handbook
    (2008), step 7.
    """
    model, result = compile_model(panel, recipe)
    nominal = year_ranks(model, model.nominal[None])[0]
    shifts: dict[str, float] = {}
    for level, own in enumerate(model.weights):
        for position, code in enumerate(model.panel.framework.codes(level + 1)):
            weights = list(model.weights)
            weights[level] = np.where(np.arange(len(own)) == position, 0.0, own)
            y, none_failed = result.levels[0][None], np.zeros(1, dtype=bool)
            scores, _ = top_scores(model, y, weights, MethodChoice(), none_failed)
            alone = (model.parents[level] == model.parents[level][position]).sum() == 1
            shift = rank_shift(*(np.where(r > 0, r, np.nan) for r in (nominal, year_ranks(model, scores)[0])))
            shifts[code] = float("nan") if alone else shift
    return shifts
