"""How people write the same thing in several ways: characters that make no difference, and keys for comparing."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from numbers import Integral

_ZERO_WIDTH = "\u00ad\u180e\u200b\u200e\u200f\u2060\ufeff" + "".join(map(chr, [*range(0x202A, 0x202F)]))
_CONTROLS = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127, *range(0x2066, 0x206A)]))
INVISIBLE = dict.fromkeys(map(ord, _ZERO_WIDTH + _CONTROLS))
_JOINERS = dict.fromkeys([0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
LONGEST = 200  # characters; nothing that is longer is a number, a choice or the name of one
ERROR_TEXT = re.compile(
    r"#(n/a|ref!|div/0!|value!|name\?|num!|null!|spill!|calc!|field!|blocked!|connect!|unknown!|getting_data|error!)"
    r"|err:[0-9]{3}"
)
_VARIANTS = str.maketrans(
    "髙﨑碕嵜邉邊濵濱澤廣國學瀧櫻惠嶋嶌藏龍嶽眞縣德應藝醫鷗禮冨舘會體圓發經濟總獨驒關條齋齊𠮷栁桒ヶヵ",
    "高崎崎崎辺辺浜浜沢広国学滝桜恵島島蔵竜岳真県徳応芸医鴎礼富館会体円発経済総独騨関条斎斉吉柳桑ケカ",
)


def match_key(text: str) -> str:
    """A key for comparing names only: NFKC, old and variant kanji (髙 → 高), without spaces and case."""
    bare = "".join(text.translate(INVISIBLE).translate(_JOINERS).split())
    folded = unicodedata.normalize("NFKC", bare).casefold().translate(_VARIANTS)
    return unicodedata.normalize("NFKC", "".join(folded.split()))


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known text most like ``text`` by ``match_key`` (difflib ratio of at least 0.5), or None."""
    by_key: dict[str, str] = {}
    for name in known:
        by_key.setdefault(match_key(name), name)
    close = get_close_matches(match_key(text[:LONGEST]), by_key, n=1, cutoff=0.5)
    return by_key[close[0]] if close else None


def is_blank(raw: object) -> bool:
    """Whether a cell holds nothing, or only characters that nobody sees."""
    if isinstance(raw, str):
        return not raw[:1].isalnum() and raw.translate(INVISIBLE).translate(_JOINERS).strip() in ("", "'")
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
