"""The filled forms that commands are given: checked in workers, judged beside each other, summed up in an exit code."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.commands.exit_codes import FINDINGS, FINE, UNREADABLE, Options, UsageProblem, read_input, warn
from app.commands.publications.computed_tables import read_computed
from app.submission.background import (
    NOTHING_KNOWN,
    Background,
    background_after,
    counterparts_of,
    dependents_of,
    form_of_result,
    siblings_of,
)
from app.submission.result import Result
from app.submission.worker_pool import Busy, Progress, WorkerPool
from app.submission.worker_protocol import TIME_OVER
from app.texts import say
from indicators.publications.imported_papers import ImportedPapers
from indicators.publications.papers_beside_computed import papers_to_compare
from schemas.dictionary.dictionary import CENTRE
from schemas.dictionary.safe_text import show_controls
from schemas.xlsx.refusal import Refusal


def check_files(options: Options, language: str, *, mark: bool = False) -> list[tuple[Path, Result]]:
    """The result of each file; forms of one institution and round are judged beside each other."""
    workers = WorkerPool()
    try:
        given = getattr(options, "previous", None)
        known = _after_previous(_check_file(workers, given, NOTHING_KNOWN, language)) if given else NOTHING_KNOWN
        papers = read_computed(options.papers) if getattr(options, "papers", None) else {}
        results: dict[Path, Result] = {}
        for path in options.files:
            result = _check_file(workers, path, known, language, mark=mark, among=results, papers=papers, before=given)
            for renewed in result.dependents:
                first = next(at for at, one in results.items() if _submission(one) == renewed.header["submission"])
                results[first] = _with_renewed(results[first], renewed)
            results[path] = result
        return [(path, results[path]) for path in options.files]
    finally:
        workers.close()


def _after_previous(previous: Result) -> Background:
    """What last round's workbook tells about this one; a workbook that cannot be read leaves the comparison out."""
    return Background(is_previous_unreadable=True) if previous.refusal else background_after(previous)


def _check_file(
    workers: WorkerPool,
    path: Path,
    known: Background,
    language: str,
    *,
    mark: bool = False,
    among: Mapping[Path, Result] | None = None,
    papers: Mapping[str, ImportedPapers] | None = None,
    before: Path | None = None,
) -> Result:
    """The result of one file beside ``known`` and the forms ``among`` which the other one of its pair may be.

    ``papers`` are those computed from public data, by institution. Raises UsageProblem where last round's form
    ``before`` is of another institution or not of an earlier round: its differences would be taken for changes.
    """
    data = read_input(path)
    try:
        with workers.open(data, progress_of(path.name, language)) as trip:
            last, own = known.previous, trip.identity
            if last is not None and (last.institution != own["institution"] or last.year >= own["year"]):
                raise UsageProblem("other_previous", file=before, code=last.institution, year=last.year)
            beside = _beside(trip.identity, known, among or {})
            compared = papers_to_compare((papers or {}).get(str(trip.identity["institution"])))
            return trip.process(replace(beside, compared_papers=compared), mark=mark)
    except (Refusal, Busy) as reason:
        from app.submission.process_workbook import refuse_workbook

        refusal = reason if isinstance(reason, Refusal) else Refusal(TIME_OVER)
        return refuse_workbook(refusal.rule, refusal.params)
    finally:
        end_progress()


def _beside(identity: Mapping[str, Any], known: Background, among: Mapping[Path, Result]) -> Background:
    """``known`` with the forms of the same institution and round that are judged beside this one."""
    accepted = [form_of_result(one) for one in among.values() if one.refusal is None]
    same = [f for f in accepted if (f.institution, f.year) == (identity["institution"], identity["year"])]
    present = [*{(f.form, f.unit): f for f in same}.values()]
    form, unit = identity["form"], identity["unit"]
    before = known.previous
    is_other_centre = (
        before is not None and CENTRE in (before.form, form) and (before.form, before.unit) != (form, unit)
    )
    return replace(
        known,
        previous=None if is_other_centre else before,
        beside=counterparts_of(form, present),
        siblings=siblings_of(form, unit, present),
        dependents=dependents_of(form, present),
    )


def _submission(result: Result) -> str:
    return str(result.header.get("submission", ""))


def _with_renewed(first: Result, renewed: Result) -> Result:
    """The result of a file whose pair came after it."""
    told = renewed.header
    validation = {**first.validation, **told["validation"]}
    score = {**first.header["score"], "scoreboards": told["scoreboards"]}
    header = {**first.header, "beside": told["beside"], "validation": validation, "score": score}
    return Result(header, renewed.frames, first.marked)


def exit_code(results: Sequence[tuple[Path, Result]]) -> int:
    """The highest of the files' codes."""
    codes = {"refused": UNREADABLE, "error": FINDINGS}
    return max((codes.get(str(checked.validation["status"]), FINE) for _, checked in results), default=FINE)


def show_refusals(results: Sequence[tuple[Path, Result]], language: str) -> None:
    """Why files could not be read, on the error stream."""
    for path, checked in results:
        if checked.refusal is not None:
            message, remedy = checked.refusal.message[language], checked.refusal.remedy[language]
            warn(f"{path.name}: {message} {remedy}")


def progress_of(name: str, language: str) -> Progress:
    """Shows on a terminal which step of a file is under way."""

    def show(step: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{show_controls(name)}: {say(f'cli.progress_{step}', language)}")
            sys.stderr.flush()

    return show


def end_progress() -> None:
    """Clears the line of the progress."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
