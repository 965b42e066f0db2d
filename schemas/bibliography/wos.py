"""Web of Science exports, tab-delimited and plain text, as publication records.

C1 has the addresses: "[Sato, K; Smith, J] Univ Tokyo, Dept Phys, Tokyo, Japan; [...] ...". Semicolons stand between
the names in brackets too. Without brackets nobody says who works where. RP names the corresponding authors with
"(reprint author)" and, in later exports, "(corresponding author)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from schemas.bibliography.address_country import address_country
from schemas.bibliography.delimited_rows import heading_of, read_rows
from schemas.bibliography.field_groups import group_of_wos_areas
from schemas.bibliography.read_lines import is_undecoded, read_lines
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

ESSENTIAL = ("AU", "TI", "PY")
_TAG = re.compile(r"^([A-Z][A-Z0-9])(?: (.*))?$")
_GROUP = re.compile(r"^\[([^\]]*)\]\s*(.*)$", re.DOTALL)
_OUTSIDE = re.compile(r";\s*(?![^\[]*\])")
_CORRESPONDING = re.compile(
    r"\((?:reprint|corresponding) author\)[.,]?\s*(.*?)(?=\.?\s*;\s[^;]*\((?:reprint|corresponding) author\)|$)",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN: dict[str, str | re.Pattern[str]] = {"AU": r";\s*", "AF": r";\s*", "C1": _OUTSIDE}
_YEAR = re.compile(r"\b(\d{4})\b")
# Fields whose lines are entries of a list; the lines of others are one text, broken for its length.
_LISTS = frozenset({"AU", "AF", "C1", "C3", "BA", "BF"})
USED = frozenset({"AF", "AU", "C1", "DI", "DT", "EA", "EY", "PY", "RP", "SC", "TI", "UT"})

Fields = Mapping[str, list[str]]


def read_wos(path: Path, problems: ProblemLog) -> Iterator[PublicationRecord]:
    """The papers of one export in its order; what cannot be read is noted."""
    heading = heading_of(path).lstrip("\ufeff")
    if not heading:
        problems.add(path.name, 0, "empty_file")
        return
    if _TAG.match(heading) and heading[:2] in ("FN", "PT", "VR"):
        found = _plain_records(path, problems)
    elif "\t" in heading and {"UT", "TI", "AU"} & set(heading.split("\t")):
        names = set(heading.split("\t"))
        absent = [tag for tag in ESSENTIAL if tag not in names]
        if absent:
            problems.add(path.name, 1, "essential_columns", columns=", ".join(absent))
            return
        if "C1" not in names:
            problems.add(path.name, 1, "no_address_column", columns="C1")
        found = _tab_records(path, problems)
    else:
        problems.add(path.name, 1, "other_vendor", expected="Web of Science")
        return
    for number, (line, fields) in enumerate(found, start=1):
        record = _record(path.name, line, number, fields, problems)
        if record is not None:
            yield record


def _tab_records(path: Path, problems: ProblemLog) -> Iterator[tuple[int, Fields]]:
    for line, row in read_rows(path, problems, "\t", is_quoted=False):
        yield line, {tag: _parts(_BETWEEN[tag], text) if tag in _BETWEEN else [text] for tag, text in row.items()}


def _parts(between: str | re.Pattern[str], text: str) -> list[str]:
    return [part.strip() for part in re.split(between, text) if part.strip()]


def _plain_records(path: Path, problems: ProblemLog) -> Iterator[tuple[int, Fields]]:
    """Records from PT to ER. One that another begins before its ER, or that the file ends in, is noted as cut off.

    A record of which a line that is used is in another encoding would lack an author or an address, so it is noted
    and left out; in abstracts and lists of references such lines do no harm.
    """
    fields: dict[str, list[str]] = {}
    start, tag, is_whole = 0, "", True
    for number, line in read_lines(path, problems, keep_undecoded=True):
        match = _TAG.match(line.lstrip("\ufeff"))
        if is_undecoded(line) and (match.group(1) if match else tag) in USED:
            problems.add(path.name, number, "wrong_encoding")
            is_whole = False
        if match is None:
            if line.startswith("   ") and tag:
                _continue(fields, tag, line.strip())
            elif line.strip() and not start:
                problems.add_line(path.name, number, line, "outside_a_record")
            elif line.strip():
                problems.add_line(path.name, number, line, "not_a_tag")
            continue
        tag, text = match.group(1), (match.group(2) or "").strip()
        if tag == "ER":
            if start and is_whole:
                yield start, fields
            fields, start, is_whole = {}, 0, True
        elif tag == "PT":
            if start:
                problems.add(path.name, start, "cut_off")
            fields, start, is_whole = {tag: [text]}, number, True
        elif start:
            fields.setdefault(tag, []).append(text)
    if start:
        problems.add(path.name, start, "cut_off")


def _continue(fields: dict[str, list[str]], tag: str, text: str) -> None:
    texts = fields.setdefault(tag, [])
    is_wrapped = tag == "C1" and texts and not text.startswith("[") and not texts[-1].endswith(".")
    if tag in _LISTS and not is_wrapped:
        texts.append(text)
    elif texts:
        texts[-1] = f"{texts[-1]} {text}"


def _record(file: str, line: int, number: int, fields: Fields, problems: ProblemLog) -> PublicationRecord | None:
    year = stated_year(_text(fields, "PY") or _early_access_year(fields), file, line, problems)
    if year is None:
        return None
    names = fields.get("AF") or fields.get("AU") or []
    groups = [_group(text) for text in fields.get("C1", []) if text.strip()]
    addresses = tuple(dict.fromkeys(address for _, address in groups))
    doi = plain_doi(_text(fields, "DI"))
    return PublicationRecord(
        file=file,
        line=line,
        record_id=_text(fields, "UT") or doi or str(number),
        doi=doi,
        year=year,
        type=publication_type(_text(fields, "DT")),
        title=_text(fields, "TI"),
        first_author=names[0] if names else "",
        n_authors=max(len(names), len(fields.get("AU", []))),
        n_institutions=len({address.organisation for address in addresses}),
        addresses=addresses,
        authors=_authors(fields, groups, addresses),
        countries=tuple(sorted({address.country for address in addresses if address.country})),
        unreadable=tuple(address.text for address in addresses if not address.country),
        corresponding=_corresponding_addresses(_text(fields, "RP")),
        field_group=group_of_wos_areas(_text(fields, "SC")),
    )


def _text(fields: Fields, tag: str) -> str:
    return " ".join(fields.get(tag, [])).strip()


def _early_access_year(fields: Fields) -> str:
    """The year of early access (EY, or within EA), for papers that are in no issue yet."""
    found = _YEAR.search(_text(fields, "EY") or _text(fields, "EA"))
    return found.group(1) if found else ""


def _group(text: str) -> tuple[list[str], Address]:
    """The names in the brackets of an address (none without brackets), and the address."""
    match = _GROUP.match(text.strip())
    names = _parts(r";\s*", match.group(1)) if match else []
    return names, _address(match.group(2) if match else text)


def _address(text: str) -> Address:
    bare = text.strip().rstrip(".").strip()
    return Address(bare, bare.split(",")[0].strip(), address_country(bare))


def _authors(
    fields: Fields, groups: list[tuple[list[str], Address]], addresses: tuple[Address, ...]
) -> tuple[Author, ...] | None:
    full, short = fields.get("AF") or [], fields.get("AU") or []
    count = max(len(full), len(short))
    if not all(names for names, _ in groups):
        if len(addresses) != 1 and count != 1:
            return None
        every = tuple(range(len(addresses)))
        return (Author(every, countries_at(addresses, every)),) * count
    positions: list[list[int]] = [[] for _ in range(count)]
    at = {name: n for names in (short, full) for n, name in enumerate(names)}
    for names, address in groups:
        for name in names:
            if name in at:
                positions[at[name]].append(addresses.index(address))
    return tuple(Author(tuple(dict.fromkeys(found)), countries_at(addresses, found)) for found in positions)


def _corresponding_addresses(text: str) -> tuple[Address, ...] | None:
    found = [_address(part) for part in _CORRESPONDING.findall(text) if part.strip(" .")]
    return tuple(dict.fromkeys(found)) or None
