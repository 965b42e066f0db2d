"""Many invented institutions with the counts of the core form, small ones among them, that agree with each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from app.edition import catalogue
from app.results.linked_counts import Atoms, Links
from tests.support.integer_attacker import SHARES

Array = np.ndarray[Any, Any]
TABLES = ("researchers", "staff", "faculty_classes", "publications", "hosted", "nationalities", "documents")
ZONES = ("centre", "elsewhere")
MEDIAN_CLASS = 500.0  # people in a class of the whole institution, at the median
SPREAD = 0.8  # of the logarithm of sizes
SHARE = 0.12  # of a class that a narrower question counts


def generated_nation(number: int, seed: int, links: Links) -> pd.DataFrame:
    """Rows of ``number`` institutions and their centres: the keys of ``values`` with numerator and denominator."""
    rng = np.random.default_rng(seed)
    wanted = [
        (indicator, definition, own)
        for (indicator, definition), own in sorted(links.counts.items(), key=lambda item: item[0])
        if own.numerator is not None and _is_core(own.numerator) and _is_core(own.denominator or frozenset())
        if indicator not in links.derived
    ]
    atoms = sorted({a for _, _, own in wanted for a in [*own.numerator, *(own.denominator or ())]}, key=str)
    index = {atom: at for at, atom in enumerate(atoms)}
    wholes: dict[int, set[int]] = {}
    for _, _, own in wanted:
        for part in own.numerator if own.is_part and own.denominator else ():
            found = {index[whole] for whole in own.denominator if whole[1] == part[1] and part not in own.denominator}
            wholes.setdefault(index[part], set()).update(found)
    people = {zone: _people(rng, number, len(atoms), wholes, zone) for zone in ZONES}
    frames = []
    for indicator, definition, own in wanted:
        for level in ("institution", "centre"):
            if level not in catalogue().indicators[indicator].levels:
                continue
            zones = ZONES if level == "institution" else ZONES[:1]
            counts = [
                sum(people[zone][:, [index[a] for a in made_of]].sum(axis=1) for zone in zones) if made_of else None
                for made_of in (own.numerator, own.denominator)
            ]
            if own.is_part and (counts[0] > counts[1]).any():
                counts[0] = np.minimum(counts[0], counts[1])
            keys = {"level": level, "unit": "00", "indicator": indicator, "definition": definition, "counting": "-"}
            codes = [f"G{at:04}" for at in range(number)]
            frames.append(
                pd.DataFrame({"institution": codes, **keys, "numerator": counts[0], "denominator": counts[1]})
            )
    rows = pd.concat(frames, ignore_index=True).assign(year=2026, status="ok")
    rows["value"] = 100 * rows["numerator"] / rows["denominator"].where(rows["denominator"] > 0)
    return rows.sort_values("institution", kind="stable").reset_index(drop=True)


def _is_core(atoms: Atoms) -> bool:
    names = [str(atom[0]) for atom in atoms]
    return all(name.split()[0] == "sum" and name.split()[1].split(".")[0] in TABLES for name in names)


def _people(rng: np.random.Generator, number: int, size: int, wholes: dict[int, set[int]], zone: str) -> Array:
    """Institution × atom: Poisson numbers about a size of each institution, narrower questions a share of wider."""
    of_zone = 0.15 if zone == "centre" else 1.0
    sizes = np.exp(rng.normal(np.log(MEDIAN_CLASS), SPREAD, number))[:, None] * of_zone
    people = rng.poisson(sizes * rng.gamma(1.0, 1.0, size)[None, :], (number, size))
    for _ in range(3):  # questions within questions within questions
        for part, own in sorted(wholes.items()):
            if own:
                people[:, part] = rng.binomial(people[:, sorted(own)].min(axis=1), SHARE)
    return people


def generated_rounds(number: int, seed: int, rounds: range) -> pd.DataFrame:
    """Rows of papers of several years of small institutions, whose papers of a year are the same in every round."""
    rng = np.random.default_rng(seed)
    found = []
    for institution in range(number):
        expected = rng.choice([0.5, 1, 2, 4, 8]) * np.array([1, 1.3, 0.7])
        papers = {year: _papers(rng, expected) for year in range(rounds.start - 5, rounds.stop)}
        for year in rounds:
            for indicator, shares in SHARES.items():
                first, last = (year - 5, year - 3) if "top10" in indicator else (year - 3, year - 1)
                part, whole = (
                    sum(papers[one][kind] for kind in kinds for one in range(first, last + 1)) for kinds in shares
                )
                keys = {"institution": f"X{institution:03}", "year": year, "level": "institution", "unit": "00"}
                keys |= {"indicator": indicator, "definition": "-", "counting": "full", "status": "ok"}
                figures = {"window_from": first, "window_to": last, "numerator": part, "denominator": whole}
                found.append({**keys, **figures, "value": part / whole if whole else np.nan})
    return pd.DataFrame(found)


def _papers(rng: np.random.Generator, expected: Array) -> dict[str, int]:
    """The papers of one year by kind, as many as are expected on average."""
    kinds = rng.poisson(expected)
    top10, few_abroad, at_home = rng.binomial(kinds, SHARE), rng.binomial(kinds[0], 0.93), int(kinds[1:].sum())
    more = (few_abroad, few_abroad + rng.binomial(at_home, 0.99), rng.binomial(kinds[0], 0.5))
    names = ("international", "domestic", "single", "top10_i", "top10_d", "top10_s", "few_i", "few", "corresponding")
    return dict(zip(names, map(int, (*kinds, *top10, *more)), strict=True))
