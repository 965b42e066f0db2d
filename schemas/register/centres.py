"""The WPI centres that were adopted, each with hosts, call, grant and status; and the calls there have been."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from schemas.dictionary.counting_day import counting_day
from schemas.dictionary.match_key import match_key, nearest_word
from schemas.register.register import HERE, Register
from schemas.register.register_changes import first_day

CallType = Literal["regular", "focus", "core", "multi_host"]
GrantStatus = Literal["in_grant", "after_grant", "academy"]
CALL_TYPES: tuple[CallType, ...] = get_args(CallType)
GRANT_STATUSES: tuple[GrantStatus, ...] = get_args(GrantStatus)
HOST_SEPARATOR = ";"


@dataclass(frozen=True)
class Call:
    """One call of the programme: its fiscal year and type, how many centres it adopted, and the key of its source."""

    year: int
    type: CallType
    adopted: int
    source: str


@dataclass(frozen=True)
class WpiCentre:
    """An adopted centre.

    ``code`` is the unit code that forms propose; ``hosts`` are codes of the register as of the adoption.
    ``grant_until`` is a year and month as the source gives or implies it (``grant_basis``); ``seen`` is how the source
    was read. What no source told is empty.
    """

    code: str
    short_name: str
    name_ja: str
    name_en: str
    hosts: tuple[str, ...]
    call_year: int
    call_type: CallType
    status: GrantStatus
    grant_from: str
    grant_until: str
    grant_basis: str
    note: str
    seen: str
    source_title: str
    source_url: str
    seen_on: str

    def status_in(self, year: int) -> GrantStatus:
        """Whether the grant ran on 1 May of a round, and else whether the centre is in the Academy now."""
        end = first_day(self.grant_until)
        if (counting_day(year).year, counting_day(year).month) <= (end.year, end.month):
            return "in_grant"
        return self.status if self.status != "in_grant" else "after_grant"

    def hosts_in(self, year: int, register: Register) -> tuple[str, ...]:
        """The codes of the hosts in a round: of a host that was merged the successor's."""
        later = [register.successor(code, year) for code in self.hosts]
        return tuple(one.code if one else code for one, code in zip(later, self.hosts, strict=True))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name by which it may be called."""
        return tuple(filter(None, (self.code, self.short_name, self.name_ja, self.name_en)))


@dataclass(frozen=True)
class CentreRegister:
    """All adopted centres, and the calls, in the order of the calls."""

    centres: Sequence[WpiCentre]
    calls: Sequence[Call]

    def find(self, text: str) -> WpiCentre | None:
        """The centre of exactly this code or name; letter case, width and spaces make no difference."""
        return self._by_name().get(match_key(text))

    def near(self, text: str) -> WpiCentre | None:
        """The centre whose code or name is most like ``text``, None where none is."""
        key = nearest_word(match_key(text), self._by_name())
        return self._by_name()[key] if key else None

    def of_host(self, institution: str, year: int, register: Register) -> list[WpiCentre]:
        """The centres of a host in a round; those adopted later than the round are left out."""
        return [
            centre
            for centre in self.centres
            if centre.call_year <= year and institution in centre.hosts_in(year, register)
        ]

    def types_of(self, year: int) -> tuple[CallType, ...]:
        """The types of the calls of a fiscal year; none where there was no call."""
        return tuple(call.type for call in self.calls if call.year == year)

    def call_of(self, year: int, call_type: str = "") -> Call | None:
        """The call of a year and type; of a year with one call the type may be left out. None where there is none."""
        found = [call for call in self.calls if call.year == year and call_type in ("", call.type)]
        return found[0] if len(found) == 1 else None

    def years_near(self, year: int) -> list[int]:
        """The last year with a call before ``year`` and the first after it."""
        years = sorted({call.year for call in self.calls})
        before, after = [y for y in years if y < year][-1:], [y for y in years if y > year][:1]
        return [*before, *after]

    @property
    def last_year(self) -> int:
        """The newest call that is known; there may be later ones."""
        return max(call.year for call in self.calls)

    def _by_name(self) -> Mapping[str, WpiCentre]:
        return {match_key(name): centre for centre in self.centres for name in centre.names}


def read_hosts(text: str) -> list[str]:
    """The codes in a list of hosts as people write it: apart by ``;``, comma, space or their wide forms."""
    for mark in "；,，、/／　 \n":
        text = text.replace(mark, HOST_SEPARATOR)
    return list(dict.fromkeys(filter(None, (part.strip().upper() for part in text.split(HOST_SEPARATOR)))))


@cache
def load_centres(folder: Path = HERE) -> CentreRegister:
    """The register of WPI centres and calls that is shipped."""
    return CentreRegister(tuple(_centres(folder)), tuple(_calls(folder)))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _centres(folder: Path) -> Iterator[WpiCentre]:
    for row in _rows(folder / "wpi_centres.csv"):
        own = {name: row[name] for name in WpiCentre.__dataclass_fields__}
        yield WpiCentre(
            **{
                **own,
                "hosts": tuple(row["hosts"].split(HOST_SEPARATOR)),
                "call_year": int(row["call_year"]),
                "call_type": _call_type(row["call_type"]),
                "status": GRANT_STATUSES[GRANT_STATUSES.index(cast(GrantStatus, row["status"]))],
            }  # type: ignore[arg-type]
        )


def _calls(folder: Path) -> Iterator[Call]:
    for row in _rows(folder / "wpi_calls.csv"):
        yield Call(int(row["call_year"]), _call_type(row["call_type"]), int(row["adopted"]), row["source"])


def _call_type(text: str) -> CallType:
    """The declared type; ValueError for one that is none."""
    return CALL_TYPES[CALL_TYPES.index(cast(CallType, text))]
