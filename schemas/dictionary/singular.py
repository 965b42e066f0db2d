"""English sentences about a number that may be one."""

from __future__ import annotations

import re

_SINGULAR_OF = {"people": "person", "countries": "country", "universities": "university"}
_VERBS = {
    "are": "is",
    "have": "has",
    "were": "was",
    "lie": "lies",
    "wait": "waits",
    "lack": "lacks",
    "match": "matches",
    "differ": "differs",
    "stand": "stands",
    "join": "joins",
    "leave": "leaves",
}
_COUNTED = (
    *("persons", "institutions", "items", "years", "points", "forms", "submissions", "findings", "indicators"),
    *("centres", "files", "cells", "papers", "values", "rows", "pages", "places", "questions", "hires", "posts"),
    *("answers", "explanations", "others", "versions", "workbooks", "columns", "errors", "students", "researchers"),
    *("plans", "uploads", "majors", "pairs", "groups", "figures", "prefectures", "records", "rounds", "letters"),
    *("requirements", "days", "members", "lines", "organisations", "duplicates", "units"),
)
_BEFORE = (
    *("more", "further", "other", "new", "joint", "scored", "graduate", "published", "filled", "optional", "such"),
    *("foreign", "similar", "nearest", "comparable"),
)
_ONE_OF_MANY = re.compile(
    rf"(?<![\w.,/–−-])(?<!\d to )1 ((?:(?:{'|'.join(_BEFORE)}) )*)"
    rf"({'|'.join((*_SINGULAR_OF, *_COUNTED))})\b( (?:{'|'.join(_VERBS)})\b)?"
)


def with_singular(told: str) -> str:
    """An English text in which what is one is said in the singular: ``1 item is``, not ``1 items are``."""
    return _ONE_OF_MANY.sub(_in_singular, told)


def _in_singular(found: re.Match[str]) -> str:
    before, noun, verb = found.groups()
    singular = _SINGULAR_OF.get(noun, noun.removesuffix("s"))
    return f"1 {before}{singular}" + (f" {_VERBS[verb.strip()]}" if verb else "")
