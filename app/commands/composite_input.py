"""The files of the ``composite`` command as they come from a spreadsheet: two CSV tables and a recipe."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from indicators.composite import Panel, PanelError, Recipe, RecipeError, parse_recipe
from indicators.composite import read_panel as panel_of
from schemas.dictionary.declaration import DeclarationError, read_yaml

Message = dict[str, str]

# A Japanese spreadsheet saves "CSV" in CP932 unless told otherwise; bytes that are UTF-8 are never taken for it.
ENCODINGS = ("utf-8-sig", "cp932")
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # "Unicode text" of a spreadsheet
WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # the first bytes of .xlsx and .ods, and of .xls
# What bytes of UTF-16 without a mark, or of no text at all, become when they are taken for one of these.
NO_TEXT = re.compile("[\0\uf8f0-\uf8f3]")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?[ ,;]*\r?\n", re.IGNORECASE)
SEPARATORS = {
    ";": ("セミコロン", "semicolons"),
    "\t": ("タブ", "tabs"),
    "|": ("縦棒", "bars"),
    "，": ("全角のカンマ", "full-width commas"),
    "、": ("読点", "Japanese commas"),
}
CODE_COLUMNS = frozenset({"uCode", "iCode"})  # one of them stands in the heading of each table
HEADING_LINES = 30  # a heading is looked for so far below the beginning of a file
OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


def read_recipe(path: Path) -> Recipe:
    """The recipe in a YAML file. Raises RecipeError naming each line, key or value to put right."""
    try:
        _refuse_unusual_yaml(path)
        document = read_yaml(path)
    except DeclarationError as refused:
        raise RecipeError(
            {
                "ja": f"{fault.file} {fault.line} 行目：{fault.what.ja}{fault.remedy.ja}",
                "en": f"{fault.file}, line {fault.line}: {fault.what.en} {fault.remedy.en}",
            }
            for fault in refused.faults
        ) from None
    except (OSError, UnicodeDecodeError, yaml.reader.ReaderError):
        raise RecipeError(
            [
                {
                    "ja": f"{path.name} を YAML（UTF-8）として読めません。ファイルの場所を確認し、"
                    "UTF-8 で保存し直してください。",
                    "en": f"{path.name} cannot be read as YAML (UTF-8). Please check where it is and save it as UTF-8.",
                }
            ]
        ) from None
    return parse_recipe(document)


def _refuse_unusual_yaml(path: Path) -> None:
    """Refuses references to other places and keys that are no words: a recipe has neither, and both can be endless.

    Raises RecipeError with the line, ReaderError for control characters; what is no YAML is left to ``read_yaml``.
    """
    text = path.read_text(encoding="utf-8")
    try:
        aliases = [event for event in yaml.parse(text, Loader=LOADER) if isinstance(event, yaml.AliasEvent)]
        marks: list[Any] = [alias.start_mark for alias in aliases]
        if not marks:
            marks = _keys_that_are_no_words(yaml.compose(text, Loader=LOADER))
    except yaml.MarkedYAMLError:
        return
    if marks:
        raise RecipeError(
            {
                "ja": f"{path.name} {mark.line + 1} 行目：参照（*）や、[ ]・{{ }} をキーにする書き方は使えません。"
                "値をそのまま書いてください。",
                "en": f"{path.name}, line {mark.line + 1}: references (*) and keys in [ ] or {{ }} cannot be used. "
                "Please write the values themselves.",
            }
            for mark in marks
        )


def _keys_that_are_no_words(node: Any) -> list[Any]:
    if isinstance(node, yaml.SequenceNode):
        return [mark for child in node.value for mark in _keys_that_are_no_words(child)]
    if not isinstance(node, yaml.MappingNode):
        return []
    own = [key.start_mark for key, _ in node.value if not isinstance(key, yaml.ScalarNode)]
    return own + [mark for _, value in node.value for mark in _keys_that_are_no_words(value)]


def read_tables(data: Path, meta: Path) -> Panel:
    """The panel in an iData and an iMeta file (CSV in UTF-8, UTF-16 with mark or CP932; empty cell = missing).

    Raises PanelError naming each row, column or code to put right.
    """
    table, lines = _read_csv(data)
    return panel_of(table, _read_csv(meta)[0], lines)


def notes_on_reading(data: Path, meta: Path) -> list[Message]:
    """What is to be said about how the two tables were read: those taken as CP932."""
    return [
        {
            "ja": f"{path.name} は UTF-8 ではないため、CP932（Shift_JIS）として読みました。文字を確認してください。",
            "en": f"{path.name} is not UTF-8 and was read as CP932 (Shift_JIS). Please check its characters.",
        }
        for path in (data, meta)
        if _decode_file(path)[1] == "cp932"
    ]


def _decode_file(path: Path) -> tuple[str, str]:
    """The text of a file and its encoding."""
    try:
        content = path.read_bytes()
    except OSError:
        raise PanelError([_unreadable(path)]) from None
    if content.startswith(WORKBOOK_MARKS):
        raise PanelError([_workbook(path)])
    if not content.strip():
        raise PanelError([_empty(path)])
    for encoding in ("utf-16",) if content.startswith(UTF_16_MARKS) else ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not NO_TEXT.search(text):
            return text, encoding
    raise PanelError([_unreadable(path)])


def _read_csv(path: Path) -> tuple[pd.DataFrame, list[int]]:
    """All cells as text, and the line of each row that is not wholly empty (heading = 1)."""
    text = _decode_file(path)[0]
    if (separator := _other_separator(text)) is not None:
        raise PanelError([_separator_message(path, separator)])
    above, text = _without_lines_above(text)
    if (heading := _heading_below(text)) is not None:
        raise PanelError([_heading_message(path, heading + above)])
    try:
        raw = pd.read_csv(
            io.StringIO(text), header=None, dtype=str, keep_default_na=False, skip_blank_lines=False
        ).fillna("")
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as refused:
        raise PanelError([_unparsed(path, text, above, str(refused))]) from None
    names = [str(name).strip() for name in raw.iloc[0]]
    body = raw.iloc[1:]
    filled = (body != "").any(axis=1).to_numpy()
    used = [bool(name) or bool((body[column] != "").any()) for column, name in enumerate(names)]
    table = body.loc[filled, used].reset_index(drop=True)
    table.columns = pd.Index([name for name, kept in zip(names, used, strict=True) if kept])
    return table, (np.flatnonzero(filled) + above + 2).tolist()


def _without_lines_above(text: str) -> tuple[int, str]:
    """How many lines stand above the heading that name the separator or hold nothing, and what follows them."""
    lines = text.splitlines(keepends=True)
    above = 1 if _SEPARATOR_LINE.match(text) else 0
    while above < len(lines) and not lines[above].strip(' ,\r\n"'):
        above += 1
    return above, "".join(lines[above:])


def _heading_below(text: str) -> int | None:
    """The line (1 is the first) with the heading, where other lines stand above it; else None."""
    lines = text.splitlines()[:HEADING_LINES]
    at = next((n for n, line in enumerate(lines) if CODE_COLUMNS & {c.strip(' "') for c in line.split(",")}), 0)
    return at + 1 if at else None


def _heading_message(path: Path, line: int) -> Message:
    return {
        "ja": f"{path.name} の見出しは {line} 行目にあります。見出しより上の行を削除してください。",
        "en": f"The heading of {path.name} stands in line {line}. Please delete the lines above it.",
    }


def _unparsed(path: Path, text: str, above: int, reason: str) -> Message:
    """Why a text is no table: a quotation mark that stays open, or rows longer than the heading."""
    if (found := OPEN_QUOTE.search(reason)) is not None:
        line = int(found[1]) + above + 1
        return {
            "ja": f'{path.name} の {line} 行目で開いた引用符（"）が閉じられていません。'
            "引用符を除くか、対にしてください。",
            "en": f"The quotation mark opened in line {line} of {path.name} is not closed. Please remove or pair it.",
        }
    reader = csv.reader(io.StringIO(text))
    try:
        expected = len(next(reader))
        long = [(reader.line_num + above, len(row)) for row in reader if len(row) > expected]
    except csv.Error:
        return _unreadable(path)
    return _too_long(path, expected, long) if long else _unreadable(path)


def _other_separator(text: str) -> str | None:
    """What separates the columns where it is no comma: a semicolon, a tab or a bar; None for a comma.

    ``sep=`` in the first line, which spreadsheets write, is believed; else the heading tells.
    """
    if (said := _SEPARATOR_LINE.match(text)) is not None:
        return None if said[1] == "," else said[1]
    head = text.lstrip("\r\n").split("\n", 1)[0]
    counts = {mark: head.count(mark) for mark in SEPARATORS}
    likely = max(counts, key=lambda mark: counts[mark])
    return likely if counts[likely] > head.count(",") else None


def _separator_message(path: Path, separator: str) -> Message:
    ja, en = SEPARATORS.get(separator, (f"「{separator}」", f"'{separator}'"))
    return {
        "ja": f"{path.name} の列は{ja}で区切られています。表計算ソフトで「CSV UTF-8（コンマ区切り）」として保存し直して"
        "ください。小数点がカンマの場合は、ピリオドに直してください。",
        "en": f"The columns of {path.name} are separated by {en}. Please save it from the spreadsheet as "
        "'CSV UTF-8 (comma delimited)', with a full stop as decimal mark.",
    }


def _workbook(path: Path) -> Message:
    return {
        "ja": f"{path.name} は CSV ではなく、表計算ソフトのブックです。値の表のシートを開き、"
        "「CSV UTF-8（コンマ区切り）」として保存したものを指定してください。",
        "en": f"{path.name} is a spreadsheet workbook, not a CSV file. Please open the sheet with the table and save "
        "it as 'CSV UTF-8 (comma delimited)'.",
    }


def _empty(path: Path) -> Message:
    return {
        "ja": f"{path.name} は空のファイルです。見出しの行と値の行のある CSV を指定してください。",
        "en": f"{path.name} is empty. Please give a CSV file with a heading and rows of values.",
    }


def _unreadable(path: Path) -> Message:
    return {
        "ja": f"{path.name} を CSV（UTF-8）として読めません。ファイルの場所を確認し、表計算ソフトで"
        "「CSV UTF-8（コンマ区切り）」として保存し直してください。",
        "en": f"{path.name} cannot be read as CSV (UTF-8). Please check where it is, and save it from the "
        "spreadsheet as 'CSV UTF-8 (comma delimited)'.",
    }


def _too_long(path: Path, expected: int, long: Sequence[tuple[int, int]]) -> Message:
    """Rows with more columns than the heading: the first of them, and how many there are."""
    line, seen = long[0]
    more_ja = f"（同じような行は {len(long)} 行）" if len(long) > 1 else ""
    more_en = f" ({len(long)} such lines)" if len(long) > 1 else ""
    return {
        "ja": f"{path.name} の {line} 行目には列が {seen} 個あり、見出しの {expected} 個より多くなっています{more_ja}。"
        "桁区切りや小数点のカンマなど、余分なカンマを除いてください。小数点はピリオドで書いてください。",
        "en": f"Line {line} of {path.name} has {seen} columns where the heading has {expected}{more_en}. "
        "Please remove the commas too many, such as those that group digits. A decimal mark is a full stop.",
    }
