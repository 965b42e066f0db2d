"""Every page asks the access policy before it draws, and user text never reaches Markdown or HTML."""

import re
from pathlib import Path

import pytest

from app.components.navigation import NAMES

VIEWS = [Path("app/views") / f"{name}.py" for name in NAMES]


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_the_first_thing_a_page_does_is_ask_the_policy(path):
    code = path.read_text(encoding="utf-8")
    begun = re.search(r"^page = session\.begin\(\"\w+\"\)", code, flags=re.MULTILINE)
    drawn = re.search(r"^(st\.|parts\.)", code, flags=re.MULTILINE)
    assert begun, "the page never asks app.access"
    assert drawn is None or begun.start() < drawn.start()


@pytest.mark.parametrize("path", [*Path("app/views").glob("*.py"), Path("app/main.py")], ids=lambda path: path.stem)
def test_no_page_draws_html_of_its_own_making(path):
    code = path.read_text(encoding="utf-8")
    assert "unsafe_allow_html" not in code
    scripts = [line for line in code.splitlines() if "unsafe_allow_javascript" in line]
    assert all("{known}" in line for line in scripts)


def test_downloads_of_workbooks_and_scorecards_ask_for_their_institution():
    assert 'demand(page.actor, "download_scorecard", page.institution)' in Path("app/views/scorecard.py").read_text()
    assert 'demand(actor, "upload", header["institution"])' in Path("app/submission/receive_upload.py").read_text()


def test_nothing_is_explained_without_asking_for_the_institution():
    code = Path("app/submission/explain_findings.py").read_text(encoding="utf-8")
    asked = [
        part.split("\ndef ")[0]
        for part in code.split("def ")[1:]
        if part.startswith(("explain(", "take_back(", "undo("))
    ]
    assert len(asked) == 3 and all('demand(actor, "upload", ' in part for part in asked)
