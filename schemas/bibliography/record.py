"""A paper as a database describes it, whichever database that is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.bibliography.read_problems import ProblemLog
from schemas.dictionary.match_key import match_key
from schemas.reading.records import MANY_AUTHORS

MANY_COUNTRIES = 30  # more make a paper hyper-authored, as more than 100 authors do
FIRST_YEAR = 1800

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_TYPES = {
    "article": "article",
    "articleinpress": "article",
    "datapaper": "article",
    "journal-article": "article",
    "review": "review",
    "conferencepaper": "proceedings",
    "proceedingspaper": "proceedings",
    "proceedings-article": "proceedings",
    "proceedings": "proceedings",
    "preprint": "preprint",
    "posted-content": "preprint",
}


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a paper: as printed, the organisation in it, ISO alpha-2 country ('' unreadable), identifiers."""

    text: str
    organisation: str
    country: str
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """One author: positions of the addresses in the record, and the countries of them (ISO alpha-2)."""

    addresses: tuple[int, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """What a list states itself instead of addresses; None where it says nothing."""

    is_international: bool | None
    is_domestic: bool | None
    own_fraction: float | None
    has_own_corresponding: bool | None


@dataclass(frozen=True, slots=True)
class PublicationRecord:
    """One paper of a file.

    ``authors`` is None where the file does not say who works where. ``unreadable`` are the texts of addresses whose
    country could not be read. ``corresponding`` are the addresses of corresponding authors, None where not known.
    ``percentile`` and ``is_top10`` are the database's own (OpenAlex: 0 to 1, by field, year and type).
    ``least_countries`` is a count of countries that the database states beside the addresses (0 none).
    """

    file: str
    line: int
    record_id: str
    doi: str
    year: int | None
    type: str
    title: str
    first_author: str
    n_authors: int
    n_institutions: int
    addresses: tuple[Address, ...]
    authors: tuple[Author, ...] | None
    countries: tuple[str, ...]
    unreadable: tuple[str, ...] = ()
    corresponding: tuple[Address, ...] | None = None
    percentile: float | None = None
    is_top10: bool | None = None
    field_group: str = ""
    least_countries: int = 0
    is_author_list_cut: bool = False
    stated: StatedFacts | None = None

    @property
    def is_international(self) -> bool | None:
        """Whether the addresses lie in two or more countries; None where that cannot be told.

        One readable country beside an unreadable one is not taken for domestic, and no address at all is not either.
        """
        if self.stated is not None and self.stated.is_international is not None:
            return self.stated.is_international
        if max(len(self.countries), self.least_countries) >= 2:
            return True
        return False if self.countries and not self.unreadable else None

    @property
    def is_hyper_authored(self) -> bool:
        """More than 100 authors or 30 countries (Institute for Scientific Information 2019)."""
        many = max(len(self.countries), self.least_countries) > MANY_COUNTRIES
        return self.n_authors > MANY_AUTHORS or self.is_author_list_cut or many


def plain_doi(text: str | None) -> str:
    """The bare DOI in lower case, without resolver address or prefix; '' where the text holds none."""
    found = _DOI.search((text or "").strip().lower().replace("%2f", "/"))
    return found.group().rstrip(".,;)") if found else ""


def publication_type(text: str | None) -> str:
    """The type in the words of the code list ``paper_types``, or ``preprint``; else the database's word, lower case.

    A record of two types is that of the first ("Article; Proceedings Paper" is an article).
    """
    first = (text or "").split(";")[0].strip().lower()
    bare = re.sub(r"[\s_]+", "", first)
    return _TYPES.get(bare, _TYPES.get(first, re.sub(r"[\s_]+", "-", first)))


def publication_year(text: object) -> int | None:
    """A year of publication from 1800 to next year (issues appear before their date); None for anything else."""
    digits = str(text).strip() if text is not None else ""
    if not re.fullmatch(r"\d{4}(?:\.0)?", digits):
        return None
    year = int(digits[:4])
    return year if FIRST_YEAR <= year <= date.today().year + 1 else None


def stated_year(stated: str, file: str, line: int, problems: ProblemLog) -> int | None:
    """The year of publication of a record; None, and noted, where it states none that can be."""
    year = publication_year(stated)
    if year is None:
        problems.add(file, line, "bad_year" if stated else "no_year", given=stated[:20])
    return year


def countries_at(addresses: Sequence[Address], positions: Iterable[int]) -> tuple[str, ...]:
    """The countries of some of the addresses of a record, each once."""
    return tuple(dict.fromkeys(addresses[at].country for at in positions if addresses[at].country))


def title_key(title: str) -> str:
    """A key for comparing titles: letters and digits only, without case, width and marks of style."""
    bare = re.sub(r"<[^<>]{1,40}>", "", title)
    return "".join(character for character in match_key(bare) if character.isalnum())
