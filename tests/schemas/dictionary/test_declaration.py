"""Declarations: nothing is guessed, and every fault is named with its file, its line and a way to mend it."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from schemas.dictionary.declaration import DeclarationError, Fault, Text, read_document, read_yaml, validate_document
from schemas.dictionary.match_key import nearest_word


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    weight: int = 0


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: Text
    leaves: list[Leaf]


def written(folder: Path, text: str) -> Path:
    path = folder / "tree.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[Fault]:
    with pytest.raises(DeclarationError) as caught:
        validate_document(read_document(written(folder, text)), Tree)
    return caught.value.faults


@pytest.mark.parametrize(
    "typed", ["NO", "on", "yes", "12:30", "1.50", "2026-05-01", "1_000", "0x1F", "1e3", "012", ".5", "+3", "="]
)
def test_what_yaml_likes_to_convert_stays_text(tmp_path: Path, typed: str) -> None:
    assert read_yaml(written(tmp_path, f"value: {typed}")) == {"value": typed}


@pytest.mark.parametrize(
    ("typed", "meant"), [("true", True), ("false", False), ("12", 12), ("-3", -3), ("null", None), ("", None)]
)
def test_plain_values_are_themselves(tmp_path: Path, typed: str, meant: object) -> None:
    value = read_yaml(written(tmp_path, f"value: {typed}"))["value"]
    assert value == meant and type(value) is type(meant)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", 3),
        ("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", 5),
        ("- {x: 1}\n- {x: 1, x: 2}\n", 2),
    ],
)
def test_a_key_given_twice_is_refused_at_its_second_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(DeclarationError) as caught:
        read_document(written(tmp_path, text))
    (fault,) = caught.value.faults
    assert fault.line == line


@pytest.mark.parametrize(("text", "line"), [("a: 1\nb: [1, 2\n", 3), ("a: 1\n b: 2\n", 2), ("a: 'x\n", 2)])
def test_what_is_not_yaml_is_named_by_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(DeclarationError) as caught:
        read_document(written(tmp_path, text))
    assert [fault.line for fault in caught.value.faults] == [line]
    assert "tree.yaml" in str(caught.value)


def test_an_unknown_key_is_answered_with_the_nearest_known_one(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "title: {ja: 木, en: Tree}\nleaves:\n  - name: a\n    wieght: 3\n")
    assert fault.line == 4
    assert "'wieght'" in fault.what.en and "'weight'" in fault.remedy.en
    assert "「wieght」" in fault.what.ja and "「weight」" in fault.remedy.ja


def test_an_unknown_key_like_no_other_is_to_be_removed(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "title: {ja: 木, en: Tree}\nleaves: []\nzzzz: 1\n")
    assert fault.line == 3 and "'" not in fault.remedy.en


def test_every_fault_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    found = faults(tmp_path, "title: {ja: 木}\nleaves:\n  - name: a\n    weight: heavy\n  - weight: 2\n")
    assert sorted(fault.line for fault in found) == [1, 4, 5]
    for fault in found:
        assert fault.what.ja and fault.what.en and fault.remedy.ja and fault.remedy.en


def test_a_line_is_that_of_the_deepest_part_which_exists(tmp_path: Path) -> None:
    document = read_document(written(tmp_path, "a:\n  b:\n    - 1\n    - c: 2\n"))
    assert document.line(["a", "b", 1, "c"]) == 4
    assert document.line(["a", "b", 1, "missing", "deeper"]) == 4
    assert document.line(["nothing"]) == 1


def test_a_text_fills_what_it_is_given_and_shows_what_is_missing() -> None:
    text = Text(ja="{cell}は{value}です", en="{cell} is {value}").format(cell="D7")
    assert (text.ja, text.en) == ("D7は{value}です", "D7 is {value}")
    assert text["ja"] == text.ja and text["en"] == text.en


def test_nearest_is_none_where_nothing_is_near() -> None:
    assert nearest_word("foriegn", ["foreign", "female"]) == "foreign"
    assert nearest_word("qqqq", ["foreign", "female"]) is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a: 1\n[b, c]: 2\n", 2),
        (b"a: 1\nb: \x07\n", 2),
        ("a: 1\nb: 大学\n".encode("cp932"), 2),
        (b"a: &a [*a]\n", 1),
        (b"a: 1\nb: {\n", 3),
    ],
)
def test_what_is_no_yaml_is_a_fault_with_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    path = tmp_path / "tree.yaml"
    path.write_bytes(content)
    with pytest.raises(DeclarationError) as caught:
        read_document(path)
    assert [fault.line for fault in caught.value.faults] == [line]


def test_a_mark_of_byte_order_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "tree.yaml"
    path.write_bytes("\ufeffa: 木\n".encode())
    assert read_document(path).data == {"a": "木"}
