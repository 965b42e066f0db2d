"""Checks that no kind of declaration covers: each is a function that rules.yaml names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import pandas as pd

from schemas.checks.check_context import CheckContext, cell_ref_of, is_missing, number
from schemas.checks.registration import AskedRound, function_check, table_check
from schemas.checks.table_checks import total_of
from schemas.dictionary.dictionary import CENTRE, WHOLE
from schemas.dictionary.field import NUMERIC
from schemas.dictionary.format_number import format_number
from schemas.dictionary.match_key import match_key
from schemas.reading.answer import Answer
from schemas.reading.choice_labels import choice_labels, what_to_fill_in
from schemas.reading.clean_tables import DEFAULT_CENTRE
from schemas.register import ClosedInstitution, UnknownInstitution
from schemas.rules.check_kinds import Total
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

MANY_NUMBERS = 30
MANY_RESEARCHERS = 100
MOST = 60  # per cent
FEW_DEPARTMENTS = 3
STUDENTS_OF_A_DEPARTMENT = (40, 2500)


@function_check("reading")
def blank_answers(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Required answers that are blank.

    But those of a sheet of which a copy holds more answers, and those in the shadow of a merged cell.
    """
    emptied = {copy.sheet for copy in context.submission.copies if copy.filled < copy.filled_there}
    for answer in context.submission.answers:
        is_asked = answer.applies and answer.field.required == "always" and answer.sheet not in emptied
        if not answer.is_blank or not is_asked or context.is_unread(answer):
            continue
        params = {"cell": answer.address, "label": answer.heading}
        params |= what_to_fill_in(answer.field, choice_labels(context.dictionary, answer.field, answer.keys))
        yield rule.finding(params, **cell_ref_of(answer))


def _are_free_codes(rows: pd.DataFrame, _: AskedRound) -> pd.Series:
    units = rows["unit"]
    return ((units != WHOLE) & ~units.duplicated()) | units.isna()


