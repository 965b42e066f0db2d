"""Organisations in addresses, and one key for a name that databases shorten."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from schemas.dictionary.match_key import match_key

_ORGANISATION = re.compile(
    r"univ|institut|hospital|college|polytech|academ|corp|\binc\b|\bltd|laborator|\bcnrs\b|\briken\b|agency|council"
    r"|foundation|company|大学|研究所|機構|病院|高等専門学校",
    re.IGNORECASE,
)
_FIRST = re.compile(r"univ|大学", re.IGNORECASE)
_FACULTY = re.compile(
    r"^(?:graduate school|school|faculty|department|dept|division|college of|institute of|institute for|laboratory"
    r"|center|centre|grad sch)\b",
    re.IGNORECASE,
)
# What begins a part of a university behind its name: "Kyoto University Graduate School of Medicine".
_PART_OF = re.compile(
    r"\s(?:(?:graduate )?school of|faculty of|college of|department of|dept\.? of|division of|laboratory of"
    r"|institute (?:of|for)|cent(?:er|re) for)\b",
    re.IGNORECASE,
)
_SILENT = frozenset({"of", "the", "and", "for", "in", "at"})
WORDS = Path(__file__).parent.parent / "codelists" / "organisation_words.csv"


@cache
def _short_words() -> Mapping[str, str]:
    """Words of names as Web of Science shortens them."""
    with WORDS.open(encoding="utf-8", newline="") as lines:
        return {row["word"]: row["short"] for row in csv.DictReader(lines)}


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """One key for the written forms of an organisation's name: "University of Tokyo" and "Univ Tokyo" agree.

    Case, accents, signs and small words make no difference; words are put in the short forms of Web of Science and
    keep their order, for "Tokyo University of Science" and "University of Tokyo" must not meet.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.replace("’", "'")) if not unicodedata.combining(c))
    if not plain.isascii():
        return match_key(name)
    words = re.sub(r"[^a-z0-9 ]", " ", plain.lower().replace("'", "").replace("electro-", "electro")).split()
    short = _short_words()
    return " ".join(short.get(word, word) for word in words if word not in _SILENT)


def before_faculty(name: str) -> str:
    """The name that stands before a faculty, school or institute in one part of an address; '' where none does."""
    found = _PART_OF.search(name)
    return name[: found.start()] if found else ""


@lru_cache(maxsize=200_000)
def organisation_in(address: str) -> str:
    """The part of an address that names an organisation: the university if one is named, else the likeliest part."""
    parts = [part.strip() for part in re.split(r"[,，、]", address) if part.strip()]
    bodies = [part for part in parts if not _FACULTY.match(part)] or parts
    for pattern in (_FIRST, _ORGANISATION):
        found = next((part for part in bodies if pattern.search(part)), "")
        if found:
            return found
    return next((part for part in parts if _ORGANISATION.search(part)), parts[0] if parts else "")
