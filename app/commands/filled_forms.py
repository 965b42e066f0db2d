"""The filled forms that commands are given: checked in workers, judged beside each other, summed up in an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from app.commands.exit_codes import FINDINGS, FINE, UNREADABLE, read_input, warn
from app.submission.check_in_worker import Checked, Progress, Workbooks, check, pool
from app.texts import say


def check_files(options: argparse.Namespace, language: str, *, mark: bool = False) -> list[tuple[Path, Checked]]:
    """The outcome of each file; forms of one institution and round are judged again beside each other."""
    given = getattr(options, "previous", None)
    last_round = read_input(given) if given else None
    workers = pool(spares=min(1, len(options.files) - 1))

    def checked(path: Path, beside: Workbooks) -> Checked:
        progress = progress_of(path.name, language)
        found = check(
            read_input(path),
            previous=lambda *_: last_round,
            beside=beside,
            mark=mark,
            progress=progress,
            workers=workers,
        )
        end_progress()
        return found

    try:
        results = [(path, checked(path, lambda *_: None)) for path in options.files]
        forms = {form_key(one): path for path, one in results if one.refusal is None}

        def beside(institution: str, year: int, form: str) -> bytes | None:
            path = forms.get((institution, year, form))
            return read_input(path) if path else None

        return [(path, checked(path, beside) if has_pair(one, forms) else one) for path, one in results]
    finally:
        workers.close()


def form_key(checked: Checked) -> tuple[str, int, str]:
    """Institution, year and form of a workbook that could be read."""
    header = checked.header
    return str(header["institution"]), int(header["year"]), str(header["form"])


def has_pair(checked: Checked, forms: Collection[tuple[str, int, str]]) -> bool:
    """Whether the form of the centre, or for that the form of its institution, is among ``forms``."""
    if checked.refusal is not None:
        return False
    institution, year, form = form_key(checked)
    others = ("core", "full") if form == "centre" else ("centre",)
    return any((institution, year, other) in forms for other in others)


def exit_code(results: Sequence[tuple[Path, Checked]]) -> int:
    """The highest of the files' codes."""
    codes = {"refused": UNREADABLE, "error": FINDINGS}
    return max((codes.get(str(checked.validation["status"]), FINE) for _, checked in results), default=FINE)


def show_refusals(results: Sequence[tuple[Path, Checked]], language: str) -> None:
    """Why files could not be read, on the error stream."""
    for path, checked in results:
        if checked.refusal is not None:
            message, remedy = checked.refusal.message[language], checked.refusal.remedy[language]
            warn(f"{path.name}: {message} {remedy}")


def progress_of(name: str, language: str) -> Progress:
    """Shows on a terminal which step of a file is under way."""

    def show(step: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{name}: {say(f'cli.progress_{step}', language)}")
            sys.stderr.flush()

    return show


def end_progress() -> None:
    """Clears the line of the progress."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
