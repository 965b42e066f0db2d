"""The form of a centre beside its institution's: compared, and used for the level of the centre."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.access import LOCAL
from app.cli import main
from app.demo.filled_forms import sample_issues
from app.demo.full_and_centre_forms import more_samples
from app.edition import catalogue
from app.storage.store import Store
from app.submission.background import Background, form_of_result
from app.submission.process_workbook import process
from app.submission.receive_upload import receive
from app.submission.result import Result
from schemas.checks.centres.reconciliation import compare_answers, pairs_of
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.issue import Given, Issue
from schemas.reading.read_submission import read_submission
from schemas.rules.rule import load_rules
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook

DICTIONARY = load_dictionary()
CORE = sample_issues(DICTIONARY)["sample-strong"]
FULL, CENTRE = (more_samples(DICTIONARY)[f"sample-{name}"] for name in ("full", "centre"))
COUNT, LEVEL = ("researchers.foreign", "centre/professor"), ("checklist.declared", "A1/centre")
DIFFERENT, OTHER_CENTRE = "R.CEN.001", "R.CEN.002"
Answers = dict[tuple[str, str], Given]


@cache
def written(issue: str, changes: tuple[tuple[tuple[str, str], Given], ...] = (), unit: str = "") -> bytes:
    made: Issue = {"core": CORE, "full": FULL, "centre": CENTRE}[issue]
    lists: Any = dict(made.lists)
    if unit:
        lists["units"] = [{**lists["units"][0], "unit": unit}]
    return write_template(DICTIONARY, replace(made, answers={**made.answers, **dict(changes)}, lists=lists))


@cache
def judged(data: bytes, **beside: bytes) -> Result:
    if not beside:
        return process(data)
    return process(data, Background(beside=tuple(form_of_result(judged(other)) for other in beside.values())))


def differences(result: Result) -> list[dict[str, Any]]:
    return [f for f in result.header["validation"]["findings"] if f["rule"] in (DIFFERENT, OTHER_CENTRE)]


def centre_share(result: Result) -> tuple[str, str, str]:
    values = result.frames["values"].set_index(["indicator", "level", "definition"])
    row = values.loc[("foreign_researcher_share", "centre", "nationality")]
    return row["numerator"], row["denominator"], row["status"]


def of_institution(result: Result) -> list[tuple[str, ...]]:
    """Values of the whole institution, except those that compare it with its centre."""
    values = result.frames["values"].query("level == 'institution'")
    indicators = catalogue().indicators
    plain = [name in indicators and indicators[name].measure.difference is None for name in values["indicator"]]
    return sorted(values.loc[plain, ["indicator", "definition", "numerator", "denominator"]].itertuples(index=False))


NUMBER = int(str(CENTRE.answers[COUNT]))
MORE = ((COUNT, NUMBER + 2),)


def test_forms_that_agree_are_silent_in_both() -> None:
    assert differences(judged(written("core"), centre=written("centre"))) == []
    assert differences(judged(written("centre"), core=written("core"))) == []


@pytest.mark.parametrize("form", ["core", "full"])
def test_a_difference_names_both_cells_and_the_centre_form_is_used(form: str) -> None:
    alone = judged(written(form))
    result = judged(written(form), centre=written("centre", MORE))
    (found,) = differences(result)
    assert (found["severity"], found["field"], found["row_key"]) == ("check", *COUNT)
    there = read_submission(read_workbook(written("centre", MORE)), DICTIONARY).by_key[COUNT]
    assert there.cell != found["cell"]
    for language in ("ja", "en"):
        text = found["message"][language]
        assert f"{found['sheet']}!{found['cell']}" in text and there.address in text
        assert str(NUMBER) in text and str(NUMBER + 2) in text
    before, now = centre_share(alone), centre_share(result)
    assert int(now[0]) == int(before[0]) + 2 and now[1] == before[1]
    assert of_institution(result) == of_institution(alone), "the numbers of the whole institution are its own"


def test_the_centre_form_is_told_too_and_keeps_its_own_numbers() -> None:
    result = judged(written("centre", MORE), core=written("core"))
    (found,) = differences(result)
    assert "基本様式" in found["message"]["ja"] and "Core form" in found["message"]["en"]
    assert centre_share(result) == centre_share(judged(written("centre", MORE)))


def test_a_level_is_compared_in_words_and_rests_on_the_evidence_of_the_centre_form() -> None:
    evidence: Answers = {("checklist_details.evidence_kind", "A1"): None, ("checklist_details.evidence", "A1"): None}
    core = written("core", ((LEVEL, 0), (("checklist.declared", "A1/institution"), 0), *evidence.items()))
    proof: Answers = {
        ("checklist_details.evidence_kind", "A1"): "rule",
        ("checklist_details.evidence", "A1"): "拠点規程",
        ("checklist_details.evidence_scope", "A1"): None,
        ("checklist_details.binding", "A1"): "binding",
    }
    kinds = DICTIONARY.code_lists["evidence_kinds"].codes()
    proof["checklist_details.evidence_kind", "A1"] = kinds[0]
    proof["checklist_details.binding", "A1"] = DICTIONARY.code_lists["binding"].codes()[0]
    centre = written("centre", ((LEVEL, 3), *proof.items()))
    result = judged(core, centre=centre)
    (found,) = differences(result)
    wording = DICTIONARY.checklist.item("A1").levels
    assert f"0 {wording[0].ja}" in found["message"]["ja"] and f"3 {wording[3].en}" in found["message"]["en"]

    def score(one: Result) -> float:
        values = one.frames["values"].set_index(["indicator", "level"])
        return float(values.loc[("english_admin_score", "centre"), "value"])

    assert score(result) == score(judged(centre)) > score(judged(core))


def test_a_code_and_a_blank_are_differences_and_what_cannot_be_read_is_asked_elsewhere() -> None:
    rules, core = load_rules(), read_submission(read_workbook(written("core")), DICTIONARY)
    for given, ja, en in (("m", "m 把握していない", "m Not known"), (None, "空欄", "blank")):
        centre = read_submission(read_workbook(written("centre", ((COUNT, given),))), DICTIONARY)
        (found,) = compare_answers(core, centre, DICTIONARY, rules)
        assert f"「{ja}」" in found.message.ja and en.lower() in found.message.en.lower()
        assert found.blocks == ()
    unclear = read_submission(read_workbook(written("centre", ((COUNT, "約12"),))), DICTIONARY)
    assert list(compare_answers(core, unclear, DICTIONARY, rules)) == []


def test_an_error_in_the_centre_form_blocks_the_level_of_the_centre() -> None:
    centre = written("centre", ((COUNT, "約12"),))
    assert centre_share(judged(written("core"), centre=centre))[2] == "no_source"


def test_an_error_in_the_core_form_about_the_centre_does_not_where_the_centre_form_is_sound() -> None:
    core = written("core", ((COUNT, "約12"),))
    assert centre_share(judged(core))[2] == "no_source"
    assert centre_share(judged(core, centre=written("centre"))) == centre_share(judged(written("core")))


def test_another_centre_is_said_once_and_not_used() -> None:
    centre = written("centre", MORE, "ZZ9")
    result = judged(written("core"), centre=centre)
    (found,) = differences(result)
    assert found["rule"] == OTHER_CENTRE and "ZZ9" in found["message"]["en"]
    assert centre_share(result) == centre_share(judged(written("core")))


def test_only_answers_about_the_centre_are_compared() -> None:
    core, centre = (read_submission(read_workbook(written(name)), DICTIONARY) for name in ("core", "centre"))
    tables = {pair.own.field.table for pair in pairs_of(core, centre)}
    assert tables == {"researchers", "checklist"}, (
        "staff and papers mean the institution in one, the centre in the other"
    )


def test_in_the_store_a_form_that_comes_after_that_of_the_centre_rests_on_it(tmp_path: Path) -> None:
    """The other order leads to the same: tests of the one trip."""
    store = Store.open(tmp_path / "store", "demo")
    data = {"centre": written("centre", MORE), "core": written("core")}
    for form in data:
        received = receive(store, LOCAL, data[form], f"{form}.xlsx")
        assert received.submission is not None
    core = store.current(CORE.institution.code, CORE.year, "core")
    assert core is not None and len(store.submissions(all_versions=True)) == 2
    values = store.values(institution=CORE.institution.code, indicator="foreign_researcher_share", level="centre")
    same = values[values["definition"] == "nationality"]
    assert set(zip(same["numerator"], same["denominator"], strict=True)) == {centre_share(judged(data["centre"]))[:2]}
    assert DIFFERENT in {f["rule"] for f in store.findings(core)}
    assert not store.value_cells(core).empty and store.check() == []
    store.close()


def test_files_given_together_are_judged_beside_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / f"{name}.xlsx" for name in ("core", "centre")]
    paths[0].write_bytes(written("core"))
    paths[1].write_bytes(written("centre", MORE))
    assert main(["validate", *map(str, paths), "--json"]) == 0
    told = {f["file"]: {x["rule"] for x in f["findings"]} for f in json.loads(capsys.readouterr().out)["files"]}
    assert all(DIFFERENT in rules for rules in told.values()) and set(told) == {"core.xlsx", "centre.xlsx"}
    assert main(["validate", str(paths[0]), "--json"]) == 0
    assert DIFFERENT not in {x["rule"] for x in json.loads(capsys.readouterr().out)["findings"]}


def test_the_catalogue_of_the_test_is_the_one_in_force() -> None:
    assert catalogue().dictionary.hash == DICTIONARY.hash
