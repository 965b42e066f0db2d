"""Countries by every name in use.

Codes of two and three letters, official, short and former names, and the writings of literature databases. One table
serves answer cells and the lists of countries of papers.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from schemas.dictionary.codelist import CodeList
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.match_key import match_key

ALIASES_SOURCES = ("iso_codes", "unicode_cldr", "country_usage")  # the keys that the file's column source holds
COUNTRIES, NATIONALITIES = "countries", "nationalities"
COUNTRY_LISTS = (COUNTRIES, NATIONALITIES)
ALIASES_FILE = Path(__file__).parent.parent / "codelists" / "country_aliases.csv"
_STRONG = re.compile(r"[;；|｜\n]")
_WEAK = re.compile(r"[,，、/／]")
_LOOSE = re.compile(r"\s*[・･＋+&＆:：]\s*|\s*(?:及び|および|並びに)\s*|\s+and\s+", re.IGNORECASE)
_JOINED = re.compile(f"{_WEAK.pattern}|{_LOOSE.pattern}", re.IGNORECASE)
_CODES_APART = re.compile(r"[A-Z]{2,3}(?:\s+[A-Z]{2,3})+")
_MARKS = re.compile(r"[.'’‘`´()\[\]\-‐‑–,，・=＝/]")
_ARTICLE = "the"


@dataclass(frozen=True)
class NamedCountries:
    """What a text says about countries: the codes it names, in order, and the words that name none that is known."""

    codes: tuple[str, ...]
    unread: tuple[str, ...]


def country_key(text: str) -> str:
    """``match_key`` without accents, punctuation and a leading English article."""
    key = unicodedata.normalize("NFD", match_key(text))
    bare = unicodedata.normalize("NFC", "".join(c for c in key if not "\u0300" <= c <= "\u036f"))
    plain = _MARKS.sub("", bare.replace("&", "and"))
    return plain.removeprefix(_ARTICLE) if len(plain) > 2 * len(_ARTICLE) else plain


@cache
def country_aliases(path: Path = ALIASES_FILE) -> Mapping[str, str]:
    """Alias as written -> code, in the order of the table; its columns name kind and source of each."""
    with path.open(encoding="utf-8", newline="") as lines:
        return MappingProxyType({row["alias"]: row["code"] for row in csv.DictReader(lines)})


@lru_cache(maxsize=8)
def codes_of_countries(dictionary: DataDictionary) -> Mapping[str, str]:
    """``country_codes`` of a dictionary's list of countries; reading asks for it at every cell."""
    return MappingProxyType(country_codes(dictionary.code_lists[COUNTRIES]))


def country_codes(countries: CodeList) -> dict[str, str]:
    """The code of each country by ``country_key`` of its code, its names and its aliases; names of the list first."""
    codes = {country_key(word): item.code for item in countries.items for word in (item.code, *_names(item.label))}
    for alias, code in country_aliases().items():
        codes.setdefault(country_key(alias), code)
    return codes


def _names(label: Text) -> tuple[str, str, str]:
    return label.ja, label.en, f"{label.ja} / {label.en}"


def read_countries(text: str, codes: Mapping[str, str]) -> NamedCountries:
    """The countries that a text lists, each once, whatever separates them: ``;`` ``|`` ``,`` ``、`` ``/``, new line.

    ``・``, ``&``, ``+``, ``:``, "and" and blanks between codes separate too, where every part is then a country.
    ``codes`` is the result of ``country_codes``. A name may hold a separator (``Korea, Republic of``): of neighbouring
    parts the longest run that is a name counts, but not one that begins with another country (``中国,台湾``). Words
    that name no country are given back as they were written.
    """
    return _read_countries(text, _Codes(codes))


class _Codes:
    """A mapping that is hashed by identity, so that readings can be kept for it."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        self.codes = codes

    def __hash__(self) -> int:
        return id(self.codes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Codes) and other.codes is self.codes


@lru_cache(maxsize=65_536)
def _read_countries(text: str, known: _Codes) -> NamedCountries:
    codes: list[str] = []
    unread: list[str] = []
    for part in _STRONG.split(text):
        for word, code in _words(part.strip(), known.codes):
            several = [] if code else _all_named(word, known.codes)
            if code or several:
                codes.extend([code] if code else several)
            else:
                unread.append(word)
    return NamedCountries(tuple(dict.fromkeys(codes)), tuple(dict.fromkeys(unread)))


def _all_named(word: str, codes: Mapping[str, str]) -> list[str]:
    """The codes of countries joined by signs that names hold too; none unless every part is a country."""
    parts = word.split() if _CODES_APART.fullmatch(word) else [part for part in _LOOSE.split(word) if part]
    found = [codes.get(country_key(part), "") for part in parts]
    return found if len(parts) > 1 and all(found) else []


def _code_of(word: str, codes: Mapping[str, str]) -> str:
    """The code of a name; "" where it only seems one because two countries are written together (中国・台湾)."""
    code = codes.get(country_key(word), "")
    parts = [codes.get(country_key(part), "") for part in _JOINED.split(word)] if code else []
    return "" if len(parts) > 1 and all(parts) and parts[0] != code else code


def _words(part: str, codes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each name in a part with its code ("" where there is none)."""
    cuts = [0, *(found.end() for found in _WEAK.finditer(part)), len(part) + 1]
    start = 0
    while start < len(cuts) - 1:
        for end in range(len(cuts) - 1, start, -1):
            word = part[cuts[start] : cuts[end] - 1].strip()
            code = _code_of(word, codes)
            if code or end == start + 1:
                break
        if word:
            yield word, code
        start = end
