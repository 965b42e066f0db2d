"""Where reading a number turns: the last value that is read, and the first that is not."""

from decimal import Decimal

import pytest

from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.match_key import LONGEST
from schemas.reading.normalise import (
    NO_LABEL,
    YES_LABEL,
    is_unit_of,
    read_choice,
    read_count,
    read_decimal,
    read_yes_no,
)
from schemas.reading.reading_outcome import (
    ABOVE_MAXIMUM,
    BELOW_MINIMUM,
    FULL_TIME_EQUIVALENT,
    NEGATIVE,
    NOT_A_CHOICE,
    NOT_A_NUMBER,
    NOT_WHOLE,
    SHARE_OR_PERCENT,
    Reading,
)

CODES = frozenset({"a", "m"})


def people(raw: object) -> Reading:
    return read_count(raw, maximum=1000, codes=CODES, is_people=True)


def things(raw: object) -> Reading:
    return read_count(raw, maximum=1000, codes=CODES)


def amount(raw: object, minimum: int = 0, maximum: int = 1000) -> Reading:
    return read_decimal(raw, minimum=Decimal(minimum), maximum=Decimal(maximum), codes=CODES, unit="千円")


def percent(raw: object) -> Reading:
    return read_decimal(raw, minimum=Decimal(0), maximum=Decimal(100), codes=CODES, unit="%")


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        (people, 0, 0),
        (people, 1, 1),
        (people, 1000, 1000),
        (things, "1,000", 1000),
        (amount, 0, 0),
        (amount, 1000, 1000),
        (amount, "0.000001", Decimal("0.000001")),
        (amount, "0.00000000", 0),
        (percent, 0, 0),
        (percent, 100, 100),
        (percent, "1%", 1),
        (percent, "0.3%", Decimal("0.3")),
        (percent, "1.01", Decimal("1.01")),
    ],
)
def test_the_last_value_is_read(read, raw, value):
    found = read(raw)
    assert not found.problem and found.value == value


@pytest.mark.parametrize(
    ("read", "raw", "rule"),
    [
        (people, 1.5, FULL_TIME_EQUIVALENT),
        (people, 0.5, NOT_WHOLE),
        (people, -1, NEGATIVE),
        (people, 1001, ABOVE_MAXIMUM),
        (things, 1.5, NOT_WHOLE),
        (things, -0.5, NEGATIVE),
        (amount, "-0.000001", NEGATIVE),
        (amount, "1000.01", ABOVE_MAXIMUM),
        (amount, 1e-7, NOT_A_NUMBER),
        (percent, 1, SHARE_OR_PERCENT),
        (percent, "0.3", SHARE_OR_PERCENT),
        (percent, 0.001, SHARE_OR_PERCENT),
    ],
)
def test_the_next_value_is_a_problem_of_its_own(read, raw, rule):
    found = read(raw)
    assert found.problem == rule and found.value is None


def test_a_number_below_a_minimum_of_its_own_names_the_minimum():
    low = amount(499, minimum=500)
    assert (low.problem, low.params) == (BELOW_MINIMUM, {"minimum": "500"})
    assert amount(500, minimum=500).value == 500
    assert amount(-1, minimum=500).problem == NEGATIVE, "a sign that no amount has comes first"
    assert amount(-6, minimum=-5).problem == BELOW_MINIMUM and amount(-5, minimum=-5).value == -5
    assert things(1001).params == {"maximum": "1,000"}


def test_a_share_is_asked_about_with_both_numbers_that_it_may_stand_for():
    assert percent(0.3).params == {"low": "0.3", "high": "30"}
    assert percent(1).params == {"low": "1", "high": "100"}


def test_a_text_of_three_parts_is_no_earlier_wording_of_a_choice():
    choices = {"professor": ("教授", "Professor"), "associate": ("准教授", "Associate professor")}
    assert read_choice("教授 / Full professor", choices, CODES).value == "professor"
    assert read_choice("教授 / Full professor / 特任", choices, CODES).problem == NOT_A_CHOICE


def test_a_text_in_one_half_is_a_choice_only_where_nothing_names_another():
    choices = {"professor": ("教授", "Professor"), "associate": ("准教授", "Associate professor")}
    assert read_choice("新 教授 / Professor", choices, CODES).value == "professor"
    assert read_choice("professor 准教授 / Professor", choices, CODES).problem == NOT_A_CHOICE
    assert read_choice("b1", {"a1": ("b1",), "b1": ("甲",)}, CODES).value == "b1", "a code is first of all itself"


def test_eight_choices_are_listed_and_of_more_it_is_said_that_there_are_some():
    def listed(count: int) -> str:
        return read_choice("全く別の語", {f"k{n}": (f"語{n}",) for n in range(count)}, CODES).params["choices"]

    assert listed(8) == "、".join(f"k{n} 語{n}" for n in range(8))
    assert listed(9) == f"{listed(8)}…"


def test_a_code_before_a_slash_is_read_by_its_words_and_not_by_two_letters():
    codes = frozenset({"nc"})
    assert read_count("未収集/worded otherwise", maximum=9, codes=codes).code == "nc"
    assert read_count("nc/3", maximum=9, codes=codes).code == ""


def test_yes_and_no_are_told_as_they_were_read():
    assert (read_yes_no("○").value, read_yes_no("○").read_as) == (True, YES_LABEL)
    assert (read_yes_no("×").value, read_yes_no("×").read_as) == (False, NO_LABEL)


def test_a_unit_is_that_of_its_question():
    fields = load_dictionary().fields.values()
    year = next(f for f in fields if f.type == "year")
    money = next(f for f in fields if f.unit == "thousand_yen")
    people = next(f for f in fields if f.type == "count" and f.unit != "thousand_yen")
    assert [[is_unit_of(f, word) for word in ("年度", "千円", "人")] for f in (year, money, people)] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


def test_a_text_is_read_as_a_number_up_to_its_longest():
    assert things("7".rjust(LONGEST, "0")).value == 7
    assert things("7".rjust(LONGEST + 1, "0")).problem == NOT_WHOLE
