"""Everything the product writes for machines passes the government's 30 rules, and workbooks carry a self-check."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from app import cli
from app.documents.export.machine_readability import MET, NOT_CONCERNED, SHEET, check_sheet, failures
from app.documents.handbook.markdown_pages import EFFECTS_FILE
from tests.support.csv_rules import check_csv

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "templates" / "xlsx"
FORMS = ("sample-full", "sample-faulty", "sample-centre")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whatever the commands write, in one folder."""
    out = tmp_path_factory.mktemp("written")
    files = [str(SAMPLES / f"{name}.xlsx") for name in FORMS]
    cli.main(["validate", *files, "--csv", str(out / "findings" / "ja.csv")])
    cli.main(["--lang", "en", "validate", files[1], "--csv", str(out / "findings" / "en.csv")])
    cli.main(["score", *files, "--csv", str(out / "score")])
    cli.main(["catalogue", "export", "--out", str(out / "catalogue")])
    cli.main(["composite", *panel(tmp_path_factory.mktemp("panel")), "--out", str(out / "composite")])
    cli.main(["scorecard", *files, "--out", str(out / "cards"), "--format", "xlsx", "--lang", "ja"])
    cli.main(["--lang", "en", "scorecard", files[1], "--out", str(out / "cards"), "--format", "xlsx"])
    return out


def panel(folder: Path) -> list[str]:
    """Options of a composite that writes each kind of result: a small panel of two years, its metadata, a recipe."""
    rows = [f"{unit},{unit},{year},{n + year % 7},{9 - n}" for n, unit in enumerate("abcde") for year in (2025, 2026)]
    texts = {
        "data": "\n".join(["uCode,uName,Time,A,B", *rows]) + "\n",
        "meta": "Level,iCode,iName,Direction,Weight,Parent,Type,GoalLower,GoalUpper\n"
        "1,A,,1,1,T,Indicator,0,10\n1,B,,-1,2,T,Indicator,0,10\n2,T,,1,,,Aggregate,,\n",
        "recipe": "steps:\n  - normalise: {method: goalposts}\n  - aggregate: {method: arithmetic}\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    files = [part for name in texts for part in (f"--{name}", str(folder / name))]
    return [*files, "--robustness", "20", "--sobol", "4"]


def test_a_scorecard_is_in_the_language_of_the_command_unless_told_otherwise(folder: Path) -> None:
    languages = [path.stem.rpartition("_")[2] for path in (folder / "cards").iterdir()]
    assert languages.count("en") == 1 and languages.count("ja") == len(FORMS)


def test_every_csv_passes(folder: Path) -> None:
    found = sorted(folder.rglob("*.csv"))
    written = {"findings", "score", "catalogue", "composite", "steps"}
    assert {path.parent.name for path in found} == written and len(found) >= 18
    assert {path.name: failures(check_csv(path.read_bytes())) for path in found} == {path.name: [] for path in found}


def test_the_table_of_the_handbook_passes() -> None:
    (path,) = [path for path in (ROOT / "docs").rglob("*.csv") if path.name == Path(EFFECTS_FILE).name]
    assert failures(check_csv(path.read_bytes())) == []


def test_every_workbook_has_plain_data_and_a_self_check_that_says_so(folder: Path) -> None:
    found = sorted(folder.rglob("*.xlsx"))
    assert len(found) == len(FORMS) + 1
    for path in found:
        book = openpyxl.load_workbook(path)
        data, check = book[book.sheetnames[-2]], book[book.sheetnames[-1]]
        assert data.title in ("データ", "Data") and check.title == SHEET
        assert data.max_row > 20 and failures(check_sheet(data)) == [] == failures(check_sheet(check))
        results = [cell.value for cell in check["E"][1:]]
        assert len(results) == 30 and set(results) == {MET, NOT_CONCERNED}
        outcomes = [outcome.mark for outcome in check_sheet(data)]
        assert results == outcomes, "the sheet says what the check finds"


def test_the_data_of_a_scorecard_are_its_figures(folder: Path) -> None:
    values = pd.read_csv(folder / "score" / "values.csv", dtype={"unit": str})
    for path in sorted((folder / "cards").glob("*_ja.xlsx")):
        sheet = pd.read_excel(
            io.BytesIO(path.read_bytes()), sheet_name="データ", dtype={"unit": str}, engine="openpyxl"
        )
        assert set(sheet["data_kind"]) == {"デモデータ"}
        key = ["institution", "level", "unit", "indicator", "definition", "counting"]
        both = sheet[sheet["status"] == "ok"].merge(values[values["status"] == "ok"], on=key)
        same = [
            ((a - b).abs() < 1e-9).any()
            for _, rows in both.groupby(key)
            for a, b in [(rows["value_x"], rows["value_y"])]
        ]
        assert len(both) >= 10 and all(same)
