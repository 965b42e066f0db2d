"""The worked examples of the catalogue, run through the engine: tests and handbook show the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from indicators.catalogue.declarations import Example, Indicator, exact_number
from indicators.catalogue.load_catalogue import Catalogue
from indicators.engine.evaluate import evaluate
from indicators.values.tables import STATUSES
from indicators.values.values import factor_of
from schemas.dictionary.declaration import Fault, Text, read_document
from schemas.dictionary.dictionary import WHOLE, DataDictionary
from schemas.dictionary.field import Field
from schemas.reading.clean_tables import typed_column, with_counted_level

YEAR = 2026
DECIMALS = 6
FORM = "full"  # asks everything
CENTRE_UNIT = "C1"
CODES = frozenset({"a", "m", "c", "nc", "x"})
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "researchers": {"unit": WHOLE, "position": "professor"},
    "checklist": {"scope": "institution"},
    "publications": {"counting": "full", "year": -1},
}
WORDS = frozenset(STATUSES)
NOTHING: Mapping[Any, Any] = {"status": "no_source"}  # the level of the example is not measured
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
    def key(self) -> tuple[str, int]:
        """Names the example: its indicator by definition, and its number."""
        return self.indicator.key, self.number

    @property
    def holds(self) -> bool:
        """Whether the engine gives what the example says."""
        return self.found == self.expected


def run_examples(catalogue: Catalogue) -> list[ExampleResult]:
    """Every example of every indicator and variant with what the engine makes of it, in catalogue order.

    A number that is no ratio is rounded to six decimals. Keys that an example leaves out: unit 00, position
    professor, scope institution, counting full; ``year`` is an offset to the round; unit C1 is the centre;
    ``evidence: true`` stands for evidence with kind and title; an open list that is given was not left out.
    """
    cases = [(i, n, example) for i in catalogue.measured.values() for n, example in enumerate(i.examples)]
    names = [f"{i.key}/{n}" for i, n, _ in cases]
    tables: dict[str, list[pd.DataFrame]] = {}
    for name, (_, _, example) in zip(names, cases, strict=True):
        for table, frame in example_tables(example, catalogue.dictionary).items():
            tables.setdefault(table, []).append(frame.reset_index().assign(submission=name))
    rounds = pd.DataFrame({"submission": names}).assign(institution="", year=YEAR, form=FORM)
    stacked = {name: pd.concat(frames, ignore_index=True) for name, frames in tables.items()}
    values = evaluate(stacked, catalogue, rounds, lineage=False).values
    own = values["submission"].map({name: i.id for name, (i, _, _) in zip(names, cases, strict=True)})
    values = values[values["indicator"] == own]
    keys = ["submission", "indicator", "definition", "level"]
    found = {tuple(row[key] for key in keys): row for row in values.to_dict("records")}
    return [
        ExampleResult(i, n, example, _exact_value(found.get((name, i.id, i.definition_key, example.level), NOTHING), i))
        for name, (i, n, example) in zip(names, cases, strict=True)
    ]


def example_faults(catalogue: Catalogue) -> list[Fault]:
    """A fault for each example that says no value, or another than the engine finds, with file and line."""
    found = []
    for result in run_examples(catalogue):
        try:
            if result.holds:
                continue
            what = Text(
                ja=f"計算例の結果は「{result.found}」です（記載は「{result.expected}」）。",
                en=f"The worked example gives '{result.found}', not '{result.expected}'.",
            )
            remedy = Text(ja="expect 又は measure を直してください。", en="Mend its 'expect', or the measure.")
        except ValueError:
            what = Text(ja="expect が数でも状態でもありません。", en="'expect' is neither a number nor a status.")
            remedy = Text(
                ja="数か、a、m、zero_denominator などを書いてください。",
                en="Write a number, or a, m, zero_denominator and the like.",
            )
        found.append(_fault(result, catalogue, what, remedy))
    return found


def _fault(result: ExampleResult, catalogue: Catalogue, what: Text, remedy: Text) -> Fault:
    own = result.indicator
    document = read_document(catalogue.folder / "definitions" / own.pillar / f"{own.id}.yaml")
    keys: list[str] = [variant.definition_key for variant in catalogue.indicators[own.id].variants]
    path = ("examples",) if own.is_headline else ("variants", keys.index(own.definition_key), "examples")
    return document.fault((*path, result.number), what, remedy)


def _exact_value(row: Mapping[Any, Any], indicator: Indicator) -> Fraction | str:
    """The exact value in the unit, also where too few items keep it off the screen."""
    if row["status"] != "ok":
        return str(row["status"])
    if indicator.measure.mixed is not None:
        return Fraction(str(round(float(row["value"]), DECIMALS)))
    return factor_of(indicator) * Fraction(int(row["numerator"]), int(row["denominator"]))


def example_tables(example: Example, dictionary: DataDictionary) -> dict[str, pd.DataFrame]:
    """The given rows as clean tables, as they would come from a submission (``schemas.reading.clean_tables``)."""
    tables = {name: _table(name, rows, dictionary) for name, rows in example.given.items()}
    if "checklist" in tables:
        tables["checklist"] = _checklist(tables["checklist"], example.given["checklist"])
    if any(row.get("unit") == CENTRE_UNIT for row in example.given.get("researchers", [])):
        tables["units"] = pd.DataFrame({"unit": [CENTRE_UNIT], "is_centre": [True]}, index=_keys(1))
    for name in example.given:
        if name in tables and (skip := _switch(name, dictionary)) is not None:
            table, column = skip.split(".")
            tables.setdefault(table, pd.DataFrame({column: ["no"]}, index=_keys(1)))
    return {name: frame for name, frame in tables.items() if len(frame)}


def _switch(table: str, dictionary: DataDictionary) -> str | None:
    """The question by which an open list is left out: an example that gives the list has not left it out."""
    blocks = (dictionary.block_of[name][1] for name, f in dictionary.fields.items() if f.table == table)
    return next((block.skip for block in blocks if block.kind == "list"), None)


def _keys(count: int) -> pd.Index:
    return pd.Index([str(number) for number in range(count)], name="row_key")


def _table(name: str, rows: list[dict[str, Any]], dictionary: DataDictionary) -> pd.DataFrame:
    """Numbers with a column of codes each; a code given as text stands in that column."""
    full = [{**DEFAULTS.get(name, {}), **row} for row in rows]
    index = _keys(len(full))
    columns: dict[str, Any] = {}
    codes: dict[str, list[str]] = {}
    for column in dict.fromkeys(column for row in full for column in row if column != "evidence"):
        given = [row.get(column) for row in full]
        field = dictionary.fields.get(f"{name}.{column}")
        if field is not None:
            codes[f"{column}__code"] = [value if value in CODES else "" for value in map(str, given)]
            columns[column] = typed_column(_values_of(given, field, index), field)
        else:
            columns[column] = given
    frame = pd.DataFrame({**columns, **codes}, index=index)
    if "year" in frame:
        frame["year"] = frame["year"] + YEAR
    return frame


def _values_of(given: list[Any], field: Field, index: pd.Index) -> pd.Series:
    """The values of a column without the codes that stand in their place."""
    values = [None if str(value) in CODES else value for value in given]
    if field.type == "decimal":
        values = [None if value is None else Decimal(str(value)) for value in values]
    return pd.Series(values, index=index, dtype=object)


def _checklist(frame: pd.DataFrame, given: list[dict[str, Any]]) -> pd.DataFrame:
    """With counted levels; an item has evidence in the scopes for which the example says so."""
    shown = [
        (row["item"], {**EVIDENCE, "evidence_scope": scope})
        for row, scope in zip(given, frame["scope"], strict=True)
        if row.get("evidence")
    ]
    details = pd.DataFrame([evidence for _, evidence in shown], index=[item for item, _ in shown])
    return with_counted_level(frame, details)
