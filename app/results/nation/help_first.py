"""Whom to help first: a rule of five conditions with weights that the ministry sets; internal, and no ranking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.values.difference_interval import difference_interval, side_of

CONDITIONS = ("not_in", "below_line", "lowest_quarter", "fell", "asks")
USUAL = {"not_in": 3, "below_line": 2, "lowest_quarter": 1, "fell": 2, "asks": 2}
MOST_WISHES = 3  # items that a form may ask for help with
QUARTER = 0.25


@dataclass(frozen=True)
class HelpRule:
    """The weight of each condition; each is met to a part between 0 and 1, and the points are their weighted sum."""

    weights: Mapping[str, float]

    @property
    def most(self) -> float:
        """The points of an institution that meets every condition wholly."""
        return float(sum(self.weights.values()))


def points_of(
    now: pd.DataFrame,
    before: pd.DataFrame,
    scored: Collection[Indicator],
    lines: Mapping[str, float],
    wishes: Mapping[str, int],
    asked: Collection[str],
    rule: HelpRule,
) -> pd.DataFrame:
    """A row for each institution that is asked or came: how far it meets each condition, and its points; by points.

    ``now`` and ``before``: panels of the round and the one before, whole institutions, one row an indicator; values
    that may not be shown count for nothing. ``lines``: requirements and targets in force; ``wishes``: how many items an
    institution asks for help with; ``asked``: the population of the round. Columns: the institution (index), those of
    CONDITIONS, ``points``, and ``known``: how many of ``scored`` have a value.
    """
    names = [indicator.id for indicator in scored]
    present, past = (_shown(rows, names) for rows in (now, before))
    came = list(dict.fromkeys(now["institution"]))
    codes = sorted({*came, *asked})
    value = present.pivot(index="institution", columns="indicator", values="value").reindex(codes)
    parts = pd.DataFrame(index=pd.Index(codes, name="institution"))
    parts["not_in"] = [float(code not in set(came)) for code in codes]
    limits = pd.Series(lines).reindex(value.columns)
    parts["below_line"] = _part(value.lt(limits, axis=1) & value.notna(), value.notna() & limits.notna())
    enough = value.columns[value.notna().sum() >= LEAST_PEERS]
    bottom = value[enough].rank(pct=True) <= QUARTER
    parts["lowest_quarter"] = _part(bottom & value[enough].notna(), value[enough].notna())
    moved = moves(past, present).pivot(index="institution", columns="indicator", values="side").reindex(codes)
    parts["fell"] = _part(moved == "below", moved.notna())
    parts["asks"] = [min(wishes.get(code, 0), MOST_WISHES) / MOST_WISHES for code in codes]
    points = sum(parts[name] * rule.weights.get(name, 0.0) for name in CONDITIONS)
    found = parts.assign(points=points, known=value.notna().sum(axis=1).to_numpy())
    return found.sort_values("points", ascending=False, kind="stable")


def _shown(rows: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    is_shown = rows["indicator"].isin(list(names)) & rows["value"].notna() & ~rows["hidden"].astype(bool)
    found: pd.DataFrame = rows[is_shown]
    return found


def _part(met: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    """Of what is known the part that meets a condition; 0 where nothing is known."""
    whole = known.sum(axis=1)
    return met.sum(axis=1) / whole.where(whole > 0, 1)


def moves(first: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """The change of each value from ``first`` to ``last`` with its 95 % interval; both hold values that may be shown.

    Columns: institution, indicator, before, now, change, low, high, side (``above``, ``below``, ``indistinguishable``;
    None without an interval). Newcombe (1998), as ``difference_interval``.
    """
    keys, ends = ["institution", "indicator"], ["value", "lower", "upper"]
    both = first[[*keys, *ends]].merge(last[[*keys, *ends]], on=keys, suffixes=("_before", "_now"))
    (now, now_low, now_high), (before, before_low, before_high) = (
        tuple(both[f"{name}_{when}"].to_numpy(float) for name in ends) for when in ("now", "before")
    )
    low, high = difference_interval((now, now_low, now_high), (before, before_low, before_high))
    told = {"before": before, "now": now, "change": now - before, "low": low, "high": high}
    return both[keys].assign(**told, side=side_of(np.asarray(low), np.asarray(high)))
