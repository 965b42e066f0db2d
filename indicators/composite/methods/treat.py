"""Outliers. Source: OECD/JRC Handbook (2008) and the JRC's practice of winsorising, then transforming."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, stats

from indicators.composite.methods.array_types import Bools, Floats

Transform = Literal["log", "box_cox", "none"]
POWER_STEP = 1e-4  # how far the searched λ may lie from the exact one
SMALL_POWER = 1e-4  # below it the quotients in the likelihood lose digits, and their series is used


@dataclass(frozen=True)
class Treated:
    """A treated vector: what was done, which cells were winsorised, and whether it passes now.

    ``judged`` is False for a vector with fewer than four values or without spread: it is left as it is.
    """

    values: Floats
    done: Literal["nothing", "winsorised", "log", "box_cox"]
    winsorised: Bools
    passes: bool
    judged: bool
    parameter: float | None = None


def skew_and_kurtosis(x: Floats) -> tuple[Floats, Floats]:
    """Bias-adjusted sample skewness G1 and excess kurtosis G2 along axis −2 of ``x`` (…, units, columns).

    Gaps are skipped; NaN for fewer than four values or without spread. Source: Joanes & Gill (1998), as
    SKEW and KURT of a spreadsheet. (Written out because SciPy's take milliseconds for every draw.)
    """
    n = (~np.isnan(x)).sum(axis=-2).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = x - (np.nansum(x, axis=-2) / n)[..., None, :]
        square = centred * centred
        m2 = np.nansum(square, axis=-2) / n
        m2 = np.where(np.fmax.reduce(x, axis=-2) == np.fmin.reduce(x, axis=-2), np.nan, m2)
        skew = np.nansum(square * centred, axis=-2) / n / m2**1.5
        excess = np.nansum(square * square, axis=-2) / n / m2**2 - 3
        skew = skew * np.sqrt(n * (n - 1)) / (n - 2)
        kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6)
    return np.where(n < 4, np.nan, skew), np.where(n < 4, np.nan, kurtosis)


def within_limits(x: Floats, max_skew: float, max_kurtosis: float) -> Bools:
    """Which columns of ``x`` (…, units, columns) have |skew| < ``max_skew`` or kurtosis < ``max_kurtosis``.

    True where neither can be computed: there is nothing to treat.
    """
    skew, kurtosis = skew_and_kurtosis(x)
    return np.asarray(np.isnan(skew) | (np.abs(skew) < max_skew) | (kurtosis < max_kurtosis))


def passes(x: Floats, max_skew: float, max_kurtosis: float) -> bool:
    """``within_limits`` for one vector."""
    return bool(within_limits(x[:, None], max_skew, max_kurtosis)[0])


def winsorise(x: Floats, at_most: int, max_skew: float, max_kurtosis: float) -> Floats:
    """``x`` (no gaps) with extreme points moved to the next value until it passes or ``at_most`` are moved.

    The end is chosen by the sign of the skew at each turn. Points that are tied move together; when they
    would exceed ``at_most``, or leave a single value, nothing more is moved.
    """
    treated = x.copy()
    while not passes(treated, max_skew, max_kurtosis):
        end = treated.max() if skew_and_kurtosis(treated[:, None])[0][0] >= 0 else treated.min()
        others = treated[treated != end]
        moved = np.where(treated == end, others.max() if end == treated.max() else others.min(), treated)
        if int((moved != x).sum()) > at_most or np.ptp(moved) == 0:
            break
        treated = moved
    return treated


def log_transform(x: Floats) -> Floats:
    """``ln(x − min + 0.01·range)``: rises with ``x``; a change of unit only shifts it."""
    return np.asarray(np.log(x - x.min() + 0.01 * np.ptp(x)))


def box_cox(x: Floats) -> tuple[Floats, float]:
    """Box & Cox (1964) transform of ``(x − min)/range + 0.01`` and its λ of greatest likelihood.

    Neither depends on the unit of ``x``; with λ = 0 it is ``log_transform`` less ln(range). Rises with ``x``.
    λ is NaN where the likelihood has no greatest value.
    """
    shifted = (x - x.min()) / np.ptp(x) + 0.01
    power = _exact_power(shifted, float(stats.boxcox_normmax(shifted, method="mle")))
    if not np.isfinite(power):
        return np.full_like(x, np.nan), power
    return np.asarray(stats.boxcox(shifted, lmbda=power)), power


def _exact_power(u: Floats, near: float) -> float:
    """The λ at which the likelihood stops rising: a maximum can be searched to eight digits only, a zero to all."""
    low, high = near - POWER_STEP, near + POWER_STEP
    if not np.isfinite(near) or not _rise(low, u) > 0 > _rise(high, u):
        return near
    return float(optimize.brentq(_rise, low, high, args=(u,), xtol=1e-14, rtol=1e-14))


def _rise(power: float, u: Floats) -> float:
    """Derivative in λ of the Box–Cox log-likelihood of ``u``, per value."""
    logs = np.log(u)
    if abs(power) < SMALL_POWER:
        y = logs + power * logs**2 / 2 + power**2 * logs**3 / 6
        slope = logs**2 / 2 + power * logs**3 / 3 + power**2 * logs**4 / 8
    else:
        y = np.expm1(power * logs) / power
        slope = (u**power * logs - y) / power
    centred = y - y.mean()
    return float(logs.mean() - (centred * slope).mean() / (centred * centred).mean())


def treat(
    x: Floats,
    winsorise_max: int = 5,
    then: Transform = "none",
    max_skew: float = 2.0,
    max_kurtosis: float = 3.5,
) -> Treated:
    """Treat one vector (gaps are skipped): leave it if it passes, else winsorise, else transform.

    The transform is applied to the original vector; where it has no finite result the vector is left as it is.

    With ``then`` = none the winsorised vector is kept although it does not pass, and ``passes`` says so.
    """
    present = ~np.isnan(x)
    inner = x[present]
    nothing = np.zeros(len(x), dtype=bool)
    if len(inner) < 4 or np.ptp(inner) == 0:
        return Treated(x, "nothing", nothing, True, judged=False)
    if passes(inner, max_skew, max_kurtosis):
        return Treated(x, "nothing", nothing, True, judged=True)
    moved = winsorise(inner, winsorise_max, max_skew, max_kurtosis)
    if then == "none" or passes(moved, max_skew, max_kurtosis):
        cells = nothing.copy()
        cells[present] = moved != inner
        done: Literal["nothing", "winsorised"] = "winsorised" if cells.any() else "nothing"
        fine = passes(moved, max_skew, max_kurtosis)
        return Treated(_spread(x, present, moved), done, cells, fine, judged=True)
    power = None
    if then == "log":
        changed = log_transform(inner)
    else:
        changed, power = box_cox(inner)
    if not np.isfinite(changed).all():
        return Treated(x, "nothing", nothing, False, judged=True)
    fine = passes(changed, max_skew, max_kurtosis)
    return Treated(_spread(x, present, changed), then, nothing, fine, judged=True, parameter=power)


def _spread(x: Floats, present: Bools, inner: Floats) -> Floats:
    whole = x.copy()
    whole[present] = inner
    return whole
