"""Which addresses are "own": those of one institution, or those in one country.

An institution is found by its identifiers (ROR, OpenAlex), else by its names and other names in the register. A
saved mapping of name strings, corrected by a librarian, comes before both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from schemas.bibliography.organisations import before_faculty, name_key
from schemas.bibliography.record import Address
from schemas.dictionary.match_key import match_key
from schemas.register import Institution, Register

MOST_STRINGS = 100_000  # different name strings kept in memory; the rarest go first
# Words that tell no institution from another.
_COMMON = frozenset((
    "univ", "inst", "technol", "sci", "med", "coll", "natl", "res", "ctr", "hosp", "grad", "sch", "educ", "int", "adv",
    "art", "hlth", "st", "engn",
))  # fmt: skip


class OwnAddresses(Protocol):
    """Tells own addresses from others."""

    def is_own(self, address: Address) -> bool:
        """Whether an address is own."""
        ...


@dataclass(frozen=True)
class CountryAddresses:
    """Own is every address in one country (ISO alpha-2)."""

    country: str

    def is_own(self, address: Address) -> bool:
        """Whether the address lies in the country."""
        return address.country == self.country


@dataclass
class NameStrings:
    """Name strings with how often each was met; the rarest half is dropped when there are too many."""

    counts: Counter[str] = field(default_factory=Counter)
    is_cut: bool = False

    def add(self, string: str) -> None:
        """Counts one string."""
        self.counts[string] += 1
        if len(self.counts) > MOST_STRINGS:
            self.counts = Counter(dict(self.counts.most_common(MOST_STRINGS // 2)))
            self.is_cut = True


class InstitutionAddresses:
    """Own are the addresses of one institution; ``used`` and ``unused`` are the strings decided on.

    ``identifiers`` are ROR and OpenAlex identifiers as addresses carry them; ``names`` its names; ``ambiguous`` names
    that other institutions of the register bear too, which are not used; ``mapping`` decides strings by hand.
    """

    def __init__(
        self,
        identifiers: Iterable[str],
        names: Iterable[str],
        ambiguous: Iterable[str] = (),
        mapping: Mapping[str, bool] | None = None,
        country: str = "JP",
    ) -> None:
        self.identifiers = frozenset(identifiers)
        self.mapping = dict(mapping or {})
        self.ambiguous = frozenset(ambiguous)
        self._keys = {name_key(name) for name in names} - {""}
        self._japanese = tuple(match_key(name) for name in names if not name.isascii() and len(name) >= 3)
        self._words = {word for key in self._keys for word in key.split()} - _COMMON
        self._country = country
        self.used, self.unused = NameStrings(), NameStrings()
        self._decided: dict[Address, tuple[bool, str]] = {}

    def is_own(self, address: Address) -> bool:
        """Whether the address is the institution's; notes the name string that decided."""
        decided = self._decided.get(address)
        if decided is None:
            if len(self._decided) > MOST_STRINGS:
                self._decided.clear()
            decided = self._decided[address] = self._decide(address)
        is_own, string = decided
        if is_own:
            self.used.add(string)
        elif address.country in (self._country, "") or (string == address.text and self._is_named(address)):
            self.unused.add(string)
        return is_own

    def _decide(self, address: Address) -> tuple[bool, str]:
        parts = [part.strip() for part in address.text.split(",") if part.strip()]
        for string in (address.organisation, address.text, *parts):
            if string in self.mapping:
                return self.mapping[string], string
        if address.identifiers:
            return bool(self.identifiers & set(address.identifiers)), address.organisation
        for part in parts:
            if self._is_name(part):
                is_abroad = address.country not in (self._country, "")  # Asia University in Tokyo, and in Taichung
                return not is_abroad, address.text if is_abroad else part
        if self._japanese and not address.text.isascii() and match_key(address.text).startswith(self._japanese):
            return True, address.organisation
        return False, address.organisation

    def _is_name(self, part: str) -> bool:
        """Whether a part of an address is a name of the institution, with or without a faculty behind it."""
        return bool({name_key(part), name_key(before_faculty(part))} & self._keys)

    def _is_named(self, address: Address) -> bool:
        """Whether an address names the institution."""
        return any(self._is_name(part.strip()) for part in address.text.split(","))

    def resembles(self, string: str) -> bool:
        """Whether a string shares a telling word with the institution's names ("Tohoku" with "Tohoku Univ Hosp")."""
        return bool(self._words & set(name_key(string).split()))


def names_in_register(register: Register, institution: Institution) -> tuple[list[str], list[str]]:
    """The names by which an institution can be found, and those that other institutions bear too.

    Names of institutions that were merged into it are its names as well: papers bear the name of their time. What is
    the first name of one and another name of others is the name of the one alone.
    """
    before = [change for change in register.changes if change.code_after == institution.code]
    merged = {code for change in before for code in change.codes_before} | {institution.code}
    bearers: Counter[str] = Counter()
    first = {name_key(name) for code in merged for name in _first_names(register.institutions.get(code))}
    for code, other in register.institutions.items():
        if code not in merged:
            keys = {name_key(name) for name in _names_of(register, other)}
            bearers.update(keys - first | {name_key(name) for name in _first_names(other)})
    own = [name for code in sorted(merged) for name in _names_of(register, register.institutions.get(code))]
    own += [name for change in before for name in (*change.names_before, change.name_after, change.name_after_en)]
    distinct = [name for name in dict.fromkeys(own) if name_key(name)]
    return (
        [name for name in distinct if not bearers[name_key(name)]],
        [name for name in distinct if bearers[name_key(name)]],
    )


def _first_names(institution: Institution | None) -> tuple[str, ...]:
    """The names that the register itself gives, not those found elsewhere."""
    return () if institution is None else (institution.name_ja, institution.name_en)


def _names_of(register: Register, institution: Institution | None) -> list[str]:
    if institution is None:
        return []
    return [institution.name_ja, institution.name_en, *register.aliases.get(institution.code, ())]
