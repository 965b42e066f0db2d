"""What to look at before trusting a composite. Source: OECD/JRC Handbook (2008), steps 4, 7 and 8."""

import numpy as np

from indicators.composite.methods.aggregate import weight_matrix
from indicators.composite.methods.array_types import Bools, Floats, Ints
from indicators.composite.methods.weights import complete_rows


def effective_weights(weights: list[Floats], parents: list[Ints]) -> list[Floats]:
    """For each level the weight with which its elements enter the top, siblings rescaled to sum to 1.

    ``weights`` and ``parents`` list, from level 1 up, each element's weight and its parent's position;
    the top level is not in the lists. Each level of the result sums to 1 when there is one top element.
    """
    above = np.ones(int(parents[-1].max()) + 1)
    found: list[Floats] = []
    for own, parent in zip(reversed(weights), reversed(parents), strict=True):
        totals = weight_matrix(own, parent, len(above)).sum(axis=0)
        above = own / totals[parent] * above[parent]
        found.append(above)
    return found[::-1]


def correlation(x: Floats, y: Floats) -> float:
    """Pearson correlation over the pairs present; NaN with fewer than three or without spread."""
    both = ~(np.isnan(x) | np.isnan(y))
    if both.sum() < 3 or x[both].std() == 0 or y[both].std() == 0:
        return float("nan")
    return float(np.corrcoef(x[both], y[both])[0, 1])


def correlations_with_parents(children: Floats, above: Floats, parents: Ints) -> Floats:
    """The correlation of each child (units, children) with its own parent (units, parents), as ``correlation``."""
    own = above[:, parents]
    sums = children + own  # NaN exactly where either is
    lacking = np.isnan(sums)
    count = len(sums) - lacking.sum(axis=0)
    x, x_varies = _centre_columns(children, lacking, count)
    y, y_varies = _centre_columns(own, lacking, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(np.einsum("ij,ij->j", x, x) * np.einsum("ij,ij->j", y, y))
        found: Floats = np.clip(np.einsum("ij,ij->j", x, y) / scale, -1.0, 1.0)
    # Rounding can leave a constant column with next to no spread, so such columns are looked at one by one.
    for column in np.flatnonzero((count < 3) | ~x_varies | ~y_varies).tolist():
        found[column] = correlation(children[:, column], own[:, column])
    return found


def _centre_columns(x: Floats, lacking: Bools, count: Ints) -> tuple[Floats, Bools]:
    """``x`` less the mean of each column, 0 where marked; and whether a column clearly varies."""
    held = np.where(lacking, 0.0, x)
    size = np.einsum("ij,ij->j", held, held)
    held -= held.sum(axis=0) / np.maximum(count, 1)
    held[lacking] = 0.0
    return held, np.einsum("ij,ij->j", held, held) > 1e-20 * size


def cronbach_alpha(x: Floats) -> float:
    """Cronbach's (1951) α of the columns of ``x``: k/(k−1)·(1 − Σ var / var of the sum).

    Complete rows only; NaN with one column, fewer than two rows or a sum without spread.
    """
    rows = complete_rows(x)
    k = x.shape[1]
    if k < 2 or len(rows) < 2 or rows.sum(axis=1).std() == 0:
        return float("nan")
    whole = rows.sum(axis=1).var(ddof=1)
    return float(k / (k - 1) * (1 - rows.var(axis=0, ddof=1).sum() / whole))


def rank_shift(before: Floats, after: Floats) -> float:
    """Mean absolute difference of two rankings over the units ranked in both; NaN when none is."""
    difference = np.abs(before - after)
    present = ~np.isnan(difference)
    return float(difference[present].mean()) if present.any() else float("nan")
