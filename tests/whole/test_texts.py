"""Every word of the interface exists once, in both languages, and is used."""

import re
from pathlib import Path

import pytest

from app.texts import texts

CODE = [path for folder in ("app", "indicators", "schemas") for path in Path(folder).rglob("*.py")]
KEY = re.compile(r"""["']([a-z_]+\.[A-Za-z0-9_-]+)["']""")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
BLAME = re.compile(r"エラー|違反|間違|不正|下さい")
BLAME_EN = re.compile(r"\b(invalid|illegal|an error|your error|errors?:|wrong value)\b", re.IGNORECASE)
NOT_WORDS = (".py", ".yaml", ".xlsx", ".pdf", ".csv", ".sqlite", ".json", ".typ", ".worker")


@pytest.mark.parametrize("key", sorted(texts()))
def test_both_languages_say_the_same_with_the_same_parameters(key):
    text = texts()[key]
    if not key.startswith("status.ok"):
        assert text.ja.strip() and text.en.strip()
    assert set(PLACEHOLDER.findall(text.ja)) <= set(PLACEHOLDER.findall(text.en)) | {"era", "direction"}
    assert not BLAME.search(text.ja), text.ja
    assert not BLAME_EN.search(text.en), text.en
    assert "，" not in text.ja and "．" not in text.ja


def test_every_key_the_code_names_exists(dictionary):
    known = texts()
    groups = {key.split(".")[0] for key in known}
    named = {key for path in CODE for key in KEY.findall(path.read_text(encoding="utf-8"))}
    wanted = {key for key in named if key.split(".")[0] in groups and not key.endswith(NOT_WORDS)}
    assert wanted - set(known) - set(dictionary.fields) == set()
