"""What people type, as tables; laws by hypothesis; and the same through a real workbook."""

import unicodedata
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from schemas.dictionary.match_key import match_key, nearest
from schemas.reading.free_text import read_text
from schemas.reading.normalise import CODE_LABELS, COUNT_UNITS, read_choice, read_count, read_decimal, read_yes_no
from schemas.reading.read_dates import read_date, read_year
from schemas.reading.reading_outcome import Reading
from tests.support.each_case import for_each

CORE = frozenset({"a", "m", "c"})
WORDS_FOR_NOTHING = """
    非該当 対象外 該当せず 適用外 非公開 不開示 公表不可 集計中 調査中 確認中 照会中 未集計 未確定 未把握 未調査
    データなし 記録なし 回答不可 集計していない 別紙 別紙参照 別添のとおり 省略 tbc omitted
    公表しない 公開できません 開示を差し控える 秘 実績なし 無回答 不明のため 未定です
    pending TBD － ・ none unknown confidential
"""
NOTHING = WORDS_FOR_NOTHING.split()
PERSONS = 100_000
POSITIONS = {
    "professor": ("教授", "Professor"),
    "associate": ("准教授・講師", "Associate professor or lecturer"),
    "postdoc": ("ポスドク・特任研究員", "Postdoc"),
}
LEVELS = {
    "0": ("なし、又は日本語のみ", "None, or Japanese only"),
    "1": ("個別対応", "On request"),
    "2": ("標準として提供", "Standard for everybody"),
}


def count(raw: object) -> Reading:
    return read_count(raw, maximum=PERSONS, codes=CORE)


def money(raw: object) -> Reading:
    return read_decimal(raw, minimum=Decimal(0), maximum=Decimal(10**9), codes=CORE, unit="千円")


def percent(raw: object) -> Reading:
    return read_decimal(raw, minimum=Decimal(0), maximum=Decimal(100), codes=CORE, unit="%")


def pay(raw: object) -> Reading:
    return read_decimal(raw, minimum=Decimal(500), maximum=Decimal(20_000), codes=CORE, unit="円")


def day(raw: object) -> Reading:
    return read_date(raw, date_1904=False)


def year(raw: object) -> Reading:
    return read_year(raw, minimum=1868, maximum=2040)


def position(raw: object) -> Reading:
    return read_choice(raw, POSITIONS, CORE)


def level(raw: object) -> Reading:
    return read_choice(raw, LEVELS, CORE)


def text(raw: object) -> Reading:
    return read_text(raw, max_length=500)


def short(raw: object) -> str:
    """A test name; an integer of thousands of digits has no text."""
    return "huge" if isinstance(raw, int) and raw > 10**30 else ascii(raw)[:30]


READERS = [count, money, percent, pay, day, year, position, level, text, read_yes_no]
BLANKS = [None, "", " ", "　", "\u00a0\u3000 ", "\u200b", "\ufeff", "\n\t", "'"]


@for_each("reader", READERS)
@for_each("raw", BLANKS)
def test_blank_is_judged_elsewhere(reader, raw) -> None:
    assert reader(raw) == Reading(None, "", problem="")


@for_each("raw, value", [(12, 12), (12.0, 12), (0, 0), (0.0, 0), (Decimal("12.00"), 12)])
def test_plain_number_cells_have_no_note(raw, value) -> None:
    assert count(raw) == Reading(value)
    assert type(count(raw).value) is int


COUNTS = {
    "0": 0,
    "１２": 12,
    "12.0": 12,
    "１２．０": 12,
    "1,234": 1234,
    "１，２３４": 1234,
    "12,345": 12345,
    "12人": 12,
    "12名": 12,
    "12 件": 12,
    "12　人": 12,
    "12\u00a0人": 12,
    "１２人": 12,
    "１，２３４名": 1234,
    "3か国": 3,
    "3ヵ国": 3,
    "12 persons": 12,
    "'12": 12,
    "’12": 12,
    " 12 ": 12,
    "　12": 12,
    "12\u200b": 12,
    "\ufeff12": 12,
    "12\n": 12,
    "12_x000D_": 12,
    "012": 12,
    "+12": 12,
    "𝟏𝟐": 12,
    "12" + " " * 300: 12,
    "100,000": 100_000,
}


