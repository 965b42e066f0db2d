"""Sentences for people, in a YAML file beside the code that says them.

They belong to the software, not to the declarations that a round freezes: an old edition is told in today's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from schemas.dictionary.declaration import Text, read_yaml

FILE = "sentences.yaml"


class Sentences:
    """The sentences of one folder by key; their file is read when the first of them is said."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    @cached_property
    def _texts(self) -> Mapping[str, Text]:
        return {key: Text(**text) for key, text in read_yaml(self._path).items()}

    def __call__(self, key: str, /, **params: object) -> Text:
        """One sentence in both languages with its placeholders filled. Raises KeyError for an unknown key."""
        return self._texts[key].format(**params)
