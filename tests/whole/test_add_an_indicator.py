"""The tutorial, followed: one file makes an indicator appear wherever indicators appear."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from app.charts.chart_rows import chart_rows
from app.cli import main
from app.commands.exit_codes import BROKEN, FINE
from app.documents.export.data_package import indicator_frame
from app.documents.handbook.build_handbook import CHAPTERS, handbook
from app.documents.scorecard.card import card_of
from app.documents.scorecard.references import BenchmarkReferences
from app.documents.scorecard.table import indicator_tables
from app.edition import ROUND
from app.edition import catalogue as shipped
from indicators.catalogue.load_catalogue import Catalogue, load_catalogue
from indicators.engine.evaluate import evaluate
from indicators.engine.scoreboard import scoreboards
from indicators.engine.worked_examples import run_examples
from indicators.values.prepared_tables import stack
from schemas.dictionary.declaration import DeclarationError
from schemas.reading.clean_tables import clean_tables
from schemas.reading.read_submission import read_submission
from schemas.rules.rule import load_rules
from schemas.xlsx.read_workbook import read_workbook

TUTORIAL = Path("docs/add_an_indicator.md")
NEW = "hosted_foreign_share"
LANGUAGES = ("ja", "en")


def tutorial_file() -> tuple[str, str]:
    """Path and text of the one file that the tutorial writes."""
    text = TUTORIAL.read_text(encoding="utf-8")
    named = re.search(r"`(indicators/definitions/\w+/\w+\.yaml)`:", text)
    block = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert named is not None and block is not None
    return named[1], block[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the declarations with the tutorial's file added, and nothing else."""
    target = tmp_path_factory.mktemp("tutorial")
    for name in ("definitions", "benchmark_values"):
        shutil.copytree(Path("indicators") / name, target / "indicators" / name)
    (target / "indicators" / "catalogue").mkdir()
    shutil.copy(Path("indicators/catalogue/pillars.yaml"), target / "indicators" / "catalogue")
    path, text = tutorial_file()
    assert not (target / path).exists()
    (target / path).write_text(text, encoding="utf-8")
    return target / "indicators"


@pytest.fixture(scope="module")
def catalogue(folder: Path) -> Catalogue:
    return load_catalogue(folder)


@dataclass(frozen=True)
class Evaluated:
    """One filled form, evaluated with the added indicator."""

    values: pd.DataFrame
    score: dict[str, Any]
    hosted: tuple[int, int]


@pytest.fixture(scope="module")
def evaluated(catalogue: Catalogue, samples: dict[str, bytes]) -> Evaluated:
    submission = read_submission(read_workbook(samples["sample-average"]), catalogue.dictionary)
    tables = clean_tables(submission, catalogue.dictionary)
    rounds = pd.DataFrame([{"submission": "s", "institution": submission.institution, "year": submission.year}])
    board = evaluate(stack({"s": tables}), catalogue, rounds).decode()
    addresses = {("s", a.field.id, a.row_key): a.address for a in submission.answers if a.cell}
    score = {"scoreboards": scoreboards(board, catalogue, rounds, addresses), "versions": {}}
    hosted = tables["hosted"].iloc[0]
    return Evaluated(board.values, score, (int(hosted["foreign"]), int(hosted["total"])))


def test_the_file_is_the_only_difference_and_gives_an_edition_of_its_own(catalogue: Catalogue) -> None:
    assert set(catalogue.indicators) - set(shipped().indicators) == {NEW}
    assert catalogue.hash != shipped().hash
    assert catalogue.indicators[NEW].pillar == "researchers"


def test_its_examples_hold(catalogue: Catalogue) -> None:
    own = [result for result in run_examples(catalogue) if result.indicator.id == NEW]
    assert len(own) == 3
    assert all(result.holds for result in own)


