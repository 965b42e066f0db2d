"""Facts of a record that all databases share."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bibliography.record import plain_doi, publication_type, publication_year, title_key


@pytest.mark.parametrize(
    "written",
    [
        "10.5555/AbC.1",
        "https://doi.org/10.5555/abc.1",
        "http://dx.doi.org/10.5555/ABC.1",
        "doi:10.5555/abc.1",
        "DOI 10.5555/abc.1.",
        " https://www.doi.org/10.5555%2Fabc.1 ",
    ],
)
def test_one_doi_however_written(written: str) -> None:
    assert plain_doi(written) == "10.5555/abc.1"


@pytest.mark.parametrize("text", [None, "", "W123", "10.1"])
def test_no_doi(text: str | None) -> None:
    assert plain_doi(text) == ""


@given(st.text())
def test_a_bare_doi_stays_as_it_is(text: str) -> None:
    once = plain_doi(text)
    assert plain_doi(once) == once


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Article", "article"),
        ("Article; Proceedings Paper", "article"),
        ("Proceedings Paper", "proceedings"),
        ("Conference Paper", "proceedings"),
        ("Review", "review"),
        ("preprint", "preprint"),
        ("Book Chapter", "book-chapter"),
        (None, ""),
    ],
)
def test_types_in_the_words_of_the_code_list(word: str | None, code: str) -> None:
    assert publication_type(word) == code


@pytest.mark.parametrize("written", ["2023", 2023, "2023.0", " 2023 "])
def test_a_year_however_written(written: object) -> None:
    assert publication_year(written) == 2023


@pytest.mark.parametrize("written", ["3024", 0, "", None, "23", "20x3", date.today().year + 2])
def test_no_year(written: object) -> None:
    assert publication_year(written) is None


def test_titles_differ_by_letters_only() -> None:
    assert title_key("The <i>E. coli</i> Study: II") == title_key("the e coli study — ii")
