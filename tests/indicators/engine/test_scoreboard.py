"""The JSON of ``score`` and of ``validate`` keep to their schemas, and every listed cell is one that counts."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from app.demo.filled_forms import DEMO_YEARS, demo_institutions, demo_issue, sample_issues
from app.submission.process_workbook import Processed, Request, process
from indicators.catalogue.declarations import LEVELS
from indicators.catalogue.load_catalogue import load_catalogue
from indicators.engine.evaluate import evaluate
from indicators.engine.scoreboard import scoreboard_schema, scoreboards
from indicators.values.applicability import fields_needed
from indicators.values.coded_answers import EVIDENCE
from indicators.values.prepared_tables import stack
from schemas.reading.clean_tables import clean_tables, with_counted_level
from schemas.reading.read_submission import read_submission
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook

ROOT = Path(__file__).parents[3]
CATALOGUE = load_catalogue()
SAMPLES = sample_issues(CATALOGUE.dictionary)
SCORE = Draft202012Validator(scoreboard_schema())
FINDINGS = Draft202012Validator(
    json.loads((ROOT / "schemas" / "rules" / "findings.schema.json").read_text(encoding="utf-8"))
)


@cache
def workbook(name: str) -> bytes:
    committed = ROOT / "templates" / "xlsx" / f"{name}.xlsx"
    return committed.read_bytes() if committed.exists() else write_template(CATALOGUE.dictionary, SAMPLES[name])


@cache
def processed(name: str) -> Processed:
    return process(Request(workbook(name)))


def as_read_back(document: object) -> Any:
    """What a reader gets; a number that JSON does not know is refused."""
    return json.loads(json.dumps(document, allow_nan=False, ensure_ascii=False))


def problems(validator: Draft202012Validator, document: object) -> list[str]:
    return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(as_read_back(document))]


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
    for node in found:
        assert node["additionalProperties"] is False
        assert set(node["required"]) == set(node["properties"])


@pytest.mark.parametrize("name", SAMPLES)
def test_json_of_the_samples_keeps_to_the_schema(name: str) -> None:
    header = processed(name).header
    assert problems(SCORE, header["score"]) == []
    assert problems(FINDINGS, header["validation"]) == []


@pytest.mark.parametrize("number", [0, 5, 11])
def test_json_of_demo_institutions_keeps_to_the_schema(number: int) -> None:
    issue = demo_issue(demo_institutions()[number], DEMO_YEARS[0], CATALOGUE.dictionary)
    header = process(Request(write_template(CATALOGUE.dictionary, issue))).header
    assert problems(SCORE, header["score"]) == []
    assert problems(FINDINGS, header["validation"]) == []


def test_the_schema_refuses_what_does_not_fit() -> None:
    good = as_read_back(processed("sample-strong").header["score"])
    [board] = good["scoreboards"]
    first = board["indicators"][0]
    for change in (
        {"extra": 1},
        {"status": "missing"},
        {"value": "12.5"},
        {"cells": ["研究者!D7:D9"]},
        {"cells": ["D7"]},
        {"score": 101},
        {"score": None},
        {"unscored_reason": "context"},
        {"numerator": "1/0"},
        {"numerator": 2.5},
    ):
        bad = {**good, "scoreboards": [{**board, "indicators": [{**first, **change}]}]}
        assert problems(SCORE, bad), change
    for key in first:
        less = {name: value for name, value in first.items() if name != key}
        assert problems(SCORE, {**good, "scoreboards": [{**board, "indicators": [less]}]}), key


@pytest.mark.parametrize("name", SAMPLES)
def test_rows_stand_by_indicator_headline_and_level(name: str) -> None:
    [board] = processed(name).header["score"]["scoreboards"]
    order = list(CATALOGUE.indicators)
    headline = {"nationality": 0, "full": 0, "-": 0}
    keys = [
        (
            order.index(i["id"]),
            headline.get(i["definition"], 1),
            headline.get(i["counting"], 1),
            LEVELS.index(i["level"]),
        )
        for i in board["indicators"]
    ]
    assert keys == sorted(keys)
    assert len({(i["id"], i["level"], i["unit"], i["definition"], i["counting"]) for i in board["indicators"]}) == len(
        keys
    )
    put = {f.id for _, block in CATALOGUE.dictionary.blocks("core") for f in block.fields}
    has_centre = any(i["level"] == "centre" for i in board["indicators"])
    asked = {
        name
        for name, one in CATALOGUE.indicators.items()
        if fields_needed(one, CATALOGUE) <= put
        and one.counting != "fractional"
        and (has_centre or "institution" in one.levels)
    }
    assert {i["id"] for i in board["indicators"]} == asked
    pillars = [(list(CATALOGUE.pillars).index(p["id"]), LEVELS.index(p["level"])) for p in board["pillars"]]
    assert pillars == sorted(pillars)


def test_cells_are_single_addresses_on_sheets_named_in_japanese_alone() -> None:
    [board] = processed("sample-strong").header["score"]["scoreboards"]
    sheets = {sheet.name for sheet in CATALOGUE.dictionary.sheets}
    for row in board["indicators"]:
        assert row["cells"]
        assert {cell.split("!")[0] for cell in row["cells"]} <= sheets


def test_numbers_of_one_row_fit_together() -> None:
    [board] = processed("sample-strong").header["score"]["scoreboards"]
    share = next(i for i in board["indicators"] if i["id"] == "foreign_researcher_share" and i["level"] == "centre")
    assert share["value"] == pytest.approx(100 * share["numerator"] / share["denominator"])
    assert share["interval"][0] < share["value"] < share["interval"][1]
    assert share["window"] is None
    requirement = share["gaps"][0]
    assert (requirement["benchmark"], requirement["value"]) == ("wpi_requirement", "30")
    assert requirement["gap_points"] == pytest.approx(share["value"] - 30)
    papers = next(i for i in board["indicators"] if i["id"] == "intl_coauthored_share_full")
    assert papers["window"] == [board["year"] - 3, board["year"] - 1]
    assert (papers["score_kind"], papers["band"]) == ("reference", None)


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
    submission = read_submission(read_workbook(workbook(name)), CATALOGUE.dictionary)
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


@pytest.mark.parametrize("name", ["sample-full", "sample-strong"])
def test_an_answer_is_listed_once_for_each_value_and_every_value_above_zero_has_answers(name: str) -> None:
    frames = processed(name).frames
    cells, values = frames["value_cells"], frames["values"]
    key = [column for column in cells if column not in ("sheet", "cell")]
    assert not cells.duplicated(key).any()
    is_above = (values["status"] == "ok") & (values["numerator"] != "0")
    numbers = values.loc[is_above, ["indicator", "level", "unit", "definition", "counting"]]
    listed = set(cells[list(numbers)].itertuples(index=False, name=None))
    assert set(numbers.itertuples(index=False, name=None)) <= listed


def test_cells_of_the_json_are_where_the_answers_stand() -> None:
    frames = processed("sample-strong").frames
    cells = frames["value_cells"]
    own = cells[(cells["indicator"] == "foreign_pi_share") & (cells["level"] == "centre")]
    [board] = processed("sample-strong").header["score"]["scoreboards"]
    row = next(i for i in board["indicators"] if i["id"] == "foreign_pi_share" and i["level"] == "centre")
    assert row["cells"] == [f"{sheet}!{cell}" for sheet, cell in zip(own["sheet"], own["cell"], strict=True)]
    assert set(own["field"]) == {"researchers.pi", "researchers.foreign_pi"}
    assert all(key.startswith("centre/") for key in own["row_key"])
