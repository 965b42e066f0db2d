"""A suggestion is never another word than the one that was meant, over all universities, codes and fields."""

import pytest

from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.match_key import is_one_slip, nearest_word
from schemas.register import UnknownInstitution, load_register
from tests.schemas.dictionary.test_country_names import typos

REGISTER = load_register()
FIELDS = list(load_dictionary().fields)


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("abc", "abd", True), ("abc", "ab", True), ("abc", "abcd", True), ("abc", "acb", True), ("abc", "xabc", True),
        ("abc", "abc", False), ("abc", "cba", False), ("abc", "abde", False), ("abcd", "badc", False), ("", "a", True),
    ],
)  # fmt: skip
def test_one_slip(text: str, other: str, expected: bool) -> None:
    assert is_one_slip(text, other) is is_one_slip(other, text) is expected


def test_a_slip_in_a_field_never_suggests_another_field() -> None:
    right = 0
    for field in FIELDS[::9]:
        for typed in typos(field):
            near = nearest_word(typed, FIELDS)
            assert near in (None, field) or typed in FIELDS, (typed, near)
            right += near == field
    assert right > 500


def meant(typed: str) -> str | None:
    if typed.strip().upper() in REGISTER.institutions:
        return typed.strip().upper()
    with pytest.raises(UnknownInstitution) as caught:
        REGISTER.get(typed)
    return caught.value.near.code if caught.value.near else None


def test_a_slip_in_a_code_never_suggests_another_institution() -> None:
    right = 0
    for code in list(REGISTER.institutions)[::90]:
        for typed in typos(code):
            if typed not in REGISTER.institutions:  # neighbouring numbers can be each other's slips
                near = meant(typed)
                assert near in (None, code), (typed, near)
                right += near == code
    assert right > 100


@pytest.mark.parametrize("typed", ["大学", "国立大学", "University", "F1", "F999999999999", "東京", "？？？？", "X"])
def test_what_may_mean_several_suggests_none(typed: str) -> None:
    assert meant(typed) is None


def test_a_whole_name_suggests_its_own_institution() -> None:
    for code, one in list(REGISTER.institutions.items())[::40]:
        assert meant(one.name_ja) in (code, None), one.name_ja
    assert meant("北海道大学") == "F101110100010"
