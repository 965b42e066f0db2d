"""Organisations in addresses, and one key for a name that databases shorten."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from schemas.dictionary.match_key import match_key

_ORGANISATION = re.compile(
    r"univ|institut|hospital|college|polytech|academ|corp|\binc\b|\bltd|laborator|\bcnrs\b|\briken\b|agency|council"
    r"|foundation|company|大学|研究所|機構|病院|高等専門学校",
    re.IGNORECASE,
)
_FIRST = re.compile(r"univ|大学", re.IGNORECASE)
_FACULTY = re.compile(
    r"^(?:graduate school|school|faculty|department|dept|division|college of|institute of|institute for|laboratory"
    r"|center|centre|grad sch)\b",
    re.IGNORECASE,
)
# What begins a part of a university behind its name: "Kyoto University Graduate School of Medicine".
_PART_OF = re.compile(
    r"\s(?:(?:graduate )?school of|faculty of|college of|department of|dept\.? of|division of|laboratory of"
    r"|institute (?:of|for)|cent(?:er|re) for)\b",
    re.IGNORECASE,
)
# Words of names as Web of Science shortens them.
_SHORT = {
    "university": "univ",
    "institute": "inst",
    "institution": "inst",
    "technology": "technol",
    "technological": "technol",
    "science": "sci",
    "sciences": "sci",
    "medicine": "med",
    "medical": "med",
    "college": "coll",
    "graduate": "grad",
    "school": "sch",
    "agriculture": "agr",
    "agricultural": "agr",
    "engineering": "engn",
    "national": "natl",
    "hospital": "hosp",
    "center": "ctr",
    "centre": "ctr",
    "research": "res",
    "dental": "dent",
    "dentistry": "dent",
    "pharmaceutical": "pharmaceut",
    "pharmacy": "pharm",
    "education": "educ",
    "studies": "studies",
    "international": "int",
    "advanced": "adv",
    "arts": "art",
    "economics": "econ",
    "communications": "commun",
    "communication": "commun",
    "electrocommunications": "electrocommun",
    "prefectural": "prefectural",
    "prefecture": "prefectural",
    "womens": "womens",
    "veterinary": "vet",
    "nursing": "nursing",
    "health": "hlth",
    "industrial": "ind",
    "industry": "ind",
    "marine": "marine",
    "maritime": "maritime",
    "information": "informat",
    "polytechnic": "polytech",
    "physical": "phys",
    "welfare": "welf",
    "culture": "culture",
    "business": "business",
    "commerce": "commerce",
    "academy": "acad",
    "academic": "acad",
    "social": "social",
    "environmental": "environm",
    "occupational": "occupat",
    "management": "management",
    "administration": "adm",
    "design": "design",
    "fisheries": "fisheries",
    "saint": "st",
    "material": "mat",
    "materials": "mat",
    "organization": "org",
    "organisation": "org",
    "informatics": "informat",
    "systems": "syst",
    "system": "syst",
    "statistical": "stat",
    "statistics": "stat",
    "mathematical": "math",
    "mathematics": "math",
    "genetics": "genet",
    "astronomical": "astron",
    "astronomy": "astron",
    "observatory": "observ",
    "molecular": "mol",
    "fusion": "fus",
    "biology": "biol",
    "biological": "biol",
    "physiological": "physiol",
    "physiology": "physiol",
    "agency": "agcy",
    "aerospace": "aerosp",
    "exploration": "explorat",
    "atomic": "atom",
    "cancer": "canc",
    "neurology": "neurol",
    "psychiatry": "psychiat",
    "cardiovascular": "cardiovasc",
    "geriatrics": "geriatr",
    "gerontology": "gerontol",
    "development": "dev",
    "history": "hist",
    "chemistry": "chem",
    "chemical": "chem",
    "physics": "phys",
    "nuclear": "nucl",
    "linguistics": "linguist",
    "ethnology": "ethnol",
    "products": "prod",
    "public": "publ",
    "rehabilitation": "rehabil",
    "foundation": "fdn",
    "electronics": "elect",
    "electrical": "elect",
    "mechanical": "mech",
    "technical": "tech",
    "laboratory": "lab",
}
_SILENT = frozenset({"of", "the", "and", "for", "in", "at"})


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """One key for the written forms of an organisation's name: "University of Tokyo" and "Univ Tokyo" agree.

    Case, accents, signs and small words make no difference; words are put in the short forms of Web of Science and
    keep their order, for "Tokyo University of Science" and "University of Tokyo" must not meet.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.replace("’", "'")) if not unicodedata.combining(c))
    if not plain.isascii():
        return match_key(name)
    words = re.sub(r"[^a-z0-9 ]", " ", plain.lower().replace("'", "").replace("electro-", "electro")).split()
    return " ".join(_SHORT.get(word, word) for word in words if word not in _SILENT)


def before_faculty(name: str) -> str:
    """The name that stands before a faculty, school or institute in one part of an address; '' where none does."""
    found = _PART_OF.search(name)
    return name[: found.start()] if found else ""


@lru_cache(maxsize=200_000)
def organisation_in(address: str) -> str:
    """The part of an address that names an organisation: the university if one is named, else the likeliest part."""
    parts = [part.strip() for part in re.split(r"[,，、]", address) if part.strip()]
    bodies = [part for part in parts if not _FACULTY.match(part)] or parts
    for pattern in (_FIRST, _ORGANISATION):
        found = next((part for part in bodies if pattern.search(part)), "")
        if found:
            return found
    return next((part for part in parts if _ORGANISATION.search(part)), parts[0] if parts else "")
