"""What the rules of rules.yaml compute: pandera checks on clean tables, and functions where tables meet.

Each kind of check is one function from its declaration to findings. Row checks run in pandera, lazily, with
the rule's id as name; findings are made from ``check_output`` by index, never from its failure cases
(which lose rows with nulls and repeat a row once a column).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pandas as pd
import pandera.pandas as pa

from schemas.answer import Answer, Submission
from schemas.declaration import Text
from schemas.dictionary import WHOLE, DataDictionary
from schemas.finding import Finding
from schemas.register import Register, UnknownInstitution
from schemas.rule import (
    ByFunction,
    Moved,
    PartOf,
    Rule,
    SumEquals,
    Total,
    TotalsEqual,
    TotalWithin,
    Unchanged,
    UnitsWithinWhole,
)
from schemas.tables import Tables

TOLERANCE = 0.0005  # half of the smallest place of a fractional count


@dataclass(frozen=True)
class Case:
    """Everything a check may look at: the answers and tables of one submission, and its predecessor's."""

    submission: Submission
    tables: Tables
    previous: Tables
    dictionary: DataDictionary
    register: Register
    expected_institution: str = ""

    def answer(self, table: str, column: str, row_key: str) -> Answer | None:
        """The answer behind a cell of a clean table."""
        return self.submission.by_key.get((f"{table}.{column}", row_key))

    def place(self, table: str, columns: list[str], row_key: str) -> dict[str, Any]:
        """Sheet, cells and blocked answers of some columns of a row, first column first."""
        answers = [a for column in columns if (a := self.answer(table, column, row_key))]
        return {
            "field": f"{table}.{columns[0]}",
            "row_key": row_key,
            "sheet": answers[0].sheet if answers else None,
            "cells": tuple(a.cell for a in answers),
            "blocks": tuple((a.field.id, a.row_key) for a in answers),
        }

    def address(self, table: str, column: str, row_key: str) -> str:
        """``sheet!cell`` of a cell of a clean table."""
        answer = self.answer(table, column, row_key)
        return answer.address if answer else f"{table}.{column}"

    def heading(self, table: str, column: str, row_key: str) -> Text:
        """How a sentence calls a cell of a clean table."""
        answer = self.answer(table, column, row_key)
        if answer:
            return answer.heading
        return self.dictionary.fields[f"{table}.{column}"].label


def failing_rows(frame: pd.DataFrame, name: str, holds: Callable[[pd.DataFrame], pd.Series]) -> list[str]:
    """Row keys for which ``holds`` is False, by a lazy pandera check called ``name``."""
    check = pa.Check(holds, name=name, error=name, n_failure_cases=1)
    try:
        pa.DataFrameSchema(checks=[check]).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        rows: list[str] = []
        for error in errors.schema_errors:
            if error.reason_code is not pa.errors.SchemaErrorReason.DATAFRAME_CHECK:
                raise AssertionError(f"check {name} itself failed: {error}") from errors
            output = error.check_output
            rows.extend(str(key) for key in output.index[~output.astype(bool)])
        return rows
    return []


def part_of(rule: Rule, spec: PartOf, case: Case) -> Iterator[Finding]:
    """Rows in which a part exceeds its whole; silent where either has no number."""
    frame = case.tables.get(spec.table)
    if frame is None:
        return
    for part, whole in spec.pairs:
        if part not in frame or whole not in frame:
            continue

        def holds(rows: pd.DataFrame, part: str = part, whole: str = whole) -> pd.Series:
            return (rows[part] <= rows[whole]).fillna(True).astype(bool)

        for key in failing_rows(frame, rule.id, holds):
            row = frame.loc[key]
            params = {
                "cell": case.address(spec.table, part, key),
                "label": case.heading(spec.table, part, key),
                "part": number(row[part]),
                "whole": number(row[whole]),
                "whole_cell": case.address(spec.table, whole, key),
                "whole_label": case.heading(spec.table, whole, key),
            }
            yield rule.finding(params, value=number(row[part]), **case.place(spec.table, [part, whole], key))


def sum_equals(rule: Rule, spec: SumEquals, case: Case) -> Iterator[Finding]:
    """Rows in which the parts do not add up to the whole; silent unless all are numbers."""
    frame = case.tables.get(spec.table)
    if frame is None or not set(spec.parts) | {spec.whole} <= set(frame.columns):
        return

    def holds(rows: pd.DataFrame) -> pd.Series:
        total = reduce(lambda a, b: a + b, (rows[part] for part in spec.parts))
        return ((total - rows[spec.whole]).abs() < TOLERANCE).fillna(True).astype(bool)

    for key in failing_rows(frame, rule.id, holds):
        row = frame.loc[key]
        params = {
            "cell": case.address(spec.table, spec.parts[0], key),
            "sum": number(sum(row[part] for part in spec.parts)),
            "whole": number(row[spec.whole]),
            "whole_cell": case.address(spec.table, spec.whole, key),
        }
        yield rule.finding(params, value=params["sum"], **case.place(spec.table, [*spec.parts, spec.whole], key))


