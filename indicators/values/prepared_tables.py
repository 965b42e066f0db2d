"""Clean tables of submissions → tables that measures can sum: entities assigned, blocked cells set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import LEVELS
from indicators.values.centre_calls import NO_CALL, CentreCalls, centre_calls
from indicators.values.coded_answers import choices, integers, without_blocked_evidence
from indicators.values.dictionary_encoding import SHORT, TEXT, encode_texts, is_text, positions_of_runs
from indicators.values.tables import NC, NO_SOURCE, RANK, Tables
from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.dictionary.field import Condition

SubmissionTables = Mapping[str, pd.DataFrame]
Array = np.ndarray[Any, Any]
DEFAULT_FORM = "core"
LEVEL = np.int8  # type of positions in LEVELS


def stack(submissions: Mapping[str, SubmissionTables]) -> dict[str, pd.DataFrame]:
    """Tables of several submissions as one frame a table, with a ``submission`` column and ``row_key``."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for submission, tables in submissions.items():
        for name, frame in tables.items():
            rows = frame.reset_index() if frame.index.name == "row_key" else frame.reset_index(drop=True)
            parts.setdefault(name, []).append(rows.assign(submission=submission))
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def prepare_tables(
    tables: Mapping[str, pd.DataFrame],
    rounds: pd.DataFrame,
    dictionary: DataDictionary,
    blocked: Iterable[tuple[str, str, str]] = (),
) -> Tables:
    """Tables ready for measures.

    ``rounds`` has one row a submission with its institution and ``year``, and may say in ``form`` which form was
    asked (core where it does not); ``blocked`` lists (submission, field,
    row key) of answers that an error concerns: they count as having no source. Raises ValueError when a table
    has a submission that ``rounds`` lacks.
    """
    order = rounds["submission"].tolist()
    rounds = rounds if "form" in rounds else rounds.assign(form=DEFAULT_FORM)
    numbers = {name: _numbers(frame, name, order) for name, frame in tables.items()}
    centres = _centre_codes(tables, numbers, len(order))
    is_centre_form = rounds["form"].to_numpy(object) == CENTRE
    levels = {name: _levels(frame, name, numbers[name], centres, is_centre_form) for name, frame in tables.items()}
    units = _other_units(tables, numbers, levels)
    shut = pd.DataFrame([*blocked], columns=["submission", "field", "row_key"]).astype(str)
    frames, scales = {}, {}
    entity = {n: _entities(frame, numbers[n], levels[n], units, len(order)) for n, frame in tables.items()}
    present = {n: np.bincount(own, minlength=2 * len(order) + len(units)) > 0 for n, own in entity.items()}
    for name, frame in tables.items():
        more: dict[str, Any] = {"entity": entity[name]}
        if "year" in frame:
            more["offset"] = _years(frame["year"]) - rounds["year"].to_numpy(np.int64)[numbers[name]]
        numeric, scales[name] = integers(frame, name, dictionary, shut)
        more |= choices(frame, name, dictionary, shut) | numeric
        frames[name] = pd.DataFrame({**{str(c): frame[c] for c in frame}, **more}, index=frame.index, copy=False)
    if "checklist" in frames:
        frames["checklist"] = without_blocked_evidence(frames["checklist"], shut)
    found = np.logical_or.reduce([*present.values(), np.zeros(2 * len(order) + len(units), dtype=bool)])
    entities = _entity_table(rounds, centres, units, found)
    calls = centre_calls(tables.get("units"), numbers.get("units", np.zeros(0, dtype=np.int64)), order, shut)
    entities = _with_calls(entities, calls)
    return Tables(
        frames,
        scales,
        entities,
        present,
        _empty_lists(tables, numbers, _submissions_with_rows(present, entities), dictionary, shut, rounds),
        _inapplicable_submissions(tables, numbers, dictionary, len(order)),
    )


def _years(texts: pd.Series) -> Array:
    """Years as integers, 0 for a blank one, which lies outside every window; each different one is read once."""
    which, different = pd.factorize(texts, use_na_sentinel=False)
    read = pd.Series(different)
    read = read.astype("Int64").fillna(0) if read.isna().any() else read
    years: Array = read.to_numpy(np.int64)[which]
    return years


