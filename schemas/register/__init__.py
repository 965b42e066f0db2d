"""The register of Japanese universities, as of the ministry's list of FY2022 (令和4年度)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from schemas.dictionary.declaration import Text, nearest, read_yaml
from schemas.dictionary.match_key import match_key

HERE = Path(__file__).parent
AS_OF = Text(
    ja="2022年度（文部科学省 全国大学一覧（令和4年度）を加工して作成）",
    en="FY2022 (compiled from MEXT's list of universities, 令和4年度)",
)
PREFECTURES = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
]


@dataclass(frozen=True)
class Institution:
    """A university: its school code, names, founder and place."""

    code: str
    name_ja: str
    name_en: str
    founder: str
    prefecture: str
    ror: str = ""
    is_demo: bool = False

    def register_values(self, year: int) -> dict[str, str | int]:
        """What the register fills into a form, by register key."""
        return {
            "school_code": self.code,
            "name_ja": self.name_ja,
            "name_en": self.name_en,
            "founder": self.founder,
            "pref_ja": self.prefecture,
            "round": year,
        }


class UnknownInstitution(KeyError):
    """No institution has this code; ``near`` is the closest one, if any."""

    def __init__(self, code: str, near: Institution | None) -> None:
        super().__init__(code)
        self.code = code
        self.near = near


@dataclass(frozen=True)
class Register:
    """Institutions by code, with their other names."""

    institutions: Mapping[str, Institution]
    aliases: Mapping[str, tuple[str, ...]]

    def get(self, code: str) -> Institution:
        """The institution with this code. Raises UnknownInstitution, which names the nearest one."""
        found = self.institutions.get(code.strip().upper())
        if found is None:
            near = nearest(code.strip().upper(), self.institutions)
            by_name = self.find(code)
            raise UnknownInstitution(code, by_name[0] if by_name else self.institutions[near] if near else None)
        return found

    def find(self, text: str) -> list[Institution]:
        """Institutions whose code, name or other name contains ``text``, in order of their code."""
        key = match_key(text)
        return [
            institution
            for code, institution in self.institutions.items()
            if key
            and any(
                key in match_key(name)
                for name in (code, institution.name_ja, institution.name_en, *self.aliases.get(code, ()))
            )
        ]


def is_school_code(code: str) -> bool:
    """Whether ``code`` has the form and check digit of a school code.

    Thirteen characters; every second from the left is doubled (the letter counts A = 1 ...), digits of the
    products added, and the last brings the sum to a multiple of ten: the rule holds in all codes of the list.
    """
    if len(code) != 13 or not code[0].isascii() or not code[0].isalpha() or not code[1:].isdigit():
        return False
    digits = [ord(code[0].upper()) - 64, *map(int, code[1:])]
    total = digits[12]
    for place, digit in enumerate(digits[:12]):
        product = digit if place % 2 else digit * 2
        total += product - 9 if product > 9 else product
    return total % 10 == 0


@cache
def load_register(folder: Path = HERE) -> Register:
    """The shipped register (813 universities, state of FY2022)."""
    aliases: dict[str, tuple[str, ...]] = {}
    with (folder / "aliases.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            aliases[row["school_code"]] = (*aliases.get(row["school_code"], ()), row["alias"])
    with (folder / "universities.csv").open(encoding="utf-8", newline="") as lines:
        institutions = {
            row["school_code"]: Institution(
                row["school_code"],
                row["name_ja"],
                row["name_en"],
                row["founder"],
                row["pref_ja"],
                row["ror_id"] if row["ror_status"] != "withdrawn" else "",
            )
            for row in csv.DictReader(lines)
        }
    return Register(MappingProxyType(institutions), MappingProxyType(aliases))


def changes(folder: Path = HERE) -> list[dict[str, object]]:
    """Renamings and mergers since the list was drawn up, each with its source."""
    return list(read_yaml(folder / "changes.yaml"))