def units_within_whole(rule: Rule, spec: UnitsWithinWhole, case: Case) -> Iterator[Finding]:
    """Rows of a unit that exceed the same row of the whole institution."""
    frame = case.tables.get(spec.table)
    if frame is None or "unit" not in frame:
        return
    whole_rows = frame[frame["unit"] == WHOLE].set_index("position")
    units = frame[frame["unit"] != WHOLE]
    whole_keys = dict(zip(frame.loc[frame["unit"] == WHOLE, "position"], whole_row_keys(frame), strict=True))
    for column in (c for c in spec.columns if c in frame):
        limit = units["position"].map(whole_rows[column]).astype("Float64")

        def holds(rows: pd.DataFrame, column: str = column, limit: pd.Series = limit) -> pd.Series:
            return (rows[column] <= limit).fillna(True).astype(bool)

        for key in failing_rows(units, rule.id, holds) if not units.empty else []:
            whole_key = whole_keys[units.loc[key, "position"]]
            params = {
                "cell": case.address(spec.table, column, key),
                "label": case.heading(spec.table, column, key),
                "part": number(units.loc[key, column]),
                "whole": number(frame.loc[whole_key, column]),
                "whole_cell": case.address(spec.table, column, whole_key),
            }
            place = case.place(spec.table, [column], key)
            other = case.place(spec.table, [column], whole_key)
            place |= {"cells": place["cells"] + other["cells"], "blocks": place["blocks"] + other["blocks"]}
            yield rule.finding(params, value=params["part"], **place)


def whole_row_keys(frame: pd.DataFrame) -> list[str]:
    """Row keys of the rows of the whole institution."""
    return [str(key) for key in frame.index[frame["unit"] == WHOLE]]


def total_of(spec: Total, tables: Mapping[str, pd.DataFrame]) -> tuple[float | None, list[tuple[str, str]]]:
    """The sum and the (column, row key) it is made of; None unless every cell holds a number."""
    frame = tables.get(spec.table)
    if frame is None or frame.empty or not set(spec.columns) <= set(frame.columns):
        return None, []
    for key, among in spec.where.items():
        frame = frame[frame[key].isin(among)]
    cells = [(column, str(key)) for key in frame.index for column in spec.columns]
    values = frame[spec.columns]
    if frame.empty or bool(values.isna().any().any()):
        return None, cells
    return float(values.to_numpy(dtype=float).sum()), cells


def _totals(
    rule: Rule, left: Total, right: Total, case: Case, fails: Callable[[float, float], bool]
) -> Iterator[Finding]:
    a, cells = total_of(left, case.tables)
    b, others = total_of(right, case.tables)
    if a is None or b is None or not fails(a, b):
        return
    params = {"left": number(a), "right": number(b)}
    yield rule.finding(params, value=number(a), **_places(case, left.table, cells, right.table, others))


def _places(
    case: Case, table: str, cells: list[tuple[str, str]], other: str, others: list[tuple[str, str]]
) -> dict[str, Any]:
    """Cells of the first total, which a finding is shown at; both totals' answers are blocked."""
    first = [a for column, key in cells if (a := case.answer(table, column, key))]
    second = [a for column, key in others if (a := case.answer(other, column, key))]
    same = [a for a in second if first and a.sheet == first[0].sheet and a not in first]
    return {
        "field": f"{table}.{cells[0][0]}",
        "row_key": "",
        "sheet": first[0].sheet if first else None,
        "cells": tuple(a.cell for a in [*first, *same]),
        "blocks": tuple((a.field.id, a.row_key) for a in first),
    }


def totals_equal(rule: Rule, spec: TotalsEqual, case: Case) -> Iterator[Finding]:
    """Two sums that should be equal and are not."""
    yield from _totals(rule, spec.left, spec.right, case, lambda a, b: abs(a - b) >= TOLERANCE)


def total_within(rule: Rule, spec: TotalWithin, case: Case) -> Iterator[Finding]:
    """A sum that exceeds the one it is part of."""
    yield from _totals(rule, spec.left, spec.right, case, lambda a, b: a > b)


