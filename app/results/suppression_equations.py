"""Which counts add up to which, so that one could be worked out from others: equations over columns of counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.results.linked_counts import Atoms

MOST_FAMILIES = 40


@dataclass(frozen=True)
class Column:
    """A count that some rows have: of whom, and where."""

    place: tuple[str, str]  # level, and the unit for one
    atoms: Atoms

    def is_part_of(self, other: Column) -> bool:
        """Whether these people are among those of ``other``, and not all of them."""
        is_within = self.place == other.place or other.place[0] == "institution"
        return is_within and self != other and self.atoms <= other.atoms


@dataclass(frozen=True)
class Equation:
    """``whole`` is the sum of ``parts`` and of others, of whom there may be none if ``may_be_all``.

    ``among``: the counts of which whole and parts count some, where there are such; -1 elsewhere.
    """

    whole: int
    parts: list[int]
    may_be_all: bool
    among: list[int]


def equations_of(columns: Sequence[Column], among: Mapping[int, set[int]]) -> Iterator[Equation]:
    """Every count with each of its parts alone, and with families of parts that have nobody in common."""
    for whole, one in enumerate(columns):
        parts = [place for place, other in enumerate(columns) if other.is_part_of(one)]
        families = [([part], False) for part in parts]
        own = [part for part in parts if columns[part].place == one.place]
        families += [(family, True) for family in _families(own, columns, MOST_FAMILIES)]
        units = [part for part in parts if columns[part].place[0] == "unit" and columns[part].atoms == one.atoms]
        families += [(units, True)] if len(units) > 1 else []
        for family, may_be_all in families:
            yield Equation(whole, family, may_be_all, _wholes_of(whole, family, columns, among))


def _wholes_of(
    whole: int, family: Sequence[int], columns: Sequence[Column], among: Mapping[int, set[int]]
) -> list[int]:
    """A count of which ``whole`` counts some, and within it one for each part; all -1 where there are none."""
    for outer in sorted(among.get(whole, ())):
        inner = [
            next((i for i in sorted(among.get(part, ())) if columns[i].is_part_of(columns[outer])), -1)
            for part in family
        ]
        atoms = [columns[i].atoms for i in inner if i >= 0]
        if len(atoms) == len(family) and sum(map(len, atoms)) == len(frozenset().union(*atoms)):
            return [outer, *inner]
    return [-1] * (1 + len(family))


def _families(parts: Sequence[int], columns: Sequence[Column], most: int) -> Iterator[list[int]]:
    """Families of two or more parts without an atom in common, none of which could be larger; at most ``most``."""
    found: list[list[int]] = []

    def grow(family: list[int], taken: Atoms, rest: Sequence[int]) -> None:
        free = [part for part in rest if not columns[part].atoms & taken]
        if len(found) >= most:
            return
        if not free:
            is_largest = not any(not columns[p].atoms & taken for p in parts if p not in family)
            if len(family) > 1 and is_largest:
                found.append(family)
            return
        for place, part in enumerate(free):
            grow([*family, part], taken | columns[part].atoms, free[place + 1 :])

    grow([], frozenset(), parts)
    yield from found
