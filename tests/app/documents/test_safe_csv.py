"""CSV that spreadsheets open safely."""

from pathlib import Path

import pandas as pd
import pytest

from app.documents.export.safe_csv import as_text, csv_bytes, write_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_may_run_gets_an_apostrophe(start: str) -> None:
    assert as_text(f"{start}cmd") == f"'{start}cmd"
    assert as_text(f"\t {start}cmd\n") == f"'{start}cmd"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (3, 3),
        (2.5, 2.5),
        (False, False),
        ("-3.4", "-3.4"),
        ("-", "-"),
        ("a\tb\nc\r\nd", "a b c d"),
        ("  x ", "x"),
        ("a\x1bb", "a\\x1bb"),
        ("", ""),
    ],
)
def test_other_cells_stay_themselves_on_one_line(value: object, cell: object) -> None:
    assert as_text(value) == cell


def test_texts_are_quoted_numbers_are_not_and_the_order_of_bytes_is_marked(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["=1+1", "大学"], "count": [1, 2]})
    assert csv_bytes(frame) == '\ufeff"name","count"\n"\'=1+1",1\n"大学",2\n'.encode()
    path = tmp_path / "one" / "two" / "table.csv"
    write_csv(frame, path)
    write_csv(frame, path)
    assert path.read_bytes() == csv_bytes(frame)
