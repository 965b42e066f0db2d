"""One choice of gaps and one count of requirements for the page and the documents, and no false all-clear."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.charts.captions import sentence_for_gap_overview
from app.charts.chart_rows import chart_rows
from app.demo.filled_forms import demo_institutions
from app.documents.scorecard.card import card_of
from app.documents.scorecard.context import answer, scorecard_context
from app.documents.scorecard.gaps import first_gaps
from app.documents.scorecard.workbook import workbook_of
from app.edition import catalogue
from app.results.institution_results import Board, board_of
from app.storage.store import Store
from app.submission.result import Result
from indicators.scoring.requirement_gaps import requirement_gaps
from schemas.register.institution import Institution
from tests.app.views.test_views import run, words

CODES = ("DEMO-01", "DEMO-03", "DEMO-12")
SHARED = "intl_coauthored_share_full"


def board(folder: Path, code: str) -> Board:
    store = Store.open(folder)
    found = board_of(store, code, 2026)
    store.close()
    assert found is not None
    return found


@pytest.mark.parametrize("code", CODES)
def test_page_and_document_count_and_choose_alike(demo_store_folder: Path, code: str) -> None:
    found = board(demo_store_folder, code)
    gaps = requirement_gaps(found.scoreboard)
    context = scorecard_context(card_of(found.score, found.institution_row, "ja", True, catalogue()))
    said = words(run(demo_store_folder, "overview", lang="ja", institution=code, year="2026"))
    assert context["answer"]["text"] in said
    if gaps.judged:
        assert f"要件{gaps.judged}件のうち{gaps.met}件" in context["answer"]["text"]
    assert len(context["gaps"]["items"]) == len(gaps.first)
    steps = [line for line in said.splitlines() if line.startswith("#### ")]
    for (row, _), step, item in zip(gaps.first, steps, context["gaps"]["items"], strict=True):
        label = catalogue().indicators[row["id"]].label.ja
        assert label in step and item["label"].startswith(label)


def test_a_target_that_is_judged_is_not_counted_among_the_requirements(demo_store_folder: Path) -> None:
    """The guideline for the pay of research assistants was: "the centre meets 3 of 4 requirements"."""
    score = copy.deepcopy(board(demo_store_folder, "DEMO-01").scoreboard)
    before = requirement_gaps(score)
    (target,) = (row for row in score["indicators"] if row["id"] == SHARED and row["level"] == "institution")
    target["gaps"] = [gap | {"verdict": "not_met"} for gap in target["gaps"] if gap["kind"] == "target"]
    after = requirement_gaps(score)
    assert target["gaps"] and before.judged and (after.judged, after.met) == (before.judged, before.met)
    told = sentence_for_gap_overview(chart_rows(score, catalogue()), "en")
    assert f"meets {before.met} of {before.judged} requirements" in told


def test_every_document_of_an_institution_counts_and_chooses_alike(
    judged_form: Callable[[Institution, int], tuple[bytes, Result]],
) -> None:
    for institution in demo_institutions()[::5]:  # of all sizes and profiles; to judge all thirty takes minutes
        _, result = judged_form(institution, 2026)
        score = result.header["score"]
        gaps = requirement_gaps(score["scoreboards"][0])
        chosen = [(row["id"], row["level"], gap["gap_people"]["replace"]) for row, gap in gaps.first]
        told = score["scoreboards"][0]["requirements"]
        assert (told["judged"], told["met"], len(told["unjudged"])) == (gaps.judged, gaps.met, len(gaps.unjudged))
        assert [(one["id"], one["level"], one["net_increase"]) for one in told["first"]] == chosen
        card = card_of(score, result.header["institution_row"], "en", True, catalogue())
        items = first_gaps(card)
        if gaps.judged:
            assert answer(card).startswith(f"The centre meets {gaps.met} of {gaps.judged} requirements in numbers.")
        sheet = openpyxl.load_workbook(io.BytesIO(workbook_of(card)))[card.say("sheet_requirements")]
        count = card.say("requirements_count", judged=gaps.judged, met=gaps.met, open=len(gaps.unjudged))
        assert sheet["A1"].value == count
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=3 + len(chosen))]
        assert [row[3] for row in rows] == [number for _, _, number in chosen]
        assert [(row[0], row[4]) for row in rows] == [(item["label"], item["sentence"]) for item in items]


def without_values(found: Board) -> dict[str, Any]:
    score = copy.deepcopy(found.score)
    for row in score["scoreboards"][0]["indicators"]:
        row |= {"value": None, "status": "no_source", "numerator": None, "denominator": None, "interval": None}
        row |= {"score": None, "band": None}
        row["gaps"] = [gap | {"verdict": None, "margin": None, "gap_people": None} for gap in row["gaps"]]
        row["gaps"] = [gap | {"gap_points": None} for gap in row["gaps"]]
    return score


def test_without_values_nothing_is_said_to_be_clear(demo_store_folder: Path) -> None:
    found = board(demo_store_folder, "DEMO-01")
    score = without_values(found)
    gaps = requirement_gaps(score["scoreboards"][0])
    assert not gaps.is_all_clear and not gaps.judged and gaps.unjudged
    card = card_of(score, found.institution_row, "ja", True, catalogue())
    none = scorecard_context(card)["gaps"]["none"]
    assert f"判定できない要件が{len(gaps.unjudged)}件" in none and "不足はありません" not in none
    rows = chart_rows(score["scoreboards"][0], catalogue())
    assert "到達" not in sentence_for_gap_overview(rows, "ja")


def test_a_requirement_without_a_value_keeps_the_rest_from_being_all_clear(demo_store_folder: Path) -> None:
    score = copy.deepcopy(board(demo_store_folder, "DEMO-01").score)["scoreboards"][0]
    for row in score["indicators"]:
        row["gaps"] = [gap | {"verdict": "met", "gap_people": None} for gap in row["gaps"]]
    complete = [row for row in score["indicators"] if row["value"] is not None]
    assert requirement_gaps(score | {"indicators": complete}).is_all_clear
    asked = next(row for row in complete if requirement_gaps(score | {"indicators": [row]}).judged)
    missing = asked | {"value": None, "status": "m"}
    assert not requirement_gaps(score | {"indicators": [*complete, missing]}).is_all_clear


def test_a_form_and_its_kept_results_name_the_same_requirement_first(
    demo_store_folder: Path, processed: dict[tuple[str, int], Result]
) -> None:
    """The page took the target of the programme for the institution's first line, `junkan scorecard` the call's."""
    for code in CODES:
        read = processed[code, 2026].header["score"]["scoreboards"][0]
        kept = board(demo_store_folder, code).of_all_centres
        for one, other in zip(read["indicators"], kept["indicators"], strict=True):
            assert one["gaps"] == other["gaps"]
        assert read["requirements"] == kept["requirements"]
