"""The text and the number of one cell as people type them, before anything is made of it."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from numbers import Integral

from schemas.dictionary.match_key import INVISIBLE, JOINERS

ERROR_TEXT = re.compile(
    r"#(n/a|ref!|div/0!|value!|name\?|num!|null!|spill!|calc!|field!|blocked!|connect!|unknown!|getting_data|error!)"
    r"|err:[0-9]{3}"
)


def is_blank(raw: object) -> bool:
    """Whether a cell holds nothing, or only characters that nobody sees."""
    if isinstance(raw, str):
        return not raw[:1].isalnum() and raw.translate(INVISIBLE).translate(JOINERS).strip() in ("", "'")
    return raw is None


def tidy(typed: str) -> str:
    """NFKC, lower case, single spaces, without invisible characters and the apostrophe that marks a text."""
    visible = typed.replace("_x000D_", " ").translate(INVISIBLE)
    return " ".join(unicodedata.normalize("NFKC", visible).split()).casefold().lstrip("'’‘ ")


def unsafe(typed: str, allowed: str = "") -> str:
    """The first character that NFKC would turn into other digits or letters (① ² ½ Ⅻ ㈱ ª), or ""."""
    if typed.isascii():
        return ""
    return next((c for c in typed if c not in allowed and _changes_meaning(c)), "")


@lru_cache(maxsize=4096)
def _changes_meaning(character: str) -> bool:
    tag = unicodedata.decomposition(character).partition(" ")[0]
    if tag not in ("<super>", "<sub>", "<circle>", "<fraction>", "<square>", "<compat>"):
        return False
    return any(c.isalnum() for c in unicodedata.normalize("NFKC", character))


def cell_number(raw: object) -> Decimal | None:
    """The number of a cell as a spreadsheet shows it; None where it holds no finite number."""
    if isinstance(raw, float):
        # A spreadsheet keeps 15 digits; more of them would show the binary fraction.
        return Decimal(f"{raw:.15g}") if math.isfinite(raw) else None
    if isinstance(raw, Decimal):
        return raw if raw.is_finite() else None
    return Decimal(int(raw)) if isinstance(raw, Integral) else None


def digits(raw: object) -> str | None:
    """A whole number cell of at most nine digits as text."""
    number = None if isinstance(raw, bool) else cell_number(raw)
    if number is None or abs(number) >= 10**9 or number != number.to_integral_value():
        return None
    return str(int(number))


def plain_number(number: Decimal) -> Decimal:
    """The same number without exponent and trailing zeros, so that its text reads back."""
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text) if number else Decimal(0)


def text_of_cell(raw: object) -> str | None:
    """A cell that is no text, as its text; None for what no spreadsheet shows as a text."""
    if isinstance(raw, bool):
        return str(raw).upper()
    if isinstance(raw, datetime) and (raw.hour, raw.minute, raw.second) == (0, 0, 0):
        return raw.date().isoformat()
    if isinstance(raw, date | time):
        return raw.isoformat()
    if isinstance(raw, timedelta):
        minutes, seconds = divmod(int(raw.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    number = cell_number(raw)
    return None if number is None or abs(number.adjusted()) > 400 else f"{plain_number(number):f}"


def typed_text(raw: object) -> str:
    """What stands in a cell as a sentence quotes it: 120000 and not 120000.0, a day without its midnight."""
    if raw is None or isinstance(raw, str):
        return raw or ""
    return text_of_cell(raw) or str(raw)
