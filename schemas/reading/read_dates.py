"""Years and days as people type them, of eras too: read where they can mean one thing only."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from schemas.reading.cell_text import ERROR_TEXT, cell_number, digits, is_blank, tidy, unsafe
from schemas.reading.reading_outcome import (
    AMBIGUOUS_DATE,
    BLANK,
    CELL_ERROR,
    DATE_IN_NUMBER,
    NOT_A_DATE,
    NOT_A_YEAR,
    YEAR_OUT_OF_RANGE,
    Reading,
    problem,
)

_ERA = r"(?P<era>明治|大正|昭和|平成|令和|[mtshr])"
ERA_YEAR = re.compile(_ERA + r" ?(?P<n>元|[0-9]{1,2})")
_ERA_START = {
    "明治": (1867, 45),
    "大正": (1911, 15),
    "昭和": (1925, 64),
    "平成": (1988, 31),
    "令和": (2018, 99),
}
_ERA_LETTER = {"m": "明治", "t": "大正", "s": "昭和", "h": "平成", "r": "令和"}
_ERA_SQUARES = "㍾㍽㍼㍻㋿"
_YEAR = re.compile(r"(?:fy ?|西暦 ?)?(?P<year>[0-9]{4}) ?(年度?)?|" + ERA_YEAR.pattern + r" ?(年度?)?")
_TWO_YEARS = re.compile(r"(?P<first>[^()]+?) ?\((?P<second>[^()]+)\) ?(年度?)?")
_CLOCK = r"(?:[t ] ?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_DATE = re.compile(
    rf"(?P<y>[0-9]{{4}}|{ERA_YEAR.pattern}) ?[-/.年] ?(?P<m>[0-9]{{1,2}}) ?[-/.月] ?(?P<d>[0-9]{{1,2}}) ?日?"
    rf"(?: ?\((?P<weekday>[月火水木金土日])(?:曜日?)?\))?{_CLOCK}"
)
_PACKED_DATE = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")
_NAMED_MONTH = re.compile(
    r"(?:(?P<d>[0-9]{1,2})[- ])?(?P<name>[a-z]{3,9})\.?(?:[- ](?P<d2>[0-9]{1,2}),?)?[- ,]+(?P<y>[0-9]{4})"
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_AMBIGUOUS_DATE = re.compile(r"[0-9]{1,2}([-/.]|年)[0-9]{1,2}([-/.]|月)([0-9]{2}|[0-9]{4}|[0-9]日?)")
_SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?")
_FIRST_DATE, _LAST_DATE = date(1950, 1, 1), date(2100, 12, 31)


def read_year(raw: object, *, minimum: int, maximum: int) -> Reading:
    """A year between the limits: 2026, 2026年度, 令和8年, R8, 2026年（令和8年）; not two digits."""
    if is_blank(raw):
        return BLANK
    if isinstance(raw, date | time | timedelta):
        return problem(DATE_IN_NUMBER)
    typed = raw if isinstance(raw, str) else digits(raw)
    if typed is None or unsafe(typed, _ERA_SQUARES):
        return problem(NOT_A_YEAR)
    text = tidy(typed)
    if ERROR_TEXT.fullmatch(text):
        return problem(CELL_ERROR)
    year = _year(text)
    if year is None:
        return problem(NOT_A_YEAR)
    if not minimum <= year <= maximum:
        # The year is said where it was typed in another way.
        said = "" if str(year) in text else str(year)
        return problem(YEAR_OUT_OF_RANGE, minimum=str(minimum), maximum=str(maximum), year=said)
    return Reading(year, read_as=str(year) if isinstance(raw, str) else "")


def read_date(raw: object, *, date_1904: bool) -> Reading:
    """A day from 1950 to 2100: a date cell, a serial (``date_1904``: which), 2026/5/1, R8.5.1, 1 May 2026.

    The clock is dropped and said. Two-digit years and orders of day and month that could be read twice are
    problems.
    """
    if is_blank(raw):
        return BLANK
    if isinstance(raw, datetime):
        midnight = (raw.hour, raw.minute, raw.second, raw.microsecond) == (0, 0, 0, 0)
        return _date_reading(_day(raw.year, raw.month, raw.day), said=not midnight)
    if isinstance(raw, date):
        return _date_reading(raw, said=False)
    if not isinstance(raw, str):
        number = None if isinstance(raw, bool) else cell_number(raw)
        return _date_reading(_number_date(number, date_1904), said=True)
    text = tidy(raw)
    if ERROR_TEXT.fullmatch(text):
        return problem(CELL_ERROR)
    if unsafe(raw, _ERA_SQUARES):
        return problem(NOT_A_DATE)
    found = _text_date(text, date_1904)
    if found is None and _AMBIGUOUS_DATE.fullmatch(text):
        return problem(AMBIGUOUS_DATE)
    return _date_reading(found, said=found is None or raw.strip() != found.isoformat())


def _year(text: str) -> int | None:
    if match := _YEAR.fullmatch(text):
        return int(match["year"]) if match["year"] else _western(match["era"], match["n"])
    if match := _TWO_YEARS.fullmatch(text):
        first, second = (_YEAR.fullmatch(match[part]) for part in ("first", "second"))
        if first and second and _year(first[0]) == _year(second[0]):
            return _year(first[0])
    return None


def _western(era: str, n: str) -> int | None:
    """Era year → western year; 平成31年 and 令和元年 are both 2019. Years that an era never had are None."""
    before, last = _ERA_START[_ERA_LETTER.get(era, era)]
    number = 1 if n == "元" else int(n)
    return before + number if 1 <= number <= last else None


def _day(year: int | None, month: int, day: int) -> date | None:
    try:
        return None if year is None else date(year, month, day)
    except (ValueError, TypeError):
        return None


def _date_reading(found: date | None, *, said: bool) -> Reading:
    if found is None or not _FIRST_DATE <= found <= _LAST_DATE:
        return problem(NOT_A_DATE)
    return Reading(found, read_as=found.isoformat() if said else "")


def _number_date(number: Decimal | None, date_1904: bool) -> date | None:
    """A serial, or a day written as 20260501. ``_date_reading`` refuses days before 1950, so 2026 stays a year."""
    if number is None or not 0 < number < 10**8:
        return None
    if packed := _PACKED_DATE.fullmatch(str(int(number))):
        return _day(int(packed["y"]), int(packed["m"]), int(packed["d"]))
    if number >= 10**5:
        return None
    return (date(1904, 1, 1) if date_1904 else date(1899, 12, 30)) + timedelta(days=int(number))


def _text_date(text: str, date_1904: bool) -> date | None:
    doubled = re.match(r"(?P<first>[^()]+年)\((?P<second>[^()]+年)\)", text)
    if doubled and _year(doubled["first"]) == _year(doubled["second"]):
        text = doubled["first"] + text[doubled.end() :]
    if match := _DATE.fullmatch(text):
        year = _year(match["y"])
        found = _day(year, int(match["m"]), int(match["d"]))
        agrees = found is None or match["weekday"] in (None, "月火水木金土日"[found.weekday()])
        return found if agrees else None
    if _SERIAL.fullmatch(text) or _PACKED_DATE.fullmatch(text):
        return _number_date(Decimal(text), date_1904)
    return _named_month(text)


def _named_month(text: str) -> date | None:
    match = _NAMED_MONTH.fullmatch(text)
    if not match or bool(match["d"]) == bool(match["d2"]):
        return None
    months = [i for i, name in enumerate(_MONTHS, 1) if match["name"] in (name, name[:3], name[:4])]
    return _day(int(match["y"]), months[0], int(match["d"] or match["d2"])) if months else None
