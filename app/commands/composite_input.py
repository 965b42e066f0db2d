"""The files of the ``composite`` command as they come from a spreadsheet: two CSV tables and a recipe."""

import codecs
import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from app.texts import texts
from indicators.composite import Panel, PanelError, Recipe, RecipeError, parse_recipe
from indicators.composite import read_panel as panel_of
from schemas.dictionary.declaration import DeclarationError, Text, read_yaml

# A Japanese spreadsheet saves "CSV" in CP932 unless told otherwise; bytes that are UTF-8 are never taken for it.
ENCODINGS = ("utf-8-sig", "cp932")
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # "Unicode text" of a spreadsheet
WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # the first bytes of .xlsx and .ods, and of .xls
# What bytes of UTF-16 without a mark, or of no text at all, become when they are taken for one of these.
NO_TEXT = re.compile("[\0\uf8f0-\uf8f3]")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?[ ,;]*\r?\n", re.IGNORECASE)
SEPARATORS = {";": "semicolon", "\t": "tab", "|": "bar", "，": "wide_comma", "、": "japanese_comma"}
CODE_COLUMNS = frozenset({"uCode", "iCode"})  # one of them stands in the heading of each table
HEADING_LINES = 30  # a heading is looked for so far below the beginning of a file
OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


def message(key: str, **params: object) -> Text:
    """A sentence about the files of the command."""
    return texts()[f"composite_files.{key}"].format(**params)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a YAML file. Raises RecipeError naming each line, key or value to put right."""
    try:
        _refuse_unusual_yaml(path)
        document = read_yaml(path)
    except DeclarationError as refused:
        raise RecipeError(
            message("fault", file=fault.file, line=fault.line, what=fault.what, remedy=fault.remedy)
            for fault in refused.faults
        ) from None
    except (OSError, UnicodeDecodeError, yaml.reader.ReaderError):
        raise RecipeError([message("no_yaml", name=path.name)]) from None
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
        raise RecipeError(message("unusual_yaml", name=path.name, line=mark.line + 1) for mark in marks)


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


def notes_on_reading(data: Path, meta: Path) -> list[Text]:
    """What is to be said about how the two tables were read: those taken as CP932."""
    return [message("read_as_cp932", name=path.name) for path in (data, meta) if _decode_file(path)[1] == "cp932"]


def _decode_file(path: Path) -> tuple[str, str]:
    """The text of a file and its encoding."""
    try:
        content = path.read_bytes()
    except OSError:
        raise PanelError([message("unreadable", name=path.name)]) from None
    if content.startswith(WORKBOOK_MARKS):
        raise PanelError([message("workbook", name=path.name)])
    if not content.strip():
        raise PanelError([message("empty", name=path.name)])
    for encoding in ("utf-16",) if content.startswith(UTF_16_MARKS) else ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not NO_TEXT.search(text):
            return text, encoding
    raise PanelError([message("unreadable", name=path.name)])


def _read_csv(path: Path) -> tuple[pd.DataFrame, list[int]]:
    """All cells as text, and the line of each row that is not wholly empty (heading = 1)."""
    text = _decode_file(path)[0]
    if (separator := _other_separator(text)) is not None:
        mark = message(f"separator_{SEPARATORS.get(separator, 'other')}", mark=separator)
        raise PanelError([message("other_separator", name=path.name, mark=mark)])
    above, text = _without_lines_above(text)
    if (heading := _heading_below(text)) is not None:
        raise PanelError([message("heading_below", name=path.name, line=heading + above)])
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


def _unparsed(path: Path, text: str, above: int, reason: str) -> Text:
    """Why a text is no table: a quotation mark that stays open, or rows longer than the heading."""
    if (found := OPEN_QUOTE.search(reason)) is not None:
        line = int(found[1]) + above + 1
        return message("open_quotation", name=path.name, line=line)
    reader = csv.reader(io.StringIO(text))
    try:
        expected = len(next(reader))
        long = [(reader.line_num + above, len(row)) for row in reader if len(row) > expected]
    except csv.Error:
        return message("unreadable", name=path.name)
    if not long:
        return message("unreadable", name=path.name)
    line, seen = long[0]
    more = message("more_rows", n=len(long)) if len(long) > 1 else ""
    return message("long_rows", name=path.name, line=line, seen=seen, expected=expected, more=more)


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
