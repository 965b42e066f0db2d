"""Texts as people type them: mended where the meaning stays, and looked through for what should not be there."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time, timedelta

from schemas.dictionary.match_key import INVISIBLE, LONGEST
from schemas.reading.cell_text import ERROR_TEXT, is_blank, text_of_cell
from schemas.reading.reading_outcome import (
    BLANK,
    CELL_ERROR,
    PERSONAL_DATA,
    PLATFORM_CHARACTER,
    TOO_LONG,
    Reading,
    problem,
)

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ORCID = re.compile(r"(?<![0-9])(?:[0-9]{4}-){3}[0-9]{3}[0-9Xx](?![0-9])")
_TWELVE_DIGITS = re.compile(r"(?<![0-9A-Za-z.-])[0-9]{4}([ -]?)[0-9]{4}\1[0-9]{4}(?!\1?[0-9])")
_URL = re.compile(r"https?://\S+")
_PLATFORM = re.compile("[№℡\u2160-\u217f\u2460-\u24ff\u2776-\u2793\u3200-\u33ff]")
_COMPATIBILITY_IDEOGRAPH = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")


def read_text(raw: object, *, max_length: int, allow_email: bool = False) -> Reading:
    """The text as typed, without outer spaces and invisible characters; half-width kana and NFD are mended.

    A mended text is given in ``read_as``. Personal data and platform-dependent characters are reported with
    the text kept; ``allow_email`` is for fields that ask for an office's address.
    """
    if is_blank(raw):
        return BLANK
    typed = raw if isinstance(raw, str) else text_of_cell(raw)
    if typed is None or (len(typed) < LONGEST and ERROR_TEXT.fullmatch(typed.strip().lower())):
        return problem(CELL_ERROR)
    text = _clean(typed)
    if len(text) > max_length:
        return problem(TOO_LONG, length=f"{len(text):,}", maximum=f"{max_length:,}")
    changed = isinstance(raw, date | time | timedelta) or text != typed.replace("\r\n", "\n").strip()
    rule, params = _text_remark(text, allow_email)
    return Reading(text, read_as=text if changed else "", problem=rule, params=params)


def _clean(typed: str) -> str:
    """NFC for everything but compatibility ideographs: they stand in people's names and would be replaced."""
    text = typed.replace("_x000D_", "\n").replace("\r\n", "\n").translate(INVISIBLE)
    text = _HALF_WIDTH_KANA.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text)
    pieces = _COMPATIBILITY_IDEOGRAPH.split(text)
    kept = (p if i % 2 else unicodedata.normalize("NFC", p) for i, p in enumerate(pieces))
    return "".join(kept).strip()


def _text_remark(text: str, allow_email: bool) -> tuple[str, dict[str, str]]:
    plain = unicodedata.normalize("NFKC", text)
    if "@" in plain and not allow_email and _EMAIL.search(plain):
        return PERSONAL_DATA, {"kind_ja": "メールアドレス", "kind_en": "an e-mail address"}
    if _ORCID.search(plain):
        return PERSONAL_DATA, {"kind_ja": "ORCID iD", "kind_en": "an ORCID iD"}
    if _TWELVE_DIGITS.search(_URL.sub(" ", plain)):
        return PERSONAL_DATA, {"kind_ja": "12桁の番号", "kind_en": "a 12-digit number"}
    if found := _PLATFORM.search(text):
        return PLATFORM_CHARACTER, {"char": found[0], "alt": unicodedata.normalize("NFKC", found[0])}
    return "", {}