def _numbers(frame: pd.DataFrame, name: str, order: list[str]) -> Array:
    """For each row the position of its submission in ``rounds``."""
    found = positions_of_runs(frame["submission"], order)
    if (found < 0).any():
        raise ValueError(f"{name}: {frame['submission'][found < 0].iloc[0]} is not among the rounds")
    return found


# entities: 0 … n-1 the institutions in the order of the rounds, n … 2n-1 their centres, then all other units


def _centre_codes(tables: Mapping[str, pd.DataFrame], numbers: Mapping[str, Array], count: int) -> Array:
    """Unit code of each submission's centre; a fixed word where none is marked."""
    codes = np.full(count, CENTRE, dtype=object)
    units = tables.get("units")
    if units is not None and len(units):
        marked = units["is_centre"].to_numpy(bool)
        codes[numbers["units"][marked]] = units["unit"].astype(str).to_numpy(object)[marked]
    return codes


def _levels(frame: pd.DataFrame, name: str, number: Array, centres: Array, is_centre_form: Array) -> Array:
    """0 institution, 1 centre, 2 unit: code 00 is the institution, the marked unit the centre.

    What is asked without a unit is about the institution, in the form of a centre about that centre.
    """
    if name == "checklist":
        return is_text(frame["scope"], CENTRE).view(LEVEL)
    if name != "units" and "unit" in frame:
        unit, codes = pd.factorize(frame["unit"].astype(str))
        own = pd.Index(codes).get_indexer(pd.Index(centres))  # each different unit and centre is compared once
        level = np.where(unit == own[number], LEVEL(1), LEVEL(2))
        level[(unit >= 0) & (codes == WHOLE)[unit]] = 0
        return level
    return is_centre_form[number].view(LEVEL)


def _other_units(
    tables: Mapping[str, pd.DataFrame], numbers: Mapping[str, Array], levels: Mapping[str, Array]
) -> pd.MultiIndex:
    """(position of the submission, unit code) of every unit that is neither the institution nor its centre."""
    parts = [
        pd.DataFrame({"number": numbers[name], "unit": frame["unit"].astype(str)})[levels[name] == 2]
        for name, frame in tables.items()
        if (levels[name] == 2).any()
    ]
    found = pd.concat(parts) if parts else pd.DataFrame({"number": [], "unit": []})
    return pd.MultiIndex.from_frame(found.drop_duplicates().sort_values(["number", "unit"]))


def _entities(frame: pd.DataFrame, number: Array, level: Array, units: pd.MultiIndex, count: int) -> Array:
    entity: Array = np.multiply(level, count, dtype=np.int64)
    entity += number
    is_unit = level == 2
    if is_unit.any():
        keys = pd.MultiIndex.from_arrays([number[is_unit], frame["unit"].astype(str)[is_unit]])
        entity[is_unit] = 2 * count + units.get_indexer(keys)
    return entity


def _entity_table(rounds: pd.DataFrame, centres: Array, units: pd.MultiIndex, found: Array) -> pd.DataFrame:
    """One row an entity: submission, level and unit, the round's institution, year and form, and whether it exists.

    A centre exists where anything was ``found`` for it, an institution where the form is about it.
    """
    count = len(rounds)
    unit_numbers = units.get_level_values(0).to_numpy(np.int64)
    number = np.concatenate([np.arange(count), np.arange(count), unit_numbers])
    level = np.repeat([0, 1, 2], [count, count, len(units)])
    unit = np.concatenate([np.full(count, WHOLE, dtype=object), centres, units.get_level_values(1).to_numpy(object)])
    names = ("submission", "institution", "form")
    coded = {n: encode_texts(rounds[n]) if rounds[n].dtype == TEXT else rounds[n] for n in names}
    return pd.DataFrame(
        {
            "submission": coded["submission"].array.take(number),
            "level": pd.Categorical.from_codes(level, pd.Index(LEVELS, dtype=TEXT)),
            "unit": encode_texts(pd.Series(unit, dtype=object)),
            "institution": coded["institution"].array.take(number),
            "year": rounds["year"].to_numpy(SHORT)[number],
            "form": coded["form"].array.take(number),
            "number": number,
            "exists": np.concatenate([rounds["form"].to_numpy(object) != CENTRE, found[count:]]),
        }
    )


