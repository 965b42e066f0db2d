"""Recomputes a bundle from its workbook and says of each number whether it agrees."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.documents.bundle.archive import (
    BESIDES,
    CATALOGUE,
    MANIFEST,
    PARAMETERS,
    RESULTS,
    WORKBOOK,
    NoBundle,
    changed_parts,
    json_bytes,
    parts_of,
)
from app.documents.bundle.write_bundle import catalogue_document, parameters_of, results_of
from app.edition import catalogue, versions_of_software
from app.submission.background import NOTHING_KNOWN, form_of_result
from app.submission.result import Result
from app.submission.worker_pool import WorkerPool

CLOSE = 1e-12  # a sum of floating-point numbers may differ in its last digits between machines
KEY = ("id", "level", "unit", "definition", "counting")


def are_same(one: Any, other: Any) -> bool:
    """Whether two numbers or words are the same, but for the last digits of a sum."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(one == other)


@dataclass(frozen=True)
class Number:
    """One number of a bundle: where it stands, as it was given, and as it was recomputed (None: not there)."""

    path: str
    given: float | str | None
    recomputed: float | str | None

    @property
    def agrees(self) -> bool:
        """Whether both are the same number."""
        return are_same(self.given, self.recomputed)


@dataclass(frozen=True)
class Verification:
    """What a bundle proved to be.

    ``changed`` names parts whose bytes are not as they were written; ``versions`` gives, for what it was made with
    and this machine does not have, both versions; ``numbers`` are empty where the workbook itself was changed.
    """

    changed: tuple[str, ...]
    versions: Mapping[str, tuple[str, str]]
    numbers: tuple[Number, ...]

    @property
    def disagreeing(self) -> list[Number]:
        """The numbers that do not agree."""
        return [number for number in self.numbers if not number.agrees]


def verify_bundle(data: bytes, workers: WorkerPool) -> Verification:
    """Recomputes a bundle. Raises NoBundle, Refusal for a workbook that cannot be read, Busy."""
    parts, damaged = parts_of(data)
    changed = changed_parts(data, parts, damaged)
    versions = _other_versions(parts)
    if not versions and CATALOGUE not in changed and parts[CATALOGUE] != json_bytes(catalogue_document(catalogue())):
        changed = sorted([*changed, CATALOGUE])
    if {WORKBOOK, *BESIDES, RESULTS} & set(changed) or WORKBOOK not in parts:
        return Verification(tuple(changed), versions, ())
    try:
        given = dict(numbers_of(json.loads(parts[RESULTS])))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoBundle("foreign") from None
    result = recompute_results(parts, workers)
    if not versions and PARAMETERS not in changed and parts[PARAMETERS] != json_bytes(parameters_of(result)):
        changed = sorted([*changed, PARAMETERS])
    found = dict(numbers_of(results_of(result)))
    paths = list(dict.fromkeys([*given, *found]))
    numbers = tuple(Number(path, given.get(path), found.get(path)) for path in paths)
    return Verification(tuple(changed), versions, numbers)


def recompute_results(parts: Mapping[str, bytes], workers: WorkerPool) -> Result:
    """The results of the workbook of a bundle, judged beside the other forms that the bundle has."""
    background = NOTHING_KNOWN
    for name in BESIDES:
        if name in parts:
            with workers.open(parts[name]) as trip:
                other = form_of_result(trip.process(NOTHING_KNOWN))
            background = replace(background, beside=(*background.beside, other))
    with workers.open(parts[WORKBOOK]) as trip:
        return trip.process(background)


def _other_versions(parts: Mapping[str, bytes]) -> dict[str, tuple[str, str]]:
    """What the bundle was made with and what is in force here, where they differ."""
    try:
        made = {str(name): str(one) for name, one in json.loads(parts[MANIFEST])["versions"].items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    here = versions_of_software()
    return {name: (made.get(name, ""), one) for name, one in here.items() if made.get(name, "") != one}


def numbers_of(results: Mapping[str, Any]) -> Iterator[tuple[str, float | str]]:
    """Every number and word of the JSON of ``score`` by its path: ``foreign_pi_share/institution/00/…/value``."""
    for board in results["scoreboards"]:
        for row in board["indicators"]:
            path = "/".join(str(row[name]) for name in KEY)
            yield from _flat(path, {name: one for name, one in row.items() if name not in (*KEY, "gaps")})
            for gap in row["gaps"]:
                yield from _flat(f"{path}/{gap['benchmark']}/{gap['entry']}", gap)
        for pillar in board["pillars"]:
            path = "/".join(str(pillar[name]) for name in ("id", "level", "unit"))
            yield from _flat(f"pillar/{path}", pillar)


def _flat(path: str, value: Any) -> Iterator[tuple[str, float | str]]:
    """The numbers and words within a value by their paths; an integer is the number it is, whatever its form."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _flat(f"{path}/{name}", one)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _flat(f"{path}/{number}", one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)
    elif value is not None:
        yield path, str(value)
