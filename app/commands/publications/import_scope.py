"""Whose papers are own: ``--institution`` (ROR, code or name) or ``--country`` as given on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from app.commands.exit_codes import UsageProblem
from schemas.bibliography.address_country import country_code
from schemas.bibliography.openalex import openalex_identifier
from schemas.bibliography.organisations import name_key
from schemas.bibliography.own_addresses import CountryAddresses, InstitutionAddresses, names_in_register
from schemas.dictionary.country_names import COUNTRIES
from schemas.dictionary.dictionary import load_dictionary
from schemas.register import Institution, Register, UnknownInstitution, load_register

_ROR = re.compile(r"(?:https?://)?(?:ror\.org/)?(0[0-9a-hj-km-np-tv-z]{6}\d{2})/?$")
_OPENALEX = re.compile(r"(?:https?://openalex\.org/)?(?:institutions/)?(I\d+)$", re.IGNORECASE)
ROR = "https://ror.org/"
OPENALEX = "https://openalex.org/"
MOST_CANDIDATES = 5  # institutions named for one that is not found


@dataclass(frozen=True)
class ImportScope:
    """Own addresses, and the institution of the register that they belong to (None for a country or outside it)."""

    own: InstitutionAddresses | CountryAddresses
    institution: Institution | None
    identifier: str = ""

    @property
    def label(self) -> str:
        """The name or code for reports."""
        if isinstance(self.own, CountryAddresses):
            return self.own.country
        return self.institution.name_ja if self.institution else self.identifier


def find_country(text: str) -> str:
    """The ISO alpha-2 code of ``--country``. Raises UsageProblem."""
    given = text.strip()
    known = {item.code for item in load_dictionary().code_lists[COUNTRIES].items}
    code = given.upper() if given.upper() in known else country_code(given)
    if not code:
        raise UsageProblem("unknown_country", given=text)
    return code


def find_institution(text: str, register: Register) -> tuple[Institution | None, str]:
    """The institution that ``--institution`` names, and its ROR or OpenAlex identifier. Raises UsageProblem."""
    given = text.strip()
    if match := _OPENALEX.match(given):
        return None, OPENALEX + match.group(1).upper()
    if match := _ROR.match(given.lower()):
        ror = ROR + match.group(1)
        bearers = [one for one in register.institutions.values() if one.ror == ror]
        return next((one for one in bearers if not one.valid_until), next(iter(bearers), None)), ror
    found = _by_name(given, register)
    if len(found) != 1:
        key = "several_institutions" if found else "unknown_institution"
        candidates = [*_of_same_words(given, register), *(found or nearest_institutions(given, register))]
        near = "、".join(dict.fromkeys(f"{one.code} {one.name_ja}" for one in candidates[:MOST_CANDIDATES]))
        raise UsageProblem(key if near else "unknown_institution_no_near", given=text, near=near)
    return found[0], found[0].ror


def _of_same_words(given: str, register: Register) -> list[Institution]:
    """Those whose English name has the words of ``given`` in another order: Tokyo University, University of Tokyo."""
    words = sorted(name_key(given).split())
    every = register.institutions.values()
    return [one for one in every if words and sorted(name_key(one.name_en).split()) == words]


def nearest_institutions(given: str, register: Register) -> list[Institution]:
    """Institutions of which a name is most like ``given`` (difflib's ratio of 0.6 or more), the likest first."""
    if not name_key(given):
        return []
    bearers: dict[str, Institution] = {}
    for one in register.institutions.values():
        for name in (one.code, one.name_ja, one.name_en, *register.aliases.get(one.code, ())):
            bearers.setdefault(name_key(name), one)
    likest = get_close_matches(name_key(given), bearers, n=3 * MOST_CANDIDATES, cutoff=0.6)
    return list({bearers[key].code: bearers[key] for key in likest}.values())


def _by_name(given: str, register: Register) -> list[Institution]:
    """Those of this code, else of exactly this name, else of exactly this other name, else that contain it."""
    try:
        return [register.get(given)]
    except UnknownInstitution:
        key = name_key(given)
    if not key:
        return []
    every = list(register.institutions.values())
    exact = [one for one in every if key in (name_key(one.name_ja), name_key(one.name_en))]
    others = [one for one in every if key in {name_key(name) for name in register.aliases.get(one.code, ())}]
    return exact or others or register.find(given)


def scope_of(
    institution: str | None, country: str | None, kind: str, files: Iterable[Path], mapping: Mapping[str, bool]
) -> ImportScope:
    """Own addresses for the options given; exactly one of them is. Raises UsageProblem."""
    if (institution is None) == (country is None):
        raise UsageProblem("institution_or_country")
    if country is not None:
        return ImportScope(CountryAddresses(find_country(country)), None)
    register = load_register()
    found, identifier = find_institution(str(institution), register)
    if found is None and kind != "openalex":
        raise UsageProblem("not_in_register", given=institution)
    identifiers = {identifier} - {""}
    if kind == "openalex" and identifier.startswith(ROR):
        identifiers |= {openalex_identifier(files, identifier)} - {""}
    names, ambiguous = names_in_register(register, found) if found else ([], [])
    return ImportScope(InstitutionAddresses(identifiers, names, ambiguous, mapping), found, identifier)
