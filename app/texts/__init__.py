"""Words of the interface, Japanese and English, from one file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from schemas.dictionary.declaration import Text, read_yaml


@cache
def texts() -> dict[str, Text]:
    """Every interface text by key (``group.name``)."""
    found: dict[str, Text] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for group, entries in read_yaml(path).items():
            for name, text in entries.items():
                found[f"{group}.{name}"] = Text(**text)
    return found


def say(key: str, language: str, **params: object) -> str:
    """One text in one language with its placeholders filled. Raises KeyError for an unknown key."""
    values = {name: (value[language] if isinstance(value, Text) else value) for name, value in params.items()}
    return texts()[key].format(**values)[language]
