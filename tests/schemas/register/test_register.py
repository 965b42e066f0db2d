"""The register: every university once, found by what people type, with the nearest code for a slip."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.register import (
    KINDS,
    PREFECTURES,
    ClosedInstitution,
    Institution,
    UnknownInstitution,
    load_register,
)
from tests.support.each_case import for_each
from tests.support.school_code import is_school_code

REGISTER = load_register()
UNIVERSITIES = [i for i in REGISTER.institutions.values() if i.has_degrees]
CODES = sorted(i.code for i in UNIVERSITIES if i.code.startswith("F"))


def test_the_register_holds_every_university_of_the_list_once() -> None:
    assert len(UNIVERSITIES) == 823
    assert Counter(i.founder for i in UNIVERSITIES).keys() == {"national", "public", "private"}
    assert {i.prefecture for i in UNIVERSITIES} == set(PREFECTURES)
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


@for_each("text", ["", "F1011101000", "1101110100010", "F10111010001X", "DEMO-01", "F101110100010 "])
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


@for_each("text", ["北海道大学", "hokkaido university", "ＨＯＫＫＡＩＤＯ　ＵＮＩＶＥＲＳＩＴＹ"])
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
    assert len(REGISTER.changes) == 23
    for change in REGISTER.changes:
        assert change.source_title and change.source_url.startswith("https://") and change.seen
        for code in (*change.codes_before, change.code_after):
            assert not code or code in REGISTER.institutions, change
        assert change.sentence.ja and change.sentence.en


@for_each(
    "text, code",
    [
        ("東大", "F113110102700"),
        ("慶応大学", "F113310102984"),
        ("早大", "F113310103581"),
        ("髙崎経済大学", "F110210101720"),
        ("昭和医科大学", "F113310103073"),
        ("徳山大学", "F135310110103"),
        ("周南公立大学", "F135210111961"),
        ("理研", "ROR-01SJWVZ98"),
        ("大学共同利用機関法人高エネルギー加速器研究機構", "ROR-01G5Y5K24"),
        ("東北", "F104110100856"),
        ("沖縄科技大", "F147310111778"),
        ("京都府医大", "F126210107450"),
        ("北陸先端大", "F117110105400"),
        ("高専機構", "ROR-02XQKCW08"),
        ("立大", "F113310103563"),
        ("鹿大", "F146110111620"),
        ("阪市大", "F127210107878"),
        ("慈恵医大", "F113310103288"),
        ("明学", "F113310103545"),
        ("首都大東京", "F113210102824"),
    ],
)
def test_short_former_and_variant_names_find_the_right_one_first(text: str, code: str) -> None:
    assert REGISTER.find(text)[0].code == code


@for_each(
    "code, year, successor",
    [
        ("F113110102746", 2026, "ROR-05DQF9946"),
        ("F113110102719", 2025, "ROR-05DQF9946"),
        ("F135310110103", 2026, "F135210111961"),
        ("F129310109300", 2024, "F129310109266"),
        ("F113310103607", 2026, "F113310102957"),
    ],
)
def test_a_merged_institution_answers_with_its_successor(code: str, year: int, successor: str) -> None:
    with pytest.raises(ClosedInstitution) as caught:
        REGISTER.get(code, year)
    assert caught.value.near is not None and caught.value.near.code == successor
    assert REGISTER.get(successor, year).code == successor


def test_before_the_change_the_institution_is_itself() -> None:
    assert REGISTER.get("F113110102746", 2024).name_ja == "東京工業大学"
    assert REGISTER.get("F113110102746").name_ja == "東京工業大学"


def test_a_renaming_holds_from_its_round_on_and_an_announcement_never() -> None:
    assert REGISTER.get("F113310103073", 2024).name_ja == "昭和大学"
    assert REGISTER.get("F113310103073", 2025).name_ja == "昭和医科大学"
    assert REGISTER.get("F128310108883", 2027).name_ja == "武庫川女子大学"


def test_bodies_without_degrees_are_told_from_universities() -> None:
    assert not REGISTER.get("ROR-01SJWVZ98").has_degrees
    assert REGISTER.get("F101110100010").has_degrees
    assert {i.kind for i in REGISTER.institutions.values()} <= set(KINDS)


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
