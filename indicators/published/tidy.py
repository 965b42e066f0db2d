"""Reads the tidy layout: one published figure a row, with its source (``jp_public_figures.csv``)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from indicators.published.values import (
    COUNTINGS,
    GRADES,
    GROUP,
    PublishedError,
    PublishedValue,
    at,
    frame_of,
    missing_columns,
    plain_dashes,
)
from schemas.dictionary.declaration import Text
from schemas.register import Register, UnknownInstitution, load_register

COLUMNS = ("school_code", "name_ja", "indicator", "value", "unit", "as_of", "counting", "grade", "source", "source_url")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "unit": ("publications", "percent", "ratio", "persons", "courses", "number"),
    "counting": COUNTINGS,
    "grade": GRADES,
}
FILLED = ("name_ja", "indicator", "as_of", "source")
# Only what is known to be in the public domain may be passed on; a column "redistribute" can say more.
OPEN_SOURCES = ("OpenAlex (CC0)",)
LONGEST = 40


def load_tidy(path: Path, register: Register | None = None) -> pd.DataFrame:
    """The figures of a tidy CSV file as the table ``published_values``, one row each, in the order of the file.

    A row without ``school_code`` is a group of universities. An optional column ``redistribute`` (true/false)
    says whether a figure may be passed on; without it only OpenAlex's figures may.
    Raises PublishedError with every fault, naming row and column.
    """
    rows = _rows(path)
    register = register or load_register()
    faults: list[Text] = []
    seen: dict[tuple[str, ...], int] = {}
    values: list[PublishedValue] = []
    for number, row in enumerate(rows, start=2):
        found = _faults(number, row, register)
        faults.extend(found)
        if found:
            continue
        value = _value(row)
        first = seen.setdefault(value.key, number)
        if first != number:
            faults.append(_twice(number, first))
        values.append(value)
    if faults:
        raise PublishedError(faults)
    return frame_of(values)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        ja = f"{path.name}：UTF-8の文字として読めません。UTF-8のCSVとして保存し直してください。"
        en = f"{path.name} is not UTF-8 text. Please save it again as CSV in UTF-8."
        raise PublishedError([Text(ja=ja, en=en)]) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    absent = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if absent:
        raise PublishedError([missing_columns(path.name, absent)])
    rows = [{key: value.strip() for key, value in row.items() if isinstance(value, str)} for row in reader]
    if not rows:
        ja = f"{path.name}：2行目以降に数値がありません。1行に1つの数値を入力してください。"
        en = f"{path.name} has no figures from row 2 on. Please give one figure a row."
        raise PublishedError([Text(ja=ja, en=en)])
    return rows


def _faults(number: int, row: Mapping[str, str], register: Register) -> list[Text]:
    found = [
        at(number, column, "空欄です。入力してください。", "this cell is empty. Please fill it in.")
        for column in FILLED
        if not row[column]
    ]
    for column, choices in CHOICES.items():
        if row[column] not in choices:
            listed = ", ".join(choice or "（空欄）" for choice in choices)
            english = ", ".join(choice or "(empty)" for choice in choices)
            given = row[column][:LONGEST]
            ja = f"「{given}」は使えません。次のいずれかにしてください：{listed}。"
            found.append(at(number, column, ja, f"'{given}' cannot be used. Please choose one of: {english}."))
    if row.get("redistribute", "") not in ("", "true", "false"):
        found.append(at(number, "redistribute", "true又はfalseにしてください。", "please write true or false."))
    return [*found, *_code_fault(number, row["school_code"], register), *_number_fault(number, row)]


def _code_fault(number: int, code: str, register: Register) -> list[Text]:
    try:
        if code:
            register.get(code)
    except UnknownInstitution as unknown:
        near = unknown.near
        ja = f"学校コード「{code[:LONGEST]}」は大学の一覧にありません。"
        en = f"school code '{code[:LONGEST]}' is not in the register. "
        ja += f"{near.code}（{near.name_ja}）ではありませんか。" if near else "コードを確かめてください。"
        en += f"Did you mean {near.code} ({near.name_en or near.name_ja})?" if near else "Please look at the code."
        return [at(number, "school_code", ja, en)]
    return []


def _number_fault(number: int, row: Mapping[str, str]) -> list[Text]:
    given = row["value"][:LONGEST]
    try:
        value = float(row["value"])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        ja = f"「{given}」は数値として読めません。桁区切りのない半角の数字にしてください。"
        return [at(number, "value", ja, f"'{given}' cannot be read as a number. Please write plain digits.")]
    if value < 0 or (row["unit"] == "percent" and value > 100):
        ja, en = "0以上（percentは100以下）にしてください。", "please write 0 or more, and at most 100 for percent."
        return [at(number, "value", f"「{given}」は範囲の外です。{ja}", f"'{given}' is out of range; {en}")]
    return []


def _twice(number: int, first: int) -> Text:
    ja = f"{first}行目と同じ大学・指標・時点・数え方です。一方を削除してください。"
    en = f"row {first} has the same institution, indicator, date and counting. Please remove one of them."
    return at(number, "indicator", ja, en)


def _value(row: Mapping[str, str]) -> PublishedValue:
    said = row.get("redistribute", "")
    return PublishedValue(
        source=row["source"],
        institution=row["school_code"].upper() or GROUP + row["name_ja"],
        indicator=row["indicator"],
        as_of=plain_dashes(row["as_of"]),
        counting=row["counting"] or "-",
        value=float(row["value"]),
        bounds=None,
        redistribute=said == "true" if said else row["source"].startswith(OPEN_SOURCES),
        grade=row["grade"],
    )
