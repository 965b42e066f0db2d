"""Looking institutions up and adding bodies, as an operator does it on the command line."""

from pathlib import Path

import pytest

from app.cli import main
from schemas.register.register import ADDITIONS_VARIABLE

HEAD = "code,kind,name_ja,name_en,founder,pref_ja,ror_id,erad_number,valid_from,valid_until,parent\n"
GOOD = "ERAD-99999,national_rd_agency,試験研究所,Test Laboratory,national,茨城県,,99999,2026-04,,\n"


@pytest.fixture
def additions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "register.csv"
    monkeypatch.setenv(ADDITIONS_VARIABLE, str(path))
    return path


def test_an_added_body_is_found_and_gets_a_form(additions: Path, tmp_path: Path, capsys) -> None:
    given = tmp_path / "more.csv"
    given.write_text(HEAD + GOOD, encoding="utf-8")
    assert main(["register", "add", str(given)]) == 0
    assert main(["--lang", "en", "register", "find", "試験研究所"]) == 0
    assert capsys.readouterr().out == "ERAD-99999\t試験研究所\tTest Laboratory\t茨城県\tNational R&D agency\n"
    form = tmp_path / "form.xlsx"
    assert main(["template", "--institution", "ERAD-99999", "--year", "2026", "--out", str(form)]) == 0
    assert form.is_file()


def test_looking_up_nothing_is_a_mistake_of_use(capsys) -> None:
    assert main(["--lang", "en", "register", "find", " "]) == 2
    assert capsys.readouterr().err == "TEXT|FILE is missing. Please see --help.\n"


@pytest.mark.parametrize(
    ("row", "line", "column"),
    [
        (GOOD + GOOD, 3, "code"),
        (GOOD.replace("ERAD-99999", "F101110100010"), 2, "code"),
        (GOOD.replace("national_rd_agency", "shop"), 2, "kind"),
        (GOOD.replace("茨城県", "茨城"), 2, "pref_ja"),
        (GOOD.replace("2026-04", "令和8年"), 2, "valid_from"),
        (GOOD.replace("2026-04", "2026-13"), 2, "valid_from"),
        (GOOD.replace(",99999,", ",99,"), 2, "erad_number"),
        (GOOD.replace("2026-04,,", "2026-04,2020,"), 2, "valid_until"),
        (GOOD.replace("試験研究所", "東京大学"), 2, "name_ja"),
    ],
)
def test_a_faulty_file_adds_nothing_and_names_the_first_fault(
    row: str, line: int, column: str, additions: Path, tmp_path: Path, capsys
) -> None:
    given = tmp_path / "more.csv"
    given.write_text(HEAD + row, encoding="utf-8")
    assert main(["--lang", "en", "register", "add", str(given)]) == 11
    assert f"line {line}, {column}" in capsys.readouterr().err
    assert not additions.exists()


@pytest.mark.parametrize(
    ("row", "near"),
    [
        (GOOD + GOOD, "first on line 2"),
        (GOOD.replace("ERAD-99999", "F101110100010"), "Hokkaido University"),
        (GOOD.replace("national_rd_agency", "national_rd_agancy"), "Did you mean national_rd_agency?"),
        (GOOD.replace(",national,", ",nationl,"), "Did you mean national?"),
        (GOOD.replace("茨城県", "茨城"), "Did you mean 茨城県?"),
        (GOOD.replace("2026-04,,", "2026-04,,F104110100857"), "Did you mean F104110100856?"),
        (GOOD.replace("national,茨城県", "nationl,茨城"), "Did you mean 茨城県?"),
        (GOOD.replace("試験研究所", "東京大学"), "use its code and add nothing (F113110102700)"),
    ],
)
def test_a_fault_names_the_nearest_right_answer(
    row: str, near: str, additions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "more.csv"
    given.write_text(HEAD + row, encoding="utf-8")
    assert main(["--lang", "en", "register", "add", str(given)]) == 11
    assert near in capsys.readouterr().err and not additions.exists()


def test_a_file_without_the_columns_says_which_are_missing(additions: Path, tmp_path: Path, capsys) -> None:
    given = tmp_path / "more.csv"
    given.write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["register", "add", str(given)]) == 2
    assert "name_ja" in capsys.readouterr().err
    given.write_bytes("名称\n".encode("utf-16"))
    assert main(["register", "add", str(given)]) == 10


def test_a_merged_university_answers_with_its_successor(tmp_path: Path, capsys) -> None:
    arguments = ["template", "--institution", "F113110102746", "--year", "2026", "--out", str(tmp_path / "f.xlsx")]
    for given in ("F113110102746", "東京工業大学"):
        assert main(["--lang", "en", *arguments[:2], given, *arguments[3:]]) == 2
        assert "ROR-05DQF9946 東京科学大学" in capsys.readouterr().err
    assert main([*arguments[:2], "ROR-05DQF9946", *arguments[3:]]) == 0
