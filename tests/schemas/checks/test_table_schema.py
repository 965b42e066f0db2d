"""Schemas of clean tables: drawn frames are valid, one broken cell is found by the rule that guards it alone."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.checks.registration import table_checks_of
from schemas.checks.table_schema import failing_rows, schema_json, schema_of
from schemas.checks.validate import judge, limit_findings
from schemas.dictionary.field import Field
from schemas.rules.check_kinds import Distinct, PartOf
from schemas.rules.rule import Rule, load_rules
from tests.support.rule_cases import DICTIONARY, case_of

RULES = load_rules()
YEAR = 2026
TABLES = sorted({f.table for f in DICTIONARY.fields.values() if f.required != "register"})
LIMITS = {table: schema_of(table, DICTIONARY, YEAR, rules={}) for table in TABLES}
FULL = {table: schema_of(table, DICTIONARY, YEAR) for table in TABLES}
ON_SCHEMA = [rule for rule in RULES.values() if rule.mechanism == "schema"]
PAIRS = [(rule, *pair) for rule in ON_SCHEMA if isinstance(rule.check, PartOf) for pair in rule.check.pairs]


def fields_of(table: str) -> list[Field]:
    """Questions whose column holds their answers as given; units.is_centre is computed."""
    return [f for f in DICTIONARY.fields.values() if f.table == table and f.id != "units.is_centre"]


def values_of(f: Field) -> st.SearchStrategy[Any]:
    """Answers that a question takes, a missing one among them."""
    if f.type == "count":
        known: st.SearchStrategy[Any] = st.integers(int(f.minimum), int(f.limit))
    elif f.type == "decimal":
        known = st.floats(float(f.minimum), float(f.limit))
    elif f.type == "year":
        known = st.integers(int(f.minimum), int(f.limit))
    elif f.type == "level":
        known = st.integers(0, 3)
    elif f.type == "date":
        known = st.dates(date(2000, 1, 1), date(2050, 1, 1))
    elif f.type in ("text", "long_text"):
        known = st.text("あaｱ1 ", max_size=f.max_length)
    else:
        known = st.sampled_from([*DICTIONARY.labels(f.code_list)] if f.code_list else ["yes", "no"])
    return st.none() | known


DTYPES = {"count": "Int64", "level": "Int64", "year": "Int64", "decimal": "Float64"}


@st.composite
def frames(draw: Callable[..., Any], table: str) -> pd.DataFrame:
    """Some rows of a clean table, each answer by itself as its question takes it."""
    rows = draw(st.integers(1, 3))
    index = pd.Index([f"row{n}" for n in range(rows)], name="row_key")
    columns: dict[str, pd.Series] = {}
    for f in fields_of(table):
        values = draw(st.lists(values_of(f), min_size=rows, max_size=rows))
        columns[f.column] = pd.Series(values, index=index, dtype=DTYPES.get(f.type, object))
        if f.codes:
            codes = draw(st.lists(st.sampled_from(["", *f.codes]), min_size=rows, max_size=rows))
            columns[f"{f.column}__code"] = pd.Series(codes, index=index, dtype="str")
    return pd.DataFrame(columns, index=index)


def beyond(f: Field) -> list[tuple[str, Any]]:
    """Values that a question does not take, each with the rule that guards it."""
    if f.type in ("count", "decimal"):
        below = "R.VAL.010" if f.minimum == 0 else "R.VAL.020"
        return [(below, int(f.minimum) - 1), ("R.VAL.005", int(f.limit) + 1)]
    if f.type == "year":
        return [("R.VAL.021", int(f.minimum) - 1), ("R.VAL.021", int(f.limit) + 1)]
    if f.type in ("text", "long_text"):
        return [("R.VAL.014", "x" * (f.max_length + 1))]
    if f.type == "date":
        return [("R.VAL.012", "2026年頃")]
    return [("R.VAL.011", 4 if f.type == "level" else "no such choice")]


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=4)
@given(st.data())
def test_a_drawn_table_is_valid_and_one_broken_cell_is_found_by_its_guard_alone(
    table: str, data: st.DataObject
) -> None:
    frame = data.draw(frames(table))
    assert failing_rows(frame, LIMITS[table]) == {}
    f = data.draw(st.sampled_from(fields_of(table)))
    rule, value = data.draw(st.sampled_from(beyond(f)))
    key = data.draw(st.sampled_from(frame.index.tolist()))
    broken = frame.copy()
    broken.loc[key, f.column] = value
    assert failing_rows(broken, LIMITS[table]) == {(rule, f.column): [key]}
    if f.codes:
        coded = frame.copy()
        coded.loc[key, f"{f.column}__code"] = "?"
        assert failing_rows(coded, LIMITS[table]) == {("R.VAL.004", f"{f.column}__code"): [key]}


@settings(max_examples=60)
@given(st.sampled_from(PAIRS), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 9)), min_size=1), st.data())
def test_parts_drawn_within_their_wholes_are_valid_and_one_beyond_is_found(
    pair: tuple[Rule, str, str], counts: list[tuple[int, int]], data: st.DataObject
) -> None:
    rule, part, whole = pair
    table, index = rule.check.table, pd.Index([f"row{n}" for n in range(len(counts))], name="row_key")
    dtypes = {f.column: DTYPES.get(f.type, "object") for f in fields_of(table)}
    frame = pd.DataFrame({part: [n for n, _ in counts], whole: [n + more for n, more in counts]}, index=index)
    frame = frame.astype({column: dtypes[column] for column in (part, whole)})

    def failures_of(frame: pd.DataFrame) -> dict[str, set[str]]:
        """Failing rows of rules about parts; others have thresholds of their own."""
        found: dict[str, set[str]] = {}
        for (name, _), keys in failing_rows(frame, FULL[table]).items():
            if isinstance(RULES[name].check, PartOf):
                found.setdefault(name, set()).update(keys)
        return found

    assert failures_of(frame) == {}
    key = data.draw(st.sampled_from(index.tolist()))
    frame.loc[key, part] = frame.loc[key, whole] + 1
    assert failures_of(frame) == {rule.id: {key}}


@pytest.mark.parametrize("rule", [r for r in ON_SCHEMA if isinstance(r.check, Distinct)], ids=lambda rule: rule.id)
def test_a_row_given_twice_is_found_at_its_second_place(rule: Rule) -> None:
    (found,) = list(judge(rule, case_of(rule.fires)))
    assert found.row_key == "2"


def test_a_frame_that_is_not_of_its_schema_is_our_fault_and_says_so() -> None:
    frame = case_of({"researchers": [{"total": 3}]}).tables["researchers"]
    for wrong in (frame.astype({"total": "float64"}), frame.assign(extra=1), pd.concat([frame, frame])):
        with pytest.raises(AssertionError, match="clean table"):
            failing_rows(wrong, FULL["researchers"])


def test_values_beyond_a_limit_become_one_finding_with_rule_cells_and_count() -> None:
    rows = [{"total": 200_000}, {"position": "postdoc", "total": 300_000}, {"position": "associate", "total": 5}]
    context = case_of({"researchers": rows})
    (found,) = limit_findings(context, RULES)
    assert (found.rule, found.field, found.count) == ("R.VAL.005", "researchers.total", 2)
    assert found.cells == ("C1", "C2") and found.value == "200000" and len(found.blocks) == 2
    assert "100,000" in found.message.en and "{" not in found.message.en + found.message.ja


@cache
def rules_in_json(table: str) -> list[str]:
    return list(schema_json(table, DICTIONARY)["rules"])


@pytest.mark.parametrize("rule", ON_SCHEMA, ids=lambda rule: rule.id)
def test_every_rule_of_a_schema_is_a_check_of_its_table(rule: Rule) -> None:
    (table,) = {condition.table for condition in table_checks_of(rule.check)}
    assert rule.id in rules_in_json(table)


@cache
def read_by_rules(table: str) -> set[str]:
    """The columns of a table that some rule of its schema looks at."""
    conditions = (condition for rule in ON_SCHEMA for condition in table_checks_of(rule.check))
    return {column for condition in conditions if condition.table == table for column in condition.columns}


def rules_of(frame: pd.DataFrame, table: str) -> set[str]:
    return {rule for rule, _ in failing_rows(frame, FULL[table])}


@pytest.mark.parametrize("rule", ON_SCHEMA, ids=lambda rule: rule.id)
@settings(max_examples=2)
@given(data=st.data())
def test_whatever_else_a_table_says_its_fault_is_found_by_the_rule_that_guards_it(
    rule: Rule, data: st.DataObject
) -> None:
    (table,) = {condition.table for condition in table_checks_of(rule.check)}
    clean, broken = (case_of(case).table(table) for case in (rule.passes, rule.fires))
    free = [f for f in fields_of(table) if f.column not in read_by_rules(table)]
    rows = max(len(clean), len(broken))
    for f in data.draw(st.lists(st.sampled_from(free), unique_by=lambda f: f.id)) if free else []:
        said = data.draw(st.lists(values_of(f), min_size=rows, max_size=rows))
        clean, broken = (
            frame.assign(**{f.column: pd.Series(said[: len(frame)], frame.index, DTYPES.get(f.type, object))})
            for frame in (clean, broken)
        )
    assert rules_of(clean, table) == set()
    found, known = rules_of(broken, table), {one.id for one in ON_SCHEMA}
    assert rule.id in found and found <= {rule.id, *rule.companions} & known
