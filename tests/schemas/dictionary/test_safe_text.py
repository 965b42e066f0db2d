"""What is written out runs nowhere and moves no cursor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dictionary.safe_text import is_formula_like, one_line, show_controls

RUNNING = (
    "=1+1",
    "+1",
    "-x",
    "@sum",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠sum",
    "-1+1",
    "-1-",
    "--1",
    "-1,5",
    "- 1",
)
PLAIN = ("", "=", "-", "＠", "-3.4", "-12", "x=1", "3-4", "a@b", " =1")


@pytest.mark.parametrize("text", RUNNING)
def test_what_a_spreadsheet_may_run_is_known(text: str) -> None:
    assert is_formula_like(text)


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_plain_words_are_none(text: str) -> None:
    assert not is_formula_like(text)


@given(st.text())
def test_controls_are_spelled_out_and_all_else_stays(text: str) -> None:
    shown = show_controls(text)
    assert not any((c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" for c in shown)
    assert show_controls(shown) == shown
    if text.isprintable():
        assert shown == text


def test_a_line_is_cut_beyond_its_longest_and_says_so() -> None:
    assert one_line(" one\n\t two ", 7) == "one two"
    assert one_line("one two three", 7) == "one tw…"
    assert one_line("one two three", 5) == "one…", "no blank before the ellipsis"
    assert one_line("\x1b[2J", 9) == "\\x1b[2J"
