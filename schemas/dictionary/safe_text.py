"""Texts from outside that may be written out again: no control characters, and nothing a spreadsheet would run."""

from __future__ import annotations

import re

FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")  # a spreadsheet may take a text that begins so for a formula
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NEGATIVE_NUMBER = re.compile(r"-\d+(\.\d+)?")


def show_controls(text: str) -> str:
    r"""The text with control characters spelled out (``\x1b``), so that none of them acts on a terminal.

    Line feeds and tabs stay. Marks that turn the direction of writing and halves of characters count as controls.
    """
    return _CONTROLS.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


def one_line(text: str, longest: int) -> str:
    """The text without line breaks and runs of blanks, cut at ``longest`` characters with an ellipsis."""
    line = show_controls(" ".join(text.split()))
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet may run the text; a negative number is none, nor is a sign that stands alone."""
    return len(text) > 1 and text.startswith(FORMULA_STARTS) and not _NEGATIVE_NUMBER.fullmatch(text)
