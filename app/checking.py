"""Runs a workbook through the worker and returns what views and commands need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from app.worker import Previous, WorkerPool, frame_of
from schemas.finding import Finding

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Checked:
    """The outcome for one workbook: a refusal with its one finding, or the result with frames and marks."""

    header: Mapping[str, Any]
    frames: Mapping[str, pd.DataFrame]
    marked: bytes | None
    refusal: Finding | None = None

    @property
    def validation(self) -> dict[str, Any]:
        """The JSON of ``validate``."""
        return dict(self.header["validation"])


def no_previous(institution: str, year: int, form: str) -> bytes | None:
    """There is no last round."""
    return None


@cache
def pool(spares: int = 1) -> WorkerPool:
    """The workers of this process."""
    return WorkerPool(spares)


def check(
    data: bytes,
    *,
    previous: Previous = no_previous,
    expected_institution: str = "",
    mark: bool = False,
    progress: Progress = lambda _: None,
    workers: WorkerPool | None = None,
) -> Checked:
    """Reads, validates and evaluates ``data`` in a worker; a workbook that cannot be read comes back refused.

    ``previous`` gives last round's workbook for (institution, year, form), or None.
    """
    header = {"expected_institution": expected_institution, "mark": mark}
    answer, parts = (workers or pool()).run(header, data, progress, previous)
    if "refusal" in answer:
        return refused(answer["refusal"]["rule"], answer["refusal"]["params"])
    frames = {name: frame_of(part) for name, part in zip(answer["frames"], parts, strict=False)}
    marked = parts[len(frames)] if len(parts) > len(frames) else None
    return Checked(answer["result"], frames, marked)


def refused(rule: str, params: Mapping[str, Any]) -> Checked:
    """The outcome of a workbook that is not accepted, in the shape of ``validate``."""
    from app.submission import refusal_finding, validation_json

    finding = refusal_finding(rule, params)
    validation = {**validation_json([finding], None), "status": "refused"}
    return Checked({"validation": validation}, {}, None, finding)
