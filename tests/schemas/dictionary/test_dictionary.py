"""The dictionary as declared: complete, cross-checked, within the burden that universities were promised."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.dictionary.declaration import DeclarationError, Fault, Text
from schemas.dictionary.dictionary import HERE, DataDictionary, load_dictionary
from schemas.dictionary.field import NUMERIC, Field
from schemas.form.guide import load_guide
from schemas.form.layout import lay_out
from schemas.form.options import accepted_texts, options
from tests.support.each_case import for_each

DICTIONARY = load_dictionary()
FIELDS = list(DICTIONARY.fields.values())
YEAR = 2026
UNKIND = re.compile(r"エラー|違反|誤り|間違|不正|下さい|\b(error|invalid|illegal|wrong|failed)\b", re.IGNORECASE)
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
LATIN_NAMES = {"PI"}


def changed(folder: Path, file: str, old: str, new: str) -> list[Fault]:
    """The faults of the shipped declarations after one edit."""
    for name in ("fields", "codelists"):
        shutil.copytree(HERE / name, folder / name)
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        load_dictionary(folder)
    return caught.value.faults


# cross-checks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "near"),
    [
        ("fields/researchers.yaml", "code_list: positions", "code_list: postions", "positions"),
        ("fields/profile.yaml", "code_list: language_standards", "code_list: language_standard", "language_standards"),
        ("fields/publications.yaml", "skip: publication_basis.skip", "skip: publication_basis.skp", "skip"),
        ("fields/units.yaml", "field: profile.has_centre", "field: profile.has_center", "profile.has_centre"),
        (
            "fields/researchers.yaml",
            "centre: {field: profile.has_centre",
            "centre: {field: profile.centre",
            "has_centre",
        ),
        ("fields/units.yaml", "office: general_affairs", "office: general_affair", "general_affairs"),
        ("fields/units.yaml", "filled_rows: 1", "filed_rows: 1", "filled_rows"),
    ],
)
def test_a_reference_to_nothing_is_named_with_the_nearest_that_exists(
    tmp_path: Path, file: str, old: str, new: str, near: str
) -> None:
    (fault,) = changed(tmp_path, file, old, new)
    lines = (tmp_path / file).read_text(encoding="utf-8").splitlines()
    assert fault.file.endswith(Path(file).name)
    assert near in fault.remedy.en and near in fault.remedy.ja
    assert new in lines[fault.line - 1]


def test_a_condition_on_an_answer_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (fault,) = changed(tmp_path, "fields/units.yaml", 'among: ["yes"]', 'among: ["yess"]')
    assert "yess" in fault.what.en and "yes" in fault.remedy.en


def test_a_field_declared_twice_is_named(tmp_path: Path) -> None:
    (fault,) = changed(tmp_path, "fields/units.yaml", "id: units.name_en", "id: units.name_ja")
    assert "units.name_ja" in fault.what.en


def test_a_missing_checklist_is_named(tmp_path: Path) -> None:
    for name in ("fields", "codelists"):
        shutil.copytree(HERE / name, tmp_path / name)
    (tmp_path / "codelists" / "checklist.yaml").unlink()
    with pytest.raises(DeclarationError) as caught:
        load_dictionary(tmp_path)
    assert any("checklist" in fault.what.en for fault in caught.value.faults)


def test_the_hash_changes_with_any_declaration(tmp_path: Path) -> None:
    for name in ("fields", "codelists"):
        shutil.copytree(HERE / name, tmp_path / name)
    assert load_dictionary(tmp_path).hash == DICTIONARY.hash
    path = tmp_path / "codelists" / "positions.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# one more line\n", encoding="utf-8")
    assert load_dictionary(tmp_path).hash != DICTIONARY.hash


# burden ------------------------------------------------------------------------------------------------------


def test_core_asks_no_more_cells_than_promised() -> None:
    fixed, follow_up = DICTIONARY.burden("core", YEAR)
    assert follow_up == 3
    assert 0 < fixed <= 275
    assert fixed + 3 * 15 <= 320


def test_the_burden_counts_each_required_cell_once() -> None:
    layout = lay_out(DICTIONARY, "core", YEAR)
    cells = {layout.cells[key] for key, slot in layout.slots.items() if slot.field.required == "always"}
    listed = sum(
        block.filled_rows * sum(f.required == "always" for f in block.fields)
        for _, block in DICTIONARY.blocks("core")
        if block.kind == "list"
    )
    assert DICTIONARY.burden("core", YEAR)[0] == len(cells) + listed


# slots -------------------------------------------------------------------------------------------------------


def test_every_answer_has_one_cell_one_name_and_no_neighbour_in_it() -> None:
    layout = lay_out(DICTIONARY, "core", YEAR)
    assert set(layout.cells) == set(layout.slots)
    for what in (layout.cells.values(), [slot.name for slot in layout.slots.values()]):
        assert [thing for thing, times in Counter(what).items() if times > 1] == []
    for slot in layout.slots.values():
        assert re.fullmatch(r"[a-z][a-z0-9_]*_[A-Za-z0-9_]+", slot.name) and len(slot.name) <= 255
        assert not re.fullmatch(r"[A-Za-z]{1,3}[0-9]+", slot.name)


def test_checklist_asks_45_items_and_the_centre_only_where_it_makes_sense() -> None:
    slots = [slot for slot in DICTIONARY.slots("core", YEAR) if slot.field.id == "checklist.declared"]
    assert len({slot.keys["item"] for slot in slots}) == 45
    for slot in slots:
        assert slot.keys["scope"] in DICTIONARY.checklist.item(slot.keys["item"]).scopes


@for_each("year", [2025, 2026, 2031])
def test_years_follow_the_round(year: int) -> None:
    asked: dict[str, list[int]] = {}
    for slot in DICTIONARY.slots("core", year):
        if "year" in slot.keys:
            asked.setdefault(slot.field.column, []).append(int(slot.keys["year"]) - year)
    assert asked["papers"] == [-5, -4, -3, -2, -1]
    assert asked["top10_papers"] == [-5, -4, -3]
    assert asked["international_corresponding"] == [-3, -2, -1]


# what people read --------------------------------------------------------------------------------------------


def texts(dictionary: DataDictionary) -> Iterator[tuple[str, Text]]:
    for sheet in dictionary.sheets:
        yield f"{sheet.id} title", sheet.title
        yield f"{sheet.id} intro", sheet.intro
        for block in sheet.blocks:
            yield f"{block.id} label", block.label
            if block.help:
                yield f"{block.id} help", block.help
            for f in block.fields:
                yield f"{f.id} label", f.label
                if f.help:
                    yield f"{f.id} help", f.help
    for name, value in load_guide():
        for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]:
            if isinstance(item, Text) and (item.ja or item.en):
                yield f"guide {name}", item


@for_each("where, text", list(texts(DICTIONARY)))
def test_texts_are_in_both_languages_and_kind(where: str, text: Text) -> None:
    assert JAPANESE.search(text.ja) or text.ja in LATIN_NAMES, where
    explained = re.sub(r"[^\s(\"]*[ぁ-んァ-ヶ一-龠]+[^\s(\"]* \(", "(", text.en)  # a word of the form, with its meaning
    assert explained and not JAPANESE.search(re.sub(r"研究者!D7|令和4年度", "", explained)), where
    assert not UNKIND.search(text.ja + text.en), where
    assert text.ja == text.ja.strip() and text.en == text.en.strip(), where
    assert "，" not in text.ja and "．" not in text.ja, where


@for_each("f", FIELDS)
def test_a_field_has_what_its_type_needs(f: Field) -> None:
    assert f.id == f"{f.table}.{f.column}"
    assert (f.code_list is not None) == (f.type in ("choice", "level")), "a choice needs its list"
    assert not f.codes or f.type in (*NUMERIC, "level", "choice"), "only counted answers have answer codes"
    assert set(f.codes) <= {"a", "m", "c"}, "other codes are never typed"
    if f.type in NUMERIC:
        assert (f.unit != "none" or f.maximum) and f.limit > f.minimum
    if f.required == "register":
        assert f.register_key


@for_each("f", [f for f in FIELDS if f.required == "always" and f.type == "count"])
def test_a_count_that_is_always_asked_can_be_answered_by_those_who_do_not_know(f: Field) -> None:
    assert {"a", "m"} <= set(f.codes)


def test_every_drop_down_text_is_read_back_as_its_code() -> None:
    for slot in DICTIONARY.slots("core", YEAR):
        shown = options(DICTIONARY, slot.field, dict(slot.keys))
        read = accepted_texts(DICTIONARY, slot.field, dict(slot.keys))
        assert len(set(shown.values())) == len(shown)
        for code, text in shown.items():
            assert code in slot.field.codes or text in read[code]
