"""Named groups of institutions (国際卓越研究大学, J-PEAKS, RU11 …), with who was in them when."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import Field as Default

from schemas.dictionary.counting_day import counting_day
from schemas.dictionary.declaration import (
    DeclarationError,
    Fault,
    Text,
    read_document,
    short_name,
    undeclared_word,
    validate_document,
)
from schemas.dictionary.field import Declared
from schemas.dictionary.match_key import nearest_word
from schemas.dictionary.sentences import Sentences
from schemas.register.centres import load_centres
from schemas.register.register import HERE, Register, UnknownInstitution, load_register
from schemas.register.register_changes import first_day

sentences = Sentences(__file__)
FILE = "groups.csv"
COLUMNS = ("group", "code", "from", "until", "status")
WPI_HOST = "wpi_host"
LAST = "9999"  # the end of a membership of which no end is known


class Group(Declared):
    """A named group: its id, texts, which status makes a member, and whether who was in it stays in it."""

    id: str
    label: Text
    note: Text
    status: list[str] = Default(default_factory=list)
    lasting: bool = False


@dataclass(frozen=True)
class Membership:
    """One institution in one group, from and until a date as its source gives it; ``until`` empty while it lasts."""

    group: str
    code: str
    since: str
    until: str
    status: str


class UnknownGroup(KeyError):
    """No group has this id; ``near`` is the nearest one, if any."""

    def __init__(self, group: str, near: str | None) -> None:
        super().__init__(group)
        self.group = group
        self.near = near


@dataclass(frozen=True)
class GroupRegister:
    """Every group by its id, and every membership."""

    groups: Mapping[str, Group]
    memberships: Sequence[Membership]
    register: Register

    def groups_of(self, code: str, year: int) -> list[str]:
        """The ids of the groups an institution is in on 1 May of a round, in the order of their declaration."""
        return [group for group in self.groups if code in self.members_of(group, year)]

    def members_of(self, group: str, year: int) -> list[str]:
        """The codes of a group's members on 1 May of a round; of one that was merged its successor's, in code order.

        Raises UnknownGroup.
        """
        if group not in self.groups:
            raise UnknownGroup(group, nearest_word(group, self.groups))
        own = self.groups[group]
        held = [one for one in self.memberships if one.group == group and self._is_held(one, own, year)]
        return sorted({self._in_round(one.code, year) for one in held})

    def _is_held(self, one: Membership, group: Group, year: int) -> bool:
        day = counting_day(year)
        if first_day(one.since) > day or (group.status and one.status not in group.status):
            return False
        return group.lasting or (one.until or LAST) >= f"{day:%Y-%m}"[: len(one.until) or 4]

    def _in_round(self, code: str, year: int) -> str:
        later = self.register.successor(code, year)
        return later.code if later else code


def load_groups(folder: Path = HERE) -> GroupRegister:
    """The groups that ship, beside the register in force. Raises DeclarationError (see ``read_groups``)."""
    return _loaded(folder, load_register())


def groups_of(code: str, year: int) -> list[str]:
    """The ids of the groups an institution is in on 1 May of a round."""
    return load_groups().groups_of(code, year)


def members_of(group: str, year: int) -> list[str]:
    """The codes of a group's members on 1 May of a round. Raises UnknownGroup."""
    return load_groups().members_of(group, year)


_KEPT: dict[tuple[Path, int], GroupRegister] = {}


def _loaded(folder: Path, register: Register) -> GroupRegister:
    """Groups of a folder, read once for each state of the register (bodies can be added while the product runs)."""
    key = (folder, id(register))
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = read_groups(folder / FILE, register)
    return _KEPT[key]


@cache
def declared_groups(folder: Path = HERE) -> Mapping[str, Group]:
    """The declared groups by id, in the order of their file. Raises DeclarationError."""
    document = read_document(folder / "groups.yaml")
    found = [validate_document(document, Group, item, (position,)) for position, item in enumerate(document.data)]
    return {group.id: group for group in found}


def read_groups(path: Path, register: Register) -> GroupRegister:
    """The groups with the memberships of a CSV file.

    Raises DeclarationError with every row whose code, group or date cannot be, each with its line and, where one is
    clear, the nearest right answer.
    """
    groups = declared_groups()
    memberships, faults = list(_hosts()), []
    seen: dict[tuple[str, str, str], int] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
        if missing:
            names, columns = ", ".join(missing), ", ".join(COLUMNS)
            what = sentences.fault("columns_missing", names=names, columns=columns)
            raise DeclarationError([Fault(short_name(path), 1, *what)])
        for row in table:
            one = Membership(row["group"], row["code"].strip().upper(), row["from"], row["until"], row["status"])
            found = [*_faults(one, groups, register), *_twice(one, seen, table.line_num)]
            faults += [Fault(short_name(path), table.line_num, *each) for each in found]
            memberships.append(one)
    if faults:
        raise DeclarationError(faults)
    return GroupRegister(groups, tuple(memberships), register)


def _hosts() -> Iterator[Membership]:
    """The hosts of the WPI centres, each from the start of a grant to its end."""
    for centre in load_centres().centres:
        for code in centre.hosts:
            yield Membership(WPI_HOST, code, centre.grant_from, centre.grant_until, centre.status)


def _faults(one: Membership, groups: Mapping[str, Group], register: Register) -> Iterator[tuple[Text, Text]]:
    """What cannot be in one row, each with its remedy."""
    if one.group not in groups:
        yield undeclared_word(one.group, groups)
    try:
        register.get(one.code)
    except UnknownInstitution as unknown:
        yield _unknown_code(unknown)
    for text in filter(None, (one.since, one.until)):
        try:
            first_day(text)
        except ValueError:
            yield sentences.fault("no_date", text=text)
            return
    if not one.since or (one.until and first_day(one.until) < first_day(one.since)):
        yield sentences.fault("bad_time", since=one.since, until=one.until)


def _unknown_code(unknown: UnknownInstitution) -> tuple[Text, Text]:
    what, remedy = sentences.fault("no_institution", code=unknown.code)
    if (near := unknown.near) is not None:
        name = Text(ja=near.name_ja, en=near.name_en or near.name_ja)
        remedy = sentences("meant_institution", code=near.code, name=name)
    return what, remedy


def _twice(one: Membership, seen: dict[tuple[str, str, str], int], line: int) -> Iterator[tuple[Text, Text]]:
    """The row again, where the same membership stands earlier in the file."""
    earlier = seen.setdefault((one.group, one.code, one.since), line)
    if earlier != line:
        yield sentences.fault("membership_twice", group=one.group, code=one.code, earlier=earlier)


def group_faults(path: Path = HERE / FILE) -> list[Fault]:
    """Every fault of the memberships in a CSV file, none where all hold."""
    try:
        read_groups(path, load_register())
    except DeclarationError as error:
        return error.faults
    return []
