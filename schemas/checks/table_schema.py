"""The pandera schema of every clean table: dtypes, limits, codes, keys, and the rules that concern that table alone.

Of each shape that a table comes in, pandera validates columns and dtypes once a process; the checks of its schema are
asked of every table (`failing_rows`). They carry the rule's id as name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from schemas.checks import (
    checklist_checks,
    profile_checks,
    row_checks,
    sheet_feature_checks,
    table_checks,
    workbook_checks,
    year_checks,
)
from schemas.checks.centres import unit_checks
from schemas.checks.check_context import floats_of, is_missing
from schemas.checks.papers import prefilled_papers, publication_list_checks, publication_year_checks
from schemas.checks.registration import AskedRound, Bools, TableCheck, judging_of
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import NUMERIC, Field
from schemas.reading.clean_tables import CENTRE_TABLES
from schemas.reading.reading_outcome import (
    ABOVE_MAXIMUM,
    BELOW_MINIMUM,
    CODE_NOT_OFFERED,
    NEGATIVE,
    NOT_A_CHOICE,
    NOT_A_DATE,
    TOO_LONG,
    YEAR_OUT_OF_RANGE,
)
from schemas.rules.rule import Rule, load_rules

# Modules that register checks at their import.
CHECK_MODULES = (
    checklist_checks,
    prefilled_papers,
    profile_checks,
    publication_list_checks,
    publication_year_checks,
    row_checks,
    sheet_feature_checks,
    table_checks,
    unit_checks,
    workbook_checks,
    year_checks,
)
DTYPES = {"count": "Int64", "level": "Int64", "year": "Int64", "decimal": "Float64"}  # of other types: object
ANY_ROUND = 0
_SHAPES = "shapes"  # where a schema keeps what it asks of the shapes seen
LEVELS, YES_NO = range(4), ("yes", "no")
BOTH_ENDS = {"include_min": True, "include_max": True}
SET_BY_SWITCH = ("nc",)  # the code of every answer of a block that is left out this time
# Columns that no question asks for: computed from others when a table is made.
DERIVED: Mapping[str, Mapping[str, str | None]] = {
    "checklist": {"counted": "Int64", "applicable": "bool"},
    "publications": {"field": None, "counting": None},
    "units": {"is_centre": "bool"},
}
Failures = dict[tuple[str, str], list[Any]]  # (rule id, column or number of the condition) -> keys of failing rows


def schema_of(
    table: str, dictionary: DataDictionary, year: int, rules: Mapping[str, Rule] | None = None
) -> pa.DataFrameSchema:
    """The schema of a clean table in the round ``year``: its columns, its unique row key, and its rules.

    A column has the dtype, limits, code list and length of its question; ``<column>__code`` holds one of the codes
    that the question offers, or none. Columns are not required, since each form asks its own, and an answer may be
    missing (R.SUB.066 asks for blanks). Every rule that concerns this table alone is a check named by its id.
    Raises ValueError for a table that no question belongs to.
    """
    fields = [f for f in dictionary.fields.values() if f.table == table]
    if not fields:
        raise ValueError(f"there is no table {table}")
    rules = load_rules() if rules is None else rules
    asked = AskedRound(dictionary, year)
    checks = [
        _named_check(rule.id, str(number), condition, asked)
        for rule in rules.values()
        for number, condition in enumerate(judging_of(rule.check)[0])
        if condition.table == table
    ]
    columns = {name: column for f in fields for name, column in _columns_of(f, dictionary)}
    columns |= {name: pa.Column(required=False) for name in _key_columns(table, dictionary) if name not in columns}
    columns |= {
        name: pa.Column(dtype, nullable=dtype == "Int64", required=False)
        for name, dtype in DERIVED.get(table, {}).items()
    }
    shapes: dict[tuple[Any, ...], _Asked] = {}
    index = pa.Index(unique=True)
    return pa.DataFrameSchema(columns, checks=checks, index=index, strict=True, name=table, metadata={_SHAPES: shapes})


def _columns_of(f: Field, dictionary: DataDictionary) -> Iterator[tuple[str, pa.Column]]:
    """The column of a question, and that of its answer codes where it offers some."""
    yield f.column, pa.Column(DTYPES.get(f.type, object), _limits(f, dictionary), nullable=True, required=False)
    if f.codes:
        codes = _one_of(CODE_NOT_OFFERED, ["", *sorted({*f.codes, *SET_BY_SWITCH})])
        yield f"{f.column}__code", pa.Column(checks=[codes], required=False)


def _limits(f: Field, dictionary: DataDictionary) -> list[pa.Check]:
    """What the values of a question must meet, each named by the rule that reading asks about it."""
    if f.type in NUMERIC:
        below = NEGATIVE if f.minimum == 0 else BELOW_MINIMUM
        least, most = (int(limit) if f.type == "count" else float(limit) for limit in (f.minimum, f.limit))
        return [
            _check_values(below, lambda values: ~(floats_of(values) < least), min_value=least),
            _check_values(ABOVE_MAXIMUM, lambda values: ~(floats_of(values) > most), max_value=most),
        ]
    if f.type == "year":
        first, last = int(f.minimum), int(f.limit)
        is_within = partial(_lie_within, first, last)
        return [_check_values(YEAR_OUT_OF_RANGE, is_within, min_value=first, max_value=last, **BOTH_ENDS)]
    if f.type in ("text", "long_text"):
        longest = f.max_length
        return [_check_values(TOO_LONG, lambda values: _lengths(values) <= longest, max_value=longest)]
    if f.type == "date":
        return [_check_known(NOT_A_DATE, lambda value: isinstance(value, date))]
    return [_one_of(NOT_A_CHOICE, _choices(f, dictionary))]


def _lengths(texts: pd.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([len(text) if isinstance(text, str) else 0 for text in texts.tolist()], dtype=np.int64)


def _lie_within(first: int, last: int, values: pd.Series) -> Bools:
    numbers = floats_of(values)
    held: Bools = ~((numbers < first) | (numbers > last))
    return held


def _one_of(rule: str, choices: Sequence[Any]) -> pa.Check:
    return _check_known(rule, frozenset(choices).__contains__, allowed_values=choices)


def _check_known(rule: str, holds: Callable[[Any], bool], **statistics: Any) -> pa.Check:
    """A condition of each value that is known."""

    def held(values: pd.Series) -> Bools:
        listed = values.tolist()
        broken = {value for value in set(listed) if not is_missing(value) and not holds(value)}
        return np.array([value not in broken for value in listed]) if broken else np.ones(len(listed), dtype=bool)

    return _check_values(rule, held, **statistics)


def _check_values(rule: str, holds: Callable[[pd.Series], Bools], **statistics: Any) -> pa.Check:
    """A condition of the values of a column; ``statistics`` say it in the schema's JSON.

    It answers with one bool where all hold: of a column that is as it should be pandera then looks up nothing more.
    """

    def failing(values: pd.Series) -> pd.Series | bool:
        held = holds(values)
        return bool(held.all()) or pd.Series(False, index=values.index[~held])

    return pa.Check(failing, statistics=statistics, ignore_na=False, **_check_names(rule))


def _choices(f: Field, dictionary: DataDictionary) -> list[Any]:
    if f.type == "level":
        return list(LEVELS)
    return list(dictionary.labels(f.code_list)) if f.code_list else list(YES_NO)


def _check_names(rule: str) -> dict[str, Any]:
    return {"name": rule, "error": rule, "n_failure_cases": 1}


def _key_columns(table: str, dictionary: DataDictionary) -> set[str]:
    """The columns that name a row: unit, position, year, item, scope, or the number of a row in a list."""
    blocks = [block for field, (_, block) in dictionary.block_of.items() if field.startswith(f"{table}.")]
    named = {rows.key for block in blocks for rows in block.rows}
    named |= {"scope" for block in blocks if any(f.across for f in block.fields)}
    named |= {"row" for block in blocks if block.kind == "list"}
    return named | ({"unit"} if table in CENTRE_TABLES else set())


def schema_json(table: str, dictionary: DataDictionary) -> dict[str, Any]:
    """The schema of a clean table as JSON: columns, the unique row key, and the ids of the rules it judges.

    Written here, since pandera's own JSON leaves out every check that is a function. A column has ``dtype`` (null:
    text), ``nullable``, and what its values must meet, each with the rule that says so. The round shows in none of it.
    """
    schema = schema_of(table, dictionary, ANY_ROUND)
    columns = {
        name: {
            "dtype": None if column.dtype is None else str(column.dtype),
            "nullable": bool(column.nullable),
            "checks": [{"rule": check.name, **_statistics(check)} for check in column.checks],
        }
        for name, column in schema.columns.items()
    }
    rules = sorted({str(check.name) for check in schema.checks})
    return {"table": table, "key": "row_key", "unique": ["row_key"], "columns": columns, "rules": rules}


def _statistics(check: pa.Check) -> dict[str, Any]:
    """The limits or the choices of a check of one column."""
    return {
        name: list(value) if isinstance(value, Collection) and not isinstance(value, str) else value
        for name, value in (check.statistics or {}).items()
        if value is not None
    }


def _named_check(rule: str, number: str, condition: TableCheck, asked: AskedRound) -> pa.Check:
    failing = partial(_failing_rows, condition, asked)
    return pa.Check(failing, name=rule, error=rule, title=number, ignore_na=False, n_failure_cases=1)


def _failing_rows(condition: TableCheck, asked: AskedRound, rows: pd.DataFrame) -> pd.Series | bool:
    """False for every failing row, and nothing for the others: pandera then copies no rows into failure cases.

    True where every row holds, which pandera looks into no further.
    """
    if any(column not in rows.columns for column in condition.columns):
        return True
    held = np.asarray(condition.holds(rows, asked), dtype=bool)
    return bool(held.all()) or pd.Series(False, index=rows.index[~held])


@lru_cache(maxsize=256)
def _schema_in_force(table: str, dictionary: DataDictionary, year: int) -> pa.DataFrameSchema:
    """The schema of a table with the rules in force, built once a process."""
    return schema_of(table, dictionary, year)


@dataclass(frozen=True)
class _Asked:
    """What is asked of a table of one shape: columns in which nothing may be missing, and the checks by column.

    A check comes with the key of its failures; those of the column None concern whole rows.
    """

    filled: frozenset[str]
    checks: list[tuple[str | None, list[tuple[tuple[str, str], Callable[[Any], pd.Series | bool]]]]]


def failing_rows(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> Failures:
    """Keys of the rows that fail each check of a schema. AssertionError for a frame that is not of the schema."""
    if frame.empty:
        return {}
    asked = _asked_of(frame, schema)
    if not frame.index.is_unique:
        raise AssertionError(f"a row of a clean table is there twice: {schema.name}")
    found: Failures = {}
    for column, checks in asked.checks:
        rows = frame if column is None else frame[column]
        if column in asked.filled and rows.isna().any():
            raise AssertionError(f"a clean table lacks a value that its schema asks: {schema.name}, {column}")
        for key, failing in checks:
            output = failing(rows)
            if isinstance(output, pd.Series):
                found[key] = output.index.tolist()
    return found


def _asked_of(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> _Asked:
    """What the schema asks of a frame, whose columns and dtypes pandera validates when they come for the first time.

    Validating them with every table would take as long as all rules together.
    """
    shape = (*frame.columns, *frame.dtypes.tolist())
    shapes: dict[tuple[Any, ...], _Asked] = schema.metadata[_SHAPES]
    if shape not in shapes:
        try:
            with config_context(validation_depth=ValidationDepth.SCHEMA_ONLY):
                schema.validate(frame, lazy=True)
        except SchemaErrors as errors:
            raise AssertionError(f"a clean table is not of its schema: {errors}") from errors
        columns = {name: column for name, column in schema.columns.items() if name in frame}
        checks = [(name, [_keyed(check, name) for check in column.checks]) for name, column in columns.items()]
        shapes[shape] = _Asked(
            (filled := frozenset(name for name, column in columns.items() if not column.nullable)),
            [
                *((name, own) for name, own in checks if own or name in filled),
                (None, [_keyed(check, str(check.title)) for check in schema.checks]),
            ],
        )
    return shapes[shape]


def _keyed(check: pa.Check, title: str) -> tuple[tuple[str, str], Callable[[Any], pd.Series | bool]]:
    """A check by rule and column, or number of the condition; its function, since every check here is one of ours."""
    return (str(check.name), title), check._check_fn


def failures_in_force(table: str, frame: pd.DataFrame, dictionary: DataDictionary, year: int) -> Failures:
    """The failing rows of a clean table by the rules in force."""
    return failing_rows(frame, _schema_in_force(table, dictionary, year))
