"""Declarations are YAML files checked against a typed model, with every fault named by file and line.

YAML is read so that nothing is guessed: ``NO``, ``on`` and ``12:30`` stay text, decimals stay text
(they become exact fractions later), dates stay text, and a key given twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from schemas.dictionary.match_key import nearest_word

_CLAUSE, _PLACEHOLDER = re.compile(r"\[\[(.*?)\]\]"), re.compile(r"\{(\w+)")
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Text(BaseModel):
    """A sentence or label in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ja: str
    en: str

    def format(self, **params: object) -> Text:
        """The text with its {placeholders} filled; placeholders without a value stay visible.

        A value that is a text itself is taken in either language. What stands in double square brackets is left out
        where a placeholder in it is given as "" or None.
        """
        return Text(ja=self.told("ja", **params), en=self.told("en", **params))

    def told(self, language: str, /, **params: object) -> str:
        """As ``format``, in one language."""
        values = {name: value[language] if isinstance(value, Text) else value for name, value in params.items()}
        return _kept_clauses(self[language], values).format_map(_Visible(values))

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.ja


def _kept_clauses(pattern: str, params: Mapping[str, object]) -> str:
    """A pattern without brackets, and without those bracketed clauses that would speak of nothing."""

    def clause(found: re.Match[str]) -> str:
        names = _PLACEHOLDER.findall(found[1])
        return "" if any(params.get(name, name) in ("", None) for name in names) else found[1]

    return _CLAUSE.sub(clause, pattern) if "[[" in pattern else pattern


class _Visible(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@dataclass(frozen=True)
class Fault:
    """One fault of a declaration: where it stands, what it is and how to mend it."""

    file: str
    line: int
    what: Text
    remedy: Text

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what.en} {self.remedy.en}"


class DeclarationError(ValueError):
    """Declarations that cannot be used; ``faults`` lists every one found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class _Twice(yaml.constructor.ConstructorError):
    """A key that stands twice; ``problem`` is the key."""


class _StrictLoader(_Loader):  # type: ignore[misc]
    """YAML with null, true/false and whole numbers only; duplicate keys are refused."""


def _refuse_duplicates(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key is one word", key.start_mark)
        if key.value in seen:
            raise _Twice(None, None, str(key.value), key.start_mark)
        seen.add(key.value)
    return dict(loader.construct_pairs(node, deep=True))


_PLAIN = {
    "tag:yaml.org,2002:null": r"^(?:~|null|)$",
    "tag:yaml.org,2002:bool": r"^(?:true|false)$",
    "tag:yaml.org,2002:int": r"^-?(?:0|[1-9][0-9]*)$",
}


def _set_up_loader() -> None:
    _StrictLoader.yaml_implicit_resolvers = {}
    for tag, pattern in _PLAIN.items():
        first: list[str] = {"null": ["~", "n", ""], "bool": ["t", "f"], "int": list("-0123456789")}[
            tag.rsplit(":", 1)[1]
        ]
        _StrictLoader.add_implicit_resolver(tag, re.compile(pattern), first)
    _StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _refuse_duplicates)


_set_up_loader()


def short_name(path: Path) -> str:
    """The last folder and the file name of ``path``."""
    return f"{path.parent.name}/{path.name}"


@dataclass(frozen=True)
class Document:
    """A YAML file: its content and the tree that tells on which line each part of it stands."""

    path: Path
    data: Any
    node: yaml.Node | None = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """Folder and file: a file of one name may stand in several folders."""
        return short_name(self.path)

    @cached_property
    def lines(self) -> Mapping[tuple[str | int, ...], int]:
        """The line of each path; worked out when a fault asks for one."""
        found: dict[tuple[str | int, ...], int] = {}
        if self.node is not None:
            _lines(self.node, (), found)
        return found

    def line(self, path: Iterable[str | int]) -> int:
        """Line of the deepest part of ``path`` that exists in the file (1-based)."""
        key_path = tuple(path)
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        return self.lines.get(key_path, 1)

    def fault(self, path: Iterable[str | int], what: Text, remedy: Text) -> Fault:
        """A fault at ``path`` in this file."""
        return Fault(self.name, self.line(path), what, remedy)

    def undeclared_fault(self, path: Iterable[str | int], word: str, known: Iterable[str]) -> Fault:
        """The fault of a word at ``path`` that is not declared."""
        return self.fault(path, *undeclared_word(word, known))


def _lines(node: yaml.Node, path: tuple[str | int, ...], found: dict[tuple[str | int, ...], int]) -> None:
    found[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _lines(value, (*path, str(key.value)), found)
            found[(*path, str(key.value))] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _lines(value, (*path, index), found)


def read_document(path: Path) -> Document:
    """The YAML file at ``path``. Raises DeclarationError when it is not YAML in UTF-8 or a key stands twice."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        loader = _StrictLoader(text)
        node = loader.get_single_node()
        data = None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeclarationError([_yaml_fault(path, error)]) from error
    return Document(path, data, node)


