"""The line of a requirement that holds for one row of results: that of a centre's own call, or a direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from indicators.catalogue.declarations import Benchmark
from indicators.scoring.calls import DIRECTION, JUDGED
from schemas.dictionary.counting_day import counting_day


@dataclass(frozen=True)
class RequirementLine:
    """A line as a share of the whole, None where no figure holds; ``standing`` is one of `indicators.scoring.calls`."""

    share: Fraction | None
    standing: str

    @property
    def is_judged(self) -> bool:
        """Whether the line is a verdict here, and not a direction."""
        return self.standing == JUDGED


def requirement_line(row: Mapping[str, Any], benchmark: Benchmark, year: int) -> RequirementLine:
    """The line of ``benchmark`` for a row of ``indicators`` in the JSON of ``score``.

    A centre has that of its own call, as its gaps say; an institution the newest one in force, as a direction.
    """
    gap = next((one for one in row["gaps"] if one["benchmark"] == benchmark.id), None)
    if row["level"] == "centre" and gap is not None:
        value = gap["value"]
        return RequirementLine(None if value is None else Fraction(value) / 100, gap["standing"] or JUDGED)
    entries = benchmark.in_force(counting_day(year))
    value = entries[-1].value if entries else None
    return RequirementLine(None if value is None else Fraction(value) / 100, DIRECTION)
