"""Which of many institutions stand out, when all are looked at together and most differ by more than chance anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import false_discovery_control, norm

from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.values.values import FEWEST

Array = np.ndarray[Any, Any]
Z95 = 1.959963984540054
OUTSIDE = 0.05  # share of institutions that lie outside 95 % limits by chance alone
DISCOVERY = 0.10
WINSORISED = 0.1  # at either end, so that what stands out does not widen its own limits


@dataclass(frozen=True)
class Funnel:
    """Shares of many institutions beside the limits within which 95 % of ordinary ones lie.

    ``lower`` and ``upper`` (shares in 0..1) and ``outside`` (above 1, below -1, else 0) have one element an
    institution, NaN and 0 where it counts too few; ``stands_out`` are those left at a false discovery rate of 10 %.
    ``looked_at`` institutions were compared; ``by_chance`` of them lie outside the limits by chance alone.
    ``scatter`` is the standard deviation between institutions beyond chance, on the scale of the transformed shares.
    """

    centre: float
    lower: Array
    upper: Array
    outside: Array
    stands_out: Array
    looked_at: int
    by_chance: float
    scatter: float


def funnel(part: Array, whole: Array) -> Funnel | None:
    """The funnel of ``part`` of ``whole`` people of many institutions; None for fewer than five or shares all the same.

    Institutions that count fewer than FEWEST in all are left out. Shares are compared as arcsines, whose variance does
    not depend on the share; limits are widened by what institutions differ beyond chance (additive model, on
    winsorised scores). Which remain is decided by the false discovery rate: of those that stand out about one in ten
    does so by chance, however many are looked at.

    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in Medicine 24,
    1185-1202, and Handling over-dispersion of performance indicators. Quality and Safety in Health Care 14, 347-351.
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57, 289-300.
    Anscombe, F. J. (1948). The transformation of Poisson, binomial and negative-binomial data. Biometrika 35, 246-254.
    """
    f, n = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    used = np.flatnonzero((n >= FEWEST) & (f >= 0) & (f <= n))
    if len(used) < LEAST_PEERS or np.ptp(f[used] / n[used]) == 0:
        return None
    y = np.arcsin(np.sqrt((f[used] + 3 / 8) / (n[used] + 3 / 4)))
    variance = 1 / (4 * n[used] + 2)
    centre, between = _centre_and_scatter(y, variance)
    z = (y - centre) / np.sqrt(variance + between)
    half = Z95 * np.sqrt(variance + between)
    lower, upper = (np.full(len(f), np.nan) for _ in range(2))
    lower[used], upper[used] = _share(centre - half), _share(centre + half)
    outside, stands_out = np.zeros(len(f), dtype=np.int64), np.zeros(len(f), dtype=bool)
    outside[used] = np.where(np.abs(z) > Z95, np.sign(z), 0)
    stands_out[used] = false_discovery_control(2 * norm.sf(np.abs(z))) <= DISCOVERY
    by_chance = OUTSIDE * len(used)
    centre_share = float(_share(np.array([centre]))[0])
    return Funnel(centre_share, lower, upper, outside, stands_out, len(used), by_chance, float(np.sqrt(between)))


def _share(angle: Array) -> Array:
    share: Array = np.sin(np.clip(angle, 0.0, np.pi / 2)) ** 2
    return share


def _centre_and_scatter(y: Array, variance: Array) -> tuple[float, float]:
    """Mean and variance between institutions beyond chance: that which gives winsorised scores their variance of 1.

    Paule, R. C. and Mandel, J. (1982). Consensus values and weighting factors. Journal of Research of the NBS 87,
    377-385, with winsorised scores (Spiegelhalter 2005).
    """

    def centre(between: float) -> float:
        return float(np.average(y, weights=1 / (variance + between)))

    def excess(between: float) -> float:
        z = (y - centre(between)) / np.sqrt(variance + between)
        low, high = np.quantile(z, [WINSORISED, 1 - WINSORISED])
        return float((np.clip(z, low, high) ** 2).sum()) / _SHRINKS - (len(y) - 1)

    most = float(np.ptp(y)) ** 2 + 1e-12
    between = 0.0 if excess(0.0) <= 0 else float(brentq(excess, 0.0, most)) if excess(most) < 0 else most
    return centre(between), between


def _winsorised_variance() -> float:
    """The variance of a standard normal score winsorised at WINSORISED: what winsorising takes from the squares."""
    edge = float(norm.ppf(1 - WINSORISED))
    return 1 - 2 * WINSORISED - 2 * edge * float(norm.pdf(edge)) + 2 * WINSORISED * edge**2


_SHRINKS = _winsorised_variance()
