"""Runs a workbook through the worker and returns what views and commands need."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from app.submission.worker import WorkerPool
from app.submission.worker_protocol import arrow_of, frame_of
from schemas.rules.finding import Finding
from schemas.xlsx.refusal import Refusal

Progress = Callable[[str], None]
Workbooks = Callable[[str, int, str], bytes | None]


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


def no_workbook(institution: str, year: int, form: str) -> bytes | None:
    """There is no such workbook."""
    return None


@cache
def pool(spares: int = 1) -> WorkerPool:
    """The workers of this process."""
    return WorkerPool(spares)


def no_explanations(institution: str) -> Sequence[Mapping[str, Any]]:
    """Nothing was explained before."""
    return ()


def no_figures(of: object) -> pd.DataFrame | None:
    """There are no figures to compare with."""
    return None


def check(
    data: bytes,
    *,
    previous: Workbooks = no_workbook,
    beside: Workbooks = no_workbook,
    explanations: Callable[[str], Sequence[Mapping[str, Any]]] = no_explanations,
    others: Callable[[int], pd.DataFrame | None] = no_figures,
    published: Callable[[str], pd.DataFrame | None] = no_figures,
    expected_institution: str = "",
    mark: bool = False,
    progress: Progress = lambda _: None,
    workers: WorkerPool | None = None,
) -> Checked:
    """Reads, validates and evaluates ``data`` in a worker; a workbook that cannot be read comes back refused.

    ``previous`` gives last round's workbook for (institution, year, form), or None; ``beside`` another form of this
    round; ``explanations`` what was explained before for an institution; ``others`` the values of institutions in a
    year; ``published`` published figures about an institution (see ``app.submission.process_workbook.Request``).
    """

    def asked(kind: str, *key: Any) -> bytes | None:
        if kind == "explanations":
            return json.dumps(list(explanations(*key)), ensure_ascii=False).encode()
        if kind in ("others", "published"):
            figures = (others if kind == "others" else published)(*key)
            return None if figures is None else arrow_of(figures)
        return (previous if kind == "previous" else beside)(*key)

    header = {"expected_institution": expected_institution, "mark": mark}
    answer, parts = (workers or pool()).run(header, data, progress, asked)
    if "refusal" in answer:
        return refused(answer["refusal"]["rule"], answer["refusal"]["params"])
    frames = {name: frame_of(part) for name, part in zip(answer["frames"], parts, strict=False)}
    marked = parts[len(frames)] if len(parts) > len(frames) else None
    return Checked(answer["result"], frames, marked)


def in_worker(task: str, data: bytes, **wanted: object) -> tuple[dict[str, Any], list[bytes]]:
    """The result of a task of ``app.submission.worker_tasks`` on an untrusted workbook, and the files it made.

    Raises Refusal where the workbook cannot be read, or not within the limits.
    """
    workers = WorkerPool(spares=0)
    answer, parts = workers.run({"task": task, **wanted}, data, lambda _: None, lambda *_: None)
    if "refusal" in answer:
        raise Refusal(answer["refusal"]["rule"], answer["refusal"]["params"])
    return dict(answer["result"]), parts


def refused(rule: str, params: Mapping[str, Any]) -> Checked:
    """The outcome of a workbook that is not accepted, in the shape of ``validate``."""
    from app.submission.process_workbook import refusal_finding, validation_json

    finding = refusal_finding(rule, params)
    validation = {**validation_json([finding], None), "status": "refused"}
    return Checked({"validation": validation}, {}, None, finding)
