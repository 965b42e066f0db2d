"""Which institutions of a list stand out from the others by more than chance, from values that may be shown."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.comparison.funnel import Funnel, funnel
from indicators.values.values import is_counted_share


@dataclass(frozen=True)
class StandingOut:
    """The funnel of one indicator, and by institution the side on which it stands out: 1 high, -1 low."""

    funnel: Funnel
    side: dict[str, int]


def why_none_stands_out(indicator: Indicator) -> str:
    """Why ``standing_out`` is None: ``kind`` (no share of things counted) or ``few`` (too few, or all the same)."""
    return "few" if is_counted_share(indicator) else "kind"


def standing_out(values: pd.DataFrame, indicator: Indicator) -> StandingOut | None:
    """The institutions of ``values`` (rows of one indicator and level) that stand out; hidden ones are left out.

    None where the indicator is no share of things counted, or fewer than five institutions can be compared.
    """
    if not is_counted_share(indicator):
        return None
    shown = values[~values["hidden"].astype(bool) & values["value"].notna()]
    part, whole = (pd.to_numeric(shown[column], errors="coerce") for column in ("numerator", "denominator"))
    known = part.notna() & whole.notna()
    found = funnel(part[known].to_numpy(), whole[known].to_numpy())
    if found is None:
        return None
    sides = zip(shown.loc[known, "institution"], found.outside.tolist(), found.stands_out.tolist(), strict=True)
    return StandingOut(found, {str(code): side for code, side, stands in sides if stands})
