"""Addresses of cells, and texts that no spreadsheet program takes for a formula."""

import re

from schemas.marking.xml_bytes import escape_text

_MAX_TEXT = 32_767
_REFERENCE = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!]+))!(.+)$", re.DOTALL)


def reference_of(text: str) -> tuple[str, str] | None:
    """(sheet, cells without $) of a defined name's formula, None when it points nowhere."""
    match = _REFERENCE.match(text.strip())
    if match is None:
        return None
    name = match.group(1).replace("''", "'") if match.group(1) else match.group(2)
    return name, match.group(3).replace("$", "")


def quote_sheet(sheet: str) -> str:
    """A sheet's name in the quotes that a reference needs."""
    return "'" + sheet.replace("'", "''") + "'"


def text_cell(address: str, text: str, style: str | None) -> str:
    """An inline text cell, so that nothing in it can become a formula; empty text gives an empty cell."""
    look = f' s="{style}"' if style is not None else ""
    if not text:
        return f'<c r="{address}"{look}/>'
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
    text = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return f'<c r="{address}"{look} t="inlineStr"><is><t xml:space="preserve">{escape_text(text)}</t></is></c>'
