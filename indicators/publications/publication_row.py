"""A publication record judged for one institution or country: the row of ``publications.csv`` and what is counted."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.bibliography.organisations import name_key
from schemas.bibliography.own_addresses import CountryAddresses, InstitutionAddresses, OwnAddresses
from schemas.bibliography.record import PublicationRecord, title_key
from schemas.reading.records import MANY_AUTHORS

CSV_COLUMNS = (
    "record_id",
    "doi",
    "year",
    "type",
    "n_authors",
    "n_institutions",
    "countries",
    "own",
    "international",
    "own_corresponding",
    "hyper_authored",
    "percentile",
)
SHORTEST_TITLE = 20  # letters; shorter ones ("Editorial", "Introduction") say nothing about sameness


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """One paper as counted. Flags are 1, 0 or None for unknown; ``own_fraction`` is 0 to 1."""

    file: str
    line: int
    record_id: str
    doi: str
    year: int
    type: str
    n_authors: int
    n_institutions: int
    countries: tuple[str, ...]
    own: int
    international: int | None
    single: int | None
    own_corresponding: int | None
    hyper_authored: int
    percentile: float | None
    top10: int | None
    field_group: str
    own_fraction: float
    country_fractions: tuple[float, ...]
    title_key: str
    author_key: str
    partners: tuple[tuple[str, str], ...] = ()  # organisation and country of the others on an own paper

    def csv_cells(self) -> tuple[object, ...]:
        """The cells of ``publications.csv``; unknown is empty."""
        return (
            self.record_id,
            self.doi,
            self.year,
            self.type,
            self.n_authors,
            self.n_institutions,
            "|".join(self.countries),
            self.own,
            self.international,
            self.own_corresponding,
            self.hyper_authored,
            self.percentile,
        )


def judge_record(record: PublicationRecord, own: OwnAddresses, *, is_own_list: bool = False) -> PublicationRow:
    """The row of a record with a year. ``is_own_list``: the institution's own list, whose papers are all its own."""
    assert record.year is not None
    is_own_place = [own.is_own(address) for address in record.addresses]
    is_own = any(is_own_place) or is_own_list
    if isinstance(own, CountryAddresses):
        is_own = own.country in record.countries or any(is_own_place)
    fractions = country_fractions(record)
    if isinstance(own, CountryAddresses):
        fraction = dict(zip(record.countries, fractions, strict=True)).get(own.country, 0.0)
    else:
        fraction = institution_fraction(record, is_own_place)
    stated = record.stated
    if stated is not None and is_own:
        fraction = 1.0 if stated.own_fraction is None else stated.own_fraction
    international = record.is_international
    return PublicationRow(
        record.file,
        record.line,
        record.record_id,
        record.doi,
        record.year,
        record.type,
        record.n_authors,
        record.n_institutions,
        record.countries,
        int(is_own),
        _flag(international),
        _single(record, international),
        _flag(_own_corresponding(record, own)),
        int(record.is_hyper_authored),
        record.percentile,
        _flag(record.is_top10),
        record.field_group,
        fraction if is_own else 0.0,
        fractions,
        key if len(key := title_key(record.title)) >= SHORTEST_TITLE else "",
        family_name_key(record.first_author),
        _partners(record, is_own_place) if is_own and isinstance(own, InstitutionAddresses) else (),
    )


def _partners(record: PublicationRecord, is_own_place: list[bool]) -> tuple[tuple[str, str], ...]:
    """The other organisations of a paper, each once; none of a paper of more than 100 authors."""
    if record.n_authors > MANY_AUTHORS:
        return ()
    pairs = zip(record.addresses, is_own_place, strict=True)
    return tuple(dict.fromkeys((one.organisation, one.country) for one, is_own in pairs if not is_own))


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _single(record: PublicationRecord, international: bool | None) -> int | None:
    """Whether one institution alone stands behind the paper; None where its countries are unknown."""
    if international is None:
        return None
    if record.stated is not None and record.stated.is_domestic is not None:
        return int(not international and not record.stated.is_domestic)
    return int(not international and record.n_institutions <= 1)


def _own_corresponding(record: PublicationRecord, own: OwnAddresses) -> bool | None:
    if record.stated is not None:
        return record.stated.has_own_corresponding
    if record.corresponding is None:
        return None
    if any(own.is_own(address) for address in record.corresponding):
        return True
    # A correspondence address whose country cannot be read says nothing about another country.
    is_unread = isinstance(own, CountryAddresses) and not all(address.country for address in record.corresponding)
    return None if is_unread else False


def institution_fraction(record: PublicationRecord, is_own_place: list[bool]) -> float:
    """The own part of a paper: an equal part for each author, parted equally among the author's organisations.

    As in the CWTS Leiden Ranking (Waltman and others 2012). Where the file does not say who works where, the part of
    the organisations that are own. Authors without address keep their part for nobody.
    """
    if record.authors is None:
        bodies = {address.organisation: is_own for address, is_own in zip(record.addresses, is_own_place, strict=True)}
        return sum(bodies.values()) / len(bodies) if bodies else 0.0
    total = 0.0
    for author in record.authors:
        bodies = {record.addresses[at].organisation: is_own_place[at] for at in author.addresses}
        if bodies:
            total += sum(bodies.values()) / len(bodies)
    return total / max(record.n_authors, len(record.authors), 1)


def country_fractions(record: PublicationRecord) -> tuple[float, ...]:
    """The part of each of ``record.countries``: an equal part for each author, parted among the author's countries."""
    parts = dict.fromkeys(record.countries, 0.0)
    if record.authors is None:
        return tuple(1 / len(parts) for _ in parts)
    for author in record.authors:
        for country in author.countries:
            parts[country] += 1 / len(author.countries)
    whole = max(record.n_authors, len(record.authors), 1)
    return tuple(part / whole for part in parts.values())


def has_up_to_100_authors(row: PublicationRow) -> bool:
    """Whether 100 authors or fewer wrote the paper."""
    return 0 < row.n_authors <= MANY_AUTHORS


def family_name_key(name: str) -> str:
    """A key of a first author's family name: "Sato, Kenji", "Sato K." and "Kenji Sato" agree."""
    if "," in name:
        return name_key(name.split(",")[0])
    words = name.split()
    if len(words) > 1 and words[-1].replace(".", "").replace("-", "").isupper() and len(words[-1]) <= 6:
        return name_key(" ".join(words[:-1]))
    return name_key(words[-1]) if words else ""
