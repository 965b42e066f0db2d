"""The JSON of ``score`` and of ``validate`` keep to their schemas, and every listed cell is one that counts."""

import json
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from app.demo.filled_forms import DEMO_YEARS, demo_institutions, demo_issue
from app.submission.process_workbook import process
from app.submission.result import Result
from indicators.catalogue.declarations import LEVELS
from indicators.catalogue.load_catalogue import load_catalogue
from indicators.values.applicability import fields_needed
from schemas.template.write_template import write_template
from tests.support.sample_forms import CORE_SAMPLES as SAMPLES
from tests.support.sample_forms import sample_bytes
from tests.support.schema_problems import as_read_back, problems
from tests.support.score_schema import SCORE_SCHEMA

ROOT = Path(__file__).parents[3]
CATALOGUE = load_catalogue()
SCORE = Draft202012Validator(SCORE_SCHEMA)
FINDINGS = Draft202012Validator(
    json.loads((ROOT / "schemas" / "rules" / "findings.schema.json").read_text(encoding="utf-8"))
)


@cache
def processed(name: str) -> Result:
    return process(sample_bytes(name))


@pytest.mark.parametrize("name", SAMPLES)
def test_json_of_the_samples_keeps_to_the_schema(name: str) -> None:
    header = processed(name).header
    assert problems(SCORE, header["score"]) == []
    assert problems(FINDINGS, header["validation"]) == []


@pytest.mark.parametrize("number", [0, 5, 11])
def test_json_of_demo_institutions_keeps_to_the_schema(number: int) -> None:
    issue = demo_issue(demo_institutions()[number], DEMO_YEARS[0], CATALOGUE.dictionary)
    header = process(write_template(CATALOGUE.dictionary, issue)).header
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
    assert (papers["score_kind"], papers["band"]) == ("direction", None)


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
