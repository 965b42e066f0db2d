"""Clean tables of many submissions, ready for measures, and the statuses that answers and sums can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import LEVELS
from indicators.values.dictionary_encoding import SHORT, positions

Array = np.ndarray[Any, Any]
KEYS = ["submission", "level", "unit"]
# What keeps a sum from being a number, from least to most; the largest one in a sum is its status.
STATUS_RANK = {"ok": 0, "a": 1, "c": 2, "x": 3, "nc": 4, "m": 5, "no_source": 6}
ZERO_DENOMINATOR = len(STATUS_RANK)  # not a rank: nothing is missing
STATUSES = np.array([*STATUS_RANK, "zero_denominator"], dtype=object)
A, C, NO_SOURCE = (STATUS_RANK[code] for code in ("a", "c", "no_source"))
NC, M = STATUS_RANK["nc"], STATUS_RANK["m"]
LOWER_BOUND = (STATUS_RANK["m"], STATUS_RANK["nc"])  # the rest is known, so the sum is at least that
RANK = np.int8  # type of status ranks: there is one beside every number of a nation
FRACTION_SCALE = 1000  # fractional papers carry at most three places


@dataclass(frozen=True)
class Tables:
    """Clean tables of many submissions, ready for measures.

    Every frame has the integer ``entity`` of each row; each numeric column ``x`` is an integer (0 where there is
    none), with ``x__rank`` for its status. ``scale`` says by what the integers of a table were multiplied.
    ``entities`` has one row an entity: submission, level, unit, institution, year, form, number, exists, and of centres
    call, grant and is_shared (`indicators.values.centre_calls`). ``present`` tells for each table which entities have
    any row in it, ``empty`` for each open list the status rank of a submission without any row in it, ``refused`` for
    each question with a condition whether it does not apply to a submission.
    """

    frames: Mapping[str, pd.DataFrame]
    scale: Mapping[str, int]
    entities: pd.DataFrame
    present: Mapping[str, Array]
    empty: Mapping[str, Array]
    refused: Mapping[str, Array]

    @cached_property
    def submissions(self) -> int:
        """How many submissions there are; their centres are as many entities further on."""
        return int((self.entities["level"] == "institution").sum())

    @cached_property
    def level(self) -> Array:
        """Level of each entity, as its position in LEVELS."""
        return positions(self.entities["level"], LEVELS)

    @cached_property
    def year(self) -> Array:
        """Round of each entity."""
        year: Array = self.entities["year"].to_numpy(SHORT)
        return year

    @cached_property
    def has_centre(self) -> Array:
        """Whether each submission has a centre."""
        return self.exists[self.submissions : 2 * self.submissions]

    @cached_property
    def exists(self) -> Array:
        """Whether there is such an entity."""
        return self.entities["exists"].to_numpy(bool)

    @cached_property
    def number(self) -> Array:
        """Position of the submission of each entity."""
        number: Array = self.entities["number"].to_numpy(np.int64)
        return number

    @cached_property
    def form(self) -> Array:
        """Form in which each entity was asked."""
        form: Array = self.entities["form"].to_numpy(object)
        return form

    def has_rows(self, table: str) -> Array:
        """Whether a table has any row for each entity."""
        return self.present[table] if table in self.present else np.zeros(len(self.entities), dtype=bool)
