"""Countries at the end of addresses, as databases and authors write them."""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from pathlib import Path

from schemas.dictionary.country_names import COUNTRIES, country_aliases, country_key
from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.match_key import match_key

US_STATES = Path(__file__).parent.parent / "codelists" / "us_states.csv"  # Georgia without name: that is a country too
# Names that only addresses use: states that are no more and whose papers databases count for one successor. "ROC" is
# Taiwan, with or without full stops; the mainland is written "PR China".
ADDRESS_NAMES = US_STATES.with_name("address_names.csv")
_EMAIL = re.compile(r"\(?\s*(?:(?:e-?mails?|electronic address)\s*[:.]?\s*)*\S+@\S+\)?\.?", re.IGNORECASE)
_LABEL = re.compile(r"(?:e-?mails?|electronic address|orcid)\b\s*:?.*$", re.IGNORECASE)
_ENDS_IN_USA = re.compile(r"(?:^|[\s.])U\.?S\.?A\.?$")
_US_POST_CODE = re.compile(r"^([A-Z]{2})(?:\s+\d{5}(?:-\d{4})?)?$")
_GEORGIA_OF_US = re.compile(r"\bGeorgia,?\s+3[019]\d{3}(?:-\d{4})?$", re.IGNORECASE)  # post codes of the state
_CANADIAN = re.compile(r"\b(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT),?\s+[A-Z]\d[A-Z]\s?\d[A-Z]\d$")
_UP_TO_DIGITS = re.compile(r"^.*\d\S*\s+")
_POST_CODE = re.compile(r"(?:\b[A-Z]{1,2}-)?\b[0-9][0-9A-Z-]*\b", re.IGNORECASE)


@cache
def _names() -> dict[str, str]:
    """ISO alpha-2 codes by ``country_key`` of every name, without the codes themselves: an address may end in "IL"."""
    with ADDRESS_NAMES.open(encoding="utf-8", newline="") as lines:
        found = {country_key(row["name"]): row["code"] for row in csv.DictReader(lines)}
    for item in load_dictionary().code_lists[COUNTRIES].items:
        found |= {country_key(item.label.ja): item.code, country_key(item.label.en): item.code}
    for alias, code in country_aliases().items():
        found.setdefault(country_key(alias), code)
    return found


@cache
def _us_states() -> tuple[frozenset[str], frozenset[str]]:
    """Post codes of the states, and their names as ``match_key``."""
    with US_STATES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return frozenset(row["code"] for row in rows), frozenset(match_key(row["name"]) for row in rows if row["name"])


def country_code(name: str) -> str:
    """The ISO alpha-2 code of a country's name; '' where it is not known."""
    return _names().get(country_key(name.strip(" .;")), "")


@lru_cache(maxsize=200_000)
def address_country(text: str) -> str:
    """The country of an address: its last part between commas, or the last but one where that is a post code.

    Never looked for elsewhere in the address: "Beth Israel" is no country. Addresses in the United States may end
    with the state, with or without a post code, those in Canada with province and post code. '' where no country can be
    read.
    """
    bare = _LABEL.sub("", _EMAIL.sub("", text)).strip(" .;,")
    if _GEORGIA_OF_US.search(bare):
        return "US"
    if _CANADIAN.search(bare):
        return "CA"
    parts = [part.strip(" .;") for part in re.split(r"[,，、]", bare) if part.strip(" .;")]
    if len(parts) > 1 and (found := country_code(f"{parts[-2]}, {parts[-1]}")):
        return found  # "Korea, Republic of"
    for part in reversed(parts[-2:]):
        found = _country_of_part(part)
        if found:
            return found
        if _POST_CODE.sub("", part).strip(" -"):
            return ""  # words that are no country: what stands before them is a town
    return ""


def _country_of_part(part: str) -> str:
    if _ENDS_IN_USA.search(part):
        return "US"
    state, (codes, names) = _US_POST_CODE.match(part), _us_states()
    if (state and state.group(1) in codes) or match_key(_POST_CODE.sub("", part)) in names:
        return "US"
    after_post_code = _UP_TO_DIGITS.sub("", part)
    without = _POST_CODE.sub(" ", part)
    return country_code(part) or country_code(after_post_code) or country_code(without) or _after_full_stop(part)


def _after_full_stop(part: str) -> str:
    """The country where a sentence ended before it ("Tokyo. Japan") or after it ("Japan. Present address")."""
    pieces = [piece for piece in re.split(r"[.;]\s+", part) if piece.strip()]
    return next((code for piece in reversed(pieces) if (code := country_code(piece))), "") if len(pieces) > 1 else ""


def address_end(text: str) -> str:
    """The last part of an address, where its country was looked for."""
    return text.rstrip(" .;,").rsplit(",", 1)[-1].strip()[:80]