@for_each("raw, value", COUNTS.items())
def test_count_is_read_and_said(raw, value) -> None:
    assert count(raw) == Reading(value, read_as=str(value))


COUNT_PROBLEMS = {
    "R.VAL.001": [
        *(
            0.3,
            "0.3",
            "12.5人",
            "1e3",
            "1E+3",
            "１ｅ３",
            "12%",
            "12点",
            "たくさん",
            "٣",
            "9" * 300,
            "a/b",
            "12.",
            *("1,234(常勤)", "1,234*", "計1,234", "12.0名※"),
        ),
        *(float("nan"), float("inf"), b"12", ..., [12], 1j),
    ],
    "R.VAL.002": [
        *(
            "－",
            "-",
            "―",
            "ー",
            "—",
            "−",
            "？",
            "?",
            "なし",
            "無し",
            "無",
            "N/A",
            "n.a.",
            "NA",
            "不明",
            "不詳",
            "*",
        ),
        *(
            "＊",
            "…",
            "・・・",
            "※",
            "/",
            "×",
            "○",
            "none",
            "unknown",
            "（なし）",
            "該当者なし",
            "未定",
            "-　",
        ),
    ],
    "R.VAL.003": [
        *(
            "12（見込）",
            "推計12",
            "若干名",
            "最大12人",
            "12 (estimated)",
            "約12",
            "12以上",
            "12人くらい",
            "10-12",
            "10～12",
            "10〜12",
            "１０－１２",
            "10人～12人",
            "10から12",
            "12～",
        ),
        *("数人", "12程度", "12名弱", "およそ１２", ">12", "≧12", "12+", "about 12", "10 to 12", "12人超"),
    ],
    "R.VAL.004": ["x", "nc", "ｘ", "他に含む", "今回は未収集", "m.", "ｍ：未回答", "m（集計なし）", "a※"],
    "R.VAL.005": [100_001, "100,001", 10**5000, 1e308, "９９９９９９", Decimal("1e99999")],
    "R.VAL.006": [
        *("1.234", "12(11)", "12（１１）", "12/3", "12・3", "12、3", "1、234", "12 345", "1,23", "12,34", "1234,567"),
        *("12人(うち外国人3人)", "男12女3", "12\n11", "12+3", "12→13", "0,123"),
    ],
    "R.VAL.007": ["十二", "二十名", "〇", "一", "千人", "百二十三", "三 人", "ゼロ"],
    "R.VAL.008": ["①", "12②", "12²", "12³", "½", "12½", "Ⅻ", "ⅹ", "ⓐ", "ª", "⑿", "１２①", "㊂"],
    "R.VAL.009": ["1.2万", "12千", "3百", "12千円", "1万2千", "2億円", "12k", "12円", "¥12", "\\1,234", "3 million"],
    "R.VAL.010": [-5, -0.5, "-5", "－５", "−5", "▲5", "△５", "ー5", "-12人"],
    "R.VAL.017": ["#REF!", "#N/A", "#DIV/0!", "#NAME?", "#VALUE!", "Err:502"],
    "R.VAL.018": [
        *(date(2026, 1, 2), datetime(2026, 1, 2), time(1, 2), timedelta(hours=30)),
        *("2026/1/2", "1月2日", "令和8年5月1日", "R8.5.1", "2026-05-01"),
    ],
    "R.VAL.019": [True, False, "TRUE", "false"],
    "R.VAL.026": ["1,2O3", "1,2o3", "12O", "１２Ｏ", "l2", "I2", "1〇", "1O人", "|2"],
}
COUNT_PROBLEM_CASES = [(raw, rule) for rule, raws in COUNT_PROBLEMS.items() for raw in raws]


@for_each("raw, rule", COUNT_PROBLEM_CASES)
def test_count_is_never_guessed(raw, rule) -> None:
    reading = count(raw)
    assert (reading.value, reading.code, reading.read_as, reading.problem) == (None, "", "", rule)


