"""What makes one invented university and its centre: the parameters from which its forms are computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.register import Institution

PI_RULES = {
    "leader": "独立した研究室を持ち、予算と居室を管理する教員。",
    "title": "教授全員。拠点では、研究グループを主宰する准教授以下の教員を含む。",
}


@dataclass(frozen=True)
class Centre:
    """The centre for comparison in 2025; ``growth`` and ``gain`` are persons and foreign persons a year.

    ``level`` is the usual checklist level in tenths. ``call_year``, ``call_type`` and ``status`` are those of a WPI
    centre, ``hosts`` the codes of several institutions that share it.
    """

    name_ja: str
    name_en: str
    kind: str
    field_group: str
    size: int
    growth: int
    foreign: int
    gain: int
    foreign_pi: int
    level: int
    unit: str = "C1"
    call_year: int | None = None
    call_type: str = ""
    status: str = ""
    hosts: str = ""


@dataclass(frozen=True)
class Profile:
    """What makes one invented university; persons are those outside the centre in 2025.

    ``level`` is the usual checklist level in tenths and ``progress`` its yearly rise; ``papers`` and
    ``international`` (per cent) are those of 2022; ``centres`` are others than the one that is compared; ``students``
    are per ten researchers. ``coded`` gives an answer code to every cell of a field; ``absent_items`` do not apply;
    ``unproven`` and ``unbound`` are items left without evidence or without binding; ``pi_rule`` is of PI_RULES;
    ``remark`` is a note: the field it is about, its flag, its text.
    """

    institution: Institution
    founded: int
    size: int
    growth: int
    foreign: int
    gain: int
    level: int
    progress: int
    papers: int
    international: int
    bilingual_percent: int
    centre: Centre | None = None
    centres: Sequence[Centre] = ()
    mix: str = "research"
    women_percent: int = 20
    open_call_percent: int = 20
    students: int = 90
    stem_percent: int = 60
    has_hospital: bool = False
    has_doctoral: bool = True
    is_single_unit: bool = False
    standard: str = "toeic_800"
    pi_rule: str = "leader"
    narrative: str = "なし"
    skips_papers: bool = False
    skips_classes: bool = False
    skips_nationalities: bool = False
    is_fractional: bool = False
    coded: Mapping[str, str] = field(default_factory=dict)
    absent_items: Sequence[str] = ()
    unproven: Sequence[str] = ()
    unbound: Sequence[str] = ()
    remark: Sequence[str] | None = None

    @property
    def code(self) -> str:
        """The institution's code, with which every random number is seeded."""
        return self.institution.code

    def of_each_centre(self) -> list[Profile]:
        """The university once for each of its centres but the one it compares, as if it compared that one."""
        return [replace(self, centre=centre, centres=()) for centre in self.centres]