def moved(rule: Rule, spec: Moved, case: Case) -> Iterator[Finding]:
    """A sum that moved by more than both steps since last round."""
    now, cells = total_of(spec.total, case.tables)
    before, _ = total_of(spec.total, case.previous)
    if now is None or before is None or abs(now - before) <= spec.absolute:
        return
    if before and abs(now - before) * 100 <= spec.percent * before:
        return
    change = f"{(now - before) / before * 100:+.0f}" if before else "－"
    params = {"before": number(before), "now": number(now), "percent": change}
    place = _places(case, spec.total.table, cells, spec.total.table, [])
    yield rule.finding(params, value=number(now), **{**place, "blocks": ()})


def unchanged(rule: Rule, spec: Unchanged, case: Case) -> Iterator[Finding]:
    """Every row of a sum equal to last round, where the sum is large enough."""
    now, cells = total_of(spec.total, case.tables)
    before, _ = total_of(spec.total, case.previous)
    if now is None or before is None or now < spec.minimum:
        return
    column, table = spec.total.columns[0], spec.total.table
    rows = [key for _, key in cells]
    current, last = case.tables[table].loc[rows, column], case.previous[table][column].reindex(rows)
    if current.tolist() == last.tolist():
        place = _places(case, table, cells, table, [])
        yield rule.finding({}, value=number(now), **{**place, "blocks": ()})


# functions named in rules.yaml


def blank_answers(rule: Rule, case: Case) -> Iterator[Finding]:
    """Required answers that are blank."""
    for answer in case.submission.answers:
        if not answer.is_blank or not answer.applies or answer.field.required != "always":
            continue
        params = {"cell": answer.address, "label": answer.heading}
        yield rule.finding(params, **at(answer))


def at(answer: Answer) -> dict[str, Any]:
    """The place of one answer, as a finding wants it."""
    return {
        "field": answer.field.id,
        "row_key": answer.row_key,
        "sheet": answer.sheet or None,
        "cells": (answer.cell,) if answer.cell else (),
        "value": "" if answer.raw is None else str(answer.raw),
        "blocks": ((answer.field.id, answer.row_key),),
    }


def _items_at_two(case: Case) -> Iterator[tuple[str, int]]:
    """Checklist items declared at level 2 or more in any scope, with the highest level."""
    frame = case.tables.get("checklist")
    if frame is None:
        return
    highest = frame.groupby("item", sort=False)["declared"].max()
    for item, level in highest.items():
        if pd.notna(level) and level >= 2:
            yield str(item), int(level)


def _missing_details(rule: Rule, case: Case, columns: list[str], names: Text) -> Iterator[Finding]:
    details = case.tables.get("checklist_details", pd.DataFrame())
    for item, level in _items_at_two(case):
        row = details.loc[item].to_dict() if item in details.index else {}
        missing = [column for column in columns if not isinstance(row.get(column), str) or not row[column]]
        if missing:
            label = case.dictionary.checklist.item(item).label
            place = case.place("checklist_details", missing, item)
            named = Text(ja=f"{item} {label.ja}", en=f"{item} {label.en}")
            params = {"label": named, "level": level, "missing": names}
            yield rule.finding(params, value=str(level), **{**place, "blocks": ()})


def follow_ups(rule: Rule, case: Case) -> Iterator[Finding]:
    """Items at level 2 or more without evidence."""
    yield from _missing_details(rule, case, ["evidence_kind", "evidence"], Text(ja="根拠", en="evidence"))


def binding_missing(rule: Rule, case: Case) -> Iterator[Finding]:
    """Items at level 2 or more with evidence but without saying whether they are binding."""
    details = case.tables.get("checklist_details", pd.DataFrame())
    for finding in _missing_details(rule, case, ["binding"], Text(ja="拘束力", en="binding or offered")):
        row = details.loc[finding.row_key].to_dict() if finding.row_key in details.index else {}
        if isinstance(row.get("evidence"), str):
            yield finding


def japan_among_nationalities(rule: Rule, case: Case) -> Iterator[Finding]:
    """Japan in the table of foreign researchers' nationalities."""
    frame = case.tables.get("nationalities")
    if frame is None or "country" not in frame:
        return
    for key in frame.index[frame["country"] == "JP"]:
        params = {"cell": case.address("nationalities", "country", str(key))}
        yield rule.finding(params, value="JP", **case.place("nationalities", ["country"], str(key)))


def all_levels_equal(rule: Rule, case: Case) -> Iterator[Finding]:
    """Ten or more items of one scope that all stand at the same level."""
    frame = case.tables.get("checklist")
    if frame is None:
        return
    names = {
        "centre": Text(ja="比較拠点", en="centre"),
        "institution": Text(ja="全学", en="whole institution"),
    }
    for scope, rows in frame.groupby("scope", sort=False):
        levels = rows["declared"].dropna()
        if len(levels) >= 10 and levels.nunique() == 1:
            place = case.place("checklist", ["declared"], str(rows.index[0]))
            params = {"scope": names[str(scope)], "level": int(levels.iloc[0])}
            yield rule.finding(params, value=str(levels.iloc[0]), **{**place, "row_key": str(scope), "blocks": ()})


