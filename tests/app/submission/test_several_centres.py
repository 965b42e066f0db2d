"""Several centres of one institution: each with a form of its own, all beside one form of the institution."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.access import LOCAL
from app.charts.centre_rows import best_sentences
from app.cli import main
from app.demo.filled_forms import sample_issues
from app.demo.full_and_centre_forms import more_samples
from app.edition import catalogue
from app.storage.store import Store
from app.submission.background import Background, form_of_result
from app.submission.process_workbook import process
from app.submission.receive_upload import receive
from app.submission.result import Result
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.issue import Issue
from schemas.template.write_template import write_template
from tests.app.submission.test_one_trip import WorkersHere
from tests.support.score_schema import SCORE_SCHEMA

DICTIONARY = load_dictionary()
CORE, CENTRE = sample_issues(DICTIONARY)["sample-strong"], more_samples(DICTIONARY)["sample-centre"]
CODE, YEAR = CORE.institution.code, CORE.year
FIRST = str(CORE.lists["units"][0]["unit"])
SECOND, THIRD = "K2", "K3"
NAMES = {SECOND: "第二拠点（デモ）", THIRD: "第三拠点（デモ）"}
COUNT = ("researchers.foreign", "centre/professor")
GAP = "zone_gap_researchers"
VERSIONS = dict.fromkeys(("form", "catalogue", "rules", "software"), "x")


def row_of(unit: str, **more: Any) -> dict[str, Any]:
    own = {"unit": unit, "name_ja": NAMES.get(unit, unit), "name_en": f"Centre {unit} (demo)"}
    return {**CORE.lists["units"][0], **own, "kind": "research_centre", "is_centre": "no", **more}


@cache
def core(*units: str, year: int = YEAR) -> bytes:
    rows = [*CORE.lists["units"][:1], *map(row_of, units)]
    return write_template(DICTIONARY, replace(CORE, year=year, lists={**CORE.lists, "units": rows}))


@cache
def centre(unit: str = FIRST, more: int = 0, name: str = "", year: int = YEAR) -> bytes:
    answers = {**CENTRE.answers, COUNT: int(str(CENTRE.answers[COUNT])) + more}
    row = {k: v for k, v in row_of(unit).items() if k != "is_centre"} if unit != FIRST else CENTRE.lists["units"][0]
    row = {**row, "name_ja": name} if name else row
    made: Issue = replace(CENTRE, year=year, answers=answers, lists={"units": [row]}, unit=unit)
    return write_template(DICTIONARY, made)


@cache
def judged(data: bytes, *beside: bytes, siblings: tuple[bytes, ...] = ()) -> Result:
    if not beside and not siblings:
        return process(data)
    kept, more = (tuple(form_of_result(judged(other)) for other in others) for others in (beside, siblings))
    return process(data, Background(beside=kept, siblings=more))


def found(result: Result, prefix: str = "R.CEN") -> list[dict[str, Any]]:
    return [f for f in result.header["validation"]["findings"] if f["rule"].startswith(prefix)]


def share(result: Result, unit: str, indicator: str = "foreign_researcher_share") -> tuple[str, str]:
    values = result.frames["values"].query(
        "level == 'centre' and definition != 'sgu' and definition != 'foreign_degree'"
    )
    rows = values[(values["unit"] == unit) & (values["indicator"] == indicator)]
    (row,) = rows[["numerator", "denominator"]].itertuples(index=False, name=None)
    return row


def test_each_centre_has_values_of_its_own_in_the_form_of_the_institution() -> None:
    alone = judged(core(SECOND, THIRD), centre())
    result = judged(core(SECOND, THIRD), centre(), centre(SECOND, 3), centre(THIRD, 5))
    own = int(share(judged(centre()), FIRST)[0])
    assert [int(share(result, unit)[0]) for unit in (FIRST, SECOND, THIRD)] == [own, own + 3, own + 5]
    same = ["indicator", "definition", "counting", "numerator", "denominator"]
    whole = [one.frames["values"].query("level == 'institution'")[same].to_numpy().tolist() for one in (alone, result)]
    assert whole[0] == whole[1], "the institution is compared with the centre that it chose, whoever else hands in"
    assert found(result) == []


def test_what_one_form_says_is_that_of_its_own_centre_in_any_order() -> None:
    one, other = (judged(core(SECOND, THIRD), *order) for order in (
        (centre(), centre(SECOND, 3), centre(THIRD, 5)), (centre(THIRD, 5), centre(SECOND, 3), centre()),
    ))  # fmt: skip
    for frame in ("values", "gaps", "scores", "value_cells"):
        assert one.frames[frame].equals(other.frames[frame])


def test_a_centre_that_is_not_listed_is_said_with_the_nearest_and_not_used() -> None:
    result = judged(core(SECOND), centre("K7", 9, NAMES[SECOND]))
    (said,) = found(result)
    assert said["rule"] == "R.CEN.002" and f"{SECOND} {NAMES[SECOND]}" in said["message"]["ja"]
    assert "in the form of the institution does not list it" in said["message"]["en"]
    assert "K7" not in set(result.frames["values"]["unit"])
    (told,) = found(judged(centre("K7", 9, NAMES[SECOND]), core(SECOND)))
    assert told["rule"] == "R.CEN.002" and told["cell"], "the form of the centre is told in the cell of its code"


def test_two_centres_of_one_name_and_one_code_of_two_names_are_said() -> None:
    (twice,) = found(judged(centre(SECOND), siblings=(centre(THIRD, 0, NAMES[SECOND]),)))
    assert twice["rule"] == "R.CEN.004" and THIRD in twice["message"]["en"]
    (named,) = found(judged(core(SECOND), centre(SECOND, 0, "別の名称")))
    assert named["rule"] == "R.CEN.003" and NAMES[SECOND] in named["message"]["ja"]


def test_a_form_issued_for_one_centre_and_filled_in_for_another_is_an_error() -> None:
    made = replace(CENTRE, lists={"units": [row_of(SECOND)]}, unit=THIRD)
    (said,) = found(judged(write_template(DICTIONARY, made)))
    assert (said["rule"], said["severity"]) == ("R.CEN.005", "error") and f"--centre {SECOND}" in said["remedy"]["en"]


@pytest.fixture
def demo(tmp_path: Path) -> Any:
    store = Store.open(tmp_path / "store", "demo")
    yield store
    store.close()


def received(store: Store, *forms: bytes) -> list[str]:
    return [str(receive(store, LOCAL, data, "form.xlsx", workers=WorkersHere()).submission) for data in forms]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_in_the_store_no_centre_replaces_another_and_all_feed_the_institution(
    demo: Store, order: tuple[int, ...]
) -> None:
    forms = core(SECOND), centre(FIRST, 1), centre(SECOND, 3)
    kept = dict(zip(order, received(demo, *(forms[n] for n in order)), strict=True))
    assert sorted(demo.submissions()["id"]) == sorted(kept.values())
    values = demo.values(submission=kept[0], indicator="foreign_researcher_share", level="centre")
    values = values[values["definition"] == "nationality"].set_index("unit")["numerator"].astype(int)
    assert values[SECOND] - values[FIRST] == 2
    assert demo.submission_of_record(CODE, YEAR) == kept[0] and demo.pending() == [] and demo.check() == []


def test_the_form_of_a_round_before_is_that_of_the_same_centre(demo: Store) -> None:
    received(demo, centre(FIRST, year=YEAR - 1), centre(SECOND, 40, year=YEAR - 1))
    both = [
        receive(demo, LOCAL, data, "x.xlsx", workers=WorkersHere()).result
        for data in (centre(FIRST), centre(SECOND, 40))
    ]
    for result in both:
        jumps = [f for f in result.header["validation"]["findings"] if f["field"] == COUNT[0] and f["scope"] == "year"]
        assert jumps == [], "neither is set beside the other centre's numbers of last year"


def test_files_given_together_show_each_centre(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / f"{name}.xlsx" for name in ("core", "one", "two")]
    for path, data in zip(paths, (core(SECOND), centre(), centre(SECOND, 3)), strict=True):
        path.write_bytes(data)
    assert main(["score", *map(str, paths), "--json"]) == 0
    boards = json.loads(capsys.readouterr().out)["scoreboards"]
    units = {row["unit"] for row in boards[0]["indicators"] if row["level"] == "centre"}
    assert units == {FIRST, SECOND}
    named = {one["unit"]: one["name"]["ja"] for one in boards[0]["centres"]}
    assert named == {FIRST: CORE.lists["units"][0]["name_ja"], SECOND: NAMES[SECOND]}
    best = {one["indicator"]: one for one in boards[0]["best_centres"]}
    assert {"rollout_rate", GAP, "zone_gap_admin"} == set(best) and best[GAP]["centres"][0]["name"]["ja"] == NAMES[
        SECOND
    ]
    gaps = {
        row["unit"]: row["value"] for row in boards[0]["indicators"] if row["id"] == GAP and row["level"] == "centre"
    }
    assert gaps[SECOND] == best[GAP]["value"] > gaps[FIRST]
    assert len(best_sentences(boards[0], catalogue(), "ja")) == len(best)
    alone = [one | {"compared": {}} if one["unit"] == FIRST else one for one in boards[0]["centres"]]
    assert best_sentences(boards[0] | {"centres": alone}, catalogue(), "ja") == [], "the only one is no highest"
    jsonschema.validate({"scoreboards": boards, "versions": VERSIONS}, SCORE_SCHEMA)
