"""Scopus CSV exports as publication records.

``Affiliations`` has each address once, parted by "; "; ``Authors with affiliations`` has a block for each author,
in which known addresses are looked for, since commas stand within addresses too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from schemas.bibliography.address_country import address_country, address_end
from schemas.bibliography.delimited_rows import heading_of, read_rows
from schemas.bibliography.organisations import organisation_in
from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.record import (
    Address,
    Author,
    PublicationRecord,
    countries_at,
    plain_doi,
    publication_type,
    stated_year,
)

ESSENTIAL = ("Title", "Year")
ADDRESSES = ("Affiliations", "Authors with affiliations")
_BETWEEN = re.compile(r";\s*")
_NO_AUTHOR = re.compile(r"^\[no author", re.IGNORECASE)


def read_scopus(path: Path, problems: ProblemLog) -> Iterator[PublicationRecord]:
    """The papers of one export in its order; what cannot be read is noted. Tabs may stand for the commas."""
    heading = heading_of(path)
    if not heading:
        problems.add(path.name, 0, "empty_file")
        return
    if heading.lstrip("\ufeff ").startswith(("FN ", "PT\t", "{", "[")) or "\tUT" in heading:
        problems.add(path.name, 1, "other_vendor", expected="Scopus")
        return
    delimiter = max(",\t;", key=heading.count)
    names = {cell.strip(' "\ufeff') for cell in heading.split(delimiter)}
    absent = [name for name in ESSENTIAL if name not in names]
    if len(absent) == len(ESSENTIAL) and not names & {*ADDRESSES, "Authors", "EID", "DOI"}:
        problems.add(path.name, 1, "other_vendor", expected="Scopus")
        return
    if absent:
        problems.add(path.name, 1, "essential_columns", columns=", ".join(absent))
        return
    if not names & set(ADDRESSES):
        problems.add(path.name, 1, "no_address_column", columns=", ".join(ADDRESSES))
    for number, (line, row) in enumerate(read_rows(path, problems, delimiter, is_quoted=True), start=1):
        record = _record(path.name, line, number, row, problems)
        if record is not None:
            yield record


def _record(
    file: str, line: int, number: int, row: Mapping[str, str], problems: ProblemLog
) -> PublicationRecord | None:
    year = stated_year(row["Year"].strip(), file, line, problems)
    if year is None:
        return None
    names = _author_names(row)
    addresses = _addresses(row)
    doi = plain_doi(row.get("DOI"))
    return PublicationRecord(
        file=file,
        line=line,
        record_id=row.get("EID", "").strip() or doi or str(number),
        doi=doi,
        year=year,
        type=publication_type(row.get("Document Type")),
        title=row["Title"],
        first_author=names[0] if names else "",
        n_authors=len(names),
        n_institutions=len({address.organisation for address in addresses}),
        addresses=addresses,
        authors=_authors(row, addresses, len(names)),
        countries=tuple(sorted({address.country for address in addresses if address.country})),
        unreadable=tuple(address.text for address in addresses if not address.country),
        corresponding=_corresponding_addresses(row.get("Correspondence Address", ""), addresses),
    )


def _author_names(row: Mapping[str, str]) -> list[str]:
    """Names of the authors: once parted by commas, since 2023 by semicolons; the identifiers count most surely."""
    text = row.get("Authors", "").strip()
    names = [name for name in re.split(r";\s*" if ";" in text else r",\s+", text) if name.strip()]
    if names and _NO_AUTHOR.match(names[0]):
        return []
    for column in ("Author full names", "Author(s) ID"):
        parted = [name for name in _BETWEEN.split(row.get(column, "")) if name.strip()]
        if parted and not _NO_AUTHOR.match(parted[0]):
            return [*names[: len(parted)], *parted[len(names) :]]
    return names


def _addresses(row: Mapping[str, str]) -> tuple[Address, ...]:
    texts = [text.strip() for text in _BETWEEN.split(row.get("Affiliations", "")) if text.strip()]
    if not texts:
        # A block begins with the author's name, of one or two parts; the organisation follows.
        blocks = [block.strip() for block in _BETWEEN.split(row.get("Authors with affiliations", ""))]
        texts = [block for block in blocks if block.count(",") >= 2]
    return tuple(Address(text, organisation_in(text), address_country(text)) for text in dict.fromkeys(texts))


def _authors(row: Mapping[str, str], addresses: tuple[Address, ...], count: int) -> tuple[Author, ...] | None:
    """Who works where; None unless each author has a block."""
    blocks = [block for block in _BETWEEN.split(row.get("Authors with affiliations", "")) if block.strip()]
    if len(blocks) != count:
        return tuple(Author((0,), countries_at(addresses, [0])) for _ in range(count)) if len(addresses) == 1 else None
    longest_first = sorted(range(len(addresses)), key=lambda at: -len(addresses[at].text))
    authors = []
    for block in blocks:
        rest, positions = block, []
        for at in longest_first:
            if addresses[at].text in rest:
                positions.append(at)
                rest = rest.replace(addresses[at].text, "\n")
        authors.append(Author(tuple(sorted(positions)), countries_at(addresses, sorted(positions))))
    return tuple(authors)


def _corresponding_addresses(text: str, addresses: tuple[Address, ...]) -> tuple[Address, ...] | None:
    """Addresses of corresponding authors: "Name; address; email: ..." or several of them.

    Exports of some years lack the comma before the country ("Osaka UniversityJapan").
    """
    ends = "|".join({re.escape(address_end(address.text)) for address in addresses if address.country})
    if ends:
        text = re.sub(rf"(?<=[^\s,])({ends})(?=;|$)", r", \1", text)
    parts = [part.strip() for part in _BETWEEN.split(text)]
    found = [part for part in parts if "," in part and "@" not in part and len(part) > 20]
    return tuple(Address(part, organisation_in(part), address_country(part)) for part in found) or None