CODES = {
    "a": ("a", ""),
    "m": ("m", ""),
    "該当なし": ("a", ""),
    "a 該当なし": ("a", ""),
    "a 該当なし / not applicable": ("a", ""),
    "該当なし / not applicable": ("a", ""),
    "not applicable": ("a", ""),
    "m 把握していない / not known": ("m", ""),
    "c 非公表": ("c", ""),
    "A": ("a", "a 該当なし"),
    "ａ": ("a", "a 該当なし"),
    "ａ　該当なし": ("a", "a 該当なし"),
    "該当無し": ("a", "a 該当なし"),
    "該当なし／ＮＯＴ　ＡＰＰＬＩＣＡＢＬＥ": ("a", "a 該当なし"),
    "把握していません": ("m", "m 把握していない"),
    "a 該当なし / does not apply": ("a", "a 該当なし"),
    unicodedata.normalize("NFD", "該当なし"): ("a", ""),
    "\u200bｍ": ("m", "m 把握していない"),
}


@for_each("reader", [count, money, percent, position, level])
@for_each("raw, expected", CODES.items())
def test_codes_are_answers(reader, raw, expected) -> None:
    code, read_as = expected
    assert reader(raw) == Reading(None, code, read_as=read_as)


def test_code_not_offered_names_the_offered_ones() -> None:
    reading = read_count("x 他に含む", maximum=9, codes=frozenset({"a", "m"}))
    assert reading.problem == "R.VAL.004"
    assert reading.params == {
        "code": "x",
        "allowed": "a m",
        "allowed_ja": "a 該当なし、m 把握していない",
        "allowed_en": "a not applicable, m not known",
    }
    assert read_count("a", maximum=9, codes=frozenset()).params["allowed_ja"] == "なし"


def test_params_say_what_the_texts_need() -> None:
    assert count(100_001).params == {"maximum": "100,000"}
    assert count("12②").params == {"char": "②"}
    assert count("－").params["allowed"] == "a m c"
    assert percent(0.3).params == {"low": "0.3", "high": "30"}
    assert pay(12).params == {"minimum": "500"}
    assert year(1600).params == {"minimum": "1868", "maximum": "2040", "year": ""}
    assert read_text("1,234", max_length=3).params == {"length": "5", "maximum": "3"}


DECIMALS = [
    (money, 12, "12", ""),
    (money, 12.5, "12.5", ""),
    (money, 0.1 + 0.2, "0.3", ""),
    (money, 1e6, "1000000", ""),
    (money, "１，２００千円", "1200", "1200"),
    (money, "1,200.50", "1200.5", "1200.5"),
    (money, "0.000", "0", "0"),
    (percent, 65.1, "65.1", ""),
    (percent, "65.1％", "65.1", "65.1"),
    (percent, "0.3%", "0.3", "0.3"),
    (percent, 0, "0", ""),
    (percent, 100, "100", ""),
    (percent, "1.5 パーセント", "1.5", "1.5"),
    (pay, "1,250円", "1250", "1250"),
    (pay, "￥1,250", "1250", "1250"),
    (pay, "1250 yen", "1250", "1250"),
]


@for_each("reader, raw, value, read_as", DECIMALS)
def test_decimals(reader, raw, value, read_as) -> None:
    reading = reader(raw)
    assert reading == Reading(Decimal(value), read_as=read_as)
    assert str(reading.value) == value


DECIMAL_PROBLEMS = [
    *((percent, raw, "R.VAL.016") for raw in (0.3, 1, 1.0, "0.3", "１", Decimal("0.01"))),
    *((percent, raw, "R.VAL.005") for raw in (100.1, "120%")),
    *((money, raw, "R.VAL.009") for raw in ("1,200円", "12百万円", "1.2億円", "¥1200", "12万")),
    *((money, raw, "R.VAL.015") for raw in ("調整中", "1e3", "12人", float("nan"), 1e-9, Decimal("1e-99999"), {})),
    *((money, raw, "R.VAL.010") for raw in (-1, "▲1,200", "△0.5")),
    *((pay, raw, "R.VAL.020") for raw in (12, "1.2", 0)),
    (pay, "1.2千円", "R.VAL.009"),
    (money, 10**10, "R.VAL.005"),
    (money, "1,200～1,300", "R.VAL.003"),
    (money, True, "R.VAL.019"),
    (money, date(2026, 5, 1), "R.VAL.018"),
    (money, "なし", "R.VAL.002"),
]


@for_each("reader, raw, rule", DECIMAL_PROBLEMS)
def test_decimals_are_never_guessed(reader, raw, rule) -> None:
    assert (reader(raw).value, reader(raw).problem) == (None, rule)


