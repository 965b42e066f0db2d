"""What could not be read, and where: kept short however bad a file is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

LISTED = 100  # problems of one kind that are listed line by line for each file; further ones are counted

Kind = Literal[
    "archive_cut_off", "bad_json", "bad_year", "cells_do_not_fit", "cut_off", "empty_file", "essential_columns",
    "line_too_long", "list_cells", "no_address_column", "no_list", "no_own_paper", "no_own_paper_without_addresses",
    "no_paper_of_the_years", "no_record", "no_such_file", "no_year", "not_a_form", "not_a_table", "not_a_tag",
    "not_a_work", "other_vendor", "other_vendor_within", "outside_a_record", "row_does_not_end", "wrong_encoding",
]  # fmt: skip
UNREADABLE: frozenset[Kind] = frozenset(
    {"no_such_file", "not_a_table", "other_vendor", "empty_file", "essential_columns", "not_a_form"}
)
# How lines begin that show whose export they are of: files of several databases are easily joined into one.
_MARKS = (
    ("Web of Science", re.compile(r"FN (?:Clarivate|ISI|Thomson)|PT\t(?:AU|BA)\t")),
    ("OpenAlex", re.compile(r'[\[{].{0,40}"(?:id|results|meta)"\s*:')),
    ("Scopus", re.compile(r'"?Authors"?[,;\t].*"?Title"?[,;\t]"?Year"?(?:[,;\t]|$)')),
)


def vendor_of(line: str) -> str:
    """The database whose export or record begins with a line; '' where the line does not show it."""
    bare = line.lstrip("\ufeff \t")
    return next((vendor for vendor, mark in _MARKS if mark.match(bare)), "")


@dataclass(frozen=True)
class ReadProblem:
    """One problem: the file, the line (0 the file as a whole), its kind, and what the text about it names."""

    file: str
    line: int
    kind: Kind
    params: dict[str, str] = field(default_factory=dict)


@dataclass
class ProblemLog:
    """Problems in order of appearance; ``counts`` has all of them by (file, kind), ``listed`` the first hundred."""

    listed: list[ReadProblem] = field(default_factory=list)
    counts: Counter[tuple[str, Kind]] = field(default_factory=Counter)

    def add(self, file: str, line: int, kind: Kind, **params: str) -> None:
        """Notes one problem."""
        self.counts[file, kind] += 1
        if self.counts[file, kind] <= LISTED:
            self.listed.append(ReadProblem(file, line, kind, params))

    def add_line(self, file: str, line: int, text: str, kind: Kind, **params: str) -> None:
        """Notes a line that does not fit: as the beginning of another database's records where it is that."""
        vendor = vendor_of(text)
        if vendor:
            self.add(file, line, "other_vendor_within", vendor=vendor)
        else:
            self.add(file, line, kind, **params)

    @property
    def has_unreadable_file(self) -> bool:
        """Whether a file could not be read at all."""
        return any(kind in UNREADABLE for _, kind in self.counts)
