"""The day of a round on which people are counted."""

from __future__ import annotations

from datetime import date


def counting_day(year: int) -> date:
    """The first of May of a round: stocks are of this day, and what is in force on it holds for the round.

    That is so for benchmarks, for goalposts, and for who an institution is after mergers and changes of name.
    """
    return date(year, 5, 1)
