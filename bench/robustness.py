"""Monte Carlo runs beside a plain numpy loop with the same random numbers and the same arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.index import Array, index_panel, plain_recipe
from bench.row import Comparison
from indicators.composite.panel import Panel
from indicators.composite.uncertainty.draws import compile_model
from indicators.composite.uncertainty.robustness import rank_robustness
from indicators.composite.uncertainty.sampling import CONCENTRATION, draw_choices

UNITS, INDICATORS = 800, 45
SEED = 3
QUANTILES = (5, 50, 95)


def robustness(draws: int) -> Comparison:
    """Rank intervals of 800 × 45 with 3 % gaps: weights, data, normalisation and aggregation vary."""
    panel = index_panel(UNITS, INDICATORS)

    def ours() -> None:
        rank_robustness(panel, plain_recipe(), runs=draws, seed=SEED)

    def reference() -> None:
        plain_quantiles(plain_loop(panel, draws))

    what = f"{draws} Monte Carlo runs of {UNITS} units x {INDICATORS} indicators, three levels"
    return Comparison(what, ours, "a plain numpy loop, same numbers and arithmetic", reference, target=2.0, runs=3)


def plain_loop(panel: Panel, draws: int) -> Array:
    """Ranks (units, draws): one draw after the other, nothing checked, nothing reported."""
    model, _ = compile_model(panel, plain_recipe())
    sources = [np.random.default_rng(own) for own in np.random.SeedSequence(SEED).spawn(4)]
    choices = draw_choices(model, draws, sources[0])
    gaps = np.flatnonzero(model.uncertain)
    low, width = model.low.ravel()[gaps], (model.high - model.low).ravel()[gaps]
    shape = CONCENTRATION * np.concatenate(model.weights)
    cuts = np.cumsum([len(own) for own in model.weights])[:-1]
    found = np.empty((len(model.base), draws), dtype=np.int32)
    for draw, choice in enumerate(choices):
        x = model.base.copy()
        x.ravel()[gaps] = low + sources[2].random(len(gaps)) * width
        weights = np.split(sources[1].standard_gamma(shape), cuts)
        y = _scaled(x, by_rank=choice.normalisation == 1, is_geometric=choice.aggregation == 1)
        found[:, draw] = _places(_top(y, weights, model.parents, is_geometric=choice.aggregation == 1))
    return found


def _scaled(x: Array, *, by_rank: bool, is_geometric: bool) -> Array:
    if by_rank:
        return x.argsort(axis=0).argsort(axis=0) + 1.0
    low = x.min(axis=0)
    y = (x - low) / (x.max(axis=0) - low) * 100
    return y * 0.99 + 1 if is_geometric else y


def _top(y: Array, weights: Sequence[Array], parents: Sequence[Array], *, is_geometric: bool) -> Array:
    for own, parent in zip(weights, parents, strict=True):
        matrix = np.zeros((len(own), int(parent.max()) + 1))
        matrix[np.arange(len(own)), parent] = own
        matrix /= matrix.sum(axis=0)
        y = np.exp(np.log(y) @ matrix) if is_geometric else y @ matrix
    return y[:, 0]


def _places(scores: Array) -> Array:
    places = np.empty(len(scores), dtype=np.int32)
    places[np.argsort(-scores)] = np.arange(1, len(scores) + 1)
    return places


def plain_quantiles(ranks: Array) -> Array:
    """The rank that 5, 50 and 95 % of the draws do not exceed, (3, units)."""
    ordered = np.sort(ranks, axis=1)
    return np.stack([ordered[:, int(np.ceil(ranks.shape[1] * share / 100)) - 1] for share in QUANTILES])
