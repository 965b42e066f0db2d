"""Change: why a score moved between two editions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import InvalidInput
from schemas.dictionary.declaration import Text
from schemas.dictionary.sentences import Sentences

sentences = Sentences(__file__)

Array = np.ndarray[Any, Any]
Cause = Literal["performance", "revision", "definitions", "benchmarks", "weights"]
CAUSES: tuple[Cause, ...] = ("performance", "revision", "definitions", "benchmarks", "weights")

ONE_EDITION = Text(
    ja="一方の年度にしかスコアがないため、年度間の比較はできません。両年度の値をそれぞれご覧ください。",
    en="There is a score in one edition only, so the two cannot be compared. Please read each by itself.",
)
NOT_BETWEEN = Text(
    ja="今年度と前年度の条件を組み合わせるとスコアを計算できないため、変化の内訳は示せません。"
    "両年度の値をそれぞれご覧ください。",
    en="The score cannot be computed with inputs of both editions together, so its change has no account. "
    "Please read each edition by itself.",
)


@dataclass(frozen=True)
class Account:
    """What moved a score: ``last + Σ parts = this``, in points.

    Where the two editions cannot be compared ``parts`` is empty and ``reason`` says why.
    """

    last: float | None
    this: float | None
    parts: Mapping[str, float]
    reason: Text | None = None

    @property
    def comparable(self) -> bool:
        """Whether the change has an account."""
        return self.reason is None


def account_of_change(score: Callable[..., float | None], last: Mapping[str, Any], this: Mapping[str, Any]) -> Account:
    """Splits a change of score among CAUSES.

    ``last`` and ``this`` give for each cause its input in either edition; ``score`` is called with these five
    as keyword arguments and returns points, or None where there is no score. For ``performance`` and
    ``revision`` see ``counts_between``. Raises InvalidInput for a missing cause or an infinite score.

    Shapley, L. S. (1953), see ``shapley``.
    """
    for edition in (last, this):
        missing = [cause for cause in CAUSES if cause not in edition]
        if missing:
            raise InvalidInput(sentences("cause_missing", cause=missing[0]))

    def worth(changed: frozenset[str]) -> float | None:
        return score(**{cause: (this if cause in changed else last)[cause] for cause in CAUSES})

    return account(worth, CAUSES)


def account(worth: Callable[[frozenset[str]], float | None], causes: Sequence[str]) -> Account:
    """The account of a score given for every set of causes that already stand as in this edition.

    Calls ``worth`` once for each of the 2^k sets. Raises InvalidInput for repeated causes or infinite scores.
    """
    if len(set(causes)) != len(causes) or not causes:
        raise InvalidInput(sentences("causes_unclear"))
    values = {changed: _number(worth(changed)) for changed in _subsets(causes)}
    before, after = values[frozenset()], values[frozenset(causes)]
    if before is None or after is None:
        return Account(before, after, {}, ONE_EDITION)
    known = {changed: value for changed, value in values.items() if value is not None}
    if len(known) < len(values):
        return Account(before, after, {}, NOT_BETWEEN)
    return Account(before, after, shapley(known, causes))


def shapley(worth: Mapping[frozenset[str], float], causes: Sequence[str]) -> dict[str, float]:
    """The Shapley value of each cause: its mean marginal effect over all orders in which causes may come.

    ``worth`` has a value for each of the 2^k subsets of ``causes``. The values add up to worth(all) −
    worth(none) to 1e-9 or better, and a cause that changes nothing gets exactly 0.

    Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317;
    for decompositions: Shorrocks, A. F. (2013). Journal of Economic Inequality 11, 99-126.
    """
    total = len(causes)
    parts = {}
    for cause in causes:
        others = [other for other in causes if other != cause]
        parts[cause] = math.fsum(
            (worth[before | {cause}] - worth[before]) / (total * math.comb(total - 1, len(before)))
            for before in _subsets(others)
        )
    return parts


def counts_between(original: ArrayLike, revised: ArrayLike, this: ArrayLike, *, moved: bool, mended: bool) -> Array:
    """Counts with this edition's movement (``moved``), the revision of last edition's counts, both or neither.

    ``original + moved·(this − revised) + mended·(revised − original)``: nothing, both and the revision alone
    give the three tables themselves; where nothing was revised, ``mended`` has no effect, and where nothing
    moved, ``moved`` has none. Raises InvalidInput where movement without revision gives a negative count.
    """
    old, new, now = (np.asarray(table) for table in (original, revised, this))
    if not old.shape == new.shape == now.shape or any(table.dtype.kind not in "iu" for table in (old, new, now)):
        raise InvalidInput(sentences("bad_counts_of_revision"))
    counts: Array = old.astype(np.int64) + int(moved) * (now.astype(np.int64) - new) + int(mended) * (new - old)
    if (counts < 0).any():
        raise InvalidInput(sentences("revised_too_much"))
    return counts


def _subsets(causes: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(chosen) for size in range(len(causes) + 1) for chosen in combinations(causes, size)]


def _number(value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        raise InvalidInput(sentences("infinite_score"))
    return float(value)
