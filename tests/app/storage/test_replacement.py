"""What an upload would replace and what would be lost with it is said before it is kept."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from app.storage.replacement import (
    KeptForm,
    Selection,
    losses_before_keeping,
    replacement_warnings,
    warnings_before_keeping,
)
from app.storage.store import Store
from app.storage.versions import Outcome
from app.submission.replacement_reason import loss_reason
from tests.app.storage.test_storage import keep, outcome

VALUE = {"level": "institution", "unit": "00", "indicator": "foreign_pi_share", "definition": "-", "counting": "-"}


def values(**numbers: float | None) -> pd.DataFrame:
    return pd.DataFrame([{**VALUE, "indicator": name, "value": value} for name, value in numbers.items()])


def answers(**given: str) -> pd.DataFrame:
    return pd.DataFrame([{"field": name, "row_key": "", "normalised": text} for name, text in given.items()])


def new(**more: object) -> Outcome:
    return outcome(**more)


def test_values_and_answers_with_a_number_before_and_none_after_are_lost() -> None:
    kept = KeptForm("a" * 16, answers(a="12", b="0", c="text", d="7"), values(x=1.5, y=0.0, z=None))
    after = new(answers=answers(a="", b="0", c="", e="3"), values=values(x=None, y=2.0, w=1.0))
    found = replacement_warnings(kept, after)
    assert [(w.kind, w.selected, w.found, w.lost, w.submission) for w in found] == [
        ("values_lost", "2", "2", ("x",), "a" * 16),
        ("answers_lost", "3", "2", ("a", "d"), "a" * 16),
    ]


def test_an_empty_form_over_a_complete_one_loses_everything() -> None:
    kept = KeptForm("a" * 16, answers(a="12", b="0"), values(x=1.5))
    found = replacement_warnings(kept, new(answers=answers(a="", b=""), values=values(x=None)))
    assert [(w.kind, w.lost) for w in found] == [("values_lost", ("x",)), ("answers_lost", ("a", "b"))]
    nothing = new(answers=pd.DataFrame(), values=pd.DataFrame())
    assert [w.lost for w in replacement_warnings(kept, nothing)] == [w.lost for w in found]


def test_a_correction_that_loses_nothing_asks_nothing() -> None:
    kept = KeptForm("a" * 16, answers(a="12"), values(x=1.5))
    assert replacement_warnings(kept, new(answers=answers(a="13", b="1"), values=values(x=2.5, y=1.0))) == []
    assert replacement_warnings(None, new(answers=answers(a=""), values=values(x=None))) == []


@pytest.mark.parametrize(
    ("selection", "more", "expected"),
    [
        (Selection("0002"), {}, ("other_institution", "0002", "0001")),
        (Selection("0001", 2027), {}, ("earlier_year", "2027", "2026")),
        (Selection(units=("WPI1",)), {"form": "centre", "unit": "WPI2"}, ("other_unit", "WPI1", "WPI2")),
        (Selection(units=("WPI1", "WPI2")), {"form": "centre"}, ("other_unit", "WPI1, WPI2", "")),
    ],
)
def test_a_file_that_is_not_what_was_selected_is_named(
    selection: Selection, more: dict[str, str], expected: tuple[str, str, str]
) -> None:
    (found,) = replacement_warnings(None, new(**more), selection)
    assert (found.kind, found.selected, found.found) == expected


def test_what_was_selected_asks_nothing() -> None:
    for selection in (Selection(), Selection("0001", 2026), Selection("0001", 2025), Selection(units=("WPI1",))):
        assert replacement_warnings(None, new(), selection) == []
    centre = new(form="centre", unit="WPI1")
    assert replacement_warnings(None, centre, Selection("0001", 2026, ("WPI1", "WPI2"))) == []


def test_the_store_is_asked_what_the_upload_would_replace(store: Store) -> None:
    kept = keep(store)
    emptied = outcome(values=outcome().values.assign(value=None))
    (found,) = warnings_before_keeping(store, emptied, "0001", 2026)
    assert (found.kind, found.submission, found.lost) == ("values_lost", kept, ("foreign_researcher_share",))
    keep(store, institution="0002", year=2027)
    assert [w.kind for w in warnings_before_keeping(store, outcome(), "0002", 2027)] == ["other_institution"]
    keep(store, b"PK later", year=2027)
    assert [w.kind for w in warnings_before_keeping(store, outcome(), None, None)] == ["earlier_year"]
    keep(store, b"PK centre", form="centre", unit="WPI1", year=2027)
    other = outcome(form="centre", unit="WPI2", year=2027)
    assert [w.kind for w in warnings_before_keeping(store, other, "0001", 2027)] == ["other_unit"]


def test_another_form_that_would_speak_with_fewer_values_asks(store: Store) -> None:
    kept = keep(store, form="full")
    emptied = outcome(values=outcome().values.assign(value=None))
    (found,) = losses_before_keeping(store, replace(emptied, form="short"))
    assert (found.kind, found.submission, found.lost) == ("other_form", kept, ("foreign_researcher_share",))
    assert kept in loss_reason(found).en and "外国人研究者比率" in loss_reason(found).ja
    assert losses_before_keeping(store, outcome(form="core")) == [], "the same values"
    centre = replace(emptied, form="centre", unit="WPI1")
    assert losses_before_keeping(store, centre) == [], "a centre's form speaks beside, not instead"
    assert losses_before_keeping(store, replace(emptied, form="short", year=2027)) == []
