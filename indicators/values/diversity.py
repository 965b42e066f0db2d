"""How an amount is spread over kinds: effective numbers and concentration, as bare arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Parts:
    """Amounts divided into kinds: for each part the position of what it is a part of, and its amount.

    Two parts of the same whole are of different kinds. ``wholes`` is how many wholes there are.
    """

    whole: Array
    amount: Array
    wholes: int

    @cached_property
    def total(self) -> Array:
        """The sum of the parts of each whole."""
        return self.sum_by_whole(self.amount)

    @cached_property
    def share(self) -> Array:
        """The share that each part with an amount has of its whole; 0 for one without."""
        total = self.total[self.whole]
        return np.divide(self.amount, total, out=np.zeros(len(total)), where=total > 0)

    @cached_property
    def kinds(self) -> Array:
        """How many parts of each whole have an amount."""
        return np.bincount(self.whole[self.amount > 0], minlength=self.wholes)

    def sum_by_whole(self, amounts: Array) -> Array:
        """Sums by whole."""
        sums: Array = np.zeros(self.wholes, dtype=amounts.dtype)
        np.add.at(sums, self.whole, amounts)
        return sums


def effective_number(parts: Parts, order: int) -> Array:
    """Hill number of each whole: exp(-sum p ln p) for order 1, 1 / sum p² for order 2; NaN for an empty whole.

    Hill, M. O. (1973). Diversity and evenness: a unifying notation and its consequences. Ecology 54(2), 427-432.
    Order 1 is the exponential of Shannon's entropy, order 2 the inverse of Simpson's index. Raises ValueError for
    another order.
    """
    if order == 1:
        p = parts.share
        number = np.exp(-parts.sum_by_whole(p * np.log(p, out=np.zeros(len(p)), where=p > 0)))
    elif order == 2:
        number = 1 / np.where(parts.total > 0, concentration(parts), 1)
    else:
        raise ValueError(f"order 1 or 2, not {order}")
    return np.where(parts.total > 0, number, np.nan)


def concentration(parts: Parts) -> Array:
    """Herfindahl-Hirschman index of each whole: the sum of the squared shares, in 0..1; NaN for an empty whole.

    Hirschman, A. O. (1964). The paternity of an index. American Economic Review 54(5), 761-762.
    """
    return np.where(parts.total > 0, parts.sum_by_whole(parts.share**2), np.nan)
