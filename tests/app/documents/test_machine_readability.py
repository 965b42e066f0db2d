"""The government's 30 rules: each that can fail does on a planted fault, and what the product writes passes."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from app import cli
from app.documents.export.machine_readability import (
    MET,
    NOT_CONCERNED,
    SHEET,
    add_self_check,
    check_sheet,
    export_rules,
    failures,
)
from app.documents.export.safe_csv import csv_bytes
from tests.support.csv_rules import check_csv

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "templates" / "xlsx"
CLEAN = '"institution","year","status","count"\n"DEMO-01",2026,"ok",3\n"DEMO-02",2026,"m",\n'


def failed(text: str, *, bom: bool = True) -> list[str]:
    return [line.split()[0] for line in failures(check_csv(text.encode("utf-8-sig" if bom else "utf-8")))]


def test_there_are_30_rules_in_order_and_each_gives_one_row() -> None:
    ids = [rule.id for rule in export_rules()]
    wanted = [f"L{level}-{n:02d}" for level, last in ((1, 15), (2, 6), (3, 9)) for n in range(1, last + 1)]
    assert ids == wanted
    outcomes = check_csv(CLEAN.encode("utf-8-sig"))
    assert [outcome.rule.id for outcome in outcomes] == wanted
    for outcome in outcomes:
        assert outcome.mark in (MET, NOT_CONCERNED), outcome
        assert bool(outcome.reason.ja) == bool(outcome.reason.en) == (outcome.mark == NOT_CONCERNED)


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("L1-03", '"DEMO-01",2026,"ok",3\n', '"DEMO-01",2026,"ok",3\n"","","",""\n'),
        ("L1-04", '"ok",3\n', '"ok",3,"memo"\n'),
        ("L1-05", '"count"', '""'),
        ("L1-06", '"DEMO-01"', '" DEMO-01"'),
        ("L1-08", '"ok"', '"①"'),
        ("L1-09", '"status"', '"what"'),
        ("L1-14", '"ok"', '"o\nk"'),
        ("L2-01", '"ok",3\n', '"ok",3\n"DEMO-03",2026,"ok","1,200人"\n"DEMO-04",2026,"ok",4\n'),
        ("L2-02", '"DEMO-02"', '"同上"'),
        ("L2-03", '"count"', '"year"'),
        ("L2-04", '"m"', '"OK"'),
        ("L2-05", '"m"', '"その他（留学）"'),
        ("L2-06", '"DEMO-02"', '"=A1"'),
        ("L3-01", '"count"', '"2026"'),
        ("L3-05", '"DEMO-02",2026', '"DEMO-02","R8"'),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(rule: str, old: str, new: str) -> None:
    assert old in CLEAN and failed(CLEAN) == []
    assert rule in failed(CLEAN.replace(old, new, 1))


def test_the_character_code_must_be_stated_by_the_mark() -> None:
    assert failed(CLEAN, bom=False) == ["L3-08"]


def test_areas_are_judged_where_there_are_any() -> None:
    assert failed('"country","count"\n"FR",1\n') == []
    assert failed('"country","count"\n"France",1\n') == ["L3-06"]


def test_sheets_are_judged_by_merges_hidden_rows_formulas_and_strikes() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["institution", "count"], ["DEMO-01", 3], ["DEMO-02", 4]):
        sheet.append(row)
    assert failures(check_sheet(sheet)) == []
    sheet["B2"] = "=1+1"
    sheet["A2"].font = openpyxl.styles.Font(strike=True)
    sheet.row_dimensions[3].hidden = True
    sheet.merge_cells("A3:B3")
    assert [line.split()[0] for line in failures(check_sheet(sheet))] == ["L1-11", "L1-12", "L1-13", "L2-06"]


def test_the_self_check_is_a_sheet_that_passes_itself() -> None:
    book = openpyxl.Workbook()
    sheet = add_self_check(book, check_csv(CLEAN.encode("utf-8-sig")))
    assert book.sheetnames[-1] == SHEET and sheet.max_row == 31
    assert failures(check_sheet(sheet)) == []


def test_texts_of_any_kind_pass_once_written_as_csv() -> None:
    texts = ["a\nb", " = 1+1", "=SUM(A1)", "1,2", '"x"', "\tz", "　全角　", "－", "+81", ""]
    frame = pd.DataFrame({"remark": texts, "count": range(len(texts))})
    assert failures(check_csv(csv_bytes(frame))) == []


def test_every_csv_of_the_commands_passes(tmp_path: Path) -> None:
    sample = SAMPLES / "sample-faulty.xlsx"
    cli.main(["validate", str(sample), "--csv", str(tmp_path / "findings.csv")])
    cli.main(["score", str(sample), "--csv", str(tmp_path / "score")])
    written = sorted(tmp_path.rglob("*.csv"))
    assert len(written) >= 4
    assert {path.name: failures(check_csv(path.read_bytes())) for path in written} == {p.name: [] for p in written}
