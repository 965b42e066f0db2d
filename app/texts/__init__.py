"""Words of the interface, Japanese and English, from the declarations beside this file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from schemas.dictionary.declaration import DeclarationError, Fault, Text, read_document, read_yaml
from schemas.dictionary.singular import with_singular

HERE = Path(__file__).parent


@cache
def texts() -> dict[str, Text]:
    """Every interface text by key (``group.name``)."""
    found: dict[str, Text] = {}
    for path in sorted(HERE.glob("*.yaml")):
        for group, entries in read_yaml(path).items():
            for name, text in entries.items():
                found[f"{group}.{name}"] = Text(**text)
    return found


def listed(parts: Iterable[object]) -> Text:
    """Parts in one line, with the comma of either language; serves as a parameter of ``say`` too."""
    comma, words = texts()["chart.list_comma"], [str(part) for part in parts]
    return Text(ja=comma.ja.join(words), en=comma.en.join(words))


def text_faults(folder: Path = HERE) -> list[Fault]:
    """Text keys that stand twice, in one file or in two, each with the place of the first; of two, one is never read.

    ``folder``: where the declarations of the interface's texts are.
    """
    faults: list[Fault] = []
    first: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = read_document(path)
        except DeclarationError as error:
            faults.extend(error.faults)
            continue
        for group, entries in document.data.items():
            for name in entries:
                position = f"{document.name}:{document.line((group, name))}"
                earlier = first.setdefault((group, name), position)
                if earlier != position:
                    faults.append(document.fault((group, name), *_stands_twice(f"{group}.{name}", earlier)))
    return faults


def _stands_twice(key: str, earlier: str) -> tuple[Text, Text]:
    what = Text(
        ja=f"画面の文言のキー「{key}」は、{earlier} にもあります。",
        en=f"The text key '{key}' also stands at {earlier}.",
    )
    return what, Text(ja="一方を削除してください。", en="Remove one of them.")


def say(key: str, language: str, **params: object) -> str:
    """One text in one language with its placeholders filled. Raises KeyError for an unknown key."""
    told = texts()[key].told(language, **params)
    return with_singular(told) if language == "en" and params else told
