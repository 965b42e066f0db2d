"""An invented nation: staff who persist, hired in cohorts, by position and field; some leave years out or game."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

Array = np.ndarray[Any, Any]


@cache
def parameters() -> Mapping[str, Any]:
    """The assumptions, from calibration.yaml."""
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "calibration.yaml").read_text(encoding="utf-8"))
    return found


def sizes_of(name: str, cases: int, rng: np.random.Generator) -> Array:
    """Numbers of posts of institutions of one size class."""
    low, high = parameters()["sizes"][name]
    return rng.integers(low, high + 1, cases)


def chances(cases: int, rng: np.random.Generator) -> Array:
    """The chance of each institution that a post goes to somebody from abroad."""
    return rng.beta(*parameters()["chance"], cases)


@dataclass(frozen=True)
class Staff:
    """Counts of institutions × positions and fields × years: foreigners, people, and people hired the year before."""

    part: Array
    whole: Array
    hired: Array
    rates: Array  # the chance by institution, position and field in the first year

    @property
    def truth(self) -> Array:
        """The share each institution would have on average in the first year."""
        posts = self.whole[:, :, 0]
        return (posts * self.rates).sum(axis=1) / posts.sum(axis=1)


def profiles(cases: int, rng: np.random.Generator) -> Array:
    """How much of each field institutions have, (cases, fields)."""
    return rng.dirichlet(np.ones(len(parameters()["fields"])), cases)


def staff(
    sizes: Array,
    chance: Array,
    years: int,
    rng: np.random.Generator,
    *,
    rise: float = 0.0,
    profile: Array | None = None,
) -> Staff:
    """Staff of institutions over ``years``: each year some posts fall vacant and are filled again.

    ``rise``: by how much the average share grows a year; 0 where nothing changes. ``profile``: the fields of each
    institution, drawn where they are not given.
    """
    positions, fields = list(parameters()["positions"].values()), parameters()["fields"]
    by_position = np.stack([np.round(sizes * one["share"]).astype(np.int64) for one in positions[:-1]], axis=1)
    by_position = np.column_stack([by_position, sizes - by_position.sum(axis=1)])
    profile = profiles(len(sizes), rng) if profile is None else profile
    posts = np.concatenate([rng.multinomial(column, profile) for column in by_position.T], axis=1)
    times = np.array([one["times"] * field for one in positions for field in fields.values()])
    rates = np.minimum(chance[:, None] * times, 0.95)
    turnover = np.repeat([one["turnover"] for one in positions], len(fields))
    part = [_in_cohorts(posts, rates, rng)]
    hired = [rng.binomial(posts, turnover)]
    for year in range(1, years):
        # Hires need a chance so much higher that the whole staff grows by ``rise``.
        wanted = np.clip(rates + rise * (year - 1) + (rise / turnover if rise else 0.0), 0.0, 1.0)
        left_part = rng.binomial(part[-1], turnover)
        left_rest = rng.binomial(posts - part[-1], turnover)
        hired.append(left_part + left_rest)
        part.append(part[-1] - left_part + _in_cohorts(hired[-1], wanted, rng))
    whole = np.repeat(posts[:, :, None], years, axis=2)
    return Staff(np.stack(part, axis=2), whole, np.stack(hired, axis=2), rates)


def _in_cohorts(people: Array, rates: Array, rng: np.random.Generator) -> Array:
    """How many of ``people`` are from abroad when they are hired in cohorts that resemble one another."""
    size, within = parameters()["cohort"], parameters()["within_cohort"]
    strength = 1 / within - 1
    counted = np.zeros_like(people)
    for first in range(0, int(people.max(initial=0)), size):
        here = np.clip(people - first, 0, size)
        rows = np.nonzero(here)
        own = np.clip(rates[rows], 1e-6, 1 - 1e-6)
        counted[rows] += rng.binomial(here[rows], rng.beta(own * strength, (1 - own) * strength))
    return counted


def left_out(cases: int, years: int, rng: np.random.Generator) -> Array:
    """Which years institutions left out of a series, each at least one inside it; (cases, years)."""
    is_out = rng.random((cases, years)) < parameters()["gaps"]
    is_out[:, [0, -1]] = False
    is_out[np.arange(cases), rng.integers(1, years - 1, cases)] = True
    return is_out


def gamed(part: Array, whole: Array, rng: np.random.Generator) -> Array:
    """Counts in which some institutions moved people into the count until the next line of 5 % was reached."""
    given = parameters()
    games = rng.random(len(part)) < given["gaming"]
    line = np.ceil(part / whole * 20) / 20
    more = np.minimum(np.ceil(line * whole - part), np.floor(given["moved"] * whole))
    return np.where(games, np.minimum(part + np.maximum(more, 0), whole), part).astype(np.int64)
