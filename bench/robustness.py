"""Monte Carlo runs beside a plain numpy loop with the same random numbers and the same arithmetic."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from bench.index import Array, index_panel, plain_recipe
from bench.row import Comparison, fastest
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

    rank = fastest([ranked_twice, ranked_back], np.random.default_rng(SEED).random((UNITS, INDICATORS)))

    def reference() -> None:
        plain_quantiles(plain_loop(panel, draws, rank))

    what = f"{draws} Monte Carlo runs of {UNITS} units x {INDICATORS} indicators, three levels"
    return Comparison(
        what,
        ours,
        "a plain numpy loop, same numbers and arithmetic",
        reference,
        target=0.5,
        runs=3,
        clock=time.process_time,
    )


def plain_loop(panel: Panel, draws: int, rank: Callable[[Array], Array] | None = None) -> Array:
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
        if choice.normalisation == 1:
            y = ranked_twice(x) if rank is None else rank(x)
        else:
            y = _scaled(x, is_geometric=choice.aggregation == 1)
        found[:, draw] = _places(_top(y, weights, model.parents, is_geometric=choice.aggregation == 1))
    return found


def ranked_twice(x: Array) -> Array:
    """Ranks from the bottom of each column without ties, sorted twice."""
    return np.asarray(x.argsort(axis=0).argsort(axis=0) + 1.0)


def ranked_back(x: Array) -> Array:
    """As ``ranked_twice``, sorted once and written back."""
    columns = np.ascontiguousarray(x.T)
    ranked = np.empty_like(columns)
    places = np.broadcast_to(np.arange(1.0, len(x) + 1), columns.shape)
    np.put_along_axis(ranked, np.argsort(columns, axis=1), places, axis=1)
    return np.asarray(ranked.T)


def _scaled(x: Array, *, is_geometric: bool) -> Array:
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
