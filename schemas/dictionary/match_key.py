"""How people write the same thing in several ways: characters that make no difference, and keys for comparing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

_ZERO_WIDTH = "\u00ad\u180e\u200b\u200e\u200f\u2060\ufeff" + "".join(map(chr, [*range(0x202A, 0x202F)]))
_CONTROLS = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127, *range(0x2066, 0x206A)]))
INVISIBLE = dict.fromkeys(map(ord, _ZERO_WIDTH + _CONTROLS))
JOINERS = dict.fromkeys([0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
CLOSE = 0.85  # likeness from which a word is suggested; tests show it over countries, universities and choices
CLEARLY = 0.1  # by so much the suggestion is more like than any word of another meaning
SHORTEST, SHORTEST_LATIN = 3, 5  # characters; shorter texts are like too many words
LONGEST = 200  # characters; nothing that is longer is a number, a choice or the name of one
_VARIANTS = str.maketrans(
    "髙﨑碕嵜邉邊濵濱澤廣國學瀧櫻惠嶋嶌藏龍嶽眞縣德應藝醫鷗禮冨舘會體圓發經濟總獨驒關條齋齊𠮷栁桒ヶヵ〜",
    "高崎崎崎辺辺浜浜沢広国学滝桜恵島島蔵竜岳真県徳応芸医鴎礼富館会体円発経済総独騨関条斎斉吉柳桑ケカ~",
)


@lru_cache(maxsize=16_384)  # the same headings and choices stand in every form
def match_key(text: str) -> str:
    """A key for comparing names only: NFKC, old and variant kanji (髙 → 高), without spaces and case."""
    bare = "".join(text.translate(INVISIBLE).translate(JOINERS).split())
    folded = unicodedata.normalize("NFKC", bare).casefold().translate(_VARIANTS)
    return unicodedata.normalize("NFKC", "".join(folded.split()))


def nearest(text: str, meanings: Mapping[str, str]) -> str | None:
    """The word of ``meanings`` (word -> what it means) that ``text`` was most likely meant to be, or None.

    Compared by ``match_key`` with difflib's ratio. A word is named only where it is at least CLOSE and no word of
    another meaning comes within CLEARLY of it; texts of fewer than SHORTEST characters resemble too much.
    """
    key = match_key(text[:LONGEST])
    if len(key) < (SHORTEST_LATIN if key.isascii() else SHORTEST):
        return None
    by_key: dict[str, str] = {}
    for word in meanings:
        by_key.setdefault(match_key(word), word)
    close = [(_likeness(key, other), word) for other, word in by_key.items() if len(other) >= SHORTEST]
    close = sorted((pair for pair in close if pair[0] >= CLOSE - CLEARLY), reverse=True)
    if not close or close[0][0] < CLOSE:
        return None
    likeness, best = close[0]
    rivals = [other for other, word in close if meanings[word] != meanings[best]]
    return best if not rivals or likeness - rivals[0] >= CLEARLY else None


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The one known word from which ``word`` is a single slip away, else the ``nearest``; None where neither is clear.

    A slip is a character too much, left out or put for another, or two that changed places (Damerau 1964).
    """
    words = list(dict.fromkeys(known))
    key = match_key(word[:LONGEST])
    keys = {other: match_key(other) for other in words}
    same = [other for other in words if keys[other] == key]
    slips = same or [other for other in words if is_one_slip(key, keys[other])]
    if slips:
        return slips[0] if len(slips) == 1 and len(key) > 1 else None
    return nearest(word, {other: other for other in words})


def is_one_slip(text: str, other: str) -> bool:
    """Whether two texts differ by one character too much, left out or replaced, or by two that changed places."""
    if abs(len(text) - len(other)) > 1 or text == other:
        return False
    same = next((n for n, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    rest, its = text[same:], other[same:]
    if len(rest) != len(its):
        return rest[1:] == its or rest == its[1:]
    return rest[1:] == its[1:] or (rest[:2] == its[1::-1] and rest[2:] == its[2:])


def _likeness(key: str, other: str) -> float:
    """The ratio of difflib, or 0 where its upper bounds already fall short."""
    matcher = SequenceMatcher(None, key, other)
    if matcher.real_quick_ratio() < CLOSE - CLEARLY or matcher.quick_ratio() < CLOSE - CLEARLY:
        return 0.0
    return matcher.ratio()
