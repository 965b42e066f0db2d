"""Counts of indicators as sums of people nobody tells apart further: what adds up to what, and who is among whom."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

from app.results.linked_counts import Atoms

Array = np.ndarray[Any, Any]
ZONES = ("centre", "elsewhere")
PARTS_OF_ATOM = 2  # a question, and a class of its rows


@dataclass(frozen=True)
class CountColumn:
    """A count that some rows have: at which level, and of whom."""

    level: str
    atoms: Atoms

    @property
    def zones(self) -> tuple[str, ...]:
        """The parts of the institution whose people it counts."""
        return ZONES[:1] if self.level == "centre" else ZONES


@dataclass(frozen=True)
class CountSystem:
    """Counts that hang together, as sums over groups of people: all of one table and of those linked with it.

    ``columns``: places of these counts among all. ``sums``: count × group, 0 or 1. ``limits``: each of these sums of
    groups is 0 or more. ``rests``: (part, whole) places within ``columns`` whose difference is a count too.
    ``others``: the groups that only a whole counts beside its parts; a reader may know that there is nobody in them.
    """

    columns: Array
    sums: csr_matrix
    limits: csr_matrix
    rests: Array
    others: Array

    @property
    def targets(self) -> csr_matrix:
        """Every count, then every rest, as a sum of groups."""
        return vstack([self.sums, self.sums[self.rests[:, 1]] - self.sums[self.rests[:, 0]]]).tocsr()


def count_systems(
    columns: Sequence[CountColumn], rests: Iterable[tuple[int, int]], within: Iterable[tuple[Atoms, Atoms]] = ()
) -> Sequence[CountSystem]:
    """The counts divided into systems that have no group of people in common.

    ``rests``: (part, whole) places of counts where the part's people are among the whole's. ``within``: the same of
    atoms; those that no count is made of say nothing.
    """
    return _divide_counts(tuple(columns), frozenset(rests), tuple(within))


@lru_cache(maxsize=16)  # the forms of a round ask for few different counts, and a nation hands in one by one
def _divide_counts(
    columns: tuple[CountColumn, ...], nested: frozenset[tuple[int, int]], within: tuple[tuple[Atoms, Atoms], ...]
) -> Sequence[CountSystem]:
    rests = sorted({*nested, *_nested_counts(columns)})
    atoms = sorted({atom for column in columns for atom in column.atoms}, key=str)
    index: dict[Hashable, int] = {key: at for at, key in enumerate((zone, atom) for zone in ZONES for atom in atoms)}
    sums = _matrix(([(index[zone, a], 1) for zone in c.zones for a in c.atoms] for c in columns), len(index))
    among = dict.fromkeys((columns[part].atoms, columns[whole].atoms) for part, whole in rests)
    known = frozenset(atoms)
    among |= dict.fromkeys((part, whole) for part, whole in within if part | whole <= known)
    among = dict.fromkeys((part, whole) for part, whole in among if not part <= whole)
    told_apart = {pair for pair in among if _is_told_apart(pair, columns, among)}
    limits = _matrix((line for pair in among for line in _limits(*pair, index, pair in told_apart)), len(index))
    every = vstack([sums, limits]).tocsc()
    _, first = np.unique(every.toarray(), axis=1, return_index=True)  # whom no line tells apart are one group
    first = first[_distinct_blocks(sums[:, first].tocsr(), limits[:, first].tocsr())]
    sums, limits = sums[:, first].tocsr(), limits[:, first].tocsr()
    together = (abs(every[:, first]).T @ abs(every[:, first])).tocsr()
    _, component = connected_components(together, directed=False)
    of_column = np.array([component[line.indices[0]] if line.nnz else -1 for line in sums])
    of_limit = np.array([component[line.indices[0]] if line.nnz else -1 for line in limits])
    return [
        _system(columns, component == one, np.flatnonzero(of_column == one), sums, limits[of_limit == one], rests)
        for one in np.unique(of_column[of_column >= 0])
    ]


def _distinct_blocks(sums: csr_matrix, limits: csr_matrix) -> Array:
    """The groups of one block of each kind, in order; a block are groups of which limits say who is among whom.

    Blocks that are counted alike and limited alike add up to one more of their kind, and each can hold the people of
    all of them, so that one stands for all.
    """
    _, block = connected_components(abs(limits).T @ abs(limits), directed=False)
    counted, limited = sums.toarray().T.astype(np.int8), limits.toarray()
    lines: dict[int, list[Array]] = {}
    for line in limited[(limited != 0).any(axis=1)]:
        lines.setdefault(int(block[np.flatnonzero(line)[0]]), []).append(line)
    found: dict[Hashable, Array] = {}
    for one in range(int(block.max(initial=-1)) + 1):
        members = np.flatnonzero(block == one)
        own = np.array(lines.get(one, np.zeros((0, len(block)))))[:, members].T
        members = members[np.lexsort(np.c_[np.sort(own, axis=1), counted[members]].T[::-1])]
        rules = tuple(sorted(tuple(line[members]) for line in lines.get(one, ())))
        found.setdefault((counted[members].tobytes(), rules), members)
    return np.sort(np.concatenate([*found.values()])) if found else np.zeros(0, dtype=np.int64)


def _nested_counts(columns: Sequence[CountColumn]) -> Iterator[tuple[int, int]]:
    """(part, whole) places of counts of which one counts some of the other's people, or the centre's of the same."""
    for whole, other in enumerate(columns):
        for part, one in enumerate(columns):
            is_within = one.level != other.level and other.level == "institution" and one.atoms == other.atoms
            if is_within or (one.level == other.level and one.atoms < other.atoms):
                yield part, whole


def _system(
    columns: Sequence[CountColumn],
    groups: Array,
    positions: Array,
    sums: csr_matrix,
    limits: csr_matrix,
    rests: Sequence[tuple[int, int]],
) -> CountSystem:
    within = {int(position): at for at, position in enumerate(positions)}
    own = [(within[part], within[whole]) for part, whole in rests if part in within and whole in within]
    lines = sums[positions][:, groups]
    made_of = [columns[position].atoms for position in positions]
    counted = lines.tocsc()
    others = np.zeros(counted.shape[1], dtype=bool)
    for group in range(counted.shape[1]):
        wholes = {made_of[at] for at in counted[:, [group]].indices}
        others[group] = len(wholes) == 1 and any(one < next(iter(wholes)) for one in made_of)
    return CountSystem(positions, lines, limits[:, groups], np.array(own, dtype=np.int64).reshape(-1, 2), others)


def _is_told_apart(
    pair: tuple[Atoms, Atoms], columns: Sequence[CountColumn], among: Iterable[tuple[Atoms, Atoms]]
) -> bool:
    """Whether some count, or another rule of who is among whom, tells people of the part of ``pair`` apart."""
    part = pair[0]
    is_counted_apart = any(part & column.atoms and not part <= column.atoms for column in columns)
    return is_counted_apart or any(part & one for other in among if other != pair for one in other)


def _limits(
    part: Atoms, whole: Atoms, index: Mapping[Hashable, int], is_told_apart: bool
) -> Iterator[list[tuple[int, int]]]:
    """Who is among whom in each zone: class by class where both are asked by the same classes, else in all.

    People of a part whom nothing tells apart may be of any class of the whole: one line says as much as all.
    """
    classes, others = ({_class(atom) for atom in made_of} for made_of in (part, whole))
    is_by_class = not part & whole and classes <= others
    for zone in ZONES:
        if not is_by_class:
            yield [(index[zone, a], 1) for a in whole - part] + [(index[zone, a], -1) for a in part - whole]
            continue
        lines = (
            [
                *((index[zone, a], 1) for a in whole if _class(a) == one),
                *((index[zone, a], -1) for a in part if _class(a) == one),
            ]
            for one in sorted(classes, key=str)
        )
        if is_told_apart:
            yield from lines
        else:
            yield [entry for line in lines for entry in line]


def _class(atom: Hashable) -> Hashable:
    return atom[1] if isinstance(atom, tuple) and len(atom) == PARTS_OF_ATOM else atom


def _matrix(lines: Iterable[Sequence[tuple[int, int]]], width: int) -> csr_matrix:
    rows = list(lines)
    entries = np.array(
        [(at, column, value) for at, line in enumerate(rows) for column, value in line], dtype=np.int64
    ).reshape(-1, 3)
    shape = (len(rows), width)
    return coo_matrix((entries[:, 2].astype(float), (entries[:, 0], entries[:, 1])), shape=shape).tocsr()
