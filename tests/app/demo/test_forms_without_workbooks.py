"""Forms evaluated together give what a workbook gives, and no rule finds an error in them."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from app.demo.build_store import forms_of_round, issues_of_round, judge_issues
from app.demo.forms_without_workbooks import Evaluated, FilledForm, evaluate_forms
from app.demo.further_profiles import everyone
from app.submission.background import NOTHING_KNOWN
from app.submission.result import Result

EXISTING = {one.profile.code: one for one in everyone()}
# One with several centres of its own, one drawn by kind with several, one that skips papers, a very small one.
CHOSEN = [
    ("DEMO-01", 2026),
    ("DEMO-31", 2025),
    ("DEMO-03", 2026),
    ("DEMO-33", 2023),
    ("DEMO-49", 2026),
    ("DEMO-90", 2022),
]
KEYS = ["level", "unit", "indicator", "definition", "counting", "benchmark", "entry", "element"]


@pytest.fixture(scope="module")
def forms() -> dict[tuple[str, int], list[FilledForm]]:
    return {(code, year): list(forms_of_round(EXISTING[code], year)) for code, year in CHOSEN}


@pytest.fixture(scope="module")
def together(forms: dict[tuple[str, int], list[FilledForm]]) -> Evaluated:
    """All of them at once: none may change what another gives."""
    return evaluate_forms([form for own in forms.values() for form in own], lineage=True)


def by_workbook(code: str, year: int) -> list[Result]:
    issues = issues_of_round(EXISTING[code], year)
    nothing = {issue.unit: NOTHING_KNOWN for issue in issues}
    return [result for _, result in judge_issues(issues, nothing, datetime(year, 6, 1, tzinfo=UTC))]


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [key for key in KEYS if key in frame]
    plain = frame.astype(object).where(frame.notna(), None)  # what is missing is kept as NULL, of whatever type it is
    return plain.sort_values(keys, kind="stable").reset_index(drop=True)


@pytest.mark.parametrize(("code", "year"), CHOSEN)
def test_the_same_results_as_by_workbook(code: str, year: int, forms, together: Evaluated) -> None:
    results = by_workbook(code, year)
    assert [result.header["unit"] for result in results] == [form.issue.unit for form in forms[code, year]]
    for form, result in zip(forms[code, year], results, strict=True):
        assert result.status != "error", result.validation["findings"]
        for name in ("values", "gaps", "scores"):
            wanted = result.frames[name].drop(columns="submission")
            frame = together.frames[name]
            found = frame[frame["submission"] == form.submission][wanted.columns]
            pd.testing.assert_frame_equal(in_order(found), in_order(wanted))


def test_the_same_answers_as_by_workbook() -> None:
    (form,) = forms_of_round(EXISTING["DEMO-49"], 2026)
    (result,) = by_workbook("DEMO-49", 2026)
    columns = ["field", "row_key", "normalised", "code", "sheet", "cell", "applies", "blocked"]
    found = pd.DataFrame(evaluate_forms([form]).answers)[columns]
    every = result.frames["answers"]
    wanted = every.loc[
        every["applies"] | ~every["field"].str.startswith("units."), columns
    ]  # of a list that is not asked
    pd.testing.assert_frame_equal(
        found.sort_values(columns[:2]).reset_index(drop=True),
        wanted.sort_values(columns[:2]).reset_index(drop=True),
        check_dtype=False,
    )