def _yaml_fault(path: Path, error: yaml.YAMLError | UnicodeDecodeError) -> Fault:
    line = _line_of(path, error)
    if isinstance(error, _Twice):
        key = error.problem
        what = Text(ja=f"「{key}」という項目が二度あります。", en=f"The key '{key}' stands twice.")
        return Fault(short_name(path), line, what, Text(ja="一方を削除してください。", en="Remove one of them."))
    what = Text(ja="この行はYAMLとして読めません。", en="This line is not readable YAML.")
    remedy = Text(
        ja="字下げ、括弧、引用符、コロンの後の空白、文字コード（UTF-8）を確かめてください。",
        en="Look at indentation, brackets, quotation marks, the blank after the colon, and that the file is UTF-8.",
    )
    return Fault(short_name(path), line, what, remedy)


def _line_of(path: Path, error: yaml.YAMLError | UnicodeDecodeError) -> int:
    if isinstance(error, yaml.MarkedYAMLError):
        return error.problem_mark.line + 1 if error.problem_mark else 1
    if isinstance(error, UnicodeDecodeError):
        return path.read_bytes()[: error.start].count(b"\n") + 1
    position = error.position if isinstance(error, yaml.reader.ReaderError) else 0
    return path.read_text(encoding="utf-8-sig")[:position].count("\n") + 1


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; decimals, dates and words such as ``NO`` stay text."""
    return read_document(path).data


MOST_LISTED = 40  # so many words of a closed list are named where none is near


def undeclared_word(word: str, known: Iterable[str]) -> tuple[Text, Text]:
    """What is wrong with a word that is not among ``known``, and the remedy, with the nearest one that is."""
    words = list(dict.fromkeys(known))
    near = nearest_word(word, words)
    listed = ", ".join(words[:MOST_LISTED])
    few = 0 < len(words) <= MOST_LISTED
    what = Text(ja=f"「{word}」は定義されていません。", en=f"'{word}' is not declared.")
    remedy = Text(
        ja=f"「{near}」ではありませんか。"
        if near
        else "定義を追加するか、綴りを直してください。" + (f"定義されているもの：{listed}" if few else ""),
        en=f"Did you mean '{near}'?"
        if near
        else "Declare it or mend its spelling." + (f" Declared: {listed}." if few else ""),
    )
    return what, remedy


def _known_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that ``model`` knows at ``path``; names that a mapping is free to choose are passed over."""
    current: Any = model
    is_free = False
    for part in path:
        if isinstance(part, int) or is_free:
            is_free = False
            continue
        fields = {f.alias or name: f for name, f in getattr(current, "model_fields", {}).items()}
        if part not in fields:
            return []
        is_free = get_origin(fields[part].annotation) is dict
        current = _inner_model(fields[part].annotation)
    return [f.alias or name for name, f in getattr(current, "model_fields", {}).items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _inner_model(inner)
        if found is not None:
            return found
    return None


NUMBER_WANTED = "exact_number"  # the type of error that declared number types raise themselves
# What is wanted instead of a value of the wrong kind, by the library's name of the error (or its beginning).
WANTED: Mapping[str, Text] = {
    "int": Text(ja="整数", en="a whole number"),
    "bool": Text(ja="true 又は false", en="true or false"),
    "string": Text(ja="文字列", en="text"),
    "date": Text(ja="「2026-05-01」の形の日付", en="a date such as 2026-05-01"),
    "decimal": Text(ja="数（小数は文字列）", en="a number (decimals as text)"),
    NUMBER_WANTED: Text(ja="数（小数は文字列）", en="a number (decimals as text)"),
    "list": Text(ja="リスト", en="a list"),
    "tuple": Text(ja="リスト", en="a list"),
    "dict": Text(ja="項目の組（key: value）", en="a mapping (key: value)"),
    "model": Text(ja="項目の組（key: value）", en="a mapping (key: value)"),
}
BOTH_LANGUAGES = Text(ja="日本語と英語の組（{ja: …, en: …}）", en="a text in both languages ({ja: ..., en: ...})")


def faults_of(
    error: ValidationError, document: Document, model: type[BaseModel], at: tuple[str | int, ...] = ()
) -> list[Fault]:
    """What does not fit ``model`` as faults with lines; unknown words are answered with the nearest known one."""
    whole = document.data
    for part in at:
        whole = whole[part]
    found: dict[tuple[str | int, ...], list[tuple[ErrorDetails, bool]]] = {}
    for item in error.errors(include_url=False):
        key_path, is_alternative = _key_path_in(whole, tuple(item["loc"]), item["type"])
        found.setdefault(key_path, []).append((item, is_alternative))
    deeper = {key_path[:n] for key_path, items in found.items() if items[0][1] for n in range(len(key_path))}
    return [
        _fault_of(document, model, at, key_path, [item for item, _ in items])
        for key_path, items in found.items()
        if not (items[0][1] and key_path in deeper)
    ]


def _key_path_in(data: Any, location: tuple[str | int, ...], kind: str) -> tuple[tuple[str | int, ...], bool]:
    """Where in ``data`` an error stands, and whether it is that of one of several permitted forms.

    The library puts the names of permitted forms into its locations; they are no keys of the file.
    """
    key_path: list[str | int] = []
    is_alternative = False
    for number, part in enumerate(location):
        is_key = isinstance(data, Mapping) and part in data
        is_index = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if is_key or is_index:
            data = data[part]
        elif not (kind == "missing" and number == len(location) - 1):
            is_alternative = True
            continue
        key_path.append(part)
    return tuple(key_path), is_alternative


def _fault_of(
    document: Document,
    model: type[BaseModel],
    at: tuple[str | int, ...],
    key_path: tuple[str | int, ...],
    items: list[ErrorDetails],
) -> Fault:
    name = str(key_path[-1]) if key_path else document.path.stem
    kind = items[0]["type"]
    if kind == "extra_forbidden":
        what = Text(ja=f"「{name}」という項目はありません。", en=f"There is no key '{name}'.")
        remedy = _nearest_or(
            nearest_word(name, _known_keys(model, key_path[:-1])), "この項目を削除してください。", "Remove it."
        )
    elif kind == "missing":
        what = Text(ja=f"「{name}」がありません。", en=f"The key '{name}' is missing.")
        remedy = Text(ja=f"「{name}」を書いてください。", en=f"Write '{name}'.")
    elif kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(items[0]["ctx"]["expected"]))
        what = Text(ja=f"「{name}」は {'・'.join(known)} のどれかです。", en=f"'{name}' is one of {', '.join(known)}.")
        near = nearest_word(str(items[0]["input"]), known)
        remedy = _nearest_or(near, "この中から選んでください。", "Choose one of them.")
    else:
        wanted = list(dict.fromkeys(text for text in map(_wanted_text, items) if text is not None))
        what, remedy = _of_wrong_kind(name, wanted)
    return document.fault((*at, *key_path), what, remedy)


