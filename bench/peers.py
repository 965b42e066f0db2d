"""Peers with the stability of each beside a plain loop over as many weighted distance tables."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from bench.row import Comparison
from indicators.comparison.peers import NEAREST, RUNS, find_peers

VARIABLES = 8
SEED = 5


def peers(institutions: int) -> Comparison:
    """The nearest 15 by 8 variables with 3 % gaps, and the share of 500 runs in which each stays."""
    rng = np.random.default_rng(SEED)
    values = rng.normal(size=(institutions, VARIABLES))
    values[rng.random(values.shape) < 0.03] = np.nan
    frame = pd.DataFrame(values, columns=[f"v{n}" for n in range(VARIABLES)])
    frame.index = pd.Index([f"u{n:04}" for n in range(institutions)])

    def ours() -> None:
        find_peers(frame, seed=SEED)

    def reference() -> None:
        plain_stability(values)

    what = f"nearest {NEAREST} of {institutions} institutions with {RUNS} stability runs"
    return Comparison(
        what, ours, "a plain numpy loop over as many distance tables", reference, 1.0, runs=1, clock=time.process_time
    )


def plain_stability(values: np.ndarray) -> np.ndarray:
    """How often each pair is near: a full table of distances over shared variables in every run."""
    rng = np.random.default_rng(SEED)
    held, known = np.nan_to_num(values), (~np.isnan(values)).astype(np.float64)
    often = np.zeros((len(values), len(values)))
    for run in range(RUNS):
        weights = rng.uniform(0.5, 1.5, VARIABLES)
        weights[run % VARIABLES] = 0
        weighted = held * weights
        squares = (weighted * held) @ known.T
        squares = squares + squares.T - 2 * weighted @ held.T
        squares /= (known * weights) @ known.T
        np.fill_diagonal(squares, np.inf)
        near = np.argpartition(squares, NEAREST, axis=1)[:, :NEAREST]
        np.add.at(often, (np.arange(len(values))[:, None], near), 1)
    return often / RUNS