def test_negative_decimals_where_the_field_allows_them() -> None:
    reading = read_decimal("▲1,200", minimum=Decimal(-5000), maximum=Decimal(0), codes=CORE, unit="千円")
    assert reading == Reading(Decimal(-1200), read_as="-1200")


DATES = {
    "2026-05-01": "",
    "2026/5/1": "2026-05-01",
    "2026.5.1": "2026-05-01",
    "2026年5月1日": "2026-05-01",
    "２０２６年５月１日": "2026-05-01",
    "2026年5月1日（金）": "2026-05-01",
    "令和8年5月1日": "2026-05-01",
    "令和８年５月１日": "2026-05-01",
    "令和 8 年 5 月 1 日": "2026-05-01",
    "令和8年（2026年）5月1日": "2026-05-01",
    "R8.5.1": "2026-05-01",
    "Ｒ８．５．１": "2026-05-01",
    "R08.05.01": "2026-05-01",
    "㋿8年5月1日": "2026-05-01",
    "20260501": "2026-05-01",
    "1 May 2026": "2026-05-01",
    "May 1, 2026": "2026-05-01",
    "1-may-2026": "2026-05-01",
    "46143": "2026-05-01",
    "2026-05-01T00:00:00": "2026-05-01",
    "2026/5/1 0:00": "2026-05-01",
}


@for_each("raw, read_as", DATES.items())
def test_dates(raw, read_as) -> None:
    assert day(raw) == Reading(date(2026, 5, 1), read_as=read_as)


