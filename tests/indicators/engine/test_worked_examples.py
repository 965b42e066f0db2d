"""The worked examples of the catalogue are what the engine computes, and every kind of answer has one."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from indicators.catalogue.declarations import Example, Indicator
from indicators.catalogue.load_catalogue import Catalogue, load_catalogue
from indicators.engine.worked_examples import WORDS, ExampleResult, example_faults, example_tables, run_examples
from indicators.values.applicability import fields_needed
from tests.support.edited_catalogue import copied, edit

FACULTY = "definitions/researchers/foreign_faculty_share.yaml"
CATALOGUE = load_catalogue()


@cache
def results() -> list[ExampleResult]:
    """Every worked example with what the engine makes of it, run when a test first asks."""
    return run_examples(CATALOGUE)


def test_every_example_gives_what_it_says() -> None:
    wrong = {f"{r.indicator.key}-{r.number}": (r.found, r.expected) for r in results() if r.found != r.expected}
    assert wrong == {} and len(results()) >= len(CATALOGUE.measured)


def rests_on_lists(indicator: Indicator) -> bool:
    """Whether every question is one of an open list: an empty list is a zero, and no cell takes the code ``a``."""
    fields = fields_needed(indicator, CATALOGUE)
    return all(CATALOGUE.dictionary.block_of[name][1].kind == "list" for name in fields)


@pytest.mark.parametrize("key", CATALOGUE.measured)
def test_zero_and_codes_have_an_example(key: str) -> None:
    indicator = CATALOGUE.measured[key]
    expected = [result.expected for result in results() if result.indicator.key == key]
    words = set(map(str, expected))
    assert [value for value in expected if isinstance(value, Fraction) and value != 0], "an example with a plain number"
    assert Fraction(0) in expected or "zero_denominator" in expected
    if rests_on_lists(indicator):
        switches = {CATALOGUE.dictionary.block_of[name][1].skip for name in fields_needed(indicator, CATALOGUE)}
        assert words & {"m", "c", "nc"}
        assert "nc" in words or None in switches, "left out by its switch"
    else:
        assert {"a", "m"} <= words


def test_an_example_that_is_wrong_does_not_hold() -> None:
    right = next(r for r in results() if r.indicator.id == "foreign_researcher_share" and r.expected == 30)
    wrong = right.example.model_copy(update={"expect": 31})
    assert right.holds
    assert not ExampleResult(right.indicator, right.number, wrong, right.found).holds


def test_an_exact_expectation_may_be_a_fraction() -> None:
    thirds = [r for r in results() if isinstance(r.expected, Fraction) and r.expected.denominator == 3]
    assert thirds
    assert all(r.holds for r in thirds)


def test_left_out_keys_are_filled_in() -> None:
    given = {
        "researchers": [{"total": 3, "foreign": "m"}, {"unit": "C1", "total": 2, "foreign": 1}],
        "checklist": [
            {"item": "A1", "declared": 3},
            {"item": "A1", "scope": "centre", "declared": 3, "evidence": True},
        ],
        "publications": [{"papers": "10"}],
    }
    tables = example_tables(Example(given=given, expect=0), CATALOGUE.dictionary)
    people = tables["researchers"]
    assert list(people["unit"]) == ["00", "C1"]
    assert list(people["position"]) == ["professor", "professor"]
    assert list(people["foreign__code"]) == ["m", ""]
    assert list(people["foreign"].isna()) == [True, False]
    assert list(tables["units"]["unit"]) == ["C1"]
    assert list(tables["checklist"]["counted"]) == [1, 3]
    assert list(tables["publications"]["year"]) == [2025]
    assert set(tables["publications"]["counting"]) == {"full"}


def test_statuses_are_words_and_not_numbers() -> None:
    assert {"a", "m", "x", "nc", "c", "zero_denominator", "no_source", "ok"} == WORDS


def changed(tmp_path: Path, *edits: tuple[str, str]) -> Catalogue:
    """The shipped catalogue, read again after some changes in one definition."""
    folder = copied(tmp_path)
    for old, new in edits:
        edit(folder, FACULTY, old, new)
    return load_catalogue(folder, CATALOGUE.dictionary)


def test_an_example_that_does_not_hold_is_named_by_file_and_line(tmp_path: Path) -> None:
    edits = ("expect: 30}", "expect: 31}"), ("expect: 10}", "expect: ten}")
    no_value, of_a_variant = example_faults(changed(tmp_path / "two", *edits))
    not_measured = ("expect: 10}", "expect: 10, level: centre}")
    (of_another_level,) = example_faults(changed(tmp_path / "one", not_measured))
    for fault, line, words in (
        (of_a_variant, 28, "gives '30', not '31'"),
        (no_value, 33, "neither a number nor a status"),
        (of_another_level, 33, "gives 'no_source', not '10'"),
    ):
        assert (fault.file, fault.line) == ("researchers/foreign_faculty_share.yaml", line)
        assert words in fault.what.en
        assert fault.remedy.ja.endswith("ください。")
