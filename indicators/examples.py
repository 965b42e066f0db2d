"""The worked examples of the catalogue, run through the engine: tests and handbook show the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from indicators.catalogue import Catalogue
from indicators.engine import evaluate
from indicators.indicator import Example, Indicator, exact_number
from indicators.sums import STATUSES
from indicators.values import factor_of
from schemas.dictionary import WHOLE, DataDictionary
from schemas.field import Field
from schemas.tables import typed, with_counted_level

YEAR = 2026
CENTRE_UNIT = "C1"
CODES = frozenset({"a", "m", "c", "nc", "x"})
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "researchers": {"unit": WHOLE, "position": "professor"},
    "checklist": {"scope": "institution"},
    "publications": {"counting": "full", "year": -1},
}
WORDS = frozenset(STATUSES)
EVIDENCE = {"evidence_kind": "rule", "evidence": "evidence"}


@dataclass(frozen=True)
class ExampleResult:
    """What an example gave: the exact value in the indicator's unit, or the status that stands in its place."""

    indicator: Indicator
    number: int
    example: Example
    found: Fraction | str

    @property
    def expected(self) -> Fraction | str:
        """What the example says: a status, else an exact number."""
        expect = self.example.expect
        return str(expect) if str(expect) in WORDS else exact_number(expect)

    @property
    def holds(self) -> bool:
        """Whether the engine gives what the example says."""
        return self.found == self.expected


def run_examples(catalogue: Catalogue) -> list[ExampleResult]:
    """Every example of every indicator with what the engine makes of it, in catalogue order.

    Keys that an example leaves out: unit 00, position professor, scope institution, counting full; ``year`` is
    an offset to the round; unit C1 is the centre; ``evidence: true`` stands for evidence with kind and title.
    """
    cases = [(i, n, example) for i in catalogue.indicators.values() for n, example in enumerate(i.examples)]
    tables: dict[str, list[pd.DataFrame]] = {}
    for indicator, number, example in cases:
        for name, frame in example_tables(example, catalogue.dictionary).items():
            rows = frame.reset_index().assign(submission=f"{indicator.id}/{number}")
            tables.setdefault(name, []).append(rows)
    rounds = pd.DataFrame({"submission": [f"{i.id}/{n}" for i, n, _ in cases]}).assign(institution="", year=YEAR)
    stacked = {name: pd.concat(frames, ignore_index=True) for name, frames in tables.items()}
    values = evaluate(stacked, catalogue, rounds, lineage=False).values
    found = {
        (str(row["submission"]), str(row["indicator"]), str(row["level"])): row for row in values.to_dict("records")
    }
    return [
        ExampleResult(i, n, example, _found(found[f"{i.id}/{n}", i.id, example.level], i)) for i, n, example in cases
    ]


def _found(row: Mapping[Any, Any], indicator: Indicator) -> Fraction | str:
    """The exact value in the unit, also where too few items keep it off the screen."""
    if row["status"] != "ok":
        return str(row["status"])
    return factor_of(indicator) * Fraction(int(row["numerator"]), int(row["denominator"]))


def example_tables(example: Example, dictionary: DataDictionary) -> dict[str, pd.DataFrame]:
    """The given rows as clean tables, as they would come from a submission (``schemas.tables.clean_tables``)."""
    tables = {name: _table(name, rows, dictionary) for name, rows in example.given.items()}
    if "checklist" in tables:
        tables["checklist"] = _checklist(tables["checklist"], example.given["checklist"])
    if any(row.get("unit") == CENTRE_UNIT for row in example.given.get("researchers", [])):
        tables["units"] = pd.DataFrame({"unit": [CENTRE_UNIT], "is_centre": [True]}, index=_keys(1))
    return tables


def _keys(count: int) -> pd.Index:
    return pd.Index([str(number) for number in range(count)], name="row_key")


def _table(name: str, rows: list[dict[str, Any]], dictionary: DataDictionary) -> pd.DataFrame:
    """Numbers with a column of codes each; a code given as text stands in that column."""
    full = [{**DEFAULTS.get(name, {}), **row} for row in rows]
    frame = pd.DataFrame(full, index=_keys(len(full))).drop(columns="evidence", errors="ignore")
    for column in frame.columns:
        field = dictionary.fields.get(f"{name}.{column}")
        if field is not None:
            frame = _with_codes(frame, column, field)
    if "year" in frame:
        frame["year"] = frame["year"] + YEAR
    return frame


def _with_codes(frame: pd.DataFrame, column: str, field: Field) -> pd.DataFrame:
    is_code = frame[column].isin(CODES)
    codes = frame[column].where(is_code, "").astype(str)
    return frame.assign(**{column: typed(frame[column].mask(is_code, None), field), f"{column}__code": codes})


def _checklist(frame: pd.DataFrame, given: list[dict[str, Any]]) -> pd.DataFrame:
    """With counted levels; an item has evidence in the scopes for which the example says so."""
    shown = [
        (row["item"], {**EVIDENCE, "evidence_scope": scope})
        for row, scope in zip(given, frame["scope"], strict=True)
        if row.get("evidence")
    ]
    details = pd.DataFrame([evidence for _, evidence in shown], index=[item for item, _ in shown])
    return with_counted_level(frame, details)