@for_each(
    "raw, expected",
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("令和1年5月1日", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("H30.4.1", date(2018, 4, 1)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("S60/4/1", date(1985, 4, 1)),
    ],
)
def test_eras(raw, expected) -> None:
    assert day(raw) == Reading(expected, read_as=expected.isoformat())


def test_date_cells_and_serials() -> None:
    assert day(date(2026, 5, 1)) == Reading(date(2026, 5, 1))
    assert day(datetime(2026, 5, 1)) == Reading(date(2026, 5, 1))
    assert day(datetime(2026, 5, 1, 9, 30)) == Reading(date(2026, 5, 1), read_as="2026-05-01")
    assert day(46143) == Reading(date(2026, 5, 1), read_as="2026-05-01")
    assert day(46143.999) == Reading(date(2026, 5, 1), read_as="2026-05-01")
    assert read_date(46143 - 1462, date_1904=True).value == date(2026, 5, 1)
    assert day(20260501.0).value == date(2026, 5, 1)


DATE_PROBLEMS = {
    "R.VAL.012": [
        *(
            "2026/2/30",
            "2026年5月",
            "令和8年",
            "2026年5月1日（月）",
            "平成32年5月1日",
            "5月1日",
            "未定",
            "R8.13.1",
        ),
        *(
            2026,
            60,
            -5,
            0,
            10**30,
            float("nan"),
            True,
            date(1905, 7, 18),
            time(9),
            "令和八年五月一日",
            "①",
            "1 Foo 2026",
        ),
        *("令和8年（2025年）5月1日", "20261301", "99999"),
    ],
    "R.VAL.022": ["5/1/2026", "26/5/1", "8.5.1", "26年5月1日", "01-05-26"],
    "R.VAL.017": ["#VALUE!"],
}


@for_each("raw, rule", [(raw, rule) for rule, raws in DATE_PROBLEMS.items() for raw in raws])
def test_dates_are_never_guessed(raw, rule) -> None:
    assert (day(raw).value, day(raw).problem) == (None, rule)


YEARS = {
    "2026": 2026,
    "２０２６": 2026,
    "2026年": 2026,
    "2026年度": 2026,
    "FY2026": 2026,
    "令和8年": 2026,
    "令和８年度": 2026,
    "R8": 2026,
    "㋿8年": 2026,
    "2026年（令和8年）": 2026,
    "2026年度（令和8年度）": 2026,
    "令和8（2026）年": 2026,
    "令和元年度": 2019,
    "平成31年度": 2019,
    "昭和24年": 1949,
    "明治10年": 1877,
}


@for_each("raw, value", YEARS.items())
def test_years(raw, value) -> None:
    assert year(raw) == Reading(value, read_as=str(value))


@for_each("raw", [2026, 2026.0])
def test_year_cells_have_no_note(raw) -> None:
    assert year(raw) == Reading(2026)


@for_each(
    "raw, rule",
    [
        *(
            (raw, "R.VAL.013")
            for raw in ("26", "'26", "令和", "平成32年", "不明", "2026/5/1", "2025-2026", "二〇二六年")
        ),
        *((raw, "R.VAL.018") for raw in (date(2026, 5, 1), datetime(1905, 5, 2), time(1, 2), timedelta(hours=30))),
        *((raw, "R.VAL.013") for raw in (True, 2026.5, "2025年（令和8年）", "²⁰²⁶", float("inf"))),
        *((raw, "R.VAL.013") for raw in (26, 46143, -2026)),
        *((raw, "R.VAL.021") for raw in (1600, 2041, "3026", "1867年")),
        ("#REF!", "R.VAL.017"),
    ],
)
def test_years_are_never_guessed(raw, rule) -> None:
    assert (year(raw).value, year(raw).problem) == (None, rule)


@pytest.mark.parametrize(("raw", "said"), [("明治元年", "1868"), ("3026", ""), ("３０２６年", ""), (1600, "")])
def test_a_year_is_said_again_only_where_it_was_typed_in_another_way(raw, said) -> None:
    found = read_year(raw, minimum=1950, maximum=2040)
    assert (found.problem, dict(found.params)["year"]) == ("R.VAL.021", said)


CHOICES = [
    (position, "professor", "professor", ""),
    (position, "教授", "professor", ""),
    (position, "professor 教授 / Professor", "professor", ""),
    (position, "教授 / Professor", "professor", ""),
    (position, " 教授 ", "professor", ""),
    (position, "教　授", "professor", "professor 教授"),
    (position, "PROFESSOR", "professor", "professor 教授"),
    (position, "ﾎﾟｽﾄﾞｸ･特任研究員", "postdoc", "postdoc ポスドク・特任研究員"),
    (
        position,
        unicodedata.normalize("NFD", "ポスドク・特任研究員"),
        "postdoc",
        "postdoc ポスドク・特任研究員",
    ),
    (level, 2, "2", ""),
    (level, 2.0, "2", ""),
    (level, "2", "2", ""),
    (level, "２", "2", "2 標準として提供"),
    (level, "2 標準として提供 / Standard for everybody", "2", ""),
    (level, "２　標準として提供", "2", "2 標準として提供"),
]


@for_each("reader, raw, value, read_as", CHOICES)
def test_choices(reader, raw, value, read_as) -> None:
    assert reader(raw) == Reading(value, read_as=read_as)


@for_each(
    "reader, raw",
    [(level, raw) for raw in ("②", "²", 3, 2.5, True, "2 ほか", "1-2", 10**5000, date(2026, 5, 1), [])]
    + [(position, raw) for raw in ("研究員補佐", "①", "教授 准教授")],
)
def test_unknown_choices_are_asked_about(reader, raw) -> None:
    assert (reader(raw).value, reader(raw).problem) == (None, "R.VAL.011")


@for_each("typed", NOTHING)
def test_words_for_none_or_not_known_are_answered_with_the_codes(typed: str) -> None:
    for reading in (count(typed), level(typed)):
        assert (reading.value, reading.code, reading.problem) == (None, "", "R.VAL.002")
        assert reading.params["zero"] == "0"
        assert "a 該当なし" in reading.params["allowed_ja"] and "m not known" in reading.params["allowed_en"]


def test_words_for_none_are_no_zero_where_none_can_be_chosen_and_a_circle_is_no_word_for_none() -> None:
    assert position("なし").params["zero"] == ""
    assert [read("○").problem for read in (position, level, count)] == ["R.VAL.011", "R.VAL.011", "R.VAL.002"]


@for_each(
    "typed",
    ["〃", "同上", "″", "同左", "々", "上に同じ", "上記に同じ", "前年度と同じ", "昨年度同様", "前年と同数", "ditto"],
)
def test_marks_for_the_cell_above_are_asked_for_their_value(typed: str) -> None:
    for read in (count, level, money, read_yes_no):
        assert (read(typed).value, read(typed).problem) == (None, "R.VAL.025")


@for_each("typed", [12.5, "12.5", "12.5人", "248.5", "FTE 12.5", "12 FTE", "常勤換算 3.2", "3.2（常勤換算）", 1.25,
                    "3.5人分", "12人月", "エフォート0.5", "2 person-years"])  # fmt: skip
def test_equivalents_of_full_time_are_told_that_people_are_counted(typed: object) -> None:
    reading = read_count(typed, maximum=PERSONS, codes=CORE, is_people=True)
    assert (reading.value, reading.problem) == (None, "R.VAL.024")
    assert count(typed).problem != "R.VAL.024", "papers have no equivalents"


@for_each("typed", [0.3, "0.3", "1e3"])
def test_shares_and_exponents_are_no_equivalents(typed: object) -> None:
    assert read_count(typed, maximum=PERSONS, codes=CORE, is_people=True).problem == "R.VAL.001"


def test_unknown_choice_comes_with_the_nearest() -> None:
    reading = position("ポストドク・特任研究員")
    assert reading.params["suggestion"] == "ポスドク・特任研究員"
    assert reading.params["choices"].startswith("professor 教授、")
    assert position("zzz").params["suggestion"] == ""
    unasked = read_choice("ポストドク・特任研究員", POSITIONS, CORE, suggest=False)
    assert unasked == replace(reading, params={**reading.params, "suggestion": ""})


def test_a_label_shared_by_two_choices_stands_for_neither() -> None:
    shared = {"x1": ("その他", "Other"), "x2": ("その他", "Others")}
    assert read_choice("その他", shared, CORE).problem == "R.VAL.011"
    assert read_choice("x2", shared, CORE).value == "x2"
    assert read_choice("Others", shared, CORE).value == "x2"


REWORDED = {"0": ("専門職員がいません", "There is none"), "1": ("任期付きの一人だけです", "One, fixed term")}


@for_each(
    "typed",
    [
        "1 任期付の一人だけです / One, fixed term",
        "1 任期付きの一人だけです / One person",
        "任期付の一人 / One, fixed term",
    ],
)
def test_a_drop_down_text_of_which_one_language_was_reworded_is_still_that_choice(typed: str) -> None:
    assert read_choice(typed, REWORDED, CORE) == Reading("1", read_as="1 任期付きの一人だけです")


@for_each(
    "typed",
    [
        "0 任期付の一人だけです / One, fixed term",
        "専門職員がいません / One, fixed term",
        "1 別の文 / Another text",
        "One, fixed term / 1 / 0",
    ],
)
def test_a_drop_down_text_that_names_two_choices_or_none_is_not_read(typed: str) -> None:
    assert read_choice(typed, REWORDED, CORE).problem == "R.VAL.011"


def test_choice_comes_before_a_missing_code() -> None:
    assert read_choice("a", {"a": ("甲", "A")}, CORE) == Reading("a")
    assert read_choice("x", POSITIONS, CORE).problem == "R.VAL.004"
    assert read_choice("#N/A", POSITIONS, CORE).problem == "R.VAL.017"


YES_NO = {
    True: [True, "はい", "yes", "はい / yes", "有", "あり", "○", "〇", "YES", "ｙｅｓ", "TRUE", 1, "１", "✓"],
    False: [False, "いいえ", "no", "いいえ / no", "無", "なし", "×", "No", "FALSE", 0, 0.0],
}


AS_OFFERED = ("はい / Yes", "はい / yes", "はい", "yes", "いいえ / No", "いいえ / no", "いいえ", "no")


@for_each("value, raw", [(value, raw) for value, raws in YES_NO.items() for raw in raws])
def test_yes_and_no(value, raw) -> None:
    reading = read_yes_no(raw)
    assert (reading.value, reading.problem) == (value, "")
    assert bool(reading.read_as) == (not isinstance(raw, bool) and raw not in AS_OFFERED)


@for_each("raw", ["x", "X", "-", "△", "検討中", "はい/いいえ", 2, 0.5, "①", date(2026, 5, 1), "不明"])
def test_yes_and_no_are_never_guessed(raw) -> None:
    assert (read_yes_no(raw).value, read_yes_no(raw).problem) == (None, "R.VAL.011")


TEXTS = [
    ("国際企画課", "国際企画課", ""),
    ("  国際企画課\r\n", "国際企画課", ""),
    ("一行目\r\n二行目", "一行目\n二行目", ""),
    ("\u3000国際企画課", "国際企画課", ""),
    ("国際\u200b企画課", "国際企画課", "国際企画課"),
    ("ﾄｳｷｮｳﾀﾞｲｶﾞｸ", "トウキョウダイガク", "トウキョウダイガク"),
    (unicodedata.normalize("NFD", "ガイド"), "ガイド", "ガイド"),
    ("髙﨑", "髙﨑", ""),
    ("\ufa19戸", "\ufa19戸", ""),
    ("葛\U000e0100城", "葛\U000e0100城", ""),
    ("Ｈａｎｄｂｏｏｋ", "Ｈａｎｄｂｏｏｋ", ""),
    ("https://www.example.ac.jp/123456789012", "https://www.example.ac.jp/123456789012", ""),
    ("F112310102342 / 1234567890123", "F112310102342 / 1234567890123", ""),
    ("=1+1", "=1+1", ""),
    (12, "12", ""),
    (12.0, "12", ""),
    (0.5, "0.5", ""),
    (True, "TRUE", ""),
    (date(2026, 1, 2), "2026-01-02", "2026-01-02"),
    (datetime(2026, 1, 2), "2026-01-02", "2026-01-02"),
]


@for_each("raw, value, read_as", TEXTS)
def test_texts_keep_what_was_typed(raw, value, read_as) -> None:
    assert text(raw) == Reading(value, read_as=read_as)


@for_each(
    "raw, rule",
    [
        *(
            (raw, "R.VAL.080")
            for raw in ("taro@example.ac.jp", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ａｃ．ｊｐ", "番号 123456789012")
        ),
        *((raw, "R.VAL.080") for raw in ("1234 5678 9012", "１２３４－５６７８－９０１２", "0000-0002-1825-0097")),
        ("https://orcid.org/0000-0002-1825-0097", "R.VAL.080"),
        *((raw, "R.VAL.085") for raw in ("㈱国際", "①規程", "第Ⅱ期", "50㎡", "№3")),
    ],
)
def test_remarks_keep_the_text(raw, rule) -> None:
    assert (text(raw).value, text(raw).problem) == (raw, rule)


def test_texts_that_cannot_stand() -> None:
    assert text("あ" * 501).problem == "R.VAL.014"
    assert text("あ" * 501).value is None
    assert text("あ" * 500 + "\n").value == "あ" * 500
    for raw in ("#REF!", float("nan"), object(), b"abc", Decimal("1e9999")):
        assert (text(raw).value, text(raw).problem) == (None, "R.VAL.017")


def test_an_office_address_may_be_an_email() -> None:
    assert read_text("kokusai@example.ac.jp", max_length=100, allow_email=True) == Reading("kokusai@example.ac.jp")
    assert read_text("0000-0002-1825-0097", max_length=100, allow_email=True).problem == "R.VAL.080"


@for_each(
    "left, right",
    [
        ("髙橋大学", "高橋大学"),
        ("宮﨑大学", "宮崎大学"),
        ("渡邉", "渡辺"),
        ("渡邊", "渡辺"),
        ("慶應義塾大学", "慶応義塾大学"),
        ("\ufa19戸大学", "神戸大学"),
        ("葛\U000e0100城", "葛城"),
        ("東京　大学", "東京大学"),
        ("ＴＯＫＹＯ University", "tokyouniversity"),
        (unicodedata.normalize("NFD", "ガ"), "ガ"),
        ("ﾄｳｷｮｳ", "トウキョウ"),
        ("お茶の水\u200b女子大学", "お茶の水女子大学"),
    ],
)
def test_names_match(left, right) -> None:
    assert match_key(left) == match_key(right)


def test_different_names_do_not_match() -> None:
    assert match_key("東北大学") != match_key("東北学院大学")
    assert match_key("斎藤") != match_key("斉藤")


@for_each(
    "character", "髙﨑碕嵜邉邊濵濱澤廣國學瀧櫻惠嶋嶌藏龍嶽眞縣德應藝醫鷗禮冨舘會體圓發經濟總獨驒關條齋齊𠮷栁桒ヶヵ"
)
def test_a_variant_leads_to_no_other_variant(character: str) -> None:
    key = match_key(character)
    assert key != character and match_key(key) == key


def test_nearest() -> None:
    known = {name: name for name in ("東京大学", "京都大学", "筑波大学")}
    assert nearest("東京　大學", known) == "東京大学"
    assert nearest("筑波大", known) == "筑波大学"
    assert nearest("東都大学", known) is None, "as like one as another"
    assert nearest("東都大学", dict.fromkeys(known, "one")) is None, "not like enough"
    assert nearest("Massachusetts", known) is None
    assert nearest("", known) is None
    assert nearest("何か", {}) is None


FULL_WIDTH = str.maketrans("0123456789,", "０１２３４５６７８９，")


@given(
    number=st.integers(0, PERSONS),
    grouped=st.booleans(),
    wide=st.booleans(),
    gap=st.sampled_from(["", " ", "　", "\u00a0", "\u200b"]),
    unit=st.sampled_from(sorted(COUNT_UNITS)),
    decimal=st.sampled_from(["", ".0", "．００"]),
)
def test_every_written_form_of_a_count_reads_back(number, grouped, wide, gap, unit, decimal) -> None:
    written = f"{number:,}" if grouped else str(number)
    written = (written.translate(FULL_WIDTH) if wide else written) + decimal + gap + unit
    assert count(written) == Reading(number, read_as=str(number))


ANYTHING = (
    st.text()
    | st.text(alphabet="0123456789０１２.,．，-－~人名千万年月日令和RHa元/()（ ）%#①²½十e+ 　'\u200b\u3099ﾞｶ\r\n_x0D")
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.booleans()
    | st.none()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.binary()
    | st.complex_numbers()
    | st.fractions()
    | st.tuples(st.text())
    | st.from_regex(r"(令和|H|S|R)[0-9元]{1,3}[年./][0-9]{1,2}[月./][0-9]{1,2}日?", fullmatch=True)
)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@given(raw=ANYTHING)
@example(raw="_x000_x000D_D_")
@example(raw="9" * 5000)
@example(raw=10**5000)
@example(raw=Decimal("sNaN"))
@example(raw=Decimal("1e-999999"))
@example(raw="\ud800")
@example(raw=1e-7)
@example(raw=-0.0)
def test_never_raises_and_what_is_accepted_is_stable(reader, raw) -> None:
    first = reader(raw)
    assert first.code == "" or first.code in CODE_LABELS
    assert first.flag == ""
    assert all(isinstance(value, str) for value in first.params.values())
    if first.value is not None:
        again = reader(str(first.value)) if reader is not percent else reader(f"{first.value}%")
        assert (again.value, again.problem) == (first.value, first.problem)


@given(raw=ANYTHING)
def test_value_code_and_problem_exclude_each_other(raw) -> None:
    for reader in (count, money, percent, pay, day, year, position, level, read_yes_no):
        reading = reader(raw)
        assert (reading.value is not None) + bool(reading.code) + bool(reading.problem) <= 1
        assert not (reading.read_as and reading.problem)


@given(name=st.text(alphabet="東京大学髙﨑邉ABCabcガｶﾞ 　\u3099"))
def test_match_key_ignores_width_case_and_spaces(name) -> None:
    assert match_key(f" {name}　") == match_key(name)
    assert match_key(name.upper()) == match_key(name.lower())


@pytest.mark.parametrize("date_1904", [False, True])
def test_through_a_real_workbook(tmp_path: Path, date_1904) -> None:
    path = tmp_path / "answers.xlsx"
    workbook = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", "date_1904": date_1904})
    sheet = workbook.add_worksheet("研究者")
    sheet.write_row(0, 0, [12, 12.0, "１２人", "a 該当なし / not applicable", "－", True])
    sheet.write_datetime(1, 0, datetime(2026, 5, 1))
    sheet.write_datetime(1, 1, datetime(2026, 5, 1), workbook.add_format({"num_format": "0"}))
    sheet.write_string(1, 2, "令和8年5月1日")
    sheet.write_number(1, 3, 0.3, workbook.add_format({"num_format": "0%"}))
    workbook.close()
    answers, others = CalamineWorkbook.from_path(path).get_sheet_by_name("研究者").to_python()
    assert [count(raw).value for raw in answers] == [12, 12, 12, None, None, None]
    assert [count(raw).code for raw in answers] == ["", "", "", "a", "", ""]
    assert [count(raw).problem for raw in answers] == ["", "", "", "", "R.VAL.002", "R.VAL.019"]
    assert [read_date(raw, date_1904=date_1904).value for raw in others[:3]] == [date(2026, 5, 1)] * 3
    assert count(others[0]).problem == "R.VAL.018"
    assert percent(others[3]).problem == "R.VAL.016"
