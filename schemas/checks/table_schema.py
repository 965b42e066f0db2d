"""The pandera schema of every clean table: dtypes, limits, codes, keys, and the rules that concern that table alone.

A schema is validated lazily and once a table (`failing_rows`). Its checks carry the rule's id as name; which rows
fail is read from their ``check_output`` by index, since pandera's failure cases repeat a row once a column.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrorReason, SchemaErrors

from schemas.checks import (
    checklist_checks,
    profile_checks,
    publication_list_checks,
    publication_year_checks,
    row_checks,
    sheet_feature_checks,
    table_checks,
    workbook_checks,
    year_checks,
)
from schemas.checks.registration import Round, TableCheck, table_checks_of
from schemas.dictionary.dictionary import DataDictionary
from schemas.rules.rule import Rule, load_rules

# Modules that register checks at their import.
CHECK_MODULES = (
    checklist_checks,
    profile_checks,
    publication_list_checks,
    publication_year_checks,
    row_checks,
    sheet_feature_checks,
    table_checks,
    workbook_checks,
    year_checks,
)
Failures = dict[tuple[str, str], list[str]]  # (rule id, column or number of the condition) -> keys of failing rows


def schema_of(
    table: str, dictionary: DataDictionary, year: int, rules: Mapping[str, Rule] | None = None
) -> pa.DataFrameSchema:
    """The schema of a clean table in the round ``year``.

    Columns are not required, since each form asks its own; what must hold between columns is a named check.
    """
    rules = load_rules() if rules is None else rules
    asked = Round(dictionary, year)
    checks = [
        _named_check(rule.id, str(number), condition, asked)
        for rule in rules.values()
        for number, condition in enumerate(table_checks_of(rule.check))
        if condition.table == table
    ]
    return pa.DataFrameSchema(checks=checks, name=table)


def _named_check(rule: str, number: str, condition: TableCheck, asked: Round) -> pa.Check:
    failing = partial(_failing, condition, asked)
    return pa.Check(failing, name=rule, error=rule, title=number, ignore_na=False, n_failure_cases=1)


def _failing(condition: TableCheck, asked: Round, rows: pd.DataFrame) -> pd.Series:
    """False for every failing row, and nothing for the others: pandera then copies no rows into failure cases."""
    if not set(condition.columns) <= set(rows.columns):
        return pd.Series([], dtype=bool)
    holds = condition.holds(rows, asked)
    return holds[~holds]


@lru_cache(maxsize=256)
def _schema_in_force(table: str, dictionary: DataDictionary, year: int) -> pa.DataFrameSchema:
    """The schema of a table with the rules in force, built once a process."""
    return schema_of(table, dictionary, year)


def failing_rows(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> Failures:
    """Keys of the rows that fail each check of a schema, validated lazily in one pass."""
    if frame.empty:
        return {}
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return _failures(errors)
    return {}


def _failures(errors: SchemaErrors) -> Failures:
    found: Failures = {}
    for error in errors.schema_errors:
        if error.reason_code is not SchemaErrorReason.DATAFRAME_CHECK:
            raise AssertionError(f"a clean table is not of its schema: {error}") from errors
        found[error.check.name, error.check.title] = [str(key) for key in error.check_output.index]
    return found


def failures_in_force(table: str, frame: pd.DataFrame, dictionary: DataDictionary, year: int) -> Failures:
    """The failing rows of a clean table by the rules in force."""
    return failing_rows(frame, _schema_in_force(table, dictionary, year))
