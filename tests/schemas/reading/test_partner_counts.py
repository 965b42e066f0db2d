"""Partner countries and papers with few authors: counted from the publication list, or as entered, or not known."""

from collections import Counter
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dictionary.country_names import country_codes
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.issue import Given, Issue
from schemas.reading.clean_tables import Tables, clean_tables
from schemas.reading.partner_counts import LEAST_PAPERS, partners_of
from schemas.reading.read_submission import read_submission
from schemas.reading.records import publications_of
from schemas.register import Institution
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook

DICTIONARY = load_dictionary()
YEAR = 2026
YEARS = range(2023, 2026)
SOMEBODY = Institution("DEMO-91", "デモ試験大学（架空）", "Demo Test University (fictional)", "public", "香川県")
CODES = country_codes(DICTIONARY.code_lists["countries"])
Paper = dict[str, Given]


def paper(countries: str | None, year: int = 2025, authors: int | None = 5, international: str = "yes") -> Paper:
    return {"year": year, "authors": authors, "countries": countries, "international": international}


def listed(*papers: Paper) -> pd.DataFrame:
    frame = pd.DataFrame(papers, columns=["year", "authors", "countries", "international"], dtype=object)
    return frame.astype({"year": "Int64", "authors": "Int64"})


def partners(*papers: Paper) -> dict[str, int] | None:
    found = partners_of(listed(*papers), YEARS, CODES)
    return None if found is None else dict(zip(found["country"], found["papers"], strict=True))


# counted from a list -------------------------------------------------------------------------------------------


def test_a_paper_counts_once_for_each_country_abroad() -> None:
    assert partners(*[paper("JP;US;US;DE")] * 3, *[paper("US")] * 2) == {"US": 5, "DE": 3}


def test_a_country_takes_three_papers() -> None:
    assert partners(*[paper("JP;US")] * 3, *[paper("JP;DE")] * 2) == {"US": 3}


def test_papers_of_more_than_a_hundred_authors_are_left_out_where_that_is_known() -> None:
    papers = [paper("JP;US", authors=100), paper("JP;US", authors=None), paper("JP;US", authors=3)]
    assert partners(*papers, *[paper("JP;US;CH;IT", authors=101)] * 5) == {"US": 3}


def test_papers_of_other_years_and_without_partners_abroad_do_not_count() -> None:
    others = [paper("JP;US", year=2022), paper("JP;US", international="no"), paper("JP", international="no")]
    assert partners(*[paper("JP;US", year=year) for year in YEARS], *others) == {"US": 3}


def test_a_list_that_leaves_many_countries_open_is_not_counted() -> None:
    known = [paper("JP;US")] * 95
    assert partners(*known, *[paper(None)] * 5) == {"US": 95}
    for odd in (None, "JP;Atlantis", "JP"):
        assert partners(*known, *[paper(odd)] * 6) is None


def test_a_list_without_papers_of_these_years_says_nothing_and_one_without_partners_says_none() -> None:
    assert partners(paper("JP;US", year=2021)) is None
    assert partners(paper("JP", international="no")) == {}


@given(st.lists(st.lists(st.sampled_from(["JP", "US", "DE", "CN", "TH"]), min_size=1, max_size=4), max_size=40))
def test_each_country_is_counted_as_by_hand_and_never_more_than_there_are_papers(rows: list[list[str]]) -> None:
    papers = [paper(";".join(codes), international="yes" if set(codes) - {"JP"} else "no") for codes in rows]
    by_hand = Counter(code for codes in rows for code in set(codes) - {"JP"})
    wanted = {code: count for code, count in by_hand.items() if count >= LEAST_PAPERS}
    found, turned = partners(*papers), partners(*reversed(papers))
    assert found == turned == (wanted if rows else None)
    assert all(count <= len(rows) for count in wanted.values())


