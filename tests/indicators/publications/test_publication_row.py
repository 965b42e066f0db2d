"""A paper judged: own part, international, by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.publications.publication_row import country_fractions, family_name_key, judge_record
from schemas.bibliography.own_addresses import CountryAddresses, InstitutionAddresses
from schemas.bibliography.record import Address, Author, PublicationRecord

PLACES = (
    Address("Univ Tokyo, Dept A", "Univ Tokyo", "JP"),
    Address("Univ Tokyo, Dept B", "Univ Tokyo", "JP"),
    Address("Kyoto Univ", "Kyoto Univ", "JP"),
    Address("Univ Oxford", "Univ Oxford", "GB"),
    Address("Nowhere", "Nowhere", ""),
)
OWN = InstitutionAddresses((), ["University of Tokyo"])


def record(*authors: tuple[int, ...], linked: bool = True, **more: object) -> PublicationRecord:
    used = tuple(dict.fromkeys(at for places in authors for at in places))
    addresses = tuple(PLACES[at] for at in used)
    people = tuple(
        Author(tuple(used.index(at) for at in places), tuple({PLACES[at].country for at in places} - {""}))
        for places in authors
    )
    countries = tuple(sorted({address.country for address in addresses} - {""}))
    values: dict[str, object] = {
        "file": "f",
        "line": 1,
        "record_id": "R",
        "doi": "",
        "year": 2023,
        "type": "article",
        "title": "",
        "first_author": "",
        "n_authors": len(authors),
        "n_institutions": len({address.organisation for address in addresses}),
        "addresses": addresses,
        "authors": people if linked else None,
        "countries": countries,
        "unreadable": tuple(address.text for address in addresses if not address.country),
    }
    return PublicationRecord(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("authors", "fraction"),
    [
        ([(0,)], Fraction(1)),
        ([(0,), (3,)], Fraction(1, 2)),
        ([(0, 1, 2)], Fraction(1, 2)),  # two departments are one organisation
        ([(0, 3), (3,), ()], Fraction(1, 6)),  # an author without address keeps the part for nobody
        ([(2,), (3,)], Fraction(0)),
    ],
)
def test_own_part_by_authors(authors: list[tuple[int, ...]], fraction: Fraction) -> None:
    row = judge_record(record(*authors), OWN)
    assert row.own_fraction == pytest.approx(float(fraction), rel=1e-15)
    assert row.own == int(fraction > 0)


def test_own_part_by_organisations_where_nobody_says_who_works_where() -> None:
    assert judge_record(record((0, 1), (2,), (3,), linked=False), OWN).own_fraction == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("authors", "international", "single"),
    [
        ([(0,), (3,)], 1, 0),
        ([(0,), (2,)], 0, 0),
        ([(0,), (1,)], 0, 1),
        ([(0, 4)], None, None),
        ([(0, 3, 4)], 1, 0),
        ([()], None, None),
    ],
)
def test_international_domestic_single_or_unknown(authors, international: int | None, single: int | None) -> None:
    row = judge_record(record(*authors), OWN)
    assert (row.international, row.single) == (international, single)


def test_a_country_owns_what_has_an_address_in_it() -> None:
    row = judge_record(record((0, 3), (3,)), CountryAddresses("JP"))
    assert row.own == 1 and row.own_fraction == 0.25 and row.countries == ("GB", "JP")
    assert judge_record(record((3,)), CountryAddresses("JP")).own == 0


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True), min_size=1, max_size=6))
def test_parts_of_countries_add_up_to_one(authors: list[list[int]]) -> None:
    assert sum(country_fractions(record(*map(tuple, authors)))) == pytest.approx(1, rel=1e-12)


def test_corresponding_author_is_own_other_or_unknown() -> None:
    assert judge_record(record((0,), corresponding=(PLACES[0],)), OWN).own_corresponding == 1
    assert judge_record(record((0,), corresponding=(PLACES[3],)), OWN).own_corresponding == 0
    assert judge_record(record((0,)), OWN).own_corresponding is None


def test_first_authors_however_written() -> None:
    written = ("Sato, Kenji", "Sato K.", "Kenji Sato", "Sato, K", "SATO K.-J.")
    assert {family_name_key(name) for name in written} == {"sato"}
