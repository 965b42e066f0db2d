"""A publication list read column by column means what its cells mean one by one."""

import io
from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.match_key import nearest
from schemas.form.layout import PlacedBlock, lay_out
from schemas.form.options import option_text
from schemas.reading import normalise
from schemas.reading.read_submission import read_value
from schemas.reading.reading_outcome import NOT_A_CHOICE, READ_AS, Reading, is_rewritten
from schemas.reading.records import BLANK, Records, publications_of, read_records
from schemas.xlsx import long_sheet
from schemas.xlsx.cell_address import cell_address
from schemas.xlsx.long_sheet import LongRows
from schemas.xlsx.read_workbook import Workbook, Worksheet, read_workbook

DICTIONARY = load_dictionary()
YEAR = 2026
PLACED: PlacedBlock = next(p for p in lay_out(DICTIONARY, "full", YEAR).blocks if p.block.kind == "records")
HEAD: list[object] = ["", *(option_text(column.field.label) for column in PLACED.columns)]
FIRST = 10

CELLS = {
    "year": [2021.0, 2024.0, "令和3年", "2021年度", "２０２１", "", "never", True, 1200.0],
    "identifier": ["10.1000/x", "10.1000/X ", "", "a b", "ＤＯＩ", 12.0, "x" * 201],
    "title": ["Plain title", "two  blanks", " lead", "mail a@example.ac.jp", "漢字の題", "①", "é", "", 3.5, False],
    "authors": [1.0, 1, True, "12人", "-3", "", "m", 2.5],
    "own_fraction": [0.5, 1.0, 0.0, "0.25", "30%", "", 1.5],
    "international": ["yes", "はい / Yes", "いいえ", "○", "たぶん", "", True, 1.0, "no"],
    "corresponding_own": ["yes", "no", "m", "m 把握していない / Not known", "?", ""],
    "document_type": ["article", "原著論文", "原著論分", "総説論分", "zzz", ""],
}


def read(f, cell, suggest: bool = True) -> Reading:
    return read_value(DICTIONARY, f, {}, cell, suggest=suggest)


def listed(rows: list[list[object]]) -> tuple[Workbook, Worksheet]:
    sheet = Worksheet(PLACED.sheet.name, False, [*([[""]] * (FIRST - 2)), HEAD, *rows])
    return Workbook({sheet.name: sheet}, {}, {}, {}, False, False), sheet


def records_of(rows: list[list[object]]) -> Records:
    book, sheet = listed(rows)
    return read_records(book, PLACED, sheet, read)


def row_of(**cells: object) -> list[object]:
    return ["", *(cells.get(column.field.column, "") for column in PLACED.columns)]


ROWS = st.lists(st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()}), max_size=25)


@given(ROWS)
@settings(max_examples=80, deadline=None)
def test_each_cell_means_in_the_column_what_it_means_alone(given_rows: list[dict[str, object]]) -> None:
    records = records_of([row_of(**row) for row in given_rows])
    broken: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], tuple[str, Reading]] = {}
    for number, row in enumerate(given_rows, FIRST):
        if not any(row.values()):
            assert number not in records.frame.index
            continue
        for place, column in enumerate(PLACED.columns, 2):
            f, cell = column.field, row.get(column.field.column, "")
            alone, value = read(f, cell), records.frame.loc[number, column.field.column]
            expected = None if alone.value is None else float(str(alone.value)) if f.type == "decimal" else alone.value
            assert pd.isna(value) if expected is None else value == expected
            if f.codes:
                assert records.frame.loc[number, f"{f.column}__code"] == alone.code
            blank = BLANK if f.required == "always" and alone.value is None and not alone.code else ""
            if rule := alone.problem or (READ_AS if is_rewritten(cell, alone.read_as) else blank):
                broken[rule, f.id] += 1
                first.setdefault((rule, f.id), (cell_address(number, place), alone))
    assert {(fault.rule, fault.field.id): fault.count for fault in records.faults} == dict(broken)
    assert {(fault.rule, fault.field.id): (fault.cells[0], fault.reading) for fault in records.faults} == first


def test_columns_have_the_types_of_their_fields() -> None:
    frame = records_of([row_of(year=2021.0, international="yes", own_fraction=0.5, authors=3.0, title="T")]).frame
    assert frame.dtypes[["year", "authors", "own_fraction"]].astype(str).tolist() == ["Int64", "Int64", "Float64"]
    texts = frame.dtypes[["title", "international", "corresponding_own__code"]].astype(str)
    assert texts.tolist() == ["object"] * 3


def test_a_list_without_rows_or_headings_is_empty() -> None:
    assert records_of([]).frame.empty and records_of([row_of(), row_of()]).frame.empty
    sheet = Worksheet(PLACED.sheet.name, False, [["x"], ["y", 2021.0]])
    assert read_records(Workbook({}, {}, {}, {}, False, False), PLACED, sheet, read).frame.empty


