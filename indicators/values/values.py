"""The values of one indicator, as arrays with one element a value; and all of them as the table ``values``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import LEVELS, Indicator
from indicators.values.dictionary_encoding import (
    SHORT,
    DictionaryColumn,
    NullableInts,
    assemble_frame,
    chosen_positions,
)
from indicators.values.difference_interval import difference_interval
from indicators.values.measures import Ratio
from indicators.values.sums import BAND_DENOMINATOR, BAND_ITEMS
from indicators.values.tables import KEYS, LOWER_BOUND, RANK, STATUS_RANK, STATUSES, Tables
from indicators.values.wilson_interval import wilson

Array = np.ndarray[Any, Any]
SMALL = BAND_DENOMINATOR
SMALL_MIX = 10  # effective numbers of fewer people are small, and not shown
PER_ITEM = BAND_DENOMINATOR // BAND_ITEMS  # ten items are as good as twenty people
OK = STATUS_RANK["ok"]
IS_BOUND = np.isin(np.arange(len(STATUSES)), LOWER_BOUND)
METHODS = ("", "wilson", "known_part", "newcombe", "too_few")
NONE, WILSON, KNOWN_PART, NEWCOMBE, TOO_FEW = range(len(METHODS))
FEWEST = 6  # people or papers; a share of fewer has no interval
FRACTIONAL = "fractional"
DEPENDS = "depends_on_definition"  # the flag of values of which a judgement does
FLAGS = ("", DEPENDS)
UNIT = LEVELS.index("unit")
VALUE_KEY = [*KEYS, "indicator", "definition", "counting"]
VALUE_COLUMNS = [
    *VALUE_KEY, "institution", "year", "indicator_version", "window_from", "window_to", "numerator", "denominator",
    "scale", "value", "lower", "upper", "interval_method", "status", "small", "below_minimum", "flags", "items",
    "items_met",
]  # fmt: skip


@dataclass(frozen=True)
class Values:
    """The values of one indicator.

    ``entity``, ``level`` (position in LEVELS) and ``year`` say whose; ``status`` is a position in STATUSES;
    numerator and denominator are integers, multiplied by ``scale``; ``value``, ``lower`` and ``upper`` are in the
    unit, NaN where there is none; ``is_small`` and ``is_below`` (the indicator's minimum) judge the denominator;
    ``depends`` says whether a judgement depends on the definition.
    """

    indicator: Indicator
    scale: int
    entity: Array
    level: Array
    year: Array
    status: Array
    numerator: Array
    denominator: Array
    value: Array
    lower: Array
    upper: Array
    method: DictionaryColumn
    is_small: Array
    is_below: Array
    items: Array
    items_met: Array
    depends: Array

    def __len__(self) -> int:
        return len(self.entity)

    @cached_property
    def is_ok(self) -> Array:
        """Whether there is a number."""
        ok: Array = self.status == OK
        return ok

    @cached_property
    def years(self) -> Array:
        """The rounds that occur, ascending."""
        return np.unique(self.year)

    def only(self, chosen: Array) -> Values:
        """The values at which ``chosen`` is True."""
        if chosen.all():
            return self
        rows = chosen_positions(chosen)
        arrays: dict[str, Any] = {
            f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in ("indicator", "scale")
        }
        return replace(self, **arrays)


def values_of(
    indicator: Indicator, found: Ratio, tables: Tables, asked: Array, compared: Sequence[Indicator] = ()
) -> Values:
    """The values of one indicator: one for every institution, every centre there is, and every unit asked.

    ``asked`` says for each entity whether the form asks what the indicator needs; there is no value where not, nor
    one by fractional counting where nothing was counted so. ``compared`` are the indicators of a difference.
    """
    if not asked.any():
        return _no_values(indicator, found.scale)
    level, exists = tables.level, tables.exists
    is_measured = np.array([name in indicator.levels for name in LEVELS])[level]
    needs_answers = (level == UNIT) | (indicator.counting == FRACTIONAL)
    has_value = is_measured & exists & asked & (found.seen | ~needs_answers)
    at = chosen_positions(has_value)
    entity = np.arange(len(has_value))[at]
    if not len(entity):
        return _no_values(indicator, found.scale)
    part, whole = found.numerator[at], found.denominator[at]
    status = _statuses([indicator, *compared], found, tables, at)
    ok = status == OK
    size = _size(indicator, found, at)
    is_below = ok & (size < indicator.minimum * (1 if found.items is None else PER_ITEM))
    # Some values are not shown at all below their minimum; others are, but not scored.
    is_shown = ok & ~is_below if indicator.measure.is_hidden_below_minimum else ok
    lower, upper, method = _intervals(indicator, part, whole, status, found.is_whole_known[at], found.scale)
    if found.sides is not None and is_counted_share(compared[0]):
        one, two = (tuple(side[at] / found.scale for side in pair) for pair in (found.sides[:2], found.sides[2:]))
        lower, upper, method = _difference_intervals(one, two, ok)
    none = np.zeros(len(entity), dtype=SHORT)
    if found.value is None:
        value = _in_unit(indicator, part, whole, is_shown)
    else:
        value = np.where(is_shown, found.value[at], np.nan)
    return Values(
        indicator=indicator,
        scale=found.scale,
        entity=entity,
        level=level[at],
        year=tables.year[at],
        status=status,
        numerator=part,
        denominator=whole,
        value=value,
        lower=lower,
        upper=upper,
        method=method,
        is_small=ok & (size < (SMALL if indicator.measure.effective_number is None else SMALL_MIX)),
        is_below=is_below,
        items=none if found.items is None else found.items[at],
        items_met=none if found.items_met is None else found.items_met[at],
        depends=np.zeros(len(entity), dtype=bool),
    )


def _no_values(indicator: Indicator, scale: int) -> Values:
    """The values of an indicator that nobody was asked for."""
    whole, real, is_so = np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=bool)
    counts = dict.fromkeys(
        ("entity", "level", "year", "status", "numerator", "denominator", "items", "items_met"), whole
    )
    return Values(
        indicator=indicator,
        scale=scale,
        **counts,
        value=real,
        lower=real,
        upper=real,
        method=DictionaryColumn(np.zeros(0, dtype=np.int8), METHODS),
        is_small=is_so,
        is_below=is_so,
        depends=is_so,
    )


def _statuses(indicators: Sequence[Indicator], found: Ratio, tables: Tables, at: Array | slice) -> Array:
    """Status of the values at some entities."""
    seen, code = found.seen[at], found.code[at]
    return code if seen.all() else np.where(seen, code, absent(indicators, tables)[at])


def absent(indicators: Sequence[Indicator], tables: Tables) -> Array:
    """Status of entities without any answer: what needs a centre does not apply without one; else no source.

    ``indicators``: the indicator itself, then those it compares. Papers counted in another way only are not known
    in this one.
    """
    status = np.full(len(tables.entities), STATUS_RANK["no_source"], dtype=RANK)
    if indicators[0].measure.needs_centre:
        return np.where(tables.has_centre[tables.number], status, STATUS_RANK["a"])
    for table in {term.table for one in indicators if one.counting != "-" for term in one.measure.terms}:
        if "counting" in tables.frames.get(table, pd.DataFrame()):
            status = np.where(tables.has_rows(table), STATUS_RANK["m"], status)
    return status


def factor_of(indicator: Indicator) -> int:
    """What the ratio is multiplied by to give the value in the indicator's unit."""
    if indicator.measure.rate is not None:
        return indicator.measure.rate.per
    return 1 if indicator.unit == "number" else 100


def is_counted_share(indicator: Indicator) -> bool:
    """Whether the indicator is a share of people, papers or items counted whole, so that chance has a say in it.

    An amount of money does not scatter as people do: its interval would depend on the unit of the currency.
    """
    return indicator.measure.share is not None and indicator.of is not None and indicator.counting != FRACTIONAL


def is_too_few(indicator: Indicator, row: Mapping[str, Any]) -> bool:
    """Whether a value has no interval because it counts fewer than FEWEST; ``row`` as in the JSON of scores."""
    return is_counted_share(indicator) and row["value"] is not None and row["denominator"] < FEWEST


def _in_unit(indicator: Indicator, part: Array, whole: Array, keep: Array) -> Array:
    value = np.full(len(part), np.nan)
    np.divide(factor_of(indicator) * part.astype(np.float64), whole, out=value, where=keep & (whole != 0))
    return value


def _size(indicator: Indicator, found: Ratio, at: Array | slice) -> Array:
    """What ``small`` and a minimum compare with: people, papers, or twice the items (ten items are enough)."""
    measure = indicator.measure
    if found.items is not None:
        return found.items[at] * PER_ITEM
    if measure.difference is not None or measure.plain is not None or measure.concentration is not None:
        return np.full(len(found.numerator[at]), SMALL)
    size: Array = found.denominator[at] // found.scale
    return size * PER_ITEM if measure.levels_reached is not None else size


def _intervals(
    indicator: Indicator, part: Array, whole: Array, status: Array, can_bound: Array, scale: int
) -> tuple[Array, Array, DictionaryColumn]:
    """Lower end, upper end and method, in the indicator's unit.

    Wilson interval for shares of things counted whole, from FEWEST on; none for money, levels and fractions. Where
    part of a sum is missing, what is known is the lower end and there is no upper one.
    """
    lower, upper = np.full(len(part), np.nan), np.full(len(part), np.nan)
    method = np.full(len(part), NONE, dtype=np.int8)
    if is_counted_share(indicator):
        method[(status == OK) & (whole < FEWEST * scale)] = TOO_FEW
        enough = np.flatnonzero((status == OK) & (whole >= FEWEST * scale))
        low, high = wilson(part[enough] / scale, whole[enough] / scale)
        lower[enough], upper[enough] = 100 * low, 100 * high
        method[enough] = WILSON
    known = np.flatnonzero(IS_BOUND[status] & (whole > 0) & can_bound)
    lower[known] = _in_unit(indicator, part[known], whole[known], np.ones(len(known), dtype=bool))
    method[known] = KNOWN_PART
    return lower, upper, DictionaryColumn(method, METHODS)


def _difference_intervals(
    one: tuple[Array, ...], two: tuple[Array, ...], ok: Array
) -> tuple[Array, Array, DictionaryColumn]:
    """Interval of the difference of two shares, in points, where both count FEWEST or more."""
    lower, upper = np.full(len(ok), np.nan), np.full(len(ok), np.nan)
    is_enough = ok & (one[1] >= FEWEST) & (two[1] >= FEWEST)
    rows = np.flatnonzero(is_enough)
    estimates = [(part[rows] / whole[rows], *wilson(part[rows], whole[rows])) for part, whole in (one, two)]
    low, high = difference_interval(*estimates)
    lower[rows], upper[rows] = 100 * low, 100 * high
    return (
        lower,
        upper,
        DictionaryColumn(np.where(is_enough, NEWCOMBE, np.where(ok, TOO_FEW, NONE)).astype(np.int8), METHODS),
    )


# the table


def value_table(values: Mapping[str, Values], entities: pd.DataFrame) -> pd.DataFrame:
    """The table ``values``, by submission, indicator in catalogue order, level institution-centre-unit.

    Integers stand beside the exact text: ``scale`` is what they were multiplied by.
    """
    parts = [_columns(own) for own in values.values()]
    entity = np.concatenate([np.zeros(0, dtype=np.int64), *(own.entity for own in values.values())])
    # Parts come in catalogue order with entities ascending: a stable sort by submission keeps both.
    number = entities["number"].to_numpy(np.int64)
    narrow = number.astype(np.min_scalar_type(int(number.max(initial=0))))  # 16 bits and less are sorted by radix
    order = np.argsort(narrow[entity], kind="stable")
    return assemble_frame(parts, VALUE_COLUMNS, entities, order=order)


def _columns(own: Values) -> dict[str, Any]:
    return {
        "entity": own.entity,
        "indicator": own.indicator.id,
        "definition": own.indicator.definition_key,
        "counting": own.indicator.counting,
        "indicator_version": own.indicator.version,
        "window_from": _window(own, 0),
        "window_to": _window(own, 1),
        "numerator": own.numerator,
        "denominator": own.denominator,
        "scale": own.scale,
        "value": own.value,
        "lower": own.lower,
        "upper": own.upper,
        "interval_method": own.method,
        "status": DictionaryColumn(own.status, STATUSES.tolist()),
        "small": own.is_small,
        "below_minimum": own.is_below,
        "flags": DictionaryColumn(own.depends.view(np.int8), FLAGS),
        "items": own.items,
        "items_met": own.items_met,
    }


def _window(own: Values, end: int) -> NullableInts:
    window = own.indicator.window
    return NullableInts(own.year + (0 if window is None else window[end]), np.full(len(own), window is None))
