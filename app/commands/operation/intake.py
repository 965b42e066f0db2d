"""``junkan intake``: takes files, folders and archives of filled forms into a store, with a report by file."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from types import FrameType
from typing import NoReturn

from app.commands.exit_codes import (
    FINDINGS,
    FINE,
    INTERRUPTED,
    NOT_ALLOWED,
    STDOUT,
    TERMINATED,
    UNREADABLE,
    Options,
    as_json,
    checked_ending,
    tell,
    warn,
    write_text,
)
from app.commands.operation.given_workbooks import Given, given_workbooks
from app.commands.operation.take_batch import Taken, take_batch
from app.commands.terminal import progress_bar
from app.results.nation.renewal import renew_after_change
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import Kind, files_given
from app.texts import say
from schemas.dictionary.safe_text import show_controls

COLUMNS = [one.name for one in fields(Taken)]
CODES = {
    "refused": UNREADABLE,
    "failed": UNREADABLE,
    "waiting": UNREADABLE,
    "asks": FINDINGS,
    "other_round": FINDINGS,
    "aside": FINDINGS,
}
NAMED = 5  # files left out that are named; the rest are counted


class Terminated(KeyboardInterrupt):
    """The command was asked to end, not from the keyboard."""


def run_intake(options: Options, language: str) -> int:
    """Takes each workbook; a line for each on standard output, apart by tabs, or all of them as JSON.

    0 all kept, 10 any that could not be read or kept, 11 any with errors or that asks, the highest of these; 13 for a
    store that cannot be opened as that kind; 130 or 143 when it was broken off, with a report of what was done until
    then. Raises UsageProblem for a path that is not there.
    """
    checked_ending("--json", options.json, ".json")
    with given_workbooks(options.files) as batch:
        _tell_left_out(batch.left_out, language)
        try:
            wanted: Kind | None = "demo" if options.demo else None
            store = Store.open(options.store, wanted, files=options.store_files or files_given())
        except StoreError as problem:
            warn(problem.text[language])
            return NOT_ALLOWED
        taken: list[Taken] = []
        try:
            _take_all(store, batch.workbooks, options, language, taken)
            if years := {one.year for one in taken if one.outcome == "kept" and one.year is not None}:
                warn(say("intake.nation", language))
                renew_after_change(store, years)
        except KeyboardInterrupt as broken_off:
            _tell_all(options, taken, language, of=len(batch.workbooks))
            return TERMINATED if isinstance(broken_off, Terminated) else INTERRUPTED
        finally:
            store.close()
    _tell_all(options, taken, language)
    return max((code_of(one) for one in taken), default=FINE)


def _take_all(store: Store, given: Sequence[Given], options: Options, language: str, taken: list[Taken]) -> None:
    """Fills ``taken`` in order, with a line for each; when it is broken off, also with those that were under way."""
    done: list[Taken] = []

    def put(one: Taken) -> None:
        taken.append(one)
        if options.json != STDOUT:
            _show(one, language)

    with _ended_in_order(), progress_bar(len(given), say("intake.progress", language)) as advance:

        def note(one: Taken) -> None:
            done.append(one)
            advance()

        batch = take_batch(store, given, only_round=options.round, replaces=options.replace, progress=note)
        if options.json != STDOUT:
            tell("\t".join(COLUMNS))
        try:
            for one in batch:
                put(one)
        except KeyboardInterrupt:
            batch.close()
            told = {id(one) for one in taken}
            for one in [one for one in done if id(one) not in told]:
                put(one)
            raise


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """A request to end is taken as Ctrl+C is meanwhile, so that what was done is still told."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell_all(options: Options, taken: list[Taken], language: str, *, of: int | None = None) -> None:
    """Writes the report, and says how many there were; ``of`` all that were given where it was broken off."""
    if options.json:
        reasons = [None if one.reason is None else one.reason.model_dump() for one in taken]
        files = [asdict(one) | {"reason": reason} for one, reason in zip(taken, reasons, strict=True)]
        told = {"files": files, "counts": _counts(taken), "broken_off": of is not None}
        write_text(options.json, as_json(told))
    counted = [say(f"intake.count_{name}", language, n=n) for name, n in _counts(taken).items()]
    shown = say("replace.separator", language).join(counted)
    if of is None:
        warn(say("intake.done", language, n=len(taken), counts=shown))
    else:
        warn(say("intake.broken_off", language, n=len(taken), of=of, counts=shown))


def code_of(taken: Taken) -> int:
    """The exit code of one workbook."""
    return CODES.get(taken.outcome, FINDINGS if taken.errors else FINE)


def _counts(taken: list[Taken]) -> dict[str, int]:
    return dict(sorted(Counter(one.outcome for one in taken).items()))


def _show(taken: Taken, language: str) -> None:
    """A line for a workbook on standard output; whoever reads it may rely on it."""
    cells = asdict(taken) | {"reason": taken.reason[language] if taken.reason else ""}
    tell("\t".join(_cell(cells[column]) for column in COLUMNS))
    sys.stdout.flush()


def _cell(value: object) -> str:
    return " ".join(show_controls("" if value is None else str(value)).split())


def _tell_left_out(names: list[str], language: str) -> None:
    if names:
        shown = say("replace.separator", language).join(names[:NAMED])
        more = say("replace.more", language, n=len(names) - NAMED) if len(names) > NAMED else ""
        warn(say("intake.left_out", language, n=len(names), names=shown + more))
