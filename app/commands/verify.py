"""``junkan verify FILE``: recomputes a bundle and says of each number whether it agrees."""

from __future__ import annotations

from typing import Any

from app.commands.exit_codes import (
    BROKEN,
    FINDINGS,
    FINE,
    STDOUT,
    UNREADABLE,
    Options,
    as_json,
    checked_ending,
    read_input,
    tell,
    warn,
    write_text,
)
from app.documents.bundle.archive import NoBundle
from app.documents.bundle.verify_bundle import Number, Verification, verify_bundle
from app.submission.worker_pool import WorkerPool
from app.texts import say


def run_verify(options: Options, language: str) -> int:
    """0: every byte and number agrees; 10: no bundle; 11: one does not; 12: made with another edition.

    With another catalogue, other rules or another version of the software the numbers are compared all the same, but
    that proves nothing of how they were made: the code is 12, or 11 where a part was changed.
    """
    checked_ending("--json", options.json, ".json")
    data = read_input(options.file)
    workers = WorkerPool()
    try:
        found = verify_bundle(data, workers)
    except NoBundle as problem:
        warn(say(f"verify.{problem.problem}", language, file=options.file))
        return UNREADABLE
    finally:
        workers.close()
    if options.json != STDOUT:
        for number in found.numbers:
            tell(line_of(number, language))
    if options.json is not None:
        write_text(options.json, as_json(document_of(found)))
    show_verdict(found, language)
    return code_of(found)


def code_of(found: Verification) -> int:
    """The exit code of a verification."""
    if found.changed:
        return FINDINGS
    if found.versions:
        return BROKEN
    return FINDINGS if found.disagreeing else FINE


def line_of(number: Number, language: str) -> str:
    """Whether one number agrees, with both where it does not."""
    if number.agrees:
        return say("verify.agrees", language, place=number.path, value=_word(number.given))
    given, recomputed = _word(number.given), _word(number.recomputed)
    return say("verify.disagrees", language, place=number.path, given=given, recomputed=recomputed)


def _word(value: float | str | None) -> str:
    if value is None:
        return "－"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def document_of(found: Verification) -> dict[str, Any]:
    """A verification as JSON."""
    numbers = [
        {"place": one.path, "given": one.given, "recomputed": one.recomputed, "agrees": one.agrees}
        for one in found.numbers
    ]
    versions = {name: {"made": made, "here": here} for name, (made, here) in found.versions.items()}
    verdict = {"changed": list(found.changed), "versions": versions, "disagreeing": len(found.disagreeing)}
    return {**verdict, "exit": code_of(found), "numbers": numbers}


def show_verdict(found: Verification, language: str) -> None:
    """What was found, in sentences: parts that were changed, other editions, and how many numbers agree."""
    for name in found.changed:
        warn(say("verify.changed", language, part=name))
    for name, (made, here) in found.versions.items():
        what = say(f"verify.version_{name}", language)
        warn(say("verify.other_version", language, what=what, made=made or "－", here=here))
    if not found.numbers:
        warn(say("verify.not_compared", language))
        return
    agreeing = len(found.numbers) - len(found.disagreeing)
    warn(say("verify.count", language, n=agreeing, of=len(found.numbers)))
    if code_of(found) == FINE:
        warn(say("verify.fine", language))
