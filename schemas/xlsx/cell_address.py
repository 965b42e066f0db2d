"""Addresses of cells: letters of the column and number of the row, as spreadsheets write them."""

from __future__ import annotations

import re

Area = tuple[int, int, int, int]  # first row, first column, last row, last column, all 1-based
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of a sheet in the xlsx format (ECMA-376)
ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")


def column_number(letters: str) -> int:
    """Return the 1-based number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_address(row: int, column: int) -> str:
    """Return the address of a cell from its 1-based row and column: (7, 4) is "D7". ValueError below 1."""
    if row < 1 or column < 1:
        raise ValueError(f"no cell at row {row}, column {column}")
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row}"


def split_address(cell: str) -> tuple[int, int]:
    """Return the 1-based (row, column) of an address such as "D7" or "$D$7"; ValueError when no sheet has it."""
    if (found := ADDRESS.fullmatch(cell)) is None:
        raise ValueError(f"not a cell address: {cell!r}")
    row, column = int(found[2]), column_number(found[1])
    if row > LAST_ROW or column > LAST_COLUMN:
        raise ValueError(f"not a cell address: {cell!r}")
    return row, column
