"""An institution of the register: who it is, where it stands, and what it can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from schemas.dictionary.declaration import Text

Kind = Literal[
    "university",
    "graduate_only",
    "professional",
    "inter_university_corporation",
    "inter_university_institute",
    "inter_university_centre",
    "national_rd_agency",
    "kosen_corporation",
    "special_corporation",
    "national_institute",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
DEGREE_KINDS: frozenset[str] = frozenset({"university", "graduate_only", "professional"})
KIND_LABELS: dict[str, Text] = {
    "university": Text(ja="大学", en="University"),
    "graduate_only": Text(ja="大学院大学", en="Graduate university"),
    "professional": Text(ja="専門職大学", en="Professional university"),
    "inter_university_corporation": Text(ja="大学共同利用機関法人", en="Inter-university research corporation"),
    "inter_university_institute": Text(ja="大学共同利用機関", en="Inter-university research institute"),
    "inter_university_centre": Text(ja="大学共同利用機関法人のセンター", en="Inter-university research centre"),
    "national_rd_agency": Text(ja="国立研究開発法人", en="National R&D agency"),
    "kosen_corporation": Text(ja="高等専門学校（機構）", en="National Institute of Technology (KOSEN)"),
    "special_corporation": Text(ja="特殊法人等", en="Special corporation"),
    "national_institute": Text(ja="国の研究機関", en="Institute of the state"),
}


@dataclass(frozen=True)
class Institution:
    """An institution: its code, names, founder and place.

    ``code`` is MEXT's school code; a body without one has its ROR id (``ROR-…``) or e-Rad number (``ERAD-…``).
    ``valid_from`` and ``valid_until`` are dates as the source gives them (``2024``, ``2024-10`` or ``2024-10-01``),
    empty where it gives none; ``parent`` is the code of the corporation that a body belongs to. ``departments``
    is how many rows of faculties and departments MEXT's list has for a university; 0 where it has none.
    """

    code: str
    name_ja: str
    name_en: str
    founder: str
    prefecture: str
    ror: str = ""
    is_demo: bool = False
    kind: Kind = "university"
    erad: str = ""
    valid_from: str = ""
    valid_until: str = ""
    parent: str = ""
    departments: int = 0

    @property
    def has_degrees(self) -> bool:
        """Whether it awards degrees, so that questions about students and degrees apply."""
        return self.kind in DEGREE_KINDS

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
