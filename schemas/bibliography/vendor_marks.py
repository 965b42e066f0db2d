"""Lines that show whose export they begin: files of several databases are easily joined into one."""

from __future__ import annotations

import re

SCOPUS, WOS, OPENALEX = "Scopus", "Web of Science", "OpenAlex"
_MARKS = (
    (WOS, re.compile(r"FN (?:Clarivate|ISI|Thomson)|PT\t(?:AU|BA)\t")),
    (OPENALEX, re.compile(r'[\[{].{0,40}"(?:id|results|meta)"\s*:')),
    (SCOPUS, re.compile(r'"?Authors"?[,;\t].*"?Title"?[,;\t]"?Year"?(?:[,;\t]|$)')),
)


def vendor_of(line: str) -> str:
    """The database whose export or record begins with a line; '' where the line does not show it."""
    bare = line.lstrip("\ufeff \t")
    return next((vendor for vendor, mark in _MARKS if mark.match(bare)), "")
