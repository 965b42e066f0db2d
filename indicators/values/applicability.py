"""What each form asks, so that an indicator has values only where its questions were put."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import LEVELS, Indicator, Level
from indicators.catalogue.load_catalogue import Catalogue
from indicators.catalogue.measure_kinds import Term
from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.dictionary.field import Form

Array = np.ndarray[Any, Any]
FORMS: tuple[Form, ...] = get_args(Form)
CHECKLIST_FIELD = "checklist.declared"
NOBODY = np.zeros(0, dtype=bool)


def fields_asked(dictionary: DataDictionary, form: Form) -> dict[Level, frozenset[str]]:
    """The ids of the questions that a form asks about each level.

    What is asked without a unit or a scope is about the institution, in the form of a centre about that centre.
    Further units are asked whatever is asked of units at all.
    """
    found: dict[Level, set[str]] = {level: set() for level in LEVELS}
    for _, block in dictionary.blocks(form):
        units = {value for rows in block.rows if rows.key == "unit" for value in rows.values}
        for f in block.fields:
            for level in _levels(units | set(f.across), form):
                found[level].add(f.id)
    return {level: frozenset(fields) for level, fields in found.items()}


def _levels(zones: set[str], form: Form) -> list[Level]:
    """The levels that a question is about; ``zones`` are the units and scopes for which it is asked."""
    if not zones or form == CENTRE:
        return ["centre" if form == CENTRE else "institution"]
    levels: list[Level] = []
    levels += ["institution"] if zones & {WHOLE, "institution"} else []
    levels += ["centre"] if CENTRE in zones else []
    return [*levels, "unit"]


def fields_needed(indicator: Indicator, catalogue: Catalogue) -> frozenset[str]:
    """The ids of the questions without which an indicator cannot be computed, conditions on rows included."""
    measure = indicator.measure
    found: set[str] = set()
    for term in measure.terms:
        conditions = {f"{term.table}.{column}" for column in term.where}
        found |= {*term.fields, *(conditions & set(catalogue.dictionary.fields))}
    if measure.mixed is not None:
        found.add(f"{measure.mixed.of.split('.')[0]}.{measure.mixed.by}")
    if measure.weighted_level is not None or measure.levels_reached is not None:
        found.add(CHECKLIST_FIELD)
    if measure.difference is not None:
        for name in measure.difference.names:
            found |= fields_needed(catalogue.indicators[name], catalogue)
    return frozenset(found)


def applicability(catalogue: Catalogue, forms: Array, levels: Array) -> dict[str, Array]:
    """For each indicator by key and each entity whether the entity's form asks all that the indicator needs there.

    ``forms`` and ``levels`` (positions in LEVELS) have one element an entity. What compares a centre with the
    institution is asked wherever the institution is. Raises ValueError for an unknown form.
    """
    form, kinds = pd.factorize(forms, use_na_sentinel=False)
    if unknown := set(kinds.tolist()) - set(FORMS):
        raise ValueError(f"no such form: {', '.join(sorted(map(str, unknown)))}")
    asked = [_asked_by_level(catalogue, name) for name in kinds.tolist()]
    cell = form * len(LEVELS) + levels
    return {key: np.concatenate([NOBODY, *(one[key] for one in asked)]).take(cell) for key in catalogue.measured}


def _asked_by_level(catalogue: Catalogue, form: Form) -> dict[str, Array]:
    """For each indicator by key and each level of LEVELS whether a form asks all that it needs."""
    known = catalogue.worked_out.get(("asked", form))
    if known is None:
        put, rows = fields_asked(catalogue.dictionary, form), rows_asked(catalogue.dictionary, form)
        known = catalogue.worked_out["asked", form] = {
            key: _is_asked(one, catalogue, put, rows) for key, one in catalogue.measured.items()
        }
    found: dict[str, Array] = known
    return found


def _is_asked(
    one: Indicator,
    catalogue: Catalogue,
    put: Mapping[Level, frozenset[str]],
    rows: Mapping[tuple[str, str], list[str]],
) -> Array:
    needed, is_whole = fields_needed(one, catalogue), has_its_rows(one, catalogue, rows)
    is_own = is_whole and (not one.measure.needs_centre or needed <= put["institution"])
    return np.array([is_own and needed <= put[level] for level in LEVELS])


def rows_asked(dictionary: DataDictionary, form: Form) -> dict[tuple[str, str], list[str]]:
    """By table and key the codes of the rows that a form asks for, of the grids of which it asks only some rows."""
    found = {}
    for sheet in dictionary.sheets:
        for block in sheet.blocks:
            if form in sheet.forms and form in block.forms:
                for rows in block.rows:
                    if rows.code_list and form in rows.only:
                        found.update({(f.table, rows.key): rows.only[form] for f in block.fields})
    return found


def has_its_rows(indicator: Indicator, catalogue: Catalogue, rows: Mapping[tuple[str, str], list[str]]) -> bool:
    """Whether a form that asks only ``rows`` asks all that an indicator sums.

    A row that stands for several codes serves where all of them are wanted. Levels of the checklist are compared
    only over all their items.
    """
    measure = indicator.measure
    if measure.weighted_level is not None or measure.levels_reached is not None:
        return (CHECKLIST_FIELD.split(".")[0], "item") not in rows
    if measure.difference is not None:
        return all(has_its_rows(catalogue.indicators[name], catalogue, rows) for name in measure.difference.names)
    for term in measure.terms:
        for (table, key), given in rows.items():
            if table == term.table and not _is_covered(catalogue, term, key, given):
                return False
    return True


def _is_covered(catalogue: Catalogue, term: Term, key: str, given: list[str]) -> bool:
    items = catalogue.code_list(term.table, key).items if key != "item" else catalogue.dictionary.checklist.items
    parts = {item.code: set(item.stands_for or [item.code]) for item in items}
    chosen = set(catalogue.rows_where(term).get(key, parts))
    wanted = set().union(*(parts[code] for code in chosen)) if chosen else set()
    return wanted <= set().union(*(parts[code] for code in given if code in chosen or parts[code] <= chosen))
