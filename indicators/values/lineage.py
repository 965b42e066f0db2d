"""Which answers made each value: the table ``value_cells``.

Rows of all tables and fields are numbered, so that the answers of an indicator are plain arrays until the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.catalogue.measure_kinds import Term
from indicators.values.coded_answers import EVIDENCE
from indicators.values.dictionary_encoding import DictionaryColumn, assemble_frame
from indicators.values.tables import Tables
from indicators.values.values import VALUE_KEY, Values

Array = np.ndarray[Any, Any]
CELL_COLUMNS = [*VALUE_KEY, "field", "row_key"]
CHECKLIST, DETAILS = "checklist", "checklist_details"


class Answers(NamedTuple):
    """Answers as integers, one element each: their entity, and the numbers of their field and of their row."""

    entity: Array
    field: Array
    row: Array

    def only(self, chosen: Array) -> Answers:
        """The answers at these positions, or at which ``chosen`` is True."""
        return Answers(*(column[chosen] for column in self))


def value_cells(tables: Tables, catalogue: Catalogue, values: Mapping[str, Values]) -> pd.DataFrame:
    """For every one of ``values`` (by indicator and definition) the answers it rests on: value key, field, row key.

    Answers of the numerator come first. A checklist level above 1 rests on its evidence too.
    """
    sources = _Sources(tables, catalogue)
    owners = [own.indicator for own in values.values()]
    parts = [_of_values(own, sources) for own in values.values()]
    owner = np.repeat(np.arange(len(parts)), [len(part.entity) for part in parts])
    found = _join_answers(parts)
    part = {
        "entity": found.entity,
        "indicator": DictionaryColumn(owner, [indicator.id for indicator in owners]),
        "definition": DictionaryColumn(owner, [indicator.definition_key for indicator in owners]),
        "counting": DictionaryColumn(owner, [indicator.counting for indicator in owners]),
        "field": DictionaryColumn(found.field, list(sources.fields)),
        "row_key": DictionaryColumn(found.row, sources.row_keys),
    }
    return assemble_frame([part], CELL_COLUMNS, tables.entities)


def _of_values(own: Values, sources: _Sources) -> Answers:
    """The answers of the values of one indicator, each once."""
    tables = sources.tables
    if not len(own):
        return _join_answers([])
    found = _both_levels(own.indicator, _answers(own.indicator, sources), tables)
    has_value = np.zeros(len(tables.entities), dtype=bool)
    has_value[own.entity] = True
    return _once(found.only(has_value[found.entity]))


def _once(found: Answers) -> Answers:
    """The answers in their order, each at its first position only."""
    order = np.lexsort(found)
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = np.any([column[order[1:]] != column[order[:-1]] for column in found], axis=0)
    return found.only(np.sort(order[is_new]))


class _Sources:
    """The answers in prepared tables by the numbers of their fields and rows; what many indicators need is kept."""

    def __init__(self, tables: Tables, catalogue: Catalogue) -> None:
        self.tables, self.catalogue = tables, catalogue
        self.fields: dict[str, int] = {}
        self.row_keys: list[str] = []
        self.first: dict[str, int] = {}
        self._entity: dict[str, Array] = {}
        self._chosen: dict[tuple[str, str, tuple[str, ...]], Array] = {}
        for name, frame in tables.frames.items():
            if "row_key" in frame:
                self.first[name] = len(self.row_keys)
                self.row_keys += frame["row_key"].tolist()
                self._entity[name] = frame["entity"].to_numpy(np.int64)

    def answers(self, table: str, column: str, rows: Array, entity: Array | None = None) -> Answers:
        """The answers of a column in these rows of a table, at the rows' own entities unless ``entity`` is given."""
        field = self.fields.setdefault(f"{table}.{column}", len(self.fields))
        at = self._entity[table][rows] if entity is None else entity
        return Answers(at, np.full(len(rows), field), rows + self.first[table])

    def is_chosen(self, table: str, key: str, codes: Sequence[str]) -> Array:
        """For each row of a table whether its ``key`` is, or may be, one of ``codes``."""
        asked = (table, key, tuple(codes))
        if asked not in self._chosen:
            frame = self.tables.frames[table]
            is_in = frame[key].isin(codes).to_numpy(bool)
            if f"{key}__unclear" in frame:
                is_in = is_in | (frame[f"{key}__unclear"] > 0).to_numpy(bool)
            self._chosen[asked] = is_in
        return self._chosen[asked]

    @cached_property
    def raised_rows(self) -> pd.DataFrame:
        """``rated`` and ``asked``: each row of the checklist above level 1 with the row of its evidence."""
        rated, asked = (self.tables.frames[name] for name in (CHECKLIST, DETAILS))
        above = (rated["declared"] > 1).to_numpy(bool)
        left = rated.loc[above, ["submission", "item"]].assign(rated=np.flatnonzero(above))
        right = asked[["submission", "item"]].assign(asked=np.arange(len(asked)))
        return left.merge(right, on=["submission", "item"])[["rated", "asked"]]


