"""A released meaning keeps its version; an old edition can be loaded and still gives the old numbers."""

import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from bench.panel import panel
from indicators.catalogue.load_catalogue import load_catalogue
from indicators.catalogue.released_editions import RELEASED, edition_of, editions, released_faults, write_edition
from indicators.engine.evaluate import evaluate
from schemas.dictionary.dictionary import load_dictionary
from tests.support.edited_catalogue import copied, edit

DICTIONARY = load_dictionary()
CATALOGUE = load_catalogue(dictionary=DICTIONARY)
SHARE = "definitions/researchers/foreign_researcher_share.yaml"
FACULTY = "definitions/researchers/foreign_faculty_share.yaml"


def test_no_meaning_changed_since_it_was_released() -> None:
    assert [str(fault) for fault in released_faults(CATALOGUE)] == []


def test_an_edition_names_every_indicator_with_version_and_meaning() -> None:
    assert editions()
    for edition in editions():
        for entry in edition.values():
            assert set(entry) == {"version", "meaning"}
    assert set(edition_of(CATALOGUE)) == set(CATALOGUE.indicators)


def test_no_released_indicator_has_gone_and_versions_only_rise() -> None:
    released = editions()
    for earlier, later in pairwise([*released, edition_of(CATALOGUE)]):
        assert set(earlier) <= set(later)
        assert all(earlier[name]["version"] <= later[name]["version"] for name in earlier)


def test_two_editions_of_one_version_mean_the_same() -> None:
    known: dict[tuple[str, int], str] = {}
    for edition in editions():
        for name, entry in edition.items():
            assert known.setdefault((name, entry["version"]), entry["meaning"]) == entry["meaning"], name


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (SHARE, "sum: researchers.foreign}", "sum: researchers.female}"),
        (SHARE, "levels: [institution, centre, unit]", "levels: [institution, centre]"),
        (SHARE, "population: researchers", "population: people"),
        (SHARE, "5月1日に在職する", "10月1日に在職する"),
        (SHARE, "definition_key: nationality", 'definition_key: "-"'),
        (FACULTY, "[faculty_classes.foreign, faculty_classes.foreign_degree]", "[faculty_classes.foreign_degree]"),
    ],
    ids=["measure", "levels", "population", "definition", "who is foreign", "measure of a variant"],
)
def test_a_changed_meaning_needs_a_raised_version(tmp_path: Path, file: str, old: str, new: str) -> None:
    folder = copied(tmp_path)
    edit(folder, file, old, new)
    [fault] = released_faults(load_catalogue(folder, DICTIONARY))
    assert "has changed since its version 1 was released" in fault.what.en
    assert fault.file.endswith(Path(file).name)
    assert fault.line == 2
    assert "version を2に上げる" in fault.remedy.ja
    edit(folder, file, "version: 1", "version: 2")
    assert released_faults(load_catalogue(folder, DICTIONARY)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight: 2", "weight: 3"),
        ("en: Share of foreign researchers}", "en: Foreign researchers}"),
        ("30 % is a", "30 % remains a"),
    ],
    ids=["weight", "label", "pitfalls"],
)
def test_what_is_no_part_of_the_meaning_may_be_mended(tmp_path: Path, old: str, new: str) -> None:
    folder = copied(tmp_path)
    edit(folder, SHARE, old, new)
    assert released_faults(load_catalogue(folder, DICTIONARY)) == []


def test_a_version_never_goes_back(tmp_path: Path) -> None:
    edition = edition_of(CATALOGUE)
    edition["foreign_pi_share"] = {"version": 3, "meaning": "another"}
    (tmp_path / "1.json").write_text(json.dumps(edition_of(CATALOGUE)), encoding="utf-8")
    (tmp_path / "10.json").write_text(json.dumps(edition), encoding="utf-8")
    [fault] = released_faults(CATALOGUE, tmp_path)
    assert "lies before the released version 3" in fault.what.en


def test_what_was_released_is_not_written_over(tmp_path: Path) -> None:
    assert json.loads(write_edition(CATALOGUE, 1, tmp_path).read_text(encoding="utf-8")) == edition_of(CATALOGUE)
    with pytest.raises(FileExistsError):
        write_edition(CATALOGUE, 1, tmp_path)


def test_last_years_edition_gives_last_years_numbers(tmp_path: Path) -> None:
    tables, rounds = panel(4, 1, DICTIONARY)
    before = evaluate(tables, CATALOGUE, rounds)
    last_year, this_year = copied(tmp_path / "last"), copied(tmp_path / "this")
    edit(this_year, SHARE, "sum: researchers.foreign}", "sum: researchers.female}")
    edit(this_year, SHARE, "version: 1", "version: 2")
    edit(this_year, "benchmark_values/foreign_researcher_share.yaml", 'value: "30"', 'value: "40"')
    old, new = (evaluate(tables, load_catalogue(folder, DICTIONARY), rounds) for folder in (last_year, this_year))
    for name in ("values", "gaps", "scores", "value_cells"):
        pd.testing.assert_frame_equal(getattr(old, name), getattr(before, name))
    assert not new.values["value"].equals(old.values["value"])
    versions = new.values.set_index("indicator")["indicator_version"]
    assert set(versions["foreign_researcher_share"]) == {2}
    assert RELEASED.is_dir()


def test_a_line_drawn_later_leaves_earlier_rounds_as_they_were(tmp_path: Path) -> None:
    """Entries are dated: the scoreboard of a past round is the same with and without next year's requirement."""
    tables, rounds = panel(4, 2, DICTIONARY)
    last = int(rounds["year"].max())
    folder = copied(tmp_path)
    lines = "benchmark_values/foreign_researcher_share.yaml"
    old = "    - from: 2017-04-01\n"
    entry = (folder / lines).read_text(encoding="utf-8").split(old)[1].split("\n\n")[0]
    later = f"{old}{entry}\n    - from: {last}-04-01\n{entry}".replace('value: "30"', 'value: "35"')
    later = later.replace('value: "35"', 'value: "30"', 1)
    later = f"last_confirmed: {last}-04-01".join(later.rsplit("last_confirmed: 2017-04-01", 1))
    edit(folder, lines, f"{old}{entry}", later)
    before, after = (evaluate(tables, one, rounds).decode() for one in (CATALOGUE, load_catalogue(folder, DICTIONARY)))
    past = set(rounds.loc[rounds["year"] < last, "submission"])
    for name in ("values", "gaps", "scores"):
        one, other = (getattr(board, name) for board in (before, after))
        kept = [frame[frame["submission"].isin(past)].reset_index(drop=True) for frame in (one, other)]
        pd.testing.assert_frame_equal(*kept)
    drawn = after.gaps[(after.gaps["benchmark"] == "wpi_requirement") & ~after.gaps["submission"].isin(past)]
    assert "35" in set(drawn["benchmark_value"])
