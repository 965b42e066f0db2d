"""The register: every university once, found by what people type, with the nearest code for a slip."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.register import (
    PREFECTURES,
    Institution,
    UnknownInstitution,
    changes,
    is_school_code,
    load_register,
)

REGISTER = load_register()
CODES = sorted(REGISTER.institutions)


def test_the_register_holds_every_university_of_the_list_once() -> None:
    assert len(REGISTER.institutions) == 813
    assert Counter(i.founder for i in REGISTER.institutions.values()).keys() == {"national", "public", "private"}
    assert {i.prefecture for i in REGISTER.institutions.values()} == set(PREFECTURES)
    assert len(PREFECTURES) == len(set(PREFECTURES)) == 47
    for code, institution in REGISTER.institutions.items():
        assert institution.code == code and institution.name_ja and not institution.is_demo
        assert not institution.ror or institution.ror.startswith("https://ror.org/0")


def test_every_code_fits_its_check_digit() -> None:
    assert [code for code in CODES if not is_school_code(code)] == []


@given(st.sampled_from(CODES), st.integers(1, 12), st.integers(1, 9))
def test_one_mistyped_digit_is_noticed(code: str, place: int, by: int) -> None:
    changed = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert not is_school_code(changed)


@pytest.mark.parametrize("text", ["", "F1011101000", "1101110100010", "F10111010001X", "DEMO-01", "F101110100010 "])
def test_what_is_no_code_is_none(text: str) -> None:
    assert not is_school_code(text)


@given(st.sampled_from(CODES), st.sampled_from(["", " "]))
def test_a_code_is_found_as_people_write_it(code: str, space: str) -> None:
    assert REGISTER.get(space + code.lower() + space).code == code


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(UnknownInstitution) as caught:
        REGISTER.get("F101110100011")
    near = caught.value.near
    assert caught.value.code == "F101110100011"
    assert near is not None and sum(a != b for a, b in zip(near.code, "F101110100011", strict=True)) <= 2


@pytest.mark.parametrize("text", ["北海道大学", "hokkaido university", "ＨＯＫＫＡＩＤＯ　ＵＮＩＶＥＲＳＩＴＹ"])
def test_a_name_in_place_of_a_code_names_its_institution(text: str) -> None:
    with pytest.raises(UnknownInstitution) as caught:
        REGISTER.get(text)
    assert caught.value.near is not None and "F101110100010" in {i.code for i in REGISTER.find(text)}


def test_something_unlike_any_code_names_nobody() -> None:
    with pytest.raises(UnknownInstitution) as caught:
        REGISTER.get("？？？？")
    assert caught.value.near is None
    assert REGISTER.find("") == []


@given(st.sampled_from(CODES))
def test_every_institution_is_found_by_its_own_names(code: str) -> None:
    institution = REGISTER.institutions[code]
    for name in (institution.name_ja, institution.name_en, *REGISTER.aliases.get(code, ())):
        if name:
            assert institution in REGISTER.find(name)


def test_other_names_belong_to_known_institutions() -> None:
    assert set(REGISTER.aliases) <= set(REGISTER.institutions)


def test_changes_name_a_source_and_known_codes() -> None:
    assert changes()
    for change in changes():
        assert change.get("source"), change
        for key, value in change.items():
            codes = value if isinstance(value, list) else [value]
            for code in codes:
                if isinstance(code, str) and is_school_code(code) and key in ("code", "from", "codes"):
                    assert code in REGISTER.institutions


def test_register_values_are_those_a_form_is_filled_with() -> None:
    institution = Institution("DEMO-1", "あ", "A", "private", "香川県")
    assert institution.register_values(2026) == {
        "school_code": "DEMO-1",
        "name_ja": "あ",
        "name_en": "A",
        "founder": "private",
        "pref_ja": "香川県",
        "round": 2026,
    }
