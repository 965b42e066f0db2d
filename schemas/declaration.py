"""Declarations are YAML files checked against a typed model, with every fault named by file and line.

YAML is read so that nothing is guessed: ``NO``, ``on`` and ``12:30`` stay text, decimals stay text
(they become exact fractions later), dates stay text, and a key given twice is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Text(BaseModel):
    """A sentence or label in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ja: str
    en: str

    def format(self, **params: object) -> Text:
        """The text with its {placeholders} filled; placeholders without a value stay visible."""
        values = _Visible(params)
        return Text(ja=self.ja.format_map(values), en=self.en.format_map(values))

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.ja


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


class _StrictLoader(_Loader):  # type: ignore[misc]
    """YAML with null, true/false and whole numbers only; duplicate keys are refused."""


def _refuse_duplicates(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' stands twice", key.start_mark)
        seen.add(key.value)
    return dict(loader.construct_pairs(node, deep=True))


_PLAIN = {
    "tag:yaml.org,2002:null": r"^(?:~|null|)$",
    "tag:yaml.org,2002:bool": r"^(?:true|false)$",
    "tag:yaml.org,2002:int": r"^-?(?:0|[1-9][0-9]*)$",
}


def _set_up_loader() -> None:
    import re

    _StrictLoader.yaml_implicit_resolvers = {}
    for tag, pattern in _PLAIN.items():
        first: list[str] = {"null": ["~", "n", ""], "bool": ["t", "f"], "int": list("-0123456789")}[
            tag.rsplit(":", 1)[1]
        ]
        _StrictLoader.add_implicit_resolver(tag, re.compile(pattern), first)
    _StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _refuse_duplicates)


_set_up_loader()


@dataclass(frozen=True)
class Document:
    """A YAML file: its content and, for each path into it, the line on which that stands."""

    path: Path
    data: Any
    lines: Mapping[tuple[str | int, ...], int] = field(repr=False)

    def line(self, path: Iterable[str | int]) -> int:
        """Line of the deepest part of ``path`` that exists in the file (1-based)."""
        place = tuple(path)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, path: Iterable[str | int], what: Text, remedy: Text) -> Fault:
        """A fault at ``path`` in this file."""
        return Fault(self.path.name, self.line(path), what, remedy)


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
    """The YAML file at ``path``. Raises DeclarationError when it is not YAML or a key stands twice."""
    text = path.read_text(encoding="utf-8")
    try:
        node = yaml.compose(text, Loader=_StrictLoader)
        data = yaml.load(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = Text(
            ja=f"YAMLとして読めません（{error.problem}）。",
            en=f"This is not readable YAML ({error.problem}).",
        )
        remedy = Text(ja="この行の書き方を直してください。", en="Mend the notation in this line.")
        raise DeclarationError([Fault(path.name, line, what, remedy)]) from error
    lines: dict[tuple[str | int, ...], int] = {}
    if node is not None:
        _lines(node, (), lines)
    return Document(path, data, lines)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; decimals, dates and words such as ``NO`` stay text."""
    return read_document(path).data


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word closest to ``word``, or None when nothing is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def _known_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    current: Any = model
    for part in path:
        if isinstance(part, int):
            continue
        fields = getattr(current, "model_fields", None)
        if fields is None or part not in fields:
            return []
        current = _inner_model(fields[part].annotation)
    return list(getattr(current, "model_fields", {}))


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _inner_model(inner)
        if found is not None:
            return found
    return None


def faults_of(
    error: ValidationError, document: Document, model: type[BaseModel], at: tuple[str | int, ...] = ()
) -> list[Fault]:
    """pydantic's findings as faults with lines; an unknown key is answered with the nearest known one."""
    faults = []
    for item in error.errors(include_url=False):
        place = tuple(item["loc"])
        name = str(place[-1]) if place else document.path.stem
        if item["type"] == "extra_forbidden":
            near = nearest(name, _known_keys(model, place[:-1]))
            hint_ja = f"「{near}」ではありませんか。" if near else "この項目を削除してください。"
            hint_en = f"Did you mean '{near}'?" if near else "Remove it."
            what = Text(ja=f"「{name}」という項目はありません。", en=f"There is no key '{name}'.")
            faults.append(document.fault((*at, *place), what, Text(ja=hint_ja, en=hint_en)))
            continue
        what = Text(ja=f"「{name}」：{item['msg']}", en=f"'{name}': {item['msg']}.")
        remedy = Text(ja="この値を直してください。", en="Mend this value.")
        faults.append(document.fault((*at, *place), what, remedy))
    return faults


Model = TypeVar("Model", bound=BaseModel)


def declared(document: Document, model: type[Model], data: Any = None, at: tuple[str | int, ...] = ()) -> Model:
    """``data`` (default: the whole file) as ``model``; raises DeclarationError with every fault."""
    try:
        return model.model_validate(document.data if data is None else data)
    except ValidationError as error:
        raise DeclarationError(faults_of(error, document, model, at)) from error
