"""Commands that issue forms and carry old ones over."""

import io

import openpyxl
import pytest

from app.commands.exit_codes import Options
from app.commands.forms import run_migrate, run_template
from schemas.dictionary.dictionary import load_dictionary
from schemas.reading.read_submission import read_submission
from schemas.xlsx.read_workbook import read_workbook
from tests.support.sample_forms import sample_bytes

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

DICTIONARY = load_dictionary()


def test_the_command_writes_the_form_and_lists_what_is_missing(tmp_path, capsys) -> None:
    old = tmp_path / "old.xlsx"
    old.write_bytes(sample_bytes("sample-strong"))
    options = Options(old=old, out=tmp_path / "new.xlsx", form=None, year=2027)
    assert run_migrate(options, "ja") == 0
    assert "論文!C" in capsys.readouterr().out
    assert openpyxl.load_workbook(io.BytesIO((tmp_path / "new.xlsx").read_bytes()))["機関情報"]
    same = Options(old=old, out=tmp_path / "same.xlsx", form="full", year=None)
    assert run_migrate(same, "en") == 0
    issue = Options(form="centre", institution="F101110100010", year=2026, out=tmp_path / "c.xlsx", previous=None)
    assert run_template(issue, "ja") == 0
    found = read_submission(read_workbook((tmp_path / "c.xlsx").read_bytes()), DICTIONARY)
    assert (found.form, found.institution) == ("centre", "F101110100010")
