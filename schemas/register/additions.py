"""Bodies that an operator adds to the register: one file, checked as a whole before any of it counts."""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa

from schemas.dictionary.declaration import Text
from schemas.dictionary.match_key import nearest_word
from schemas.dictionary.sentences import Sentences
from schemas.register.institution import KINDS
from schemas.register.register import PREFECTURES, Register
from schemas.register.register_changes import first_day

COLUMNS = (
    "code", "kind", "name_ja", "name_en", "founder", "pref_ja", "ror_id", "erad_number", "valid_from", "valid_until",
    "parent",
)  # fmt: skip
FOUNDERS = ("national", "public", "private")
DATE = r"\d{4}(-\d{2}(-\d{2})?)?"
sentences = Sentences(__file__)


class MissingColumns(ValueError):
    """The file lacks ``columns``."""

    def __init__(self, columns: Collection[str]) -> None:
        super().__init__(", ".join(columns))
        self.columns = tuple(columns)


@dataclass(frozen=True)
class RegisterFault:
    """One value that cannot be: its line in the file (the heading is line 1), its column, and why."""

    line: int
    column: str
    value: str
    why: Text


def additions_schema(register: Register) -> pa.DataFrameSchema:
    """The schema of a file of added bodies, beside the register they are added to."""
    known = register.institutions

    def column(*checks: pa.Check) -> pa.Column:
        return pa.Column(str, checks=list(checks))

    def matches(pattern: str, name: str) -> pa.Check:
        return pa.Check(lambda values: values.str.fullmatch(pattern), name=name, error=name)

    def among(allowed: Collection[str], name: str) -> pa.Check:
        return pa.Check(lambda values: values.isin(list(allowed)), name=name, error=name)

    def among_none(taken: Collection[str], name: str) -> pa.Check:
        return pa.Check(lambda values: ~values.isin(list(taken)), name=name, error=name)

    is_day = pa.Check(lambda values: values.map(_is_date), name="date", error="date")
    open_names = {one.name_ja for one in known.values() if not one.valid_until}
    return pa.DataFrameSchema(
        {
            "code": column(
                matches(r"[A-Z0-9][A-Z0-9-]{3,29}", "code_form"),
                pa.Check(lambda values: ~values.duplicated(), name="code_twice", error="code_twice"),
                pa.Check(lambda values: ~values.isin(list(known)), name="code_known", error="code_known"),
            ),
            "kind": column(among(KINDS, "kind")),
            "name_ja": column(matches(r".*\S.*", "name"), among_none(open_names, "name_known")),
            "name_en": column(),
            "founder": column(among((*FOUNDERS, ""), "founder")),
            "pref_ja": column(among((*PREFECTURES, ""), "prefecture")),
            "ror_id": column(matches(r"(https://ror\.org/0[0-9a-z]{8})?", "ror")),
            "erad_number": column(matches(r"(\d{5})?", "erad")),
            "valid_from": column(is_day),
            "valid_until": column(is_day),
            "parent": column(among((*known, ""), "parent")),
        }
    )


def _is_date(text: str) -> bool:
    """Whether a text is empty or a day, month or year of the calendar."""
    if not text:
        return True
    try:
        first_day(text)
    except ValueError:
        return False
    return re.fullmatch(DATE, text) is not None


def _with_nearest(check: str, value: str, frame: pd.DataFrame, register: Register) -> Text:
    """Why a value cannot be, and the nearest right answer where one is clear."""
    known = {"kind": KINDS, "founder": FOUNDERS}.get(check, ())
    why = sentences(f"added_{check}", known=Text(ja="、".join(known), en=", ".join(known)))
    if check == "code_twice":
        return sentences("added_first", why=why, first=int(frame.index[frame["code"] == value][0]) + 2)
    if check == "code_known":
        name = register.institutions[value]
        return sentences("added_is", why=why, other=Text(ja=name.name_ja, en=name.name_en or name.name_ja))
    if check == "name_known":
        code = next(one.code for one in register.institutions.values() if one.name_ja == value and not one.valid_until)
        return sentences("added_is", why=why, other=code)
    near = _nearest(check, value, register)
    return why if near is None else sentences("added_near", why=why, near=near)


def _nearest(check: str, value: str, register: Register) -> str | None:
    if check == "parent":
        found = next((i for i in register.find(value) if value), None)
        return nearest_word(value.upper(), register.institutions) or (found.code if found else None)
    if check == "prefecture":
        return next((name for name in PREFECTURES if name[:-1] == value), None) or nearest_word(value, PREFECTURES)
    return {"kind": nearest_word(value, KINDS), "founder": nearest_word(value, FOUNDERS)}.get(check)


def read_additions(data: bytes, register: Register) -> tuple[pd.DataFrame, list[RegisterFault]]:
    """The bodies of a CSV file (UTF-8, a heading line), and everything that is wrong with them, in file order.

    Raises MissingColumns, UnicodeDecodeError for another encoding, pandas' ParserError for what is no table.
    """
    text = data.decode("utf-8-sig")
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False).rename(columns=str.strip)
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise MissingColumns(missing)
    frame = frame[list(COLUMNS)].apply(lambda column: column.str.strip())
    found: list[RegisterFault] = []
    try:
        additions_schema(register).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        found = [
            RegisterFault(line, case["column"], value, _with_nearest(case["check"], value, frame, register))
            for case in errors.failure_cases.to_dict("records")
            for line, value in [(int(case["index"]) + 2, str(case["failure_case"]))]
        ]
    found += _closed_before_they_begin(frame, {(fault.line, fault.column) for fault in found})
    return frame, sorted(found, key=lambda fault: (fault.line, COLUMNS.index(fault.column)))


def _closed_before_they_begin(frame: pd.DataFrame, faulty: Collection[tuple[int, str]]) -> list[RegisterFault]:
    """A fault for each body that ends before it begins, as far as both dates can be read and compared."""
    rows = enumerate(zip(frame["valid_from"], frame["valid_until"], strict=True), start=2)
    return [
        RegisterFault(line, "valid_until", until, sentences("added_order"))
        for line, (begins, until) in rows
        if not {(line, "valid_from"), (line, "valid_until")} & set(faulty)
        if begins and until and until < begins[: len(until)]
    ]
