"""Ninety more invented universities beside the thirty that are declared one by one: drawn by kind, the same everywhere.

Large ones with several centres, middling ones with one, small ones without; some move fast, some fall behind; two
public ones become one in 2024.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from app.demo.profile import Centre, Profile
from app.demo.profiles import nation
from app.demo.seeded_figures import dice
from schemas.register import PREFECTURES, Institution

FIRST_NUMBER, LAST_NUMBER = 31, 120
MERGED_FROM, MERGED_INTO, MERGER_YEAR = ("DEMO-47", "DEMO-48"), "DEMO-49", 2024
FIRST_OF_KIND = {"national": 12, "public": 8, "private": 13}  # the declared ones have the numbers before
FOUNDER_OF = {"large": ("national",), "middling": ("national", "public", "private"), "small": ("public", "private")}
WORDS = {"national": ("国立", "National"), "public": ("公立", "Public"), "private": ("私立", "Private")}
# fmt: off
FIELDS = (
    ("materials", "先端材料", "Advanced Materials"), ("physics", "量子物性", "Quantum Matter"),
    ("chemistry", "分子科学", "Molecular Science"), ("basic_life", "細胞生命", "Cell Biology"),
    ("clinical_medicine", "国際医療", "Global Medicine"), ("engineering", "環境工学", "Environmental Engineering"),
    ("environment_earth", "地球変動", "Earth Change"), ("computing_mathematics", "数理データ", "Data Mathematics"),
)
# fmt: on
PACES = ("mover", "usual", "usual", "usual", "laggard")
ENDS_IN_ZERO = 5  # every fifth small one has no doctoral course


# Rounds to which a university came late, with month and day, and to which it did not come, of the declared ones.
USUAL = (6, 10)
LATE = {("DEMO-09", 2024): (8, 20), ("DEMO-22", 2025): (9, 5), ("DEMO-17", 2026): (7, 30)}
MISSING = {("DEMO-27", 2026), ("DEMO-19", 2026), ("DEMO-24", 2025)}


@dataclass(frozen=True)
class Existing:
    """An invented university with the first and the last round in which it exists."""

    profile: Profile
    first: int = 0
    last: int = 9999

    def exists_in(self, year: int) -> bool:
        """Whether a round asks it."""
        return self.first <= year <= self.last

    def hands_in(self, year: int) -> bool:
        """Whether it hands in its form for a round: a few leave one out."""
        is_left_out = dice(self.profile.code, year, "missing").random() < (0.01 if self._is_declared else 0.05)
        return self.exists_in(year) and not is_left_out and (self.profile.code, year) not in MISSING

    def hands_in_at(self, year: int) -> datetime:
        """When its form comes in: most in June, some after the deadline."""
        rng = dice(self.profile.code, year, "late")
        is_late = not self._is_declared and rng.random() < 0.05
        drawn = (8, rng.randint(1, 28)) if is_late else (6, rng.randint(3, 30)) if not self._is_declared else USUAL
        month, day = LATE.get((self.profile.code, year), drawn)
        return datetime(year, month, day, 1, 0, tzinfo=UTC)

    @property
    def _is_declared(self) -> bool:
        return self.profile.code in {one.code for one in nation()}

    def profile_in(self, year: int) -> Profile:
        """Its profile with the centres that there are in a round."""
        own = [one for one in (self.profile.centre, *self.profile.centres) if one and (one.call_year or 0) <= year]
        return replace(self.profile, centre=own[0] if own else None, centres=tuple(own[1:]))


@cache
def everyone() -> tuple[Existing, ...]:
    """The thirty declared universities and the ninety further ones, in order of their codes."""
    further = _with_merger(list(_further_profiles()))
    return (*(Existing(profile) for profile in nation()), *further)


def _further_profiles() -> Iterator[Profile]:
    counts = dict(FIRST_OF_KIND)
    for number in range(FIRST_NUMBER, LAST_NUMBER + 1):
        size_class = "large" if number % 15 == 1 else "small" if number % 3 == 0 else "middling"
        founder = FOUNDER_OF[size_class][number % len(FOUNDER_OF[size_class])]
        if f"DEMO-{number}" in (*MERGED_FROM, MERGED_INTO):
            size_class, founder = "small", "public"
        yield _profile(number, founder, counts[founder], size_class, dice("further", number))
        counts[founder] += 1


def _with_merger(profiles: Sequence[Profile]) -> Iterator[Existing]:
    """Two universities end where a third begins that is as large as both."""
    before = [one for one in profiles if one.code in MERGED_FROM]
    sums = {name: sum(getattr(one, name) for one in before) for name in ("size", "foreign", "papers")}
    told = "と".join(one.institution.name_ja for one in before)
    for one in profiles:
        if one.code in MERGED_FROM:
            yield Existing(one, last=MERGER_YEAR - 1)
        elif one.code == MERGED_INTO:
            merged = replace(one, **sums, founded=MERGER_YEAR, narrative=f"{told}を統合した大学です（デモ）。")
            yield Existing(merged, first=MERGER_YEAR)
        else:
            yield Existing(one)


def _profile(number: int, founder: str, position: int, size_class: str, rng: random.Random) -> Profile:
    low, high = {"large": (1400, 3200), "middling": (260, 1100), "small": (45, 190)}[size_class]
    size, pace = rng.randint(low, high), PACES[rng.randrange(len(PACES))]
    foreign = max(1, size * rng.randint(18, 95) // 1000)
    yearly = {"mover": (6, 12), "usual": (0, 5), "laggard": (-4, 0)}[pace]  # per cent of the foreign researchers
    has_doctoral = size_class != "small" or number % ENDS_IN_ZERO != 0
    centres = {"large": rng.randint(2, 3), "middling": 1, "small": 0}[size_class]
    mix = "teaching" if size_class == "small" or (founder == "private" and size_class == "middling") else "research"
    made = [_centre(number, which, size, rng) for which in range(centres)]
    kanji, english = WORDS[founder]
    institution = Institution(
        f"DEMO-{number}", f"デモ{kanji}第{_kanji(position)}大学（架空）",
        f"Demo {english} University {position} (fictional)", founder, rng.choice(PREFECTURES), is_demo=True,
    )  # fmt: skip
    return Profile(
        institution,
        founded=rng.randint(1920, 2010),
        size=size,
        growth=rng.randint(-8, 12) * size // 1000,
        foreign=foreign,
        gain=foreign * rng.randint(*yearly) // 100 + (pace == "mover"),
        level={"large": 11, "middling": 9, "small": 6}[size_class] + rng.randint(-3, 4),
        progress={"mover": rng.randint(3, 5), "usual": rng.randint(1, 2), "laggard": 0}[pace],
        papers=max(4, size * (rng.randint(70, 150) if mix == "research" else rng.randint(15, 50)) // 100),
        international=rng.randint(16, 40),
        bilingual_percent=rng.randint(1, 10),
        centre=made[0] if made else None,
        centres=tuple(made[1:]),
        mix=mix,
        women_percent=rng.randint(15, 38),
        open_call_percent=rng.randint(8, 40),
        students=rng.randint(60, 140),
        stem_percent=rng.randint(20, 75),
        has_hospital=size_class == "large",
        has_doctoral=has_doctoral,
        pi_rule=rng.choice(("leader", "title")),
    )


def _centre(number: int, which: int, size: int, rng: random.Random) -> Centre:
    field_group, name, english = FIELDS[(number + 3 * which) % len(FIELDS)]
    is_wpi = size > 1400 and which < 2  # of the large ones
    people = rng.randint(60, 130) if is_wpi else rng.randint(22, 60)
    foreign = people * rng.randint(26, 42 if is_wpi else 32) // 100
    kind = "国際拠点" if is_wpi else "研究センター"
    call_year = rng.choice((2007, 2010, 2018))
    centre = Centre(
        name_ja=f"デモ{name}{kind}",
        name_en=f"Demo {'International ' if is_wpi else ''}Centre for {english}",
        kind="wpi_centre" if is_wpi else "research_centre",
        field_group=field_group,
        size=people,
        growth=rng.randint(0, 3),
        foreign=foreign,
        gain=rng.randint(0, 2),
        foreign_pi=max(1, foreign // 6),
        level=rng.randint(15, 24),
        unit=f"C{which + 1}",
    )
    return replace(centre, call_year=call_year, call_type="regular", status="after_grant") if is_wpi else centre


def _kanji(number: int) -> str:
    """A number below a hundred as it is written in names."""
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else digits[tens]) + ("十" if tens else "") + (digits[ones] if ones else "")
