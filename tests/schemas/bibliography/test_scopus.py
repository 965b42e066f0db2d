"""Scopus CSV exports, old and new."""

from pathlib import Path

import pytest

from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.scopus import read_scopus
from tests.support.publication_samples import SCOPUS_HEADINGS, SCOPUS_ROWS, wos_tab


def read(path: Path, text: str | bytes) -> tuple[list, ProblemLog]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8-sig"))
    problems = ProblemLog()
    return list(read_scopus(path, problems)), problems


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scopus.csv"


def test_what_records_say(path: Path) -> None:
    records, problems = read(path, "\n".join([SCOPUS_HEADINGS, *SCOPUS_ROWS]))
    assert not problems.counts
    first, second, third, fourth = records
    assert first.record_id == "2-s2.0-1" and first.countries == ("GB", "JP") and first.n_authors == 2
    assert [author.countries for author in first.authors] == [("JP", "GB"), ("GB",)]
    assert [address.organisation for address in first.corresponding] == ["The University of Tokyo"]
    assert second.n_institutions == 1 and second.is_international is False and second.type == "proceedings"
    assert third.is_international is None and third.countries == ()
    assert fourth.countries == ("JP",) and fourth.is_international is None
    assert fourth.unreadable == ("Some Institute, Atlantis",)
    assert [record.line for record in records] == [2, 3, 4, 5]


def test_tabs_may_part_the_columns(path: Path) -> None:
    records, problems = read(
        path, "Title\tYear\tAffiliations\tEID\nOne\t2020\tKeio University, Tokyo, Japan\t2-s2.0-9\n"
    )
    assert [record.countries for record in records] == [("JP",)] and not problems.counts


def test_old_exports_part_authors_by_commas(path: Path) -> None:
    row = '"Sato K., Rahmani A.-M., Abe A.",T,2017,"Keio University, Tokyo, Japan",E1'
    records, _ = read(path, f"Authors,Title,Year,Affiliations,EID\n{row}\n")
    assert records[0].n_authors == 3 and records[0].first_author == "Sato K."


def test_without_the_column_of_addresses_countries_are_unknown(path: Path) -> None:
    records, problems = read(path, "Authors,Title,Year,EID\nSato K.,T,2017,E1\n")
    assert [record.is_international for record in records] == [None]
    assert [one.kind for one in problems.listed] == ["no_address_column"] and not problems.has_unreadable_file


def test_without_title_and_year_nothing_is_read(path: Path) -> None:
    records, problems = read(path, "Authors,EID\nSato K.,E1\n")
    assert not records and problems.has_unreadable_file
    assert problems.listed[0].params == {"columns": "Title, Year"}


@pytest.mark.parametrize("other", [wos_tab(), "FN Clarivate\nVR 1.0\n", '{"id": "W1"}\n'])
def test_another_database_is_named(path: Path, other: str) -> None:
    records, problems = read(path, other)
    assert not records and [one.kind for one in problems.listed] == ["other_vendor"]


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        ("only,three,cells", "cells_do_not_fit"),
        ('"never closed', "row_does_not_end"),
        (SCOPUS_ROWS[0][:80], "cells_do_not_fit"),
        (SCOPUS_ROWS[0].replace(",2023,", ",20x3,"), "bad_year"),
        (SCOPUS_ROWS[0].replace(",2023,", ",3023,"), "bad_year"),
        (SCOPUS_ROWS[0].replace(",2023,", ", ,"), "no_year"),
        ("FN Clarivate Analytics Web of Science", "other_vendor_within"),
        ('{"id": "https://openalex.org/W1", "title": "x"}', "other_vendor_within"),
    ],
)
def test_a_bad_row_costs_itself_only(path: Path, bad: str, kind: str) -> None:
    records, problems = read(path, "\n".join([SCOPUS_HEADINGS, SCOPUS_ROWS[0], bad, *SCOPUS_ROWS[1:]]))
    assert [record.record_id for record in records] == [f"2-s2.0-{n}" for n in (1, 2, 3, 4)]
    assert (3, kind) in {(one.line, one.kind) for one in problems.listed}


def test_two_exports_joined_to_one_are_read_as_one(path: Path) -> None:
    first, second = ["\ufeff" + SCOPUS_HEADINGS, SCOPUS_ROWS[0]], ["\ufeff" + SCOPUS_HEADINGS, *SCOPUS_ROWS[1:]]
    records, problems = read(path, "\n".join([*first, *second]))
    assert [record.record_id for record in records] == [f"2-s2.0-{n}" for n in (1, 2, 3, 4)] and not problems.counts


def test_country_glued_to_the_correspondence_address(path: Path) -> None:
    row = SCOPUS_ROWS[0].replace("The University of Tokyo, Tokyo, Japan; email", "The University of TokyoJapan; email")
    records, _ = read(path, "\n".join([SCOPUS_HEADINGS, row]))
    assert [address.country for address in records[0].corresponding] == ["JP"]