def _answers(indicator: Indicator, sources: _Sources) -> Answers:
    """Every answer that an indicator rests on, at the answer's own entity."""
    spec, catalogue = indicator.measure, sources.catalogue
    if spec.difference is not None:
        return _join_answers([_answers(catalogue.indicators[name], sources) for name in spec.difference.names])
    checklist = sources.tables.frames.get(CHECKLIST)
    if spec.weighted_level is not None and checklist is not None:
        items = [i.code for i in catalogue.dictionary.checklist.items if i.group in spec.weighted_level.groups]
        return _checklist_answers(checklist["item"].isin(items).to_numpy(bool), sources)
    if spec.levels_reached is not None and checklist is not None:
        compared = _deciding_rows(checklist, spec.levels_reached.threshold, sources.tables.submissions)
        return _checklist_answers(compared, sources)
    by = [spec.mixed.by] if spec.mixed is not None else []
    return _join_answers([_term_answers(term, by, indicator, sources) for term in spec.terms])


def _term_answers(term: Term, by: Sequence[str], indicator: Indicator, sources: _Sources) -> Answers:
    """The answers summed, then those that decide which rows count and of which kind they are (``by``)."""
    frame = sources.tables.frames.get(term.table)
    where = sources.catalogue.rows_where(term)
    if frame is None or not set(where) <= set(frame):
        return _join_answers([])
    counts = np.ones(len(frame), dtype=bool)
    for key, codes in where.items():
        counts &= sources.is_chosen(term.table, key, codes)
    if indicator.counting != "-" and "counting" in frame:
        counts &= sources.is_chosen(term.table, "counting", [indicator.counting])
    if indicator.window is not None:
        counts &= frame["offset"].between(*indicator.window).to_numpy(bool)
    decide = [c for c in [*term.where, *by] if f"{term.table}.{c}" in sources.catalogue.dictionary.fields]
    columns = [column for column in dict.fromkeys([*term.columns, *decide]) if column in frame]
    rows = np.flatnonzero(counts)
    return _join_answers([sources.answers(term.table, column, rows) for column in columns])


def _deciding_rows(checklist: pd.DataFrame, threshold: int, submissions: int) -> Array:
    """The rows that decide how many of the centre's items the institution has reached.

    Every answer for the centre, and the institution's for items that the centre has or may have.
    """
    is_centre = (checklist["entity"] >= submissions).to_numpy(bool)
    keys = pd.MultiIndex.from_frame(checklist[["submission", "item"]])
    may_have = (checklist["counted__rank"] != 0) | (checklist["counted"] >= threshold)
    is_asked_twice = keys.isin(keys[~is_centre]) & keys.isin(keys[is_centre])
    is_needed = keys.isin(keys[is_centre & may_have.to_numpy(bool)])
    compared: Array = is_asked_twice & (is_centre | is_needed)
    return compared


def _checklist_answers(chosen: Array, sources: _Sources) -> Answers:
    """The levels in these rows of the checklist, then the evidence of those above 1, at the entity of the level."""
    levels = sources.answers(CHECKLIST, "declared", np.flatnonzero(chosen))
    details = sources.tables.frames.get(DETAILS)
    if details is None:
        return levels
    rated, asked = (sources.raised_rows[name].to_numpy(np.int64) for name in ("rated", "asked"))
    is_asked = chosen[rated]
    entity = sources.tables.frames[CHECKLIST]["entity"].to_numpy(np.int64)[rated[is_asked]]
    evidence = [sources.answers(DETAILS, c, asked[is_asked], entity) for c in EVIDENCE if c in details]
    return _join_answers([levels, *evidence])


def _join_answers(parts: Sequence[Answers]) -> Answers:
    nothing = Answers(*np.zeros((3, 0), dtype=np.int64))
    return Answers(*map(np.concatenate, zip(nothing, *parts, strict=True)))


def _both_levels(indicator: Indicator, found: Answers, tables: Tables) -> Answers:
    """Answers of a comparison of centre and institution belong to the value of either, both of them."""
    if not indicator.measure.needs_centre:
        return found
    count = tables.submissions
    own = found.only(found.entity < 2 * count)
    first = own._replace(entity=own.entity % max(count, 1))
    return _join_answers([first, first._replace(entity=first.entity + count)])
