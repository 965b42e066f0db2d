"""How people write the same thing in several ways: characters that make no difference, and keys for comparing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_ZERO_WIDTH = "\u00ad\u180e\u200b\u200e\u200f\u2060\ufeff" + "".join(map(chr, [*range(0x202A, 0x202F)]))
_CONTROLS = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127, *range(0x2066, 0x206A)]))
INVISIBLE = dict.fromkeys(map(ord, _ZERO_WIDTH + _CONTROLS))
JOINERS = dict.fromkeys([0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
LONGEST = 200  # characters; nothing that is longer is a number, a choice or the name of one
_VARIANTS = str.maketrans(
    "髙﨑碕嵜邉邊濵濱澤廣國學瀧櫻惠嶋嶌藏龍嶽眞縣德應藝醫鷗禮冨舘會體圓發經濟總獨驒關條齋齊𠮷栁桒ヶヵ",
    "高崎崎崎辺辺浜浜沢広国学滝桜恵島島蔵竜岳真県徳応芸医鴎礼富館会体円発経済総独騨関条斎斉吉柳桑ケカ",
)


def match_key(text: str) -> str:
    """A key for comparing names only: NFKC, old and variant kanji (髙 → 高), without spaces and case."""
    bare = "".join(text.translate(INVISIBLE).translate(JOINERS).split())
    folded = unicodedata.normalize("NFKC", bare).casefold().translate(_VARIANTS)
    return unicodedata.normalize("NFKC", "".join(folded.split()))


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known text most like ``text`` by ``match_key`` (difflib ratio of at least 0.5), or None."""
    by_key: dict[str, str] = {}
    for name in known:
        by_key.setdefault(match_key(name), name)
    close = get_close_matches(match_key(text[:LONGEST]), by_key, n=1, cutoff=0.5)
    return by_key[close[0]] if close else None
