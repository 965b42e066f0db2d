"""What declarations may refer to, and texts of theirs that say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indicators.catalogue.declarations import Benchmark, Indicator
from schemas.dictionary.declaration import Document, Fault
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.sentences import Sentences

Path = tuple[str | int, ...]
LANGUAGES = {"ja", "en"}
sentences = Sentences(__file__)


@dataclass(frozen=True)
class KnownNames:
    """Everything that declarations may refer to. ``sources`` says how each was seen.

    ``broken`` are the files that could not be loaded, as folder and name: what refers to them is not at fault.
    """

    pillars: Sequence[str]
    sources: Mapping[str, str]
    indicators: dict[str, Indicator]
    benchmarks: dict[str, list[Benchmark]]
    dictionary: DataDictionary
    broken: frozenset[tuple[str, str]] = frozenset()

    def has_lost(self, folder: str, name: str) -> bool:
        """Whether ``name`` is not known only because its file could not be loaded."""
        return (folder, name) in self.broken


def blank_texts(document: Document) -> Iterator[Fault]:
    """A fault for each text of a file that says nothing in one of the two languages."""
    for path, language in _blanks(document.data, ()):
        yield document.fault((*path, language), *sentences.fault("blank_text", language=language))


def _blanks(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, Mapping):
        if set(node) == LANGUAGES:
            yield from ((path, name) for name in sorted(node) if isinstance(node[name], str) and not node[name].strip())
        for key, child in node.items():
            yield from _blanks(child, (*path, str(key)))
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from _blanks(child, (*path, position))
