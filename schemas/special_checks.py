"""Checks that no kind of declaration covers: each is a function that rules.yaml names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from schemas.case import Case, at
from schemas.declaration import Text
from schemas.dictionary import WHOLE
from schemas.finding import Finding
from schemas.register import UnknownInstitution
from schemas.rule import Rule


def blank_answers(rule: Rule, case: Case) -> Iterator[Finding]:
    """Required answers that are blank."""
    for answer in case.submission.answers:
        if not answer.is_blank or not answer.applies or answer.field.required != "always":
            continue
        params = {"cell": answer.address, "label": answer.heading}
        yield rule.finding(params, **at(answer))


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
