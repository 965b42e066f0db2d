"""First steps on the raw table: which units stay, and values per denominator."""

from fractions import Fraction

import numpy as np

from indicators.composite.methods.array_types import Bools, Floats

FIRST_ROWS = 8


def is_empty(x: Floats) -> Bools:
    """Whether each column of ``x`` (…, units, columns) holds no value: (…, columns)."""
    # The first rows show of nearly every column that it holds some.
    empty: Bools = np.asarray(np.isnan(x[..., :FIRST_ROWS, :]).all(axis=-2))
    return np.asarray(np.isnan(x).all(axis=-2)) if bool(empty.any()) else empty


def has_enough(present: object, all_of_them: object, share: Fraction) -> Bools:
    """Whether ``present / all_of_them`` ≥ ``share``, compared as whole numbers.

    Any arrays of counts that broadcast; a share such as 2/3 is never turned into a float.
    """
    left = np.asarray(present, dtype=np.int64) * share.denominator
    right = np.asarray(all_of_them, dtype=np.int64) * share.numerator
    return np.asarray(left >= right)


def screen(x: Floats, min_available: Fraction) -> Bools:
    """Rows of ``x`` (units, indicators) in which the share of values present reaches ``min_available``.

    Source: OECD/JRC Handbook (2008), step 3; the threshold is compared as counts.
    """
    return has_enough((~np.isnan(x)).sum(axis=-1), x.shape[-1], min_available)


def denominate(x: Floats, denominator: Floats, scale: float = 1.0) -> Floats:
    """``x / denominator · scale`` for each unit; NaN where either is missing or the denominator is zero.

    Source: OECD/JRC Handbook (2008), step 5 (scale adjustment).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, np.nan, x / denominator * scale)
