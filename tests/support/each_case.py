"""One test for many small cases of one kind: a test of its own costs more than what such a case looks at."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

FAILURES = (AssertionError, pytest.fail.Exception)  # anything else ends the test at once, at the case it came from
LONGEST = 300


def for_each(names: str, cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Runs a test for every case, given as the arguments ``names``, and reports all cases that fail, each with its own.

    For tests without fixtures that have to be new for a case; decorators one above the other run every combination.
    """
    wanted, listed = names.replace(" ", "").split(","), list(cases)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)

        @functools.wraps(test)
        def run_every_case(**given: Any) -> None:
            failed: list[BaseException] = []
            for case in listed:
                values = (case,) if len(wanted) == 1 else tuple(case)
                try:
                    test(**dict(zip(wanted, values, strict=True)), **given)
                except FAILURES as problem:
                    problem.add_note(f"for {names} = {case!r:.{LONGEST}}")
                    failed.append(problem)
            assert listed, "there is no case"
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(listed)} cases fail", failed)

        left = [one for name, one in signature.parameters.items() if name not in wanted]
        run_every_case.__signature__ = signature.replace(parameters=left)  # the fixtures that pytest gives
        return run_every_case

    return decorate