def test_papers_of_few_authors_are_counted_where_every_number_of_authors_is_known() -> None:
    more: dict[str, Any] = {"domestic": "no", "top10": "no", "corresponding_own": "no", "own_fraction": 0.5}
    rows = [paper("JP;US"), paper("JP;CH", authors=101), paper("JP", authors=100, international="no")]
    frame = listed(*rows, paper("JP", 2024, None, "no"), paper("JP;US", 2024)).assign(**more)
    frame["own_fraction"] = frame["own_fraction"].astype("Float64")
    columns = ["papers", "up_to_100_authors", "up_to_100_authors_international"]
    assert publications_of(frame, fractional=False).loc["2025", columns].tolist() == [3, 2, 1]
    assert publications_of(frame, fractional=True).loc["2025", columns].tolist() == [1.5, 1, 0.5]
    left_open = publications_of(frame, fractional=False).loc["2024", columns]
    assert left_open.isna().tolist() == [False, True, False], "the paper left open is not international"
    assert left_open["up_to_100_authors_international"] == 1


# in the clean tables -------------------------------------------------------------------------------------------


def tables_of(
    papers: list[Paper] | None = None,
    entered: dict[str, int] | None = None,
    international: int | None = 10,
    form: Any = "full",
    **more: Given,
) -> Tables:
    answers: dict[tuple[str, str], Given] = {
        ("profile.has_publication_list", ""): "no" if papers is None else "yes",
        **{("publications.international", str(year)): international for year in YEARS},
        **{(f"publication_basis.{name}", ""): value for name, value in more.items()},
    }
    full = {"identifier": None, "domestic": "no", "top10": "no", "corresponding_own": "no"}
    lists = {"partner_countries": [{"country": code, "papers": n} for code, n in (entered or {}).items()]}
    if form == "full":
        lists["publication_list"] = [{**full, **row} for row in papers or []]
    issue = Issue(form, YEAR, SOMEBODY, answers, lists)
    return clean_tables(read_submission(read_workbook(write_template(DICTIONARY, issue)), DICTIONARY), DICTIONARY)


def entries(tables: Tables) -> dict[Any, Any]:
    frame = tables["partner_countries"]
    return dict(zip(frame["country"], frame["papers"], strict=True))


def test_the_list_stands_in_for_what_was_entered_where_it_is_sound() -> None:
    papers = [paper("JP;US")] * 4
    assert entries(tables_of(papers, {"DE": 9})) == {"US": 4}
    unsound: Paper = {**paper("JP;US"), "authors": "たくさん"}
    assert entries(tables_of([*papers, unsound], {"DE": 9})) == {"DE": 9}
    assert entries(tables_of(None, {"DE": 9})) == {"DE": 9}


def test_a_list_without_any_partner_leaves_no_row() -> None:
    assert "partner_countries" not in tables_of([paper("JP", international="no")], {"DE": 9})


def test_an_optional_table_left_empty_is_not_known() -> None:
    frame = tables_of()["partner_countries"]
    assert len(frame) == 1 and frame[["country", "papers"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("international", "more", "is_none"),
    [
        (0, {}, True),
        (0, {"counting": "fractional"}, True),
        (None, {}, False),
        (1, {}, False),
        (0, {"skip": "yes"}, True),
        (10, {"skip": "yes"}, True),
    ],
)
def test_without_international_papers_an_empty_table_means_none(
    international: int | None, more: dict[str, Given], is_none: bool
) -> None:
    assert ("partner_countries" not in tables_of(international=international, **more)) == is_none


def test_two_papers_make_no_partner_unless_they_are_fractions() -> None:
    one: dict[tuple[str, str], Given] = {("publications.international", str(year)): 0 for year in YEARS}
    one[("publications.international", "2025")] = 2
    for counting, is_none in (("full", True), ("fractional", False)):
        answers = {**one, ("publication_basis.counting", ""): counting}
        book = read_workbook(write_template(DICTIONARY, Issue("full", YEAR, SOMEBODY, answers)))
        found = clean_tables(read_submission(book, DICTIONARY), DICTIONARY)
        assert ("partner_countries" not in found) == is_none


@pytest.mark.parametrize("form", ["core", "centre"])
def test_other_forms_do_not_ask(form: str) -> None:
    tables = tables_of(form=form)
    assert "partner_countries" not in tables and "up_to_100_authors" not in tables["publications"]