def test_rows_beyond_the_room_of_the_list_are_counted() -> None:
    small = replace(PLACED, block=PLACED.block.model_copy(update={"size": 3}))
    book, sheet = listed([row_of(year=2021.0, international="yes"), row_of(), *[row_of(year=2022.0)] * 5])
    records = read_records(book, small, sheet, read)
    assert records.frame.index.tolist() == [FIRST, FIRST + 2, FIRST + 3] and records.left_out == 3


def test_the_first_cells_of_a_fault_are_listed_in_their_order() -> None:
    slips = [row_of(year=2021.0, international="○" if n % 2 else "有") for n in range(150)]
    (fault,) = records_of(slips).faults
    column = HEAD.index(option_text(DICTIONARY.fields["publication_list.international"].label)) + 1
    assert (fault.rule, fault.count, len(fault.cells)) == (READ_AS, 150, 100)
    assert list(fault.cells) == [cell_address(n, column) for n in range(FIRST, FIRST + 100)]
    assert fault.value == "有"


def test_the_nearest_choice_is_looked_for_at_the_first_cell_of_a_fault_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(text: str, known: dict[str, str]) -> str | None:
        asked.append(text)
        return nearest(text, known)

    monkeypatch.setattr(normalise, "nearest", counted)
    fields = [column.field for column in PLACED.columns]
    choices = [f.column for f in fields if f.type == "choice" and f.code_list != "yes_no"]
    rows = [row_of(year=2021.0, **dict.fromkeys(choices, f"原著論文 {n}")) for n in range(2_000)]
    faults = {fault.field.column: fault for fault in records_of(rows).faults if fault.rule == NOT_A_CHOICE}
    assert sorted(faults) == sorted(choices) and {fault.count for fault in faults.values()} == {2_000}
    assert asked == ["原著論文 0"] * len(choices)
    assert "原著論文" in str(faults["document_type"].reading.params["suggestion"])


@given(ROWS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_long_list_is_read_like_a_short_one(
    monkeypatch: pytest.MonkeyPatch, given_rows: list[dict[str, object]]
) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as new:
        sheet = new.add_worksheet(PLACED.sheet.name)
        for number, row in enumerate([HEAD, *(row_of(**row) for row in given_rows)], FIRST - 2):
            sheet.write_row(number, 0, row)
    found = []
    monkeypatch.setattr(long_sheet, "MOST_DISTINCT", 1.0)
    for limit in (1, 10**9):
        monkeypatch.setattr(long_sheet, "LONG", limit)
        book = read_workbook(out.getvalue())
        assert isinstance(book.sheets[PLACED.sheet.name].rows, LongRows) == (limit == 1)
        found.append(read_records(book, PLACED, book.sheets[PLACED.sheet.name], read))
    pd.testing.assert_frame_equal(found[0].frame, found[1].frame)
    assert found[0].faults == found[1].faults


# papers by year ---------------------------------------------------------------------------------------------------


def papers(*rows: tuple[int, str, str, str | None, str | None, float | None]) -> pd.DataFrame:
    columns = ["year", "international", "domestic", "top10", "corresponding_own", "own_fraction"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return frame.astype({"year": "Int64", "own_fraction": "Float64"})


def test_papers_are_counted_whole_or_by_their_fractions() -> None:
    first, second = (2021, "yes", "no", "yes", "yes", 0.25), (2021, "no", "yes", "no", None, None)
    frame = papers(first, second, (2022, "no", "no", "no", "no", 0.5))
    whole, parts = publications_of(frame, fractional=False), publications_of(frame, fractional=True)
    columns = ["papers", "international", "domestic", "single", "top10_papers", "international_corresponding"]
    assert whole.loc["2021", columns].tolist() == [2, 1, 1, 0, 1, 1]
    assert parts.loc["2021", columns].tolist() == [1.25, 0.25, 1, 0, 0.25, 0.25]
    assert parts.loc["2022", columns].tolist() == [0.5, 0, 0, 0.5, 0, 0]


def test_what_one_paper_leaves_open_is_open_for_its_year_alone() -> None:
    frame = papers((2021, "yes", "no", None, None, None), (2022, "yes", "no", "yes", "no", None))
    counted = publications_of(frame, fractional=False)
    open_columns = ["top10_papers", "top10_international", "top10_single", "international_corresponding"]
    assert counted.loc["2021", open_columns].isna().all() and counted.loc["2022", open_columns].notna().all()
    assert counted.loc["2021", ["papers", "international"]].tolist() == [1, 1]


def test_no_papers_give_no_years() -> None:
    assert publications_of(papers(), fractional=False).empty
