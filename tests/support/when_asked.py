"""Values that a test file shares, each made when a test first asks: every worker collects every file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

Name = TypeVar("Name")
Made = TypeVar("Made")


class WhenAsked(Mapping[Name, Made]):
    """What ``make`` gives for each of some names; collecting the tests makes none of them."""

    def __init__(self, names: Iterable[Name], make: Callable[[Name], Made]) -> None:
        self._names = tuple(names)
        self._make = make
        self._made: dict[Name, Made] = {}

    def __getitem__(self, name: Name) -> Made:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[Name]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
