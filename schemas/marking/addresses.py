"""Addresses of cells, and texts that no spreadsheet program takes for a formula."""

import re

from schemas.marking.xml_bytes import escaped

_MAX_TEXT = 32_767
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_REFERENCE = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!]+))!(.+)$", re.DOTALL)
# Full-width forms too: a Japanese Excel takes them for the start of a formula when the cell is edited.
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")


def split_address(address: str) -> tuple[int, int]:
    """(row, column), 1-based, of one cell address; ValueError when it is none."""
    match = ADDRESS.fullmatch(address)
    column = 0
    for letter in match.group(1) if match else "":
        column = column * 26 + ord(letter) - 64
    if match is None or column > _LAST_COLUMN or int(match.group(2)) > _LAST_ROW:
        raise ValueError(f"not a cell address: {address!r}")
    return int(match.group(2)), column


def address_of(row: int, column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def reference_of(text: str) -> tuple[str, str] | None:
    """(sheet, cells without $) of a defined name's formula, None when it points nowhere."""
    match = _REFERENCE.match(text.strip())
    if match is None:
        return None
    name = match.group(1).replace("''", "'") if match.group(1) else match.group(2)
    return name, match.group(3).replace("$", "")


def quoted(sheet: str) -> str:
    return "'" + sheet.replace("'", "''") + "'"


def text_cell(address: str, text: str, style: str | None) -> str:
    """An inline text cell, so that nothing in it can become a formula; empty text gives an empty cell."""
    look = f' s="{style}"' if style is not None else ""
    if not text:
        return f'<c r="{address}"{look}/>'
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
    text = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return f'<c r="{address}"{look} t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'
