"""The short form: sixty cells at most, judged like the others, and beside the core form wherever it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.access import LOCAL
from app.cli import main
from app.edition import catalogue
from app.results.institution_results import items_of, panel
from app.results.nation.national_practice import details_of_years
from app.storage.store import Store
from app.submission.process_workbook import process
from app.submission.receive_upload import receive
from app.submission.result import Result
from schemas.dictionary.dictionary import WHOLE, load_dictionary
from schemas.form.issue import Given, Issue
from schemas.register import load_register
from schemas.template.write_template import write_template

DICTIONARY = load_dictionary()
CODE, YEAR = "F104110100856", 2026
SLOTS = [slot for slot in DICTIONARY.slots("short", YEAR) if slot.field.required != "register"]
PEOPLE = {"faculty": (120, 6), "postdoc": (10, 4), "others": (8, 1)}
SHARE = "foreign_researcher_share"


def answers() -> dict[tuple[str, str], Given]:
    """A small university: 11 of 138 researchers are foreign; A1 at level 2 with a title, the rest at level 1."""
    found: dict[tuple[str, str], Given] = {
        ("profile.office", ""): "国際課",
        ("profile.office_address", ""): "kokusai@example.ac.jp",
        ("publication_basis.database", ""): "scopus",
        ("publication_basis.counting", ""): "full",
        ("checklist_details.evidence", "A1"): "就業規則 英語版",
    }
    for group, (total, foreign) in PEOPLE.items():
        found["researchers.total", f"{WHOLE}/{group}"] = total
        found["researchers.foreign", f"{WHOLE}/{group}"] = foreign
    for slot in SLOTS:
        if slot.field.id == "checklist.declared":
            found[slot.field.id, slot.row_key] = 2 if slot.keys["item"] == "A1" else 1
        if slot.field.id.startswith("publications."):
            found[slot.field.id, slot.row_key] = 100 if slot.field.column == "papers" else 25
    return found


def short(**changes: Given) -> bytes:
    """The form filled in; ``changes`` by ``field__row`` with two underscores for the dot and three for the slash."""
    given = answers()
    for name, value in changes.items():
        field, _, row = name.partition("____")
        given[field.replace("__", "."), row.replace("___", "/")] = value
    return write_template(DICTIONARY, Issue("short", YEAR, load_register().get(CODE, YEAR), given))


def rules_of(result: Result) -> dict[str, str]:
    return {f["rule"]: f["severity"] for f in result.header["validation"]["findings"]}


def test_it_asks_for_no_more_than_sixty_cells() -> None:
    assert len(SLOTS) <= 60
    assert sum(slot.field.id == "checklist.declared" for slot in SLOTS) == 15
    assert {slot.keys["position"] for slot in SLOTS if slot.field.table == "researchers"} == set(PEOPLE)


def test_it_is_judged_and_scored_where_it_answers() -> None:
    result = process(short())
    assert rules_of(result) == {}
    values = result.frames["values"].set_index(["indicator", "definition"])
    assert tuple(values.loc[(SHARE, "nationality"), ["numerator", "denominator", "status"]]) == ("11", "138", "ok")
    assert values.loc[("foreign_postdoc_share", "nationality"), "numerator"] == "4"
    assert values.loc[("foreign_share_without_postdocs", "nationality"), "denominator"] == "128"
    # a row that holds three positions says nothing of one of them, and 15 items give no score of 45
    asked = set(values.index.get_level_values("indicator"))
    assert asked.isdisjoint({"foreign_professor_share", "english_admin_score", "rollout_rate"})
    assert "foreign_specially_appointed_share" not in asked


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"researchers__foreign____00___faculty": 130}, "R.RES.001"),
        ({"checklist_details__evidence____A1": ""}, "R.SUB.070"),
        ({"publications__international____2025": 101}, "R.PUB.031"),
    ],
)
def test_what_does_not_fit_is_a_finding(changes: dict[str, Given], rule: str) -> None:
    assert rule in rules_of(process(short(**changes)))


def test_it_stands_beside_the_core_form_in_comparisons(store: Store) -> None:
    kept = receive(store, LOCAL, short(), "short.xlsx")
    assert kept.result.header["form"] == "short"
    submission = store.submission_of_record(CODE, YEAR)
    assert submission is not None
    rows = panel(store, LOCAL, YEAR)
    mine = rows[(rows["institution"] == CODE) & (rows["indicator"] == SHARE) & (rows["level"] == "institution")]
    assert len(mine) >= 1 and set(mine["status"]) == {"ok"}
    items = items_of(store, submission).set_index("item")
    assert items.loc["A1", "institution_counted"] == 2 and items.loc["A2", "institution_counted"] == 1
    assert items["institution_counted"].isna()["A3"]
    details = details_of_years(store, year=YEAR).set_index("item")
    assert details.loc["A1", "institution_counted"] == 2 and len(details) == 15


def test_the_command_line_issues_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "short.xlsx"
    given = ["template", "--institution", CODE, "--year", str(YEAR), "--out", str(out)]
    assert main([*given, "--form", "short"]) == 0 and out.exists()
    assert main(["validate", str(out)]) == 11  # as issued nothing is filled in
    assert main([*given, "--form", "shrt"]) == 2
    assert "short" in capsys.readouterr().err


def test_every_indicator_is_asked_by_the_core_form_as_before() -> None:
    assert all(not rows.only.get("core") for _, block in DICTIONARY.blocks("core") for rows in block.rows)
    assert "faculty" not in catalogue().dictionary.code_lists["positions"].codes()
