"""OpenAlex works: JSON pages, JSON Lines and the partitions of the snapshot, as publication records.

Field names and their traps: developers.openalex.org, works. Lists of works cut the authors after the hundredth
(``is_authors_truncated``); ``citation_normalized_percentile`` runs from 0 to 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.bibliography.address_country import address_country
from schemas.bibliography.field_groups import group_of_openalex_field
from schemas.bibliography.json_items import json_items
from schemas.bibliography.read_lines import PACKED_ENDS, open_text
from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.record import (
    Address,
    Author,
    PublicationRecord,
    plain_doi,
    publication_type,
    stated_year,
)

COLUMNS = (
    "id",
    "doi",
    "title",
    "display_name",
    "publication_year",
    "type",
    "authorships",
    "authors_count",
    "is_authors_truncated",
    "countries_distinct_count",
    "institutions_distinct_count",
    "corresponding_institution_ids",
    "primary_topic",
    "citation_normalized_percentile",
)
BATCH = 2_000


def read_openalex(path: Path, problems: ProblemLog) -> Iterator[PublicationRecord]:
    """The works of one file (JSON, JSON Lines, gzip, Parquet) in its order; what cannot be read is noted."""
    items = _parquet_items(path, problems) if path.suffix == ".parquet" else json_items(path, problems)
    for number, (line, work) in enumerate(items, start=1):
        try:
            record = _record(path.name, line, number, work, problems)
        except (AttributeError, KeyError, TypeError, ValueError):  # a part has another shape than OpenAlex's
            problems.add(path.name, line, "not_a_work")
            continue
        if record is not None:
            yield record


def _parquet_items(path: Path, problems: ProblemLog) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        table = pq.ParquetFile(path)
    except (OSError, ValueError):
        problems.add(path.name, 0, "not_a_table")
        return
    present = [name for name in COLUMNS if name in table.schema_arrow.names]
    if "id" not in present or "authorships" not in present:
        problems.add(path.name, 0, "essential_columns", columns="id, authorships")
        return
    row = 0
    try:
        for batch in table.iter_batches(batch_size=BATCH, columns=present):
            for work in batch.to_pylist():
                row += 1
                yield row, {name: _plain(value) for name, value in work.items()}
    except (OSError, pa.ArrowInvalid):
        problems.add(path.name, row + 1, "archive_cut_off")


def _plain(value: object) -> object:
    """Nested columns that a partition keeps as JSON text; a text that only begins like it stays a text."""
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{") else value
    except ValueError:
        return value


def _record(
    file: str, line: int, number: int, work: Mapping[str, Any], problems: ProblemLog
) -> PublicationRecord | None:
    if not isinstance(work.get("authorships") or [], list) or not ({"id", "doi", "title"} & set(work)):
        problems.add(file, line, "not_a_work")
        return None
    year = stated_year(str(work.get("publication_year") or ""), file, line, problems)
    if year is None:
        return None
    people = _Authorships(work.get("authorships") or [])
    topic, percentile = work.get("primary_topic") or {}, work.get("citation_normalized_percentile") or {}
    value = percentile.get("value")
    doi = plain_doi(work.get("doi"))
    return PublicationRecord(
        file=file,
        line=line,
        record_id=str(work.get("id") or "") or doi or str(number),
        doi=doi,
        year=year,
        type=publication_type(work.get("type")),
        title=str(work.get("title") or work.get("display_name") or ""),
        first_author=people.first_author,
        n_authors=max(int(work.get("authors_count") or 0), len(people.authors)),
        n_institutions=max(len(people.institutions), int(work.get("institutions_distinct_count") or 0)),
        addresses=tuple(people.addresses),
        authors=tuple(people.authors),
        countries=tuple(sorted(people.countries)),
        unreadable=tuple(people.unreadable),
        corresponding=people.corresponding_of(work.get("corresponding_institution_ids")),
        percentile=None if value is None else float(value),
        is_top10=_is_top10(percentile, value),
        field_group=group_of_openalex_field((topic.get("field") or {}).get("id")),
        least_countries=int(work.get("countries_distinct_count") or 0),
        is_author_list_cut=bool(work.get("is_authors_truncated")),
    )


def _is_top10(percentile: Mapping[str, Any], value: float | None) -> bool | None:
    stated = percentile.get("is_in_top_10_percent")
    if stated is not None:
        return bool(stated)
    return None if value is None else value >= 0.9


class _Authorships:
    """Addresses, authors and countries of one work, each address once."""

    def __init__(self, authorships: Sequence[Mapping[str, Any]]) -> None:
        self.addresses: list[Address] = []
        self.authors: list[Author] = []
        self.countries: set[str] = set()
        self.institutions: set[str] = set()
        self.unreadable: list[str] = []
        self.corresponding: list[Address] = []
        self._at: dict[tuple[str, str], int] = {}
        for authorship in authorships:
            self._add(authorship or {})  # null: an author of whom nothing is told
        first = (authorships[0] if authorships else None) or {}
        self.first_author = str((first.get("author") or {}).get("display_name") or first.get("raw_author_name") or "")

    def _add(self, authorship: Mapping[str, Any]) -> None:
        stated = [str(code).upper() for code in authorship.get("countries") or []]
        institutions = [one for one in authorship.get("institutions") or [] if one is not None]
        raw = _raw_strings(authorship)
        codes = [str(one["country_code"]).upper() for one in institutions if one.get("country_code")]
        read = [] if stated or codes else [code for text in raw if (code := address_country(text))]
        countries = tuple(dict.fromkeys([*stated, *codes, *read]))
        only = countries[0] if len(countries) == 1 else ""
        positions = [self._position(_of_institution(one, only)) for one in institutions]
        if not institutions:
            positions = [self._position(Address(text, text, address_country(text) or only)) for text in raw]
        if not countries and positions:
            self.unreadable.extend(self.addresses[position].text for position in dict.fromkeys(positions))
        self.countries.update(countries)
        self.authors.append(Author(tuple(dict.fromkeys(positions)), countries))
        if authorship.get("is_corresponding"):
            self.corresponding.extend(self.addresses[position] for position in positions)

    def _position(self, address: Address) -> int:
        key = (address.identifiers[0] if address.identifiers else address.text, address.country)
        if key not in self._at:
            self._at[key] = len(self.addresses)
            self.addresses.append(address)
            self.institutions.add(key[0])
        return self._at[key]

    def corresponding_of(self, identifiers: Sequence[str] | None) -> tuple[Address, ...] | None:
        """Addresses of corresponding authors; None where OpenAlex names none."""
        stated = set(identifiers or [])
        named = [address for address in self.addresses if stated & set(address.identifiers[:2])]
        found = tuple(dict.fromkeys([*self.corresponding, *named]))
        return found if found else None


def _raw_strings(authorship: Mapping[str, Any]) -> list[str]:
    strings = authorship.get("raw_affiliation_strings") or []
    if not strings and authorship.get("raw_affiliation_string"):
        strings = str(authorship["raw_affiliation_string"]).split("; ")
    return [str(text) for text in strings if str(text).strip()]


def _of_institution(institution: Mapping[str, Any], country: str) -> Address:
    name = str(institution.get("display_name") or institution.get("id") or institution.get("ror") or "")
    identifiers = [institution.get("ror"), institution.get("id"), *(institution.get("lineage") or [])]
    code = str(institution.get("country_code") or country).upper()
    return Address(name, name, code, tuple(dict.fromkeys(str(one) for one in identifiers if one)))


def openalex_identifier(paths: Iterable[Path], ror: str) -> str:
    """The OpenAlex identifier that stands beside a ROR in the first file that has it; '' where none has.

    With it the hospitals and institutes below a university are found by their lineage too, which names OpenAlex
    identifiers only.
    """
    beside = re.compile(rf'"id"\s*:\s*"(https://openalex\.org/I\d+)"[^{{}}]*?"ror"\s*:\s*"{re.escape(ror)}"')
    for path in paths:
        found = _beside_in_table(path, ror) if path.suffix == ".parquet" else _beside_in_text(path, beside)
        if found:
            return found
    return ""


def _beside_in_text(path: Path, beside: re.Pattern[str]) -> str:
    rest = ""
    try:
        with open_text(path) as text:
            while chunk := text.read(1 << 20):
                match = beside.search(rest + chunk)
                if match:
                    return match.group(1)
                rest = chunk[-2_000:]
    except (*PACKED_ENDS, UnicodeDecodeError, OSError):
        return ""  # said when the file is read
    return ""


def _beside_in_table(path: Path, ror: str) -> str:
    problems = ProblemLog()
    for _, work in _parquet_items(path, problems):
        try:
            for authorship in work.get("authorships") or []:
                for one in authorship.get("institutions") or []:
                    if one.get("ror") == ror and one.get("id"):
                        return str(one["id"])
        except (AttributeError, TypeError):
            continue  # said when the file is read
    return ""
