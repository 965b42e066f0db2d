"""Moments of a round as people give and read them: Japan's time, with weekday and hour."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone

JAPAN = timezone(timedelta(hours=9))  # Japan has had no summer time since 1951
END_OF_WORK = time(17)  # a deadline that names no hour
YEARS = range(2020, 2100)  # as of every command and page
WEEKDAYS = {
    "ja": "月火水木金土日",
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_GIVEN = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::00)?)?\s*(Z|[+-]\d{2}:?\d{2}|JST)?")


def parse_moment(text: str) -> datetime:
    """The moment of ``2026-06-30``, ``2026-06-30 17:00`` or ``2026-06-30T17:00+09:00``, in UTC.

    Without an hour it is 17:00; without a zone it is Japan's time. Raises ValueError, also for 24:00 and for a year
    that no round can be in (9999 would be kept, and stop every page that shows it in another zone).
    """
    found = _GIVEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    day, hour, minute, zone = found.groups()
    year, month, date = map(int, day.split("-"))
    if year not in YEARS:
        raise ValueError(text)
    clock = END_OF_WORK if hour is None else time(int(hour), int(minute))
    return datetime.combine(datetime(year, month, date), clock, _zone(zone)).astimezone(UTC)


def _zone(text: str | None) -> timezone:
    if text in (None, "JST"):
        return JAPAN
    if text == "Z":
        return UTC
    digits = str(text).replace(":", "")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return timezone(-offset if digits[0] == "-" else offset)


def moment_text(moment: datetime, language: str) -> str:
    """A moment in Japan's time: 2026年6月30日（火）17時（日本時間）, or Tuesday 30 June 2026, 17:00 (Japan time)."""
    here = moment.astimezone(JAPAN)
    weekday = WEEKDAYS[language][here.weekday()]
    if language == "en":
        return f"{weekday} {here.day} {MONTHS[here.month - 1]} {here.year}, {here:%H:%M} (Japan time)"
    minutes = f"{here.minute}分" if here.minute else ""
    return f"{here.year}年{here.month}月{here.day}日（{weekday}）{here.hour}時{minutes}（日本時間）"


def short_moment(moment: datetime) -> str:
    """A moment in Japan's time for a table: 2026-06-30 17:00."""
    return f"{moment.astimezone(JAPAN):%Y-%m-%d %H:%M}"