def _nearest_or(near: str | None, ja: str, en: str) -> Text:
    return Text(ja=f"「{near}」ではありませんか。", en=f"Did you mean '{near}'?") if near else Text(ja=ja, en=en)


def _wanted_text(item: ErrorDetails) -> Text | None:
    if item["type"].startswith("model") and item.get("ctx", {}).get("class_name") == Text.__name__:
        return BOTH_LANGUAGES
    return next((text for start, text in WANTED.items() if item["type"].startswith(start)), None)


def _of_wrong_kind(name: str, wanted: list[Text]) -> tuple[Text, Text]:
    if not wanted:
        what = Text(ja=f"「{name}」の値はここでは使えません。", en=f"The value of '{name}' cannot stand here.")
        return what, Text(ja="この値を直してください。", en="Mend this value.")
    ja, en = "又は".join(text.ja for text in wanted), " or ".join(text.en for text in wanted)
    what = Text(ja=f"「{name}」には{ja}が必要です。", en=f"'{name}' takes {en}.")
    return what, Text(ja=f"{ja}に直してください。", en=f"Write {en}.")


Model = TypeVar("Model", bound=BaseModel)


def validate_document(
    document: Document, model: type[Model], data: Any = None, at: tuple[str | int, ...] = ()
) -> Model:
    """``data`` (default: the whole file) as ``model``; raises DeclarationError with every fault."""
    try:
        return model.model_validate(document.data if data is None else data)
    except ValidationError as error:
        raise DeclarationError(faults_of(error, document, model, at)) from error
