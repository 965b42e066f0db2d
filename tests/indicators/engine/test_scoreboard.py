"""The JSON of ``score`` and of ``validate`` keep to their schemas, and every listed cell is one that counts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from indicators.catalogue.load_catalogue import load_catalogue
from indicators.engine.evaluate import evaluate
from indicators.engine.scoreboard import scoreboards
from indicators.values.coded_answers import EVIDENCE
from indicators.values.prepared_tables import stack
from schemas.reading.clean_tables import clean_tables, with_counted_level
from schemas.reading.read_submission import read_submission
from schemas.xlsx.read_workbook import read_workbook
from tests.support.sample_forms import sample_bytes
from tests.support.schema_problems import problems
from tests.support.score_schema import SCORE_SCHEMA

ROOT = Path(__file__).parents[3]
CATALOGUE = load_catalogue()
SCORE = Draft202012Validator(SCORE_SCHEMA)
FINDINGS = Draft202012Validator(
    json.loads((ROOT / "schemas" / "rules" / "findings.schema.json").read_text(encoding="utf-8"))
)


def _compared(schema: Any) -> dict[str, Any] | None:
    """The values of a centre by indicator, the one object whose keys are not written in the schema."""
    centre = schema["$defs"].get("centre")
    return None if centre is None else centre["properties"]["compared"]


@pytest.mark.parametrize("validator", [SCORE, FINDINGS], ids=["score", "validate"])
def test_every_object_of_the_schemas_is_closed_and_complete(validator: Draft202012Validator) -> None:
    Draft202012Validator.check_schema(validator.schema)

    def objects(node: object) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if node.get("type") == "object":
                yield node
            for child in node.values():
                yield from objects(child)
        elif isinstance(node, list):
            for child in node:
                yield from objects(child)

    found = [*objects(validator.schema)]
    assert len(found) >= 4
    by_indicator = [node for node in found if "propertyNames" in node]
    assert [*map(id, by_indicator)] == [id(c) for c in (_compared(validator.schema),) if c is not None]
    for node in by_indicator:  # its keys are indicators, and a new one must need no change of the schema
        assert set(node) == {"type", "propertyNames", "additionalProperties"}
        assert node["propertyNames"] == {"$ref": "#/$defs/id"}
        assert node["additionalProperties"] == {"type": ["number", "null"]}
    for node in (one for one in found if "propertyNames" not in one):
        assert node["additionalProperties"] is False
        assert set(node["required"]) == set(node["properties"])


def test_what_is_known_of_a_missing_sum_is_stored_and_not_an_interval() -> None:
    frame = pd.DataFrame(
        {
            "submission": "s", "unit": "00", "position": ["professor", "other"],
            "row_key": ["00/professor", "00/other"],
            "total": pd.array([60, 40], dtype="Int64"), "total__code": "",
            "foreign": pd.array([12, None], dtype="Int64"), "foreign__code": ["", "m"],
        }
    )  # fmt: skip
    rounds = pd.DataFrame({"submission": ["s"], "institution": ["i"], "year": [2026]})
    board = evaluate({"researchers": frame}, CATALOGUE, rounds)
    [one] = scoreboards(board, CATALOGUE, rounds, {})
    row = one["indicators"][0]
    assert (row["id"], row["status"], row["value"], row["interval"], row["numerator"]) == (
        "foreign_researcher_share", "m", None, None, None,
    )  # fmt: skip
    assert board.values["lower"].iloc[0] == 12
    versions = {"form": "", "catalogue": "", "rules": "", "software": ""}
    assert problems(SCORE, {"scoreboards": [one], "versions": versions}) == []


# lineage: change each cell of a filled form and see which values move

BASE = "base"
Change = tuple[str, str, str]  # field, row key, what was done


def mutated(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[Change, dict[str, pd.DataFrame]]]:
    """The tables with one answer changed: one more or one fewer, not known, or evidence taken away."""
    for name in ("researchers", "publications", "staff", "checklist"):
        frame = tables[name]
        for column in [c for c in frame.columns if f"{c}__code" in frame and c != "counted"]:
            for key in frame.index:
                for what in ("number", "code"):
                    yield (f"{name}.{column}", str(key), what), _changed(tables, name, column, key, what)
    for column in EVIDENCE:
        for key in tables["checklist_details"].index:
            for what in ("gone", "centre", "institution"):
                if what == "gone" or column == "evidence_scope":
                    details = tables["checklist_details"].copy()
                    details.loc[key, column] = None if what == "gone" else what
                    yield (f"checklist_details.{column}", str(key), what), _recounted(tables, details)


def _changed(
    tables: dict[str, pd.DataFrame], name: str, column: str, key: object, what: str
) -> dict[str, pd.DataFrame]:
    frame = tables[name].copy()
    value = frame.loc[key, column]
    if what == "code":
        frame.loc[key, column], frame.loc[key, f"{column}__code"] = pd.NA, "m"
    elif pd.notna(value):
        frame.loc[key, column] = value + (-1 if value > 0 else 1)
    changed = {**tables, name: frame}
    return _recounted(changed, changed["checklist_details"]) if name == "checklist" else changed


def _recounted(tables: dict[str, pd.DataFrame], details: pd.DataFrame) -> dict[str, pd.DataFrame]:
    plain = tables["checklist"].drop(columns=["counted", "applicable"])
    return {**tables, "checklist": with_counted_level(plain, details), "checklist_details": details}


@pytest.mark.parametrize("name", ["sample-average"])
def test_the_cells_of_a_value_are_those_that_move_it(name: str) -> None:
    submission = read_submission(read_workbook(sample_bytes(name)), CATALOGUE.dictionary)
    used = ("researchers", "publications", "staff", "checklist", "checklist_details", "units")
    tables = {n: t for n, t in clean_tables(submission, CATALOGUE.dictionary).items() if n in used}
    changes = dict(mutated(tables))
    names = {BASE: tables, **{"|".join(change): changed for change, changed in changes.items()}}
    rounds = pd.DataFrame({"submission": [*names], "institution": "i", "year": submission.year})
    board = evaluate(stack(names), CATALOGUE, rounds, lineage=False)
    key, shown = ["indicator", "level", "unit"], ["numerator", "denominator", "scale", "status"]
    values = board.values[["submission", *key, *shown]]
    base = values[values["submission"] == BASE].drop(columns="submission")
    both = values.merge(base, on=key, suffixes=("", "_base"))
    moved = np.logical_or.reduce([(both[c] != both[f"{c}_base"]).to_numpy(bool) for c in shown])
    found: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for row in both[moved].to_dict("records"):
        field, row_key, _ = str(row["submission"]).split("|")
        found.setdefault(tuple(row[c] for c in key), set()).add((field, row_key))
    lineage = evaluate(stack({BASE: tables}), CATALOGUE, rounds.head(1)).value_cells
    listed: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for row in lineage.to_dict("records"):
        listed.setdefault(tuple(row[c] for c in key), set()).add((row["field"], row["row_key"]))
    assert set(found) == set(listed)
    for where, cells in listed.items():
        assert found[where] <= cells, f"{where}: cells that move the value are not listed"
        idle = cells - found[where]  # evidence of a level above 1 that is blank moves nothing alone
        assert all(field.startswith("checklist_details.") for field, _ in idle), f"{where}: {idle}"
    assert len(listed[("foreign_researcher_share", "institution", "00")]) == 12
