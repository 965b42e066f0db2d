"""The sentences of the one page, also where a requirement is one in words and has no number."""

import pandas as pd
import pytest

from app.access import LOCAL
from app.charts.chart_rows import change_text
from app.components.one_page.next_steps import lacking_text, path_text, who_reached
from app.components.one_page.sentences import change, requirement_sentence
from app.components.peers.value_place import answer
from app.components.session import Page
from app.edition import catalogue
from app.results.institution_results import board_of
from app.storage.store import Store
from indicators.scoring.requirement_gaps import RequirementGaps


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_requirement_in_words_is_named_without_a_number(demo_store_folder, language) -> None:
    store = Store.open(demo_store_folder)
    board = board_of(store, "DEMO-01", 2026)
    store.close()
    assert board is not None
    row, gap = next(
        (row, gap) for row in board.scoreboard["indicators"] for gap in row["gaps"] if row["value"] and gap["value"]
    )
    in_words = {**gap, "value": None, "gap_points": None, "verdict": None, "gap_people": {"of": "items", "replace": 7}}
    page = Page(language, LOCAL, "DEMO-01", 2026)
    said = requirement_sentence(page, RequirementGaps(((row, in_words),), (), 0, 0, ()))
    assert catalogue().benchmark(row["id"], gap["benchmark"]).label[language] in said and "7" in said
    assert "7" in lacking_text(page, row, in_words) and who_reached(page, row, in_words, [], pd.DataFrame()) == ""


def test_a_value_that_is_missing_is_not_said_to_have_no_line_or_to_reach_it() -> None:
    missing = {"id": "foreign_researcher_share", "level": "institution", "value": None, "status": "m", "gaps": []}
    page = Page("ja", LOCAL, "DEMO-01", 2026)
    said = answer(page, missing | {"denominator": None, "small": False})
    assert said == "外国人研究者比率（全学）は値がありません。…（把握していない）"


def test_what_stayed_is_not_said_to_have_gone_somewhere() -> None:
    row = {"id": "foreign_researcher_share", "level": "centre", "small": False, "score": 1.0, "denominator": None}
    boards = [{"indicators": [row | {"value": value}]} for value in (9.80, 9.84)]
    said = change(Page("ja", LOCAL, "DEMO-01", 2026), *boards, RequirementGaps((), (), 0, 0, ()))
    assert said == "外国人研究者比率（比較拠点）は、2025年度と同じ9.8％です。"


def test_the_distance_is_that_of_the_two_numbers_beside_it() -> None:
    """7 of 80 is 8.75 %, written 8.8: 21.2 points from 30 and not 21.3."""
    gap = {"benchmark": "wpi_requirement", "value": "30", "gap_points": -21.25, "verdict": "not_met"}
    row = {"id": "foreign_researcher_share", "level": "centre", "value": 8.75, "numerator": 7, "denominator": 80}
    found = RequirementGaps(((row | {"small": False}, gap),), (), 0, 0, ())
    said = requirement_sentence(Page("en", LOCAL, "DEMO-01", 2026), found)
    assert "is 8.8 % (7 / 80), 21.2 points short" in said
    assert change_text(0.004, "percent", "en", 2) == "0.00 points", "no sign at what reads as 0"


@pytest.mark.parametrize(("language", "said"), [("ja", "5件分の増加が必要です"), ("en", "it takes 5 more papers")])
def test_what_lacks_is_said_in_what_is_counted(language: str, said: str) -> None:
    gap = {"level": "institution", "verdict": "not_met", "gap_people": {"of": "papers", "replace": 5}}
    row = {"id": "intl_coauthored_share_full", "level": "institution"}
    assert said in lacking_text(Page(language, LOCAL, "DEMO-01", 2026), row, gap)


@pytest.mark.parametrize(("whole", "said"), [(2_000, "year 3"), (100_000, "year 3"), (250_000, "")])
def test_no_way_is_told_for_more_people_than_a_plan_is_made_for(whole: int, said: str) -> None:
    gap = {"value": "20", "gap_people": {"of": "people", "replace": whole // 10}}
    found = path_text(Page("en", LOCAL, "DEMO-01", 2026), {"numerator": whole // 10, "denominator": whole}, gap)
    assert (said in found) if said else found == ""


def test_where_others_are_not_named_few_that_reach_a_line_are_not_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Page, "hides_peers", True)
    page, near = Page("en", LOCAL, "DEMO-01", 2026), [f"X{n}" for n in range(12)]
    row, gap = {"id": "foreign_researcher_share", "level": "institution"}, {"value": "30"}
    said = set()
    for reach in (0, 1, 2, 4, 6, 8, 11):
        values = [40.0] * reach + [10.0] * (12 - reach)
        panel = pd.DataFrame({"institution": near, "value": values, "hidden": False}).assign(
            indicator=row["id"], level=row["level"]
        )
        said.add(who_reached(page, row, gap, near, panel))
    assert len(said) == 4, "none, 1 to 4, 6, and all but 1 to 4"