def _with_calls(entities: pd.DataFrame, calls: CentreCalls) -> pd.DataFrame:
    """The entities with call, grant and whether hosts share it, of each centre; entities of other levels have none."""
    number = entities["number"].to_numpy(np.int64)
    is_centre = (entities["level"] == "centre").to_numpy(bool)
    return entities.assign(
        call=_of_centres(calls.call, number, is_centre, NO_CALL),
        grant=_of_centres(calls.grant, number, is_centre, ""),
        is_shared=is_centre & calls.is_shared[number],
    )


def _of_centres(texts: Array, number: Array, is_centre: Array, none: str) -> pd.Categorical:
    """The text of its submission for each centre, ``none`` for any other entity."""
    codes, different = pd.factorize(np.append(texts, none))
    return pd.Categorical.from_codes(np.where(is_centre, codes[number], codes[-1]), pd.Index(different, dtype=TEXT))


# what was not answered because it does not apply, or because there was nothing to list


def _submissions_with_rows(present: Mapping[str, Array], entities: pd.DataFrame) -> dict[str, Array]:
    """For each table which submissions have rows in it, of the institution or of any unit."""
    number = entities["number"].to_numpy(np.int64)
    count = int((entities["level"] == "institution").sum())
    return {name: np.bincount(number[own], minlength=count) > 0 for name, own in present.items()}


def _empty_lists(
    tables: Mapping[str, pd.DataFrame],
    numbers: Mapping[str, Array],
    with_rows: Mapping[str, Array],
    dictionary: DataDictionary,
    shut: pd.DataFrame,
    rounds: pd.DataFrame,
) -> dict[str, Array]:
    """For each open list the status rank of every submission that has no row in it.

    An empty list is a zero where it was not left out; it has no source where nothing of its sheet was read.
    ``with_rows`` says of each table which submissions have rows in it.
    """
    count = len(rounds)
    found = {}
    for table, (sheet, block) in dictionary.open_lists.items():
        others = {f.table for other in sheet.blocks for f in other.fields}
        is_read = np.zeros(count, dtype=bool)
        for name in others & set(with_rows):
            is_read |= with_rows[name]
        rank = ~is_read * RANK(NO_SOURCE)
        if block.skip:
            rank[_answering_submissions(tables, numbers, block.skip, ["yes"], count)] = NC
            unclear = shut.loc[shut["field"] == block.skip, "submission"]
            if len(unclear):
                rank[rounds["submission"].astype(str).isin(unclear).to_numpy(bool)] = NO_SOURCE
        found[table] = rank
    return found


def _inapplicable_submissions(
    tables: Mapping[str, pd.DataFrame], numbers: Mapping[str, Array], dictionary: DataDictionary, count: int
) -> dict[str, Array]:
    """For each question with a condition on a single answer, the submissions to which it does not apply."""
    found = {}
    for name, f in dictionary.fields.items():
        conditions = [c for c in (dictionary.block_of[name][1].applies, f.applies) if c is not None]
        if conditions:
            found[name] = np.logical_or.reduce([_fails(c, tables, numbers, count) for c in conditions])
    return found


def _fails(condition: Condition, tables: Mapping[str, pd.DataFrame], numbers: Mapping[str, Array], count: int) -> Array:
    """The submissions that gave an answer which is not among those of the condition."""
    given = _answering_submissions(tables, numbers, condition.field, None, count)
    return given & ~_answering_submissions(tables, numbers, condition.field, condition.among, count)


def _answering_submissions(
    tables: Mapping[str, pd.DataFrame], numbers: Mapping[str, Array], field: str, among: list[str] | None, count: int
) -> Array:
    """The submissions with one of these answers (with any answer: None) to a single question."""
    table, column = field.split(".")
    found = np.zeros(count, dtype=bool)
    frame = tables.get(table)
    if frame is not None and column in frame:
        is_so = frame[column].notna() if among is None else frame[column].isin(among)
        found[numbers[table][is_so.to_numpy(bool)]] = True
    return found
