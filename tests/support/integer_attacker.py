"""An attacker who knows everything that is printed about an institution, and that people are whole numbers.

For each count of 1 to 4 he finds the least and the greatest number of people that agree with all that is printed:
counts, the sign "<5", which rows there are, who is among whom, and the centre within its institution. Exact: integer
programmes solved by HiGHS (Huangfu and Hall 2018) through scipy. Independent of the product's own search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

from app.results.linked_counts import Counts, Links

Array = np.ndarray[Any, Any]
Form = tuple[str, frozenset[Any]]  # level and atoms: a count that is printed or hidden
PLACES = ("centre", "elsewhere")
FEW = "<5"


@dataclass(frozen=True)
class Attack:
    """What the attacker makes of one hidden count of 1 to 4: its name, its value, and the range he is left with."""

    institution: str
    name: str
    count: int
    least: int
    greatest: int

    @property
    def candidates(self) -> int:
        """How many values are left."""
        return self.greatest - self.least + 1


@dataclass(frozen=True)
class System:
    """Counts as sums of people: a line a form, who cannot be more than whom, and which lines hang together."""

    forms: dict[Form, int]
    lines: csr_matrix
    limits: csr_matrix  # each of these sums is 0 or more
    component: Array  # of each variable
    form_component: Array
    nested: list[tuple[int, int]]  # (part, whole) places of forms that count some of the same people


def _is_small(count: Array) -> Array:
    small: Array = (count > 0) & (count < 5) & (count % 1 == 0)
    return small


def attack(before: pd.DataFrame, after: pd.DataFrame, links: Links) -> list[Attack]:
    """Every count of 1 to 4 of ``before`` that ``after`` hides, by what is printed in ``after`` alone."""
    found: list[Attack] = []
    true = before.assign(printed_numerator=after["numerator"], printed_denominator=after["denominator"])
    for (institution, _), rows in true.groupby(["institution", "year"], sort=True):
        found += _attack_one(str(institution), rows, links)
    return found


def _attack_one(institution: str, rows: pd.DataFrame, links: Links) -> list[Attack]:
    keys = frozenset(zip(rows["level"], rows["indicator"], rows["definition"], strict=True))
    system = _system(keys, _Key(links))
    count, low, high = (np.full(len(system.forms), start) for start in (np.nan, 0.0, np.inf))
    pairs: list[tuple[int, int]] = []
    for row in rows.itertuples(index=False):
        own = _counts(links, row.indicator, row.definition)
        if own is None:
            continue
        at = []
        for name, atoms in (("numerator", own.numerator), ("denominator", own.denominator)):
            real, printed = getattr(row, name), getattr(row, f"printed_{name}")
            if atoms is None or pd.isna(real):
                continue
            place = system.forms[row.level, atoms]
            at.append(place)
            count[place] = float(Fraction(str(real)))
            if pd.isna(printed):
                continue
            edges = (1.0, 4.0) if printed == FEW else (float(Fraction(str(printed))),) * 2
            low[place], high[place] = max(low[place], edges[0]), min(high[place], edges[1])
        if own.is_part and len(at) == 2:
            pairs.append((at[0], at[1]))
    pairs += system.nested
    return list(_search(institution, system, count, low, high, pairs))


def _search(
    institution: str, system: System, count: Array, low: Array, high: Array, pairs: list[tuple[int, int]]
) -> Iterator[Attack]:
    forms = list(system.forms)
    targets: list[tuple[str, float, csr_matrix]] = []
    for place in np.flatnonzero(_is_small(count)):
        name = f"{forms[place][0]} {min(map(str, forms[place][1]), default='')[:60]}"
        targets.append((name, count[place], system.lines[[place]]))
    for part, whole in dict.fromkeys(pairs):
        if _is_small(count[whole] - count[part]):
            name = f"{min(map(str, forms[whole][1]), default='')[:60]} of the {forms[whole][0]} less a part"
            targets.append((name, count[whole] - count[part], system.lines[[whole]] - system.lines[[part]]))
    fractional = system.form_component[[place for place in range(len(count)) if count[place] % 1 > 0]]
    by_component: dict[int, list[int]] = {}
    for place, (_, _, line) in enumerate(targets):
        by_component.setdefault(int(system.component[line.indices[0]]), []).append(place)
    for component, chosen in by_component.items():
        variables = np.flatnonzero(system.component == component)
        shown = np.flatnonzero((system.form_component == component) & ((low > 0) | (high < np.inf)))
        limits = system.limits[:, variables]
        limits = limits[np.diff(limits.indptr) > 0]
        rules = vstack([system.lines[shown][:, variables], limits]).tocsr()
        edges = (np.r_[low[shown], np.zeros(limits.shape[0])], np.r_[high[shown], np.full(limits.shape[0], np.inf)])
        whole = np.full(len(variables), float(component not in fractional))
        lines = vstack([targets[place][2][:, variables] for place in chosen]).toarray()
        for place, (least, greatest) in zip(
            chosen, _ranges(lines, np.array([targets[place][1] for place in chosen]), rules, edges, whole), strict=True
        ):
            yield Attack(institution, targets[place][0], int(targets[place][1]), least, greatest)


def _ranges(
    lines: Array, true: Array, rules: csr_matrix, edges: tuple[Array, Array], whole: Array
) -> list[tuple[int, int]]:
    """The least and greatest value of each line; three values in sight, the true one of them, end the search."""
    rules_of = LinearConstraint(rules, *edges)
    most = 2 * max(100.0, edges[1][np.isfinite(edges[1])].max(initial=0.0))  # nobody counts as many as that

    def best(cost: Array) -> Array:
        # Presolving calls some of these infeasible that are not (scipy 1.17 with HiGHS 1.12).
        result = milp(
            cost, constraints=rules_of, bounds=Bounds(0, most), integrality=whole, options={"presolve": False}
        )
        if result.x is None:
            raise ArithmeticError(f"what is printed contradicts itself: {result.message}")
        found: Array = np.rint(lines @ result.x)
        return found

    least, greatest = true.copy(), true.copy()
    for weights in (np.ones(len(lines)), (-1.0) ** np.arange(len(lines))):
        for sign in (1, -1):
            if (greatest - least < 2).any():
                values = best(sign * weights @ lines)
                least, greatest = np.minimum(least, values), np.maximum(greatest, values)
    for at, line in enumerate(lines):
        for sign in (1, -1):
            if greatest[at] - least[at] < 2:
                values = best(sign * line)
                least, greatest = np.minimum(least, values), np.maximum(greatest, values)
    return [(int(one), int(other)) for one, other in zip(least, greatest, strict=True)]


class _Key:
    """Links, told apart by identity, so that systems can be kept."""

    def __init__(self, links: Links) -> None:
        self.links = links

    def __hash__(self) -> int:
        return id(self.links)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.links is self.links


def _counts(links: Links, indicator: str, definition: str) -> Counts | None:
    if indicator in links.open_items or indicator in links.derived:
        return None
    return links.counts.get((indicator, definition))


@lru_cache(maxsize=64)
def _system(keys: frozenset[tuple[str, str, str]], key: _Key) -> System:
    """The sums that the rows of an institution with these keys are."""
    links = key.links
    forms: dict[Form, int] = {}
    among: list[tuple[str, frozenset[Any], frozenset[Any]]] = []
    for level, indicator, definition in sorted(keys):
        own = _counts(links, indicator, definition)
        if own is None:
            continue
        for atoms in (own.numerator, own.denominator):
            if atoms is not None:
                forms.setdefault((level, atoms), len(forms))
        if own.is_part and own.numerator is not None and own.denominator is not None:
            among.append((level, own.numerator, own.denominator))
    atoms = sorted({atom for _, made_of in forms for atom in made_of}, key=str)
    index = {(place, atom): at for at, (place, atom) in enumerate((p, a) for p in PLACES for a in atoms)}
    known = {atom for _, atom in index}
    among += [("", part, whole) for part, whole in links.within if part | whole <= known]
    lines = _matrix([[(index[p, a], 1) for p in _places(level) for a in made] for level, made in forms], len(index))
    limits = _matrix([*_limits(among, index)], len(index))
    joined = vstack([lines, limits])
    links_between = (abs(joined).T @ abs(joined)).tocsr()
    _, component = connected_components(links_between, directed=False)
    # People whom no line tells apart are one number.
    _, kinds = np.unique(joined.T.toarray(), axis=0, return_inverse=True)
    first = np.unique(kinds, return_index=True)[1]
    lines, limits = lines[:, first], limits[:, first]
    of_form = np.array([component[first][line.indices[0]] if line.nnz else -1 for line in lines])
    nested = [
        (forms[one], forms[other])
        for one in forms
        for other in forms
        if (one[0] == other[0] and one[1] < other[1]) or (one[0] == "centre" != other[0] and one[1] == other[1])
    ]
    return System(forms, lines, limits, component[first], of_form, nested)


def _places(level: str) -> tuple[str, ...]:
    return ("centre",) if level == "centre" else PLACES


def _limits(
    among: list[tuple[str, frozenset[Any], frozenset[Any]]], index: Mapping[tuple[str, Any], int]
) -> Iterator[list[tuple[int, int]]]:
    """Who is among whom, in the centre and elsewhere: class by class where both are asked by the same classes."""
    for _, part, whole in dict.fromkeys((("", part, whole) for _, part, whole in among)):
        own, other = ({one for _, one in made_of} for made_of in (part, whole))
        by_class = not part & whole and own <= other
        for place in PLACES:
            if by_class:
                for one in sorted(own, key=str):
                    parts = [(index[place, a], -1) for a in part if a[1] == one]
                    yield [*((index[place, a], 1) for a in whole if a[1] == one), *parts]
            else:
                yield [(index[place, a], 1) for a in whole - part] + [(index[place, a], -1) for a in part - whole]


def _matrix(rows: list[list[tuple[int, int]]], width: int) -> csr_matrix:
    entries = [(row, column, value) for row, line in enumerate(rows) for column, value in line]
    at, columns, values = (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    return coo_matrix((values, (at, columns)), shape=(len(rows), width), dtype=float).tocsr()


# several rounds ---------------------------------------------------------------------------------------------------

# Papers in which a year is counted, and which of them make up numerator and denominator of each share of several years.
KINDS = ("international", "domestic", "single", "top10_i", "top10_d", "top10_s", "few", "few_i", "corresponding")
ALL, HOME, TOP10 = KINDS[:3], KINDS[1:3], KINDS[3:6]
SHARES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "intl_coauthored_share_full": (KINDS[:1], ALL),
    "intl_coauthored_share_without_hyper": (("few_i",), ("few",)),
    "intl_corresponding_share": (("corresponding",), KINDS[:1]),
    "intl_share_of_top10": (("top10_i",), TOP10),
    "intl_top10_share_of_all": (("top10_i",), ALL),
    "pp_top10_all": (TOP10, ALL),
    "pp_top10_domestic": (TOP10[1:], HOME),
    "pp_top10_international": (("top10_i",), KINDS[:1]),
}
AMONG_PAPERS = (
    *((("top10_i",), ("international",)), (("top10_d",), ("domestic",)), (("top10_s",), ("single",))),
    *((("few_i",), ("few",)), (("few_i",), ("international",)), (("corresponding",), ("international",))),
    (("few",), ("few_i", *HOME)),
)


def attack_rounds(before: pd.DataFrame, after: pd.DataFrame) -> list[Attack]:
    """Every count of 1 to 4 papers of several years that ``after`` hides, by all rounds of an institution together.

    The attacker takes it that the papers of a calendar year are the same in every round that counts them.
    """
    true = before.assign(printed_numerator=after["numerator"], printed_denominator=after["denominator"])
    true = true[true["indicator"].isin(list(SHARES)) & true["window_from"].notna()]
    return [one for name, rows in true.groupby("institution", sort=True) for one in _attack_windows(str(name), rows)]


def _attack_windows(institution: str, rows: pd.DataFrame) -> Iterator[Attack]:
    years = range(int(rows["window_from"].min()), int(rows["window_to"].max()) + 1)
    index = {(kind, year): at for at, (kind, year) in enumerate((kind, year) for kind in KINDS for year in years)}
    counts: dict[tuple[tuple[str, ...], int, int], tuple[int, float, float]] = {}
    targets: dict[str, tuple[int, Array]] = {}

    def line(kinds: tuple[str, ...], window: tuple[int, int]) -> Array:
        at = [index[kind, year] for kind in kinds for year in range(window[0], window[1] + 1)]
        return np.bincount(at, minlength=len(index)).astype(float)

    for row in rows.itertuples(index=False):
        window = int(row.window_from), int(row.window_to)
        pair = []
        for kinds, real, printed in zip(
            SHARES[row.indicator],
            (row.numerator, row.denominator),
            (row.printed_numerator, row.printed_denominator),
            strict=True,
        ):
            least, greatest = (0.0, np.inf) if pd.isna(printed) else (1.0, 4.0)
            if not pd.isna(printed) and printed != FEW:
                least = greatest = float(printed)
            known = counts.get((kinds, *window), (int(real), 0.0, np.inf))
            counts[kinds, *window] = int(real), max(known[1], least), min(known[2], greatest)
            pair.append((int(real), line(kinds, window)))
            targets[f"{kinds} {window}"] = pair[-1]
        targets[f"{row.indicator} {window} less a part"] = pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]
    small = {name: target for name, target in targets.items() if 0 < target[0] < 5}
    if not small:
        return
    limits = [line(w, (y, y)) - line(p, (y, y)) for y in years for p, w in AMONG_PAPERS]
    rules = csr_matrix(np.array([*(line(key[0], key[1:]) for key in counts), *limits]))
    edges = np.array([*(known[1:] for known in counts.values()), *((0.0, np.inf) for _ in limits)]).T
    true, lines = (np.array(column, dtype=float) for column in zip(*small.values(), strict=True))
    found = _ranges(lines, true, rules, (edges[0], edges[1]), np.ones(len(index)))
    for (name, (count, _)), (least, greatest) in zip(small.items(), found, strict=True):
        yield Attack(institution, name, count, least, greatest)
