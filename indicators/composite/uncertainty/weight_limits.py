"""The best and worst rank of each unit over all weights within limits, exactly: no draw, no distribution of weights."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from indicators.composite.methods.array_types import Floats
from indicators.composite.recipe.problems import message
from indicators.errors import InvalidInput

SAME = 1e-5  # scores (0 to 100) nearer than this are a tie, and a tie is no loss of rank; solvers are finer than it
CORNERS = 64  # weights tried first: where they reach what no weights can pass, nothing is left to solve


def rank_limits(
    scores: Floats, low: Floats, high: Floats, *, seed: int = 0, pairs_only: bool = False
) -> tuple[Floats, Floats]:
    """Best and worst rank (1 is best) of each unit over all weights w with ``low`` ≤ w ≤ ``high`` and Σw = 1.

    ``scores``: units × elements, no gaps, higher is better; the composite is their weighted mean. A unit ranks behind
    those with a greater composite. Whether one unit can pass another is a linear programme of one constraint, solved
    in closed form (Dantzig 1957); where what all pairs allow is not reached at once, an integer programme counts how
    many can pass together. ``pairs_only`` gives what the pairs allow: never too narrow, and quick for many units.
    Raises InvalidInput where no weights lie within the limits.

    Salo, A. and Punkka, A. (2011). Ranking intervals and dominance relations for ratio-based efficiency analysis.
    Management Science 57, 200-214. Dantzig, G. B. (1957). Discrete-variable extremum problems. Operations Research 5.
    """
    if low.sum() > 1 + SAME or high.sum() < 1 - SAME or (low > high + SAME).any() or (low < 0).any():
        raise InvalidInput(message("no_weights_within"))
    number = len(scores)
    best, worst = np.zeros(number), np.zeros(number)
    tried = _corners(low, high, np.random.default_rng(seed))
    composite = tried @ scores.T
    for unit in range(number):
        ahead = scores - scores[unit]  # of the others, in each element
        most, least = _greatest(ahead, low, high), -_greatest(-ahead, low, high)
        passes = composite > composite[:, [unit]] + SAME
        seen = passes.sum(axis=1)
        always, ever = int((least > SAME).sum()), int((most > SAME).sum())
        if pairs_only:
            best[unit], worst[unit] = 1 + always, 1 + ever
            continue
        open_ = (least <= SAME) & (most > SAME)
        best[unit] = (
            1 + always + (seen.min() - always if seen.min() == always else _count(ahead[open_], low, high, False))
        )
        worst[unit] = 1 + (ever if seen.max() == ever else always + _count(ahead[open_], low, high, True))
    return best, worst


def _greatest(difference: Floats, low: Floats, high: Floats) -> Floats:
    """The greatest weighted sum of each row: the room left by the lower limits goes to the largest elements first."""
    order = np.argsort(-difference, axis=1)
    room = (high - low)[order]
    before = np.cumsum(room, axis=1) - room
    given = np.clip(1.0 - low.sum() - before, 0.0, room)
    found: Floats = difference @ low + (np.take_along_axis(difference, order, axis=1) * given).sum(axis=1)
    return found


def _corners(low: Floats, high: Floats, rng: np.random.Generator) -> Floats:
    """Weights at corners of the limits: the room that the lower ones leave is filled in random orders."""
    orders = np.argsort(rng.random((CORNERS, len(low))), axis=1)
    room = (high - low)[orders]
    before = np.cumsum(room, axis=1) - room
    given = np.clip(1.0 - low.sum() - before, 0.0, room)
    weights = np.tile(low, (CORNERS, 1))
    np.put_along_axis(weights, orders, low[orders] + given, axis=1)
    return weights


def _count(ahead: Floats, low: Floats, high: Floats, most: bool) -> int:
    """How many rows of ``ahead`` can be above zero at once (``most``), or have to be: an integer programme."""
    units, elements = ahead.shape
    if not units:
        return 0
    reach = np.abs(ahead).max() + 1.0
    # most: a row that counts (1) is above zero. Else a row that does not count (0) is not above zero.
    mark = np.eye(units) * reach
    sums = np.hstack([ahead, -mark])
    bounds = (-reach + 2 * SAME, np.inf) if most else (-np.inf, SAME)
    rules = [
        LinearConstraint(sums, *bounds),
        LinearConstraint(np.r_[np.ones(elements), np.zeros(units)][None, :], 1.0, 1.0),
    ]
    cost = np.r_[np.zeros(elements), np.full(units, -1.0 if most else 1.0)]
    solved = milp(
        cost,
        constraints=rules,
        bounds=Bounds(np.r_[low, np.zeros(units)], np.r_[high, np.ones(units)]),
        integrality=np.r_[np.zeros(elements), np.ones(units)],
    )
    if solved.x is None:
        raise ArithmeticError("the programme of ranks was not solved")
    return round(abs(float(solved.fun)))


def draw_weights(low: Floats, high: Floats, runs: int, *, seed: int = 0) -> Floats:
    """``runs`` × elements weights spread over the limits: mixtures of corners, each summing to one."""
    rng = np.random.default_rng(seed)
    corners = _corners(low, high, rng)
    found: Floats = rng.dirichlet(np.full(len(corners), 2.0 / len(low)), runs) @ corners
    return found
