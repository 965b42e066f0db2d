"""Every word of the interface exists once, in both languages, and is used."""

import re
from pathlib import Path

from app.cli import main
from app.commands.exit_codes import BROKEN
from app.texts import text_faults, texts
from tests.support.each_case import for_each

CODE = [path for folder in ("app", "indicators", "schemas") for path in Path(folder).rglob("*.py")]
KEY = re.compile(r"""["']([a-z_]+\.[A-Za-z0-9_-]+)["']""")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
BLAME = re.compile(r"エラー|違反|間違|不正|下さい")
BLAME_EN = re.compile(r"\b(invalid|illegal|an error|your error|errors?:|wrong value)\b", re.IGNORECASE)
NOT_WORDS = (
    ".py",
    ".yaml",
    ".xlsx",
    ".pdf",
    ".csv",
    ".sqlite",
    ".json",
    ".parquet",
    ".typ",
    ".css",
    ".worker",
    "book.links",
    "book.dates",
)


@for_each("key", sorted(texts()))
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


def test_no_text_key_stands_twice():
    assert text_faults() == []


def test_a_key_that_stands_twice_is_named_with_file_and_line_of_both(tmp_path, monkeypatch, capsys):
    (tmp_path / "a.yaml").write_text("nav:\n  home: {ja: 一, en: One}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(
        "cli:\n  x: {ja: 二, en: Two}\nnav:\n  home: {ja: 三, en: Three}\n", encoding="utf-8"
    )
    (fault,) = text_faults(tmp_path)
    assert (fault.file, fault.line) == (f"{tmp_path.name}/b.yaml", 4)
    assert f"{tmp_path.name}/a.yaml:2" in fault.what.ja and f"{tmp_path.name}/a.yaml:2" in fault.what.en
    monkeypatch.setattr("app.documents.export.catalogue_json.text_faults", lambda: [fault])
    assert main(["catalogue", "check"]) == BROKEN
    assert "b.yaml:4" in capsys.readouterr().err


def test_a_key_twice_in_one_file_is_named_too(tmp_path):
    (tmp_path / "a.yaml").write_text("nav:\n  home: {ja: 一, en: One}\n  home: {ja: 二, en: Two}\n", encoding="utf-8")
    assert [(fault.file, fault.line) for fault in text_faults(tmp_path)] == [(f"{tmp_path.name}/a.yaml", 3)]


LEVEL_OR_BAND = re.compile("段階")


def test_a_band_of_scores_is_never_called_like_a_level_of_the_checklist():
    about_bands = [key for key, text in texts().items() if re.search(r"\bbands?\b", text.en, re.IGNORECASE)]
    assert about_bands and not [
        key for key in about_bands if LEVEL_OR_BAND.search(texts()[key].ja) and key != "term_note.band"
    ]


REPLACED = (
    "WPI水準", "道のり", "方向として示すと", "数え方の誤差", "費用の少ない計画", "偶然に増減", "最小の変化", "淡色",
    "純収支", "裏表", "良し悪し", "国の状況（公表値）", "代わりの図", "2つ並ぶ", "両機関）", "写し取る", "研究者（R）",
    "読み方）", "一元窓口", "心の相談", "済ませられ", "母数」", "これからの項目", "より高い大学",
    "有効数（", "学んだ相手", "職位", "職階", "ウエイト",
)  # fmt: skip


def test_sentences_that_officials_misread_do_not_come_back():
    found = []
    for folder in ("app", "schemas", "indicators"):
        for path in [*Path(folder).rglob("*.yaml"), *Path(folder).rglob("*.py")]:
            written = path.read_text(encoding="utf-8").replace("我が国と主要国の状況（公表値）", "")
            found += [f"{path}: {words}" for words in REPLACED if words in written]
    assert found == []
