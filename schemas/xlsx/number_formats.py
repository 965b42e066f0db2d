"""What a cell's number format makes of its number: shown smaller or larger, not at all, or with words beside it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Literal

Effect = Literal["scales", "hides", "words"]
PERCENT_FORMATS = {"9": "0%", "10": "0.00%"}  # built in, without an entry of their own in the part of styles
DASHES = frozenset("-‐–—―−－ー")
_SECTION = re.compile(r'(?:"[^"]*"|\\.|_.|\*.|[^;"\\])*')
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?[0-9.]+)\]")
_CURRENCY = re.compile(r"\[\$([^\]\-]*)(?:-[^\]]*)?\]")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.')
_GENERAL = re.compile(r"General|G/標準", re.IGNORECASE)
_SCALING = re.compile(r"[0#?],+(?![0#?,])")
_DATE = re.compile(r"[ymdhs]|AM/PM", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


def effect_of_format(code: str, value: float | None = None) -> Effect | None:
    """How a number format lets a number look like another: ``scales``, ``hides`` or ``words``; None where it does not.

    A comma after the last digit divides by a thousand, a percent sign multiplies; an empty section shows nothing.
    Of several sections that of the ``value`` counts; without a value the first that has an effect does.
    Formats for accounts show 0 as a dash, which is no other number.
    """
    if not code or code == "General" or (value == 0 and words_of_format(code, value) in DASHES):
        return None
    sections = _sections(code)
    shown = sections if value is None else [_section_of(sections, value)]
    return next((effect for section in shown if (effect := _effect(section))), None)


def words_of_format(code: str, value: float) -> str:
    """The words that a number format puts beside a number."""
    return _words(_section_of(_sections(code), value))


def _sections(code: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at <= len(code):
        match = _SECTION.match(code, at)
        end = match.end() if match else at
        found.append(code[at:end])
        at = end + 1
    return found[:4]


def _section_of(sections: Sequence[str], value: float) -> str:
    numeric = [s for s in sections[:3] if "@" not in s] or [sections[0]]
    conditions = [_CONDITION.search(section) for section in numeric]
    if any(conditions):
        for section, condition in zip(numeric, conditions, strict=True):
            if condition is None or _OPERATORS[condition[1]](value, float(condition[2])):
                return section
        return numeric[-1]
    if value < 0 and len(numeric) > 1:
        return numeric[1]
    return numeric[2] if value == 0 and len(numeric) > 2 else numeric[0]


def _effect(section: str) -> Effect | None:
    if "@" in section:
        return None
    bare = _LITERALS.sub("", _GENERAL.sub("0", _BRACKETS.sub("", section)))
    if not _BRACKETS.sub("", section).strip():
        return "hides"
    if "%" in bare or "‰" in bare or _SCALING.search(bare):
        return "scales"
    if not re.search(r"[0#?]", bare):
        return None if _DATE.search(bare) else "hides"
    return "words" if any(c.isalnum() for c in _words(section)) else None


def _words(section: str) -> str:
    """Texts in quotation marks, behind a backslash or in a currency, and characters that stand for themselves."""
    currency = "".join(_CURRENCY.findall(section))
    plain = _GENERAL.sub("0", _BRACKETS.sub("", section))
    quoted = "".join(text.strip('"\\') for text in _LITERALS.findall(plain) if text[0] in '"\\')
    return (currency + quoted + "".join(c for c in _LITERALS.sub("", plain) if not c.isascii())).strip()
