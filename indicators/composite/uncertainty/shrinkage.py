"""What shares of many units have in common: the distribution from which each unit's own share is drawn."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit

from indicators.composite.methods.array_types import Floats

FEWEST_UNITS = 5
JEFFREYS = (0.5, 0.5)
STRENGTHS = (np.log(0.5), np.log(1e5))  # how many people the distribution may be worth, as logarithms


def beta_prior(part: Floats, whole: Floats) -> tuple[float, float]:
    """Parameters of the Beta distribution of the shares of units, from counts ``part`` of ``whole``.

    Maximum likelihood of the beta-binomial distribution; Jeffreys' (½, ½) below FEWEST_UNITS units with people, which
    say nothing about what units have in common. Adding them to the counts draws the share of a small unit toward all
    others, so that chance does not carry small units to both ends of a ranking.

    Efron, B. and Morris, C. (1975). Data analysis using Stein's estimator and its generalizations. JASA 70, 311-319;
    Griffiths, D. A. (1973). Maximum likelihood estimation for the beta-binomial distribution. Biometrics 29, 637-648.
    """
    has = whole > 0
    f, n = part[has], whole[has]
    if len(f) < FEWEST_UNITS:
        return JEFFREYS
    overall = (f.sum() + 0.5) / (n.sum() + 1)

    def lack(at: Floats) -> float:
        a, b = _parameters(at)
        return -float((betaln(f + a, n - f + b) - betaln(a, b)).sum())

    start = np.array([logit(overall), np.log(20.0)])
    found = minimize(lack, start, method="L-BFGS-B", bounds=[(-12.0, 12.0), STRENGTHS])
    a, b = _parameters(found.x)
    return float(a), float(b)


def _parameters(at: Floats) -> tuple[float, float]:
    mean, strength = float(expit(at[0])), float(np.exp(at[1]))
    return mean * strength, (1 - mean) * strength