def one_centre(rule: Rule, case: Case) -> Iterator[Finding]:
    """None or several units marked as centre although there is one."""
    profile, marked = case.tables.get("profile"), case.submission
    if profile is None or profile.empty or profile.iloc[0].get("has_centre") != "yes":
        return
    chosen = [a for a in marked.answers if a.field.id == "units.is_centre" and a.value == "yes" and a.applies]
    if len(chosen) != 1:
        cells = chosen or [a for a in marked.answers if a.field.id == "units.is_centre"][:1]
        place = {"field": "units.is_centre", "sheet": cells[0].sheet if cells else None}
        blocks = tuple((a.field.id, a.row_key) for a in cells)
        yield rule.finding(
            {"count": len(chosen)},
            cells=tuple(a.cell for a in cells),
            blocks=blocks,
            value=str(len(chosen)),
            **place,
        )


def unit_codes(rule: Rule, case: Case) -> Iterator[Finding]:
    """Unit codes that are reserved or stand twice."""
    seen: set[str] = set()
    for answer in case.submission.answers:
        if answer.field.id != "units.unit" or answer.value is None:
            continue
        code = str(answer.value)
        if code == WHOLE or code in seen:
            yield rule.finding({"cell": answer.address, "value": code}, **at(answer))
        seen.add(code)


def identity(rule: Rule, case: Case) -> Iterator[Finding]:
    """A profile, or an uploading institution, that is not the one the form was issued for."""
    issued = case.submission.institution
    known = case.register.institutions.get(issued)
    answer = case.submission.by_key.get(("profile.code", ""))
    given = str(answer.value) if answer and answer.value is not None else ""
    for other in (given, case.expected_institution):
        if other and other != issued:
            params = {"issued": issued, "issued_name": known.name_ja if known else "－", "given": other}
            place = at(answer) if answer else {"field": "profile.code"}
            yield rule.finding(params, **{**place, "blocks": ()})
            return


def known_institution(rule: Rule, case: Case) -> Iterator[Finding]:
    """A school code that the register does not know (demo forms have codes of their own)."""
    if case.submission.is_demo:
        return
    try:
        case.register.get(case.submission.institution)
    except UnknownInstitution as unknown:
        near = f"{unknown.near.code} {unknown.near.name_ja}" if unknown.near else "－"
        yield rule.finding({"given": unknown.code, "near": near}, field="profile.code", value=unknown.code)


def intact_stamp(rule: Rule, case: Case) -> Iterator[Finding]:
    """A form record whose checksum does not fit."""
    if case.submission.meta.get("intact") == "no":
        yield rule.finding({}, field="meta")


def missing_sheets(rule: Rule, case: Case) -> Iterator[Finding]:
    """Sheets of the form that the workbook lacks."""
    for name in case.submission.missing_sheets:
        yield rule.finding({"sheet_name": name}, field=f"sheet.{name}", value=name)


def found_by_headings(rule: Rule, case: Case) -> Iterator[Finding]:
    """How many answers were found by their headings because the names were lost."""
    if case.submission.moved:
        count = len(case.submission.moved)
        yield rule.finding({"count": count}, field="names", count=count, value=str(count))


FUNCTIONS: dict[str, Callable[[Rule, Case], Iterator[Finding]]] = {
    function.__name__: function
    for function in (
        blank_answers,
        follow_ups,
        binding_missing,
        japan_among_nationalities,
        all_levels_equal,
        one_centre,
        unit_codes,
        identity,
        known_institution,
        intact_stamp,
        missing_sheets,
        found_by_headings,
    )
}


def judge(rule: Rule, case: Case) -> Iterator[Finding]:
    """The findings of one rule on one case."""
    spec = rule.check
    match spec:
        case PartOf():
            yield from part_of(rule, spec, case)
        case SumEquals():
            yield from sum_equals(rule, spec, case)
        case UnitsWithinWhole():
            yield from units_within_whole(rule, spec, case)
        case TotalsEqual():
            yield from totals_equal(rule, spec, case)
        case TotalWithin():
            yield from total_within(rule, spec, case)
        case Moved():
            yield from moved(rule, spec, case)
        case Unchanged():
            yield from unchanged(rule, spec, case)
        case ByFunction():
            yield from FUNCTIONS[spec.name](rule, case)


def number(value: Any) -> str:
    """A number as people write it: separators, decimals only where there are any."""
    if value is None or pd.isna(value):
        return "－"
    exact = float(value)
    return f"{int(exact):,}" if exact == int(exact) else f"{exact:,.3f}".rstrip("0")
