"""The register: universities of the ministry's list of FY2022, what has changed since, and other research bodies."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import cast

from schemas.dictionary.declaration import Text
from schemas.dictionary.match_key import match_key, nearest, nearest_word
from schemas.register.institution import KINDS, Institution, Kind
from schemas.register.register_changes import RegisterChange, load_changes

HERE = Path(__file__).parent
ADDITIONS_VARIABLE = "JUNKAN_REGISTER"  # names another file of added bodies
REGISTER_SOURCES = ("mext_university_list_2022", "ror", "hipo_university_domains")  # keys of sources.yaml
AFTER_ALL = 9999  # a round after every change
LEAST_ABBREVIATED = 2  # letters from which on a name with letters left out is looked for
ADDITIONS_FILE = Path("var") / "register.csv"  # bodies that an operator added, in the columns of bodies.csv
AS_OF = Text(
    ja="文部科学省 全国大学一覧（令和4年度）を加工して作成。2026年11月までに確認した統合・名称変更と研究機関を追加",
    en="compiled from MEXT's list of universities (FY2022), with changes and research bodies seen until November 2026",
)
PREFECTURES = [
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県",
    "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県",
    "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
    "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県",
    "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
]  # fmt: skip


_LEGAL_FORM = re.compile("^(?:独立行政法人|国立研究開発法人|大学共同利用機関法人)?(?:国立)?")


class UnknownInstitution(KeyError):
    """No institution has this code; ``near`` is the closest one, if any."""

    def __init__(self, code: str, near: Institution | None) -> None:
        super().__init__(code)
        self.code = code
        self.near = near


class ClosedInstitution(UnknownInstitution):
    """The institution no longer exists in the round; ``near`` is its successor, ``change`` what happened to it."""

    def __init__(self, closed: Institution, successor: Institution | None, change: RegisterChange) -> None:
        super().__init__(closed.code, successor)
        self.closed = closed
        self.change = change


@dataclass(frozen=True)
class Register:
    """Institutions by code, with their other names and what has changed."""

    institutions: Mapping[str, Institution]
    aliases: Mapping[str, tuple[str, ...]]
    changes: Sequence[RegisterChange] = ()

    def get(self, code: str, year: int | None = None) -> Institution:
        """The institution with this code, with the name it bears in the round of ``year``.

        Raises UnknownInstitution, which names the nearest one; ClosedInstitution, which names the successor, for one
        that was merged, closed or got another code before 1 May of that round.
        """
        wanted = code.strip().upper()
        found = self.institutions.get(wanted)
        if found is None:
            raise UnknownInstitution(code, self._meant(code, year or AFTER_ALL))
        if year is None:
            return found
        closing = self.closure_of(wanted, year)
        if closing is not None:
            raise ClosedInstitution(found, self.successor(wanted, year), closing)
        return self._named_in(found, year)

    def _meant(self, text: str, year: int) -> Institution | None:
        """The one institution of this very name in a round, else that of the name or code that is clearly nearest."""
        named = [code for code, keys in self._keys.items() if match_key(text) in keys]
        named = [code for code in named if self.closure_of(code, year) is None] or named
        if named:
            return self.institutions[named[0]] if len(named) == 1 else None
        if any(c.isdigit() for c in text):
            near = nearest_word(text.strip().upper(), self.institutions)
        else:
            meanings = {name: code for code, keys in self._keys.items() for name in keys}
            near = meanings.get(nearest(text, meanings) or "")
        return self.institutions[near] if near else None

    def closure_of(self, code: str, year: int) -> RegisterChange | None:
        """What ended an institution before 1 May of a round, or None."""
        ended = [c for c in self.changes if code in c.codes_before and c.code_after != code and c.is_in_force(year)]
        return ended[0] if ended else None

    def successor(self, code: str, year: int) -> Institution | None:
        """The institution that took over, also over several changes; None where there is none."""
        change = self.closure_of(code, year)
        if change is None or not change.code_after:
            return None
        later = self.successor(change.code_after, year)
        return later or self.institutions.get(change.code_after)

    def _named_in(self, found: Institution, year: int) -> Institution:
        for change in self.changes:
            if change.kind == "renaming" and change.code_after == found.code and change.is_in_force(year):
                found = replace(found, name_ja=change.name_after, name_en=change.name_after_en or found.name_en)
        return found

    def find(self, text: str) -> list[Institution]:
        """Institutions known by ``text``: of exactly this name, whose own name starts with it, whose names contain it.

        Codes, names in both languages, former and coming names, short names (東大) and abbreviations of the patterns
        慶応大学, 早大, 沖縄科技大 and 阪市大 are tried; variant characters make no difference. In order of their code
        within each group.
        """
        key = match_key(text)
        if not key:
            return []
        every = self.institutions.values()
        exact = [i for i in every if key in self._keys[i.code]]
        begins = [i for i in every if any(own.startswith(key) for own in self._own_keys[i.code])]
        # 立大 is within 公立大学 as well, which nobody means by it.
        started = [] if exact or begins else self._find_started(key)
        within = [i for i in every if any(key in one for one in self._keys[i.code])]
        found = list(dict.fromkeys([*exact, *begins, *started, *within]))
        return found or self._find_abbreviated(key)

    def _find_started(self, key: str) -> list[Institution]:
        """Those whose name starts with what stands before 大学 or 大."""
        stem = key.removesuffix("学").removesuffix("大") if key.endswith(("大学", "大")) else ""
        every = self.institutions.values()
        return [i for i in every if stem and i.has_degrees and self._own_keys[i.code][0].startswith(stem)]

    def _find_abbreviated(self, key: str) -> list[Institution]:
        """Those with a name that has the letters of ``key`` in their order, with others between.

        An abbreviation keeps the first letter, that of 独立行政法人 and 国立 apart: 沖縄科技大 is
        沖縄科学技術大学院大学, 高専機構 is 独立行政法人国立高等専門学校機構. Where there is none that does, it may
        begin later: 阪市大 is 大阪市立大学. In names of universities 大学 counts only where the key has 大.
        """
        if len(key) < LEAST_ABBREVIATED or key.isascii():
            return []
        letters = re.compile(".*".join(map(re.escape, key)))
        names = {code: [self._without_ending(name, key) for name in keys] for code, keys in self._keys.items()}
        every = self.institutions.values()
        found = [i for i in every if any(letters.match(name) for name in names[i.code])]
        return found or [i for i in every if any(letters.search(name) for name in names[i.code])]

    @staticmethod
    def _without_ending(name: str, key: str) -> str:
        plain = _LEGAL_FORM.sub("", name)
        return plain if "大" in key else plain.removesuffix("大学")

    @cached_property
    def _own_keys(self) -> Mapping[str, tuple[str, str]]:
        """The keys of the Japanese and the English name by code."""
        return {code: (match_key(i.name_ja), match_key(i.name_en)) for code, i in self.institutions.items()}

    @cached_property
    def _keys(self) -> Mapping[str, frozenset[str]]:
        """The keys of every name by code; former and coming names belong to the institution after the change."""
        names: dict[str, list[str]] = {}
        for code, institution in self.institutions.items():
            own = [code, institution.name_ja, institution.name_en, institution.ror, institution.erad]
            names[code] = [*own, *self.aliases.get(code, ())]
        for change in self.changes:
            if change.code_after in names:
                names[change.code_after] += [*change.names_before, change.name_after, change.name_after_en]
        return {code: frozenset(match_key(name) for name in own if name) for code, own in names.items()}


def load_register(folder: Path = HERE) -> Register:
    """The shipped register with the bodies that an operator added (``junkan register add``)."""
    path = Path(os.environ.get(ADDITIONS_VARIABLE) or ADDITIONS_FILE)
    return _load_register(folder, path, path.stat().st_mtime_ns if path.is_file() else 0)


@cache
def _load_register(folder: Path, additions: Path, changed: int) -> Register:
    """``changed`` is when the additions were written (0: there are none), so that a new body needs no restart."""
    numbers = {row["school_code"]: row["erad_number"] for row in _rows(folder / "erad_numbers.csv")}
    institutions = {row["school_code"]: _university(row, numbers) for row in _rows(folder / "universities.csv")}
    bodies = [*_rows(folder / "bodies.csv"), *(_rows(additions) if changed else ())]
    institutions |= {row["code"]: _body(row, numbers) for row in bodies}
    aliases: dict[str, tuple[str, ...]] = {}
    for row in _rows(folder / "aliases.csv"):
        aliases[row["school_code"]] = (*aliases.get(row["school_code"], ()), row["alias"])
    for row in _rows(folder / "short_names.csv"):
        aliases[row["code"]] = (*aliases.get(row["code"], ()), row["short_name"])
    return Register(MappingProxyType(institutions), MappingProxyType(aliases), load_changes(folder))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _kind(text: str) -> Kind:
    """The declared kind; ValueError for one that the register does not know."""
    return KINDS[KINDS.index(cast(Kind, text))]


def _university(row: Mapping[str, str], numbers: Mapping[str, str]) -> Institution:
    code = row["school_code"]
    return Institution(
        code,
        row["name_ja"],
        row["name_en"],
        row["founder"],
        row["pref_ja"],
        row["ror_id"] if row["ror_status"] != "withdrawn" else "",
        kind=_kind(row["kind"]),
        erad=numbers.get(code, ""),
        departments=int(row["faculty_rows"] or 0),
    )


def _body(row: Mapping[str, str], numbers: Mapping[str, str]) -> Institution:
    code = row["code"]
    return Institution(
        code,
        row["name_ja"],
        row["name_en"],
        row["founder"],
        row["pref_ja"],
        row["ror_id"],
        kind=_kind(row["kind"]),
        erad=row["erad_number"] or numbers.get(code, ""),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        parent=row["parent"],
    )