def test_its_value_comes_from_the_filled_form_with_its_cells(evaluated: Evaluated, samples: dict[str, bytes]) -> None:
    foreign, total = evaluated.hosted
    assert 0 < foreign < total
    row = next(row for row in evaluated.score["scoreboards"][0]["indicators"] if row["id"] == NEW)
    assert (row["numerator"], row["denominator"]) == (foreign, total)
    assert row["value"] == pytest.approx(100 * foreign / total)
    assert row["unscored_reason"] == "context"
    assert len(row["cells"]) == 2
    from io import BytesIO

    book = load_workbook(BytesIO(samples["sample-average"]))
    found = [book[sheet][cell].value for sheet, cell in (address.split("!") for address in row["cells"])]
    assert found == [foreign, total]


def test_the_values_of_the_others_stay_as_they_were(evaluated: Evaluated, samples: dict[str, bytes]) -> None:
    submission = read_submission(read_workbook(samples["sample-average"]), shipped().dictionary)
    rounds = pd.DataFrame([{"submission": "s", "institution": submission.institution, "year": submission.year}])
    before = evaluate(stack({"s": clean_tables(submission, shipped().dictionary)}), shipped(), rounds).decode().values
    after = evaluated.values[evaluated.values["indicator"] != NEW].reset_index(drop=True)
    pd.testing.assert_frame_equal(after, before.reset_index(drop=True))


def test_it_stands_in_the_rows_of_the_charts(catalogue: Catalogue, evaluated: Evaluated) -> None:
    rows = chart_rows(evaluated.score["scoreboards"][0], catalogue)
    own = rows[rows["indicator"] == NEW]
    assert own["label_ja"].tolist() == ["受入れ研究者の外国人比率"]
    assert own["numerator"].tolist() == [evaluated.hosted[0]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_stands_in_the_table_of_the_scorecard(catalogue: Catalogue, evaluated: Evaluated, language: str) -> None:
    card = card_of(evaluated.score, {}, language, True, catalogue)
    groups = [group for table in indicator_tables(card, BenchmarkReferences(card)) for group in table["groups"]]
    rows = {entry["label"]: entry["rows"] for group in groups for entry in group["indicators"]}
    label = catalogue.indicators[NEW].label[language]
    assert f"{evaluated.hosted[0]}/{evaluated.hosted[1]}" in rows[label][0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_stands_in_the_handbook(catalogue: Catalogue, language: str) -> None:
    book = handbook(catalogue, load_rules(), language, ROUND)
    section = book[CHAPTERS.index("indicators")].section(NEW)
    assert section is not None
    assert section.title == catalogue.indicators[NEW].label[language]
    burden = book[CHAPTERS.index("burden")].section("researchers")
    assert burden is not None
    fed = {row[0]: " ".join(row) for row in burden.tables[0].rows}
    assert section.title in fed["hosted.total"]


def test_it_stands_in_the_exported_catalogue(catalogue: Catalogue) -> None:
    assert NEW in indicator_frame(catalogue)["id"].tolist()


def test_the_commands_of_the_tutorial_work_on_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "check", "--path", str(folder)]) == FINE
    assert main(["catalogue", "show", NEW, "--path", str(folder)]) == FINE
    assert "受入れ研究者の外国人比率" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("hosted.total", "hosted.totals", "hosted.total"),
        ("source: mext_exchange_survey", "source: mext_exchange_survy", "mext_exchange_survey"),
        ("unit: percent", "units: percent", "unit"),
    ],
)
def test_a_slip_is_named_with_what_was_meant(
    folder: Path, tmp_path: Path, before: str, after: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(folder, tmp_path / "indicators")
    path, text = tutorial_file()
    assert before in text
    (tmp_path / path).write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        load_catalogue(tmp_path / "indicators")
    assert any(told in fault.remedy.en and fault.file.endswith(f"{NEW}.yaml") for fault in refused.value.faults)
    assert main(["catalogue", "check", "--path", str(tmp_path / "indicators")]) == BROKEN
    assert f"{NEW}.yaml" in capsys.readouterr().err
