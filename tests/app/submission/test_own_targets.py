"""Targets that an institution sets itself: entered on the form, shown and scored beside the official ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.access import LOCAL
from app.charts.own_target_rows import own_target_rows
from app.cli import main
from app.demo.filled_forms import sample_issues
from app.edition import catalogue
from app.results.institution_results import board_of
from app.storage.store import Store
from app.submission.process_workbook import process
from app.submission.receive_upload import receive
from app.submission.result import Result
from app.texts import say
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.issue import Given
from schemas.template.write_template import write_template
from tests.support.score_schema import SCORE_SCHEMA

CORE = sample_issues(load_dictionary())["sample-strong"]
SHARE = "foreign_researcher_share"
TARGET: dict[str, Given] = {
    "indicator": SHARE, "value": 40, "year": 2028, "source": "medium_term_plan", "document": "第4期中期計画 1-(2)",
}  # fmt: skip


def form_with(*targets: Mapping[str, Given]) -> bytes:
    lists = {**CORE.lists, "own_targets": [{**TARGET, **one} for one in targets]}
    return write_template(load_dictionary(), replace(CORE, lists=lists))


def own_of(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result.header["score"]["scoreboards"][0]["own_targets"]
    return found


def rules_of(result: Result) -> set[str]:
    return {f["rule"] for f in result.header["validation"]["findings"]}


def test_a_target_stands_beside_the_value_with_a_score_between_floor_and_target() -> None:
    result = process(form_with({}))
    jsonschema.validate(result.header["score"], SCORE_SCHEMA)
    (one,) = own_of(result)
    rows = result.header["score"]["scoreboards"][0]["indicators"]
    value = next(row["value"] for row in rows if row["id"] == SHARE and row["level"] == "institution")
    floor = float(catalogue().indicators[SHARE].goalposts["institution"].floor)
    assert one["current"] == value and one["cell"].startswith("目標!")
    assert one["gap"] == pytest.approx(value - 40)
    assert one["score"] == pytest.approx(100 * (value - floor) / (40 - floor))
    assert one["verdict"] == "not_met" and one["score_kind"] == "score" and float(one["floor"]) == floor
    (words,) = own_target_rows([one], catalogue(), "ja")
    assert words["score"].endswith("（自機関の目標）") and words["source"] == "中期計画 第4期中期計画 1-(2)"


def test_a_target_beside_no_value_is_said_without_blanks() -> None:
    none = {"indicator": SHARE, "value": "40", "year": 2028, "source": None, "document": None}
    none |= {"current": None, "gap": None, "score": None, "verdict": None}
    (words,) = own_target_rows([none], catalogue(), "ja")
    assert say("own_target.sentence", "ja", **words) == "自機関の目標：2028年度に40％。現在の値：値なし"


def test_a_reached_target_is_said_and_official_scores_stay() -> None:
    plain, promised = process(form_with()), process(form_with({"value": 2}))
    assert own_of(promised)[0]["verdict"] == "met" and own_of(promised)[0]["score"] == 100
    assert (
        plain.frames["scores"].drop(columns="submission").equals(promised.frames["scores"].drop(columns="submission"))
    )


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ({"year": 2024}, "R.TGT.001"),
        ({"value": 150}, "R.TGT.002"),
        ({"value": None}, "R.TGT.003"),
        ({"year": None}, "R.TGT.003"),
        ({"indicator": None}, "R.TGT.004"),
        ({"indicator": "外国人研究者の割合い"}, "R.VAL.011"),
        ({"value": -3}, "R.VAL.010"),
    ],
)
def test_what_cannot_be_a_target_is_a_finding(target: dict[str, Given], rule: str) -> None:
    result = process(form_with(target))
    assert rule in rules_of(result), rules_of(result)
    assert own_of(result) == []


def test_a_year_is_said_without_separators() -> None:
    findings = process(form_with({"year": 2024})).header["validation"]["findings"]
    (message,) = [one["message"] for one in findings if one["rule"] == "R.TGT.001"]
    assert "(2024)" in message["en"] and "（2024）" in message["ja"]


def test_the_same_indicator_and_year_stand_once() -> None:
    assert "R.TGT.005" in rules_of(process(form_with({}, {"value": 50})))


def test_a_store_gives_the_same_as_the_command_line(
    open_store: Callable[..., Store], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store("demo")
    data = form_with({}, {"indicator": "outbound_long_rate", "value": 5})
    received = receive(store, LOCAL, data, "core.xlsx")
    board = board_of(store, CORE.institution.code, CORE.year)
    assert board is not None
    assert board.scoreboard["own_targets"] == own_of(received.result)
    # the core form does not ask of stays abroad: the target stands, without a score
    assert board.scoreboard["own_targets"][1]["score"] is None
    file = tmp_path / "core.xlsx"
    file.write_bytes(data)
    store.close()
    assert main(["score", str(file)]) == 0
    assert "自機関の目標" in capsys.readouterr().out
    assert main(["score", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scoreboards"][0]["own_targets"][0]["indicator"] == SHARE


def test_every_indicator_that_is_offered_exists_under_the_same_name() -> None:
    for item in load_dictionary().code_lists["target_indicators"].items:
        indicator = catalogue().indicators[item.code]
        assert indicator.label == item.label and "institution" in indicator.levels
        assert (indicator.unit in ("percent", "score")) == (item.group == "share")
