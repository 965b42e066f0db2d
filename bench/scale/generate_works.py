"""Generates OpenAlex-shaped works as Parquet, from a seed, with the skew of the real thing.

What is imitated (all numbers are made up, of the order of published bibliometrics):

- institutions: 20,000 in 60 countries, 800 of them in Japan; their sizes fall as a power law (Zipf, exponent 0.8);
- authors a work: 1 + a geometric number with mean 4, and one work in a thousand has 100 to 3,000;
- an author works at the home institution of the work (62 %), at another of the same country (22 %), or abroad
  (16 %); one in ten has two institutions;
- years 2015-2024 growing by 4 % a year; 20 fields with unequal shares; nine types of ten are articles;
- the citation percentile is higher for works with more countries; one work in twelve has none;
- one work in fifteen has authors without any institution.

``python -m bench.scale.generate_works FOLDER --works N`` writes files of 250,000 works each.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

WORKS_A_FILE = 250_000
CHUNK = 50_000  # works made at a time
INSTITUTIONS, JAPANESE = 20_000, 800
COUNTRIES = tuple(
    code
    for line in (
        "CN US GB DE JP IN IT FR CA AU ES KR BR NL CH SE PL TR IR RU TW BE DK AT PT NO FI SG ZA MX EG SA IL GR MY CZ",
        "TH PK CL IE HK NZ RO HU AR CO ID UA VN NG BD MA SK SI HR KE ET PE TN RS",
    )
    for code in line.split()
)
FIELDS = tuple(range(11, 31))
YEARS = tuple(range(2015, 2025))
TYPES = ("article", "review", "preprint", "book-chapter")
SEED = 20260601

Rows = np.ndarray[Any, np.dtype[Any]]


class World:
    """The institutions: country, size, identifiers; Japan has the first 800."""

    def __init__(self) -> None:
        rng = np.random.default_rng(SEED)
        weights = 1 / np.arange(1, len(COUNTRIES)) ** 0.9
        others = [code for code in COUNTRIES if code != "JP"]
        drawn = rng.choice(len(others), INSTITUTIONS - JAPANESE, p=weights / weights.sum())
        self.country = np.array(["JP"] * JAPANESE + [others[at] for at in drawn])
        self.codes, self.country_at = np.unique(self.country, return_inverse=True)
        size = np.concatenate([1 / np.arange(1, n + 1) ** 0.8 for n in (JAPANESE, INSTITUTIONS - JAPANESE)])
        size[:JAPANESE] *= 0.05 / size[:JAPANESE].sum() * size[JAPANESE:].sum() / 0.95
        self.chance = size / size.sum()
        self.by_country = [np.flatnonzero(self.country_at == at) for at in range(len(self.codes))]
        self.within = [self.chance[places] / self.chance[places].sum() for places in self.by_country]
        numbers = np.arange(INSTITUTIONS)
        identifiers = pa.array([f"https://openalex.org/I{7_000_000 + n}" for n in numbers])
        self.table = {
            "id": identifiers,
            "display_name": pa.array([f"Made-up University {n}" for n in numbers]),
            "ror": pa.array([f"https://ror.org/0{n:06d}{n % 97:02d}" for n in numbers]),
            "country_code": pa.array(self.country.tolist()),
        }

    def draw_within(self, rng: np.random.Generator, homes: Rows) -> Rows:
        """For each home institution another one of its country, by size."""
        found = np.empty(len(homes), dtype=np.int64)
        of_country = self.country_at[homes]
        for at in np.unique(of_country):
            chosen = of_country == at
            found[chosen] = rng.choice(self.by_country[at], chosen.sum(), p=self.within[at])
        return found


def make_works(world: World, first: int, count: int) -> pa.Table:
    """Works ``first`` to ``first + count``: the same numbers give the same works, however they are parted."""
    rng = np.random.default_rng([SEED, first])
    homes = rng.choice(INSTITUTIONS, count, p=world.chance)
    authors = np.minimum(rng.geometric(0.2, count), 99)
    many = rng.random(count) < 0.001
    authors[many] = rng.integers(100, 3_000, many.sum())
    author_offsets = np.concatenate([[0], np.cumsum(authors)])
    people = int(author_offsets[-1])
    work_of = np.repeat(np.arange(count), authors)
    place_counts = np.where(rng.random(people) < 0.1, 2, 1)
    place_counts[(rng.random(count) < 1 / 15)[work_of]] = 0
    place_offsets = np.concatenate([[0], np.cumsum(place_counts)])
    author_of = np.repeat(np.arange(people), place_counts)
    places = _places(world, rng, homes[work_of[author_of]])
    countries = _distinct(work_of[author_of], world.country_at[places], count)
    institutions = _distinct(work_of[author_of], places, count)
    return pa.table(
        {
            "id": pa.array([f"https://openalex.org/W{n}" for n in range(first, first + count)]),
            "doi": pa.array([f"https://doi.org/10.5555/w{n}" for n in range(first, first + count)]),
            "title": pa.array(
                [f"A made-up title of the work with the number {n}" for n in range(first, first + count)]
            ),
            "publication_year": pa.array(_years(rng, count)),
            "type": pa.array(np.array(TYPES)[rng.choice(4, count, p=[0.86, 0.06, 0.05, 0.03])].tolist()),
            "authorships": _authorships(world, work_of, author_offsets, place_offsets, places),
            "authors_count": pa.array(authors),
            "countries_distinct_count": pa.array(countries),
            "institutions_distinct_count": pa.array(institutions),
            "primary_topic": _topics(rng, count),
            "citation_normalized_percentile": _percentiles(rng, countries),
            "cited_by_count": pa.array(rng.geometric(0.08, count) - 1),
        }
    )


def _places(world: World, rng: np.random.Generator, homes: Rows) -> Rows:
    places, where = homes.copy(), rng.random(len(homes))
    near, far = (where >= 0.62) & (where < 0.84), where >= 0.84
    places[near] = world.draw_within(rng, homes[near])
    places[far] = rng.choice(INSTITUTIONS, far.sum(), p=world.chance)
    return places


def _distinct(works: Rows, things: Rows, count: int) -> Rows:
    """How many different things each work has."""
    pairs = np.unique(np.stack([works, things]), axis=1)
    return np.bincount(pairs[0], minlength=count)


def _years(rng: np.random.Generator, count: int) -> Rows:
    growth = 1.04 ** np.arange(len(YEARS))
    return rng.choice(np.array(YEARS), count, p=growth / growth.sum())


def _topics(rng: np.random.Generator, count: int) -> pa.Array:
    shares = 1 / np.arange(1, len(FIELDS) + 1) ** 0.6
    fields = rng.choice(len(FIELDS), count, p=shares / shares.sum())
    identifiers = pa.array([f"https://openalex.org/fields/{n}" for n in FIELDS]).take(pa.array(fields))
    names = pa.array([f"Made-up field {n}" for n in FIELDS]).take(pa.array(fields))
    return pa.StructArray.from_arrays(
        [identifiers, pa.StructArray.from_arrays([identifiers, names], ["id", "display_name"])], ["id", "field"]
    )


def _percentiles(rng: np.random.Generator, countries: Rows) -> pa.Array:
    value = rng.random(len(countries)) ** (1 / (1 + 0.15 * np.maximum(countries - 1, 0).clip(max=5)))
    unknown = rng.random(len(countries)) < 1 / 12
    flags = [pa.array(value >= limit, mask=unknown) for limit in (0.99, 0.9)]
    names = ["value", "is_in_top_1_percent", "is_in_top_10_percent"]
    return pa.StructArray.from_arrays([pa.array(value, mask=unknown), *flags], names)


def _authorships(world: World, work_of: Rows, authors: Rows, offsets: Rows, places: Rows) -> pa.Array:
    """The nested column: authors within works, institutions and countries within authors."""
    at = pa.array(places)
    columns = {name: column.take(at) for name, column in world.table.items()}
    lineage = pa.ListArray.from_arrays(pa.array(np.arange(len(places) + 1, dtype=np.int32)), columns["id"])
    bodies = pa.StructArray.from_arrays([*columns.values(), lineage], [*columns, "lineage"])
    place_offsets = pa.array(offsets.astype(np.int32))
    people = len(offsets) - 1
    numbers = np.arange(people)
    is_first = np.isin(numbers, authors[:-1])
    names = pa.array([f"https://openalex.org/A{n}" for n in range(10_000)]).take(pa.array(numbers % 10_000))
    fields = {
        "author_position": pa.array(["middle", "first"]).take(pa.array(is_first.astype(np.int8))),
        "author": pa.StructArray.from_arrays([names, names], ["id", "display_name"]),
        "institutions": pa.ListArray.from_arrays(place_offsets, bodies),
        "countries": pa.ListArray.from_arrays(place_offsets, columns["country_code"]),
        "is_corresponding": pa.array(is_first & (work_of % 3 > 0)),
    }
    records = pa.StructArray.from_arrays(list(fields.values()), list(fields))
    return pa.ListArray.from_arrays(pa.array(authors.astype(np.int32)), records)


def write_works(folder: Path, works: int) -> list[Path]:
    """Writes ``works`` works as Parquet files of 250,000 each; files that are there already are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    world, written = World(), []
    for first in range(0, works, WORKS_A_FILE):
        path = folder / f"part_{first // WORKS_A_FILE:04d}.parquet"
        written.append(path)
        if path.is_file():
            continue
        last, beside = min(first + WORKS_A_FILE, works), path.with_suffix(".part")
        writer: pq.ParquetWriter | None = None
        for start in range(first, last, CHUNK):
            table = make_works(world, start, min(CHUNK, last - start))
            writer = writer or pq.ParquetWriter(beside, table.schema, compression="zstd")
            writer.write_table(table)
        assert writer is not None
        writer.close()
        beside.replace(path)
    return written


def main(arguments: Sequence[str] | None = None) -> None:
    """Generates the data set of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--works", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    for path in write_works(options.folder, options.works):
        print(path)


if __name__ == "__main__":
    main()
