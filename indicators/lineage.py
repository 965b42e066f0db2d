"""Which answers made each value: the table ``value_cells`` of DATA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from indicators.catalogue import Catalogue
from indicators.indicator import Indicator, Term
from indicators.preparation import EVIDENCE
from indicators.sums import KEYS, Tables
from indicators.values import VALUE_KEY, Values

CELL_COLUMNS = [*VALUE_KEY, "field", "row_key"]


def value_cells(tables: Tables, catalogue: Catalogue, values: Mapping[str, Values]) -> pd.DataFrame:
    """For every one of ``values`` (by indicator and definition) the answers it rests on: value key, field, row key.

    Answers of the numerator come first. A checklist level above 1 rests on its evidence too.
    """
    parts = []
    for own in values.values():
        indicator = own.indicator
        found = _both_levels(indicator, _answers(indicator, tables, catalogue), tables)
        found = found[found["place"].isin(own.place)].drop_duplicates()
        keys = tables.places[KEYS].iloc[found["place"].to_numpy(np.int64)].reset_index(drop=True)
        parts.append(
            keys.assign(
                indicator=indicator.id,
                definition=indicator.definition_key,
                counting=indicator.counting,
                field=found["field"].to_numpy(),
                row_key=found["row_key"].to_numpy(),
            )
        )
    return pd.concat(parts, ignore_index=True)[CELL_COLUMNS] if parts else pd.DataFrame(columns=CELL_COLUMNS)


def _answers(indicator: Indicator, tables: Tables, catalogue: Catalogue) -> pd.DataFrame:
    """place, field and row key of every answer that an indicator rests on at the answer's own place."""
    spec = indicator.measure
    if spec.difference is not None:
        return _joined([_answers(catalogue.indicators[name], tables, catalogue) for name in spec.difference.names])
    checklist = tables.frames.get("checklist")
    if spec.weighted_level is not None and checklist is not None:
        items = [i.code for i in catalogue.dictionary.checklist.items if i.group in spec.weighted_level.groups]
        return _checklist_answers(checklist[checklist["item"].isin(items)], tables)
    if spec.levels_reached is not None and checklist is not None:
        return _checklist_answers(_compared(checklist, spec.levels_reached.threshold, tables.submissions), tables)
    by = [spec.mixed.by] if spec.mixed is not None else []
    return _joined([_term_answers(term, by, indicator, tables, catalogue) for term in spec.terms])


def _term_answers(
    term: Term, by: Sequence[str], indicator: Indicator, tables: Tables, catalogue: Catalogue
) -> pd.DataFrame:
    """The answers summed, then those that decide which rows count and of which kind they are (``by``)."""
    rows = tables.frames.get(term.table)
    where = catalogue.rows_where(term)
    if rows is None or not set(where) <= set(rows):
        return _joined([])
    for key, codes in where.items():
        is_in = rows[key].isin(codes)
        if f"{key}__unclear" in rows:
            is_in = is_in | (rows[f"{key}__unclear"] > 0)
        rows = rows[is_in]
    if indicator.counting != "-" and "counting" in rows:
        rows = rows[rows["counting"] == indicator.counting]
    if indicator.window is not None:
        rows = rows[rows["offset"].between(*indicator.window)]
    decide = [column for column in [*term.where, *by] if f"{term.table}.{column}" in catalogue.dictionary.fields]
    columns = [column for column in dict.fromkeys([*term.columns, *decide]) if column in rows]
    return _joined([rows[["place", "row_key"]].assign(field=f"{term.table}.{column}") for column in columns])


def _compared(checklist: pd.DataFrame, threshold: int, submissions: int) -> pd.DataFrame:
    """The rows that decide how many of the centre's items the institution has reached.

    Every answer for the centre, and the institution's for items that the centre has or may have.
    """
    is_centre = (checklist["place"] >= submissions).to_numpy(bool)
    keys = pd.MultiIndex.from_frame(checklist[["submission", "item"]])
    may_have = (checklist["counted__rank"] != 0) | (checklist["counted"] >= threshold)
    is_asked_twice = keys.isin(keys[~is_centre]) & keys.isin(keys[is_centre])
    is_needed = keys.isin(keys[is_centre & may_have.to_numpy(bool)])
    return checklist[is_asked_twice & (is_centre | is_needed)]


def _checklist_answers(rows: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    parts = [rows[["place", "row_key"]].assign(field="checklist.declared")]
    details = tables.frames.get("checklist_details")
    if details is not None:
        raised = rows.loc[(rows["declared"] > 1).to_numpy(bool), ["submission", "item", "place"]]
        asked = raised.merge(details[["submission", "item", "row_key"]], on=["submission", "item"])
        parts += [asked[["place", "row_key"]].assign(field=f"checklist_details.{c}") for c in EVIDENCE if c in details]
    return _joined(parts)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["place", "field", "row_key"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame({name: [] for name in columns})


def _both_levels(indicator: Indicator, answers: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Answers of a comparison of centre and institution belong to the institution's value, both of them."""
    if not indicator.measure.needs_centre:
        return answers
    count = tables.submissions
    own = answers[answers["place"] < 2 * count]
    return own.assign(place=own["place"].to_numpy(np.int64) % max(count, 1))