@table_check("units", "unit", holds=_are_free_codes)
def unit_codes(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """Unit codes that are reserved or stand twice."""
    for answer in context.answers("units", "unit", keys):
        yield rule.finding({"cell": answer.address, "value": str(answer.value)}, **cell_ref_of(answer))


@function_check("reading")
def identity(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A profile, or an uploading institution, that is not the one the form was issued for."""
    issued = context.submission.institution
    known = context.register.institutions.get(issued)
    answer = context.submission.by_key.get(("profile.code", ""))
    given = str(answer.value) if answer and answer.value is not None else ""
    for other in (given, context.expected_institution):
        if other and other != issued:
            params = {"issued": issued, "issued_name": known.name_ja if known else "", "given": other}
            cell_ref = cell_ref_of(answer) if answer else {"field": "profile.code"}
            yield rule.finding(params, **{**cell_ref, "blocks": ()})
            return


@function_check("reading")
def other_round(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A profile with another round than that of the form, whose questions ask about other days and years."""
    answer = context.submission.by_key.get(("profile.round", ""))
    if answer is not None and answer.value not in (None, context.submission.year):
        params = {"cell": answer.address, "given": answer.value, "issued": context.submission.year}
        yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


@function_check("reading")
def known_institution(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A school code that the register does not know (demo forms have codes of their own)."""
    if context.submission.is_demo:
        return
    try:
        context.register.get(context.submission.institution)
    except UnknownInstitution as unknown:
        near = f"{unknown.near.code} {unknown.near.name_ja}" if unknown.near else ""
        yield rule.finding({"given": unknown.code, "near": near}, field="profile.code", value=unknown.code)


@function_check("reading")
def closed_institution(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A form issued for an institution that was merged, closed or got another code before the round."""
    if context.submission.is_demo:
        return
    try:
        context.register.get(context.submission.institution, context.submission.year)
    except ClosedInstitution as closed:
        after = f"{closed.near.code} {closed.near.name_ja}" if closed.near else ""
        params = {"given": closed.code, "change": closed.change.sentence, "after": after}
        yield rule.finding(params, field="profile.code", value=closed.code)
    except UnknownInstitution:
        return


@function_check("reading")
def name_of_another(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A name in the profile by which the register does not know the institution, now, earlier or in short."""
    answer = context.answer("profile", "name_ja", "")
    known = context.register.institutions.get(context.submission.institution)
    if context.submission.is_demo or known is None or answer is None or not isinstance(answer.value, str):
        return
    later = context.register.successor(known.code, context.submission.year)
    own = {known.code, later.code if later else known.code}
    if own.isdisjoint(institution.code for institution in context.register.find(answer.value)):
        params = {"cell": answer.address, "value": answer.value, "name": known.name_ja, "given": known.code}
        yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


@function_check("package")
def intact_stamp(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A form record whose checksum does not fit."""
    if context.submission.meta.get("intact") == "no":
        yield rule.finding({}, field="meta")


@function_check("package")
def missing_sheets(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Sheets of the form that the workbook lacks."""
    for name in context.submission.missing_sheets:
        yield rule.finding({"sheet_name": name}, field=f"sheet.{name}", value=name)


@function_check("package")
def found_by_headings(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """How many answers were found by their headings because the names were lost or left behind, and the first."""
    if context.submission.moved:
        count = len(context.submission.moved)
        first = context.submission.by_key.get(context.submission.moved[0])
        params = {"count": count, "cell": first.address if first else ""}
        yield rule.finding(params, field="names", count=count, value=str(count))


@function_check("tables")
def centre_is_whole(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A centre with the same researchers as the whole institution in every position."""
    frame = context.tables.get("researchers")
    if frame is None or "total" not in frame or context.submission.value("profile.single_unit") == "yes":
        return
    counted: dict[object, dict[object, int]] = {}
    first: dict[object, str] = {}
    columns = (frame[name].tolist() for name in ("unit", "position", "total"))
    for key, unit, position, total in zip(frame.index.tolist(), *columns, strict=True):
        first.setdefault(unit, str(key))
        if not is_missing(total) and total > 0:
            counted.setdefault(unit, {})[position] = total
    whole = counted.get(WHOLE, {})
    for unit in first if len(whole) > 1 else ():
        if unit != WHOLE and not is_missing(unit) and counted.get(unit) == whole:
            cell_ref = context.cell_ref("researchers", ["total"], first[unit])
            yield rule.finding({"unit": unit}, **{**cell_ref, "row_key": str(unit), "blocks": ()})


def _is_somebody_counted(rows: pd.DataFrame, _: AskedRound) -> pd.Series:
    centre = rows[rows["unit"] != WHOLE]
    is_empty = not centre.empty and not centre["total"].isna().any() and centre["total"].sum() == 0
    return pd.Series(~rows.index.isin(centre.index if is_empty else []), index=rows.index)


@table_check("researchers", "unit", "total", holds=_is_somebody_counted)
def empty_centre(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """A centre in which nobody is counted."""
    yield rule.finding({}, **{**context.cell_ref("researchers", ["total"], keys[0]), "row_key": "", "blocks": ()})


def _named_units(context: CheckContext) -> int:
    units = context.tables.get("units")
    return 0 if units is None else len(units)


def _units_against(rule: Rule, context: CheckContext, switch: str, is_odd: Callable[[int], bool]) -> Iterator[Finding]:
    answer, count = context.answer("profile", switch, ""), _named_units(context)
    if answer is not None and answer.value == "yes" and is_odd(count):
        yield rule.finding({"cell": answer.address, "count": count}, **{**cell_ref_of(answer), "blocks": ()})


@function_check("tables")
def units_of_single(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Several units listed by a university of one."""
    yield from _units_against(rule, context, "single_unit", lambda count: count > 1)


@function_check("tables")
def units_not_all(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """One unit listed although all are said to be."""
    single = context.submission.value("profile.single_unit") == "yes"
    yield from () if single else _units_against(rule, context, "all_units", lambda count: count == 1)


def _numbers(context: CheckContext) -> list[Answer]:
    """The answers that are counts, asked of everybody and given as numbers."""
    return [a for a in context.submission.answers if a.field.type in NUMERIC and a.applies and a.value is not None]


@function_check("reading")
def many_zeros(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A form whose numbers are mostly zero."""
    numbers = _numbers(context)
    yield from _mostly(rule, "numbers", [a for a in numbers if a.value == 0], numbers)


def _mostly(rule: Rule, field: str, odd: Sequence[Answer], numbers: Sequence[Answer]) -> Iterator[Finding]:
    """The finding of a form most of whose many numbers are ``odd``."""
    if len(numbers) >= MANY_NUMBERS and len(odd) * 100 > MOST * len(numbers):
        params = {"percent": format_number(Fraction(100 * len(odd), len(numbers)), 0), "count": len(odd)}
        yield rule.finding(params, field=field, count=len(odd), value=str(len(odd)))


@function_check("reading")
def round_numbers(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Whole numbers of two digits and more that mostly end in 0 or 5."""
    numbers = [a for a in _numbers(context) if isinstance(a.value, int) and a.value >= 10 and a.field.unit == "people"]
    yield from _mostly(rule, "rounding", [a for a in numbers if isinstance(a.value, int) and a.value % 5 == 0], numbers)


@function_check("tables")
def students_by_department(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Undergraduates out of all proportion to the departments that the register lists for the university."""
    known = context.register.institutions.get(context.submission.institution)
    answer = context.answer("profile", "students_undergraduate", "")
    if known is None or known.departments < FEW_DEPARTMENTS or answer is None or not isinstance(answer.value, int):
        return
    each, (low, high) = answer.value / known.departments, STUDENTS_OF_A_DEPARTMENT
    if answer.value and not low <= each <= high:
        counts = {"part": number(answer.value), "whole": number(known.departments), "each": number(round(each))}
        yield rule.finding({"cell": answer.address, **counts}, **{**cell_ref_of(answer), "blocks": ()})


@table_check("profile", "founded", holds=lambda rows, asked: (rows["founded"] <= asked.year).fillna(True).astype(bool))
def founded_later(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """A university founded after the round."""
    for answer in context.answers("profile", "founded", keys):
        yield rule.finding({"cell": answer.address, "value": answer.value}, **cell_ref_of(answer))


@function_check("reading")
def notes_elsewhere(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Notes on a cell that is no answer cell."""
    notes = [a for a in context.submission.answers if a.field.id == "notes.cell" and a.value is not None]
    known = {match_key(a.address) for a in context.submission.answers} if notes else set()
    for answer in notes:
        if match_key(str(answer.value)) not in known:
            params = {"cell": answer.address, "value": str(answer.value)}
            yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


@function_check("reading")
def explanations_of_nothing(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Explanations in rows that name no point to check."""
    for answer in context.submission.answers:
        if answer.field.id == "explanations.explanation" and answer.value is not None:
            point = context.submission.by_key.get(("explanations.finding", answer.row_key))
            if point is None or point.is_blank:
                params = {"cell": answer.address, "value": answer.typed}
                yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


@function_check("reading")
def confidential_without_code(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Confidential numbers for a cell that is not marked confidential."""
    notes = [a for a in context.submission.answers if a.field.id == "notes.confidential" and a.value is not None]
    coded = {match_key(a.address): a.code for a in context.submission.answers} if notes else {}
    for answer in notes:
        named = context.submission.by_key.get(("notes.cell", answer.row_key))
        code = coded.get(match_key(str(named.value))) if named is not None else None
        if code is not None and code != "c":
            params = {"cell": answer.address, "value": str(named.value) if named else ""}
            yield rule.finding(params, **{**cell_ref_of(answer), "blocks": ()})


@function_check("reading")
def typed_where_ruled_out(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Answers typed into a block, or a part of one, that a switch rules out or that is left out this time."""
    blocks: dict[str, list[Answer]] = {}
    for answer in context.submission.answers:
        block = context.dictionary.block_of[answer.field.id][1]
        skip = block.skip if block.skip != answer.field.id else None
        is_skipped = skip is not None and context.submission.value(skip) == "yes"
        if (not answer.applies or is_skipped) and _is_typed(answer):
            blocks.setdefault(block.id, []).append(answer)
    for block_id, typed in blocks.items():
        block = context.dictionary.block_of[typed[0].field.id][1]
        params = {"cell": typed[0].address, "count": len(typed), "block": block.label}
        cell_ref = {"field": f"ruled_out.{block_id}", "sheet": typed[0].sheet, "value": typed[0].typed}
        yield rule.finding(params, count=len(typed), cells=tuple(a.cell for a in typed), **cell_ref)


def _is_typed(answer: Answer) -> bool:
    """Whether somebody typed more than that the question does not apply."""
    typed = answer.typed.strip()
    return bool(typed) and bool(answer.cell) and match_key(typed) not in ("a", "nc", "0")


@table_check(
    "unit_researchers", "unit", "position", holds=lambda rows, _: rows[["unit", "position"]].isna().any(axis=1)
)
def rows_of_no_unit(rule: Rule, context: CheckContext, keys: Sequence[str]) -> Iterator[Finding]:
    """Rows of researchers by unit whose unit and position stand twice, or belong to the table above."""
    for key in keys:
        unit = str(context.table("unit_researchers").loc[key, "unit"])
        params = {"cell": context.address("unit_researchers", "unit", key), "value": unit}
        yield rule.finding(params, value=unit, **context.cell_ref("unit_researchers", ["unit"], key))


@function_check("tables")
def unknown_units(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Researchers counted for a unit code that the sheet of units does not list."""
    units, frame = context.tables.get("units"), context.tables.get("researchers")
    if units is None or units.empty or "unit" not in units or frame is None:
        return
    known = {WHOLE, CENTRE, DEFAULT_CENTRE, *units["unit"].dropna().astype(str)}
    first: dict[object, str] = {}
    for key, unit in zip(frame.index.tolist(), frame["unit"].tolist(), strict=True):
        first.setdefault(unit, str(key))
    for unit in first:
        if not is_missing(unit) and str(unit) not in known:
            cell_ref = context.cell_ref("researchers", ["total"], first[unit])
            address = context.address("researchers", "total", first[unit])
            params = {"cell": address, "value": str(unit)}
            yield rule.finding(params, value=str(unit), **{**cell_ref, "row_key": str(unit), "blocks": ()})


@function_check("tables")
def transfers_untraced(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Transfer-type stays listed although they are said not to be known."""
    answer, frame = context.answer("outbound_basis", "transfer_known", ""), context.tables.get("outbound")
    if answer is None or answer.value != "no" or frame is None or frame.empty:
        return
    count = int((frame["mode"] == "transfer").sum()) if "mode" in frame else 0
    if count:
        yield rule.finding({"cell": answer.address, "count": count}, **{**cell_ref_of(answer), "blocks": ()})


@function_check("tables")
def no_mobility(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """An empty list of stays abroad although there are many researchers."""
    answer, frame = context.answer("outbound_basis", "transfer_known", ""), context.tables.get("outbound")
    total, _ = total_of(Total(table="researchers", columns=["total"], where={"unit": [WHOLE]}), context.tables)
    is_asked = answer is not None and answer.value is not None and answer.code != "nc"
    is_large = total is not None and total >= MANY_RESEARCHERS
    if is_asked and is_large and (frame is None or frame.empty) and answer is not None:
        cell_ref = {"field": "outbound.persons", "sheet": answer.sheet, "cells": (answer.cell,)}
        yield rule.finding({"total": number(total)}, **cell_ref)


_OFFICE = re.compile(
    r"課|室|部|係|局|班|掛|所|院|館|会|科|センタ|本部|機構|事務|窓口|担当|グループ|チーム|ユニット|オフィス|企画|支援|推進|国際|研究|大学|"
    r"文庫|書庫|図書|記念|財団|基金|学園|学校|塾|寮|拠点|ラボ|講座|コース|専攻|学域|学系|学群|学類|学府|戦略|総務|広報|情報|"
    r"地区|奨学|財務|経理|人事|庶務|教務|学務|学事|法務|監査|調達|契約|理研|"
    r"office|division|section|department|dept|cent(er|re)|unit|bureau|secretariat|team|group|affairs|planning|"
    r"international|research|administration|support|headquarters|relations|library|campus|strateg|resources|foundation|"
    r"universit|college|school|institut|faculty|graduate|global|public|academic|student|project|program|analytics",
    re.IGNORECASE,
)
_HONORIFIC = re.compile(
    r"(さん|様|氏|先生|教授|課長|係長|室長|部長|主任|主事|\b(mr|ms|mrs|dr|prof)\b\.?)$|^(mr|ms|mrs|dr|prof)\b",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"(内線|ext|tel|電話)?[.:：]? ?[0-9][0-9-]*", re.IGNORECASE)
_JAPANESE_NAME = re.compile(r"[一-龥々ヶ]{1,3} [一-龥々ぁ-んァ-ヶー]{1,4}")
# Frequent surnames that are no name of a place as well; one of them alone, or with up to three letters of a given name.
_FREQUENT = """
    佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 井上 木村 斎藤 清水 阿部 橋本 山崎 石井
    岡田 藤田 後藤 長谷川 近藤 坂本 遠藤 青木 藤井 西村 岡本 松田 原田 小野 田村 竹内 金子 藤原 森田 柴田 工藤
    横山 宮本 内田 高木 安藤 谷口 丸山 今井 藤本 武田 村田 杉山 菅原 平野 小島 久保 松井 桜井 木下 野口 松尾
"""
_SURNAMES = tuple(map(match_key, _FREQUENT.split()))
_GIVEN_NAME = re.compile(r"[一-龥々ぁ-んァ-ヶー]{0,3}")
_LATIN_NAME = re.compile(
    r"[A-Z][a-z]+,? (?:[A-Z]\.? )?[A-Z][A-Za-z]+|[A-Z]{2,} [A-Z][a-z]+|[A-Z]\. ?[A-Z][a-z]{2,}|[A-Z][a-z]{2,},? [A-Z]\."
)
_NAME_IN_MAIL = re.compile(
    r"([a-z]{2,}[._-][a-z]{2,}|[a-z][._-][a-z]{3,}|[a-z]{3,}[._-][a-z])([._-][a-z0-9]{1,3})?[0-9]{0,3}"
)
_FREE_MAIL = re.compile(
    r"@((gmail|googlemail|outlook|hotmail|live|icloud|me|yahoo|ymail|aol|qq|163|126|proton|protonmail|nifty|biglobe)\.|"
    r"(docomo|ezweb|softbank|au)\.ne\.jp|i\.softbank\.jp|(\w+\.)?yahoo\.co\.jp)",
    re.IGNORECASE,
)
_DASH = re.compile(r"[‐‑‒–—―−ー－ｰ]")
_MOBILE = re.compile(r"(?<!\d)(?:\+?81[- ]?(?:\(0\) ?)?|\(?0)[789]0\)?[- .]?[1-9]\d{3}[- .]?\d{4}(?!\d)")
_MAIL = re.compile(r"([\w.+-]+)@[\w.-]+")


@function_check("tables")
def name_for_office(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A text that seems to name a person where the office is asked."""
    answer = context.answer("profile", "office", "")
    if answer is not None and isinstance(answer.value, str) and _names_person(answer.value):
        yield rule.finding({"cell": answer.address, "label": answer.heading}, **_without_value(answer))


def _names_person(text: str) -> bool:
    words = " ".join(unicodedata.normalize("NFKC", text).replace("(", " ").replace(")", " ").split())
    if _HONORIFIC.search(words):
        return True
    words = _EXTENSION.sub(" ", words)
    rest = " ".join(word for word in re.split(r"[ /・:,]", words) if word and not _OFFICE.search(word))
    key = match_key(rest)
    has_surname = any(key.startswith(name) and _GIVEN_NAME.fullmatch(key[len(name) :]) for name in _SURNAMES)
    return has_surname or bool(_JAPANESE_NAME.fullmatch(rest) or _LATIN_NAME.fullmatch(rest))


@function_check("tables")
def personal_address(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """An e-mail address that seems to be a person's where the address of the office is asked."""
    answer = context.answer("profile", "office_address", "")
    text = str(answer.value) if answer is not None and answer.value is not None else ""
    local = [found[1].lower() for found in _MAIL.finditer(text)]
    is_name = any(_NAME_IN_MAIL.fullmatch(part) and not _is_office_mail(part) for part in local)
    if answer is not None and (is_name or (local and _FREE_MAIL.search(text))):
        yield rule.finding({"cell": answer.address, "label": answer.heading}, **_without_value(answer))


@function_check("tables")
def mobile_number(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A number of a mobile telephone where the telephone of the office is asked; offices may have one."""
    answer = context.answer("profile", "office_address", "")
    text = "" if answer is None or answer.value is None else unicodedata.normalize("NFKC", str(answer.value))
    if answer is not None and _MOBILE.search(_DASH.sub("-", text)):
        yield rule.finding({"cell": answer.address, "label": answer.heading}, **_without_value(answer))


def _is_office_mail(local: str) -> bool:
    """Whether the part before @ is made of words of an office, such as ``kokusai-kikaku`` or ``so-mu``."""
    joined = re.sub(r"[._-]", "", local)
    return bool(_OFFICE.search(local) or _OFFICE_PART.search(local) or _OFFICE_WORD.search(joined))


_OFFICE_WORD = re.compile(
    r"kokusai|kikaku|koryu|kenkyu|gakumu|kyoumu|kyomu|soumu|somu|jinji|zaimu|ryugaku|gakusei|nyushi|koho|info|contact|"
    r"kyoku|honbu|jimu|shien|shinko|suishin|kanri|chosei|tosho|shomu|senryaku|hyoka|jouhou|joho|sangaku|renkei|chizai|"
    r"gijutsu|gakujutsu|kagaku|keiei|intl|inter|global|admin|staff|exchange|strategy|kouryu|abroad|desk|univ"
)
_OFFICE_PART = re.compile(r"[._-](ka|shitsu|bu|kakari|ml|div|sec|ura)$|^(ml|ura|ir|oia|isc|ask)[._-]")


def _without_value(answer: Answer) -> dict[str, object]:
    """The place of an answer whose text is not repeated, since it may name a person; nothing is blocked."""
    return {**cell_ref_of(answer), "value": "", "blocks": ()}
