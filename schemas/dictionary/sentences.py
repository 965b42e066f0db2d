"""Sentences for people, in a YAML file beside the code that says them.

They belong to the software, not to the declarations that a round freezes: an old edition is told in today's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from schemas.dictionary.declaration import Text, read_yaml

FILE = "sentences.yaml"


@cache
def _read(path: Path) -> Mapping[str, Text]:
    return {key: Text(**text) for key, text in read_yaml(path).items()}


class Sentences:
    """The sentences that stand beside a module, by key; their file is read when the first of them is said."""

    def __init__(self, module_file: str) -> None:
        self._path = Path(module_file).with_name(FILE)

    def __call__(self, key: str, /, **params: object) -> Text:
        """One sentence in both languages with its placeholders filled. Raises KeyError for an unknown key."""
        return _read(self._path)[key].format(**params)

    def fault(self, key: str, /, **params: object) -> tuple[Text, Text]:
        """What is wrong and what to do: the sentences ``key`` and ``key_remedy``."""
        return self(key, **params), self(f"{key}_remedy", **params)
