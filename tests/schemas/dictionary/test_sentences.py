"""Sentences that are declared beside the code that says them."""

from pathlib import Path

import pytest

from schemas.dictionary.declaration import Text
from schemas.dictionary.sentences import FILE, Sentences

FOUND = """
wrong:
  ja: "{where}の「{word}」"
  en: "'{word}' in {where}[[, {more}]]"
"""


@pytest.fixture
def say(tmp_path: Path) -> Sentences:
    (tmp_path / FILE).write_text(FOUND, "utf-8")
    return Sentences(str(tmp_path / "module.py"))


def test_a_text_among_the_values_is_taken_in_either_language(say: Sentences) -> None:
    told = say("wrong", word="x", where=Text(ja="表", en="the table"), more=Text(ja="", en=""))
    assert (told.ja, told.en) == ("表の「x」", "'x' in the table")


def test_an_unknown_key_is_refused(say: Sentences) -> None:
    with pytest.raises(KeyError):
        say("right")
