"""Tables and headings of the command line: drawn on a terminal, plain lines where a file or a program reads them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from app.commands.exit_codes import tell
from schemas.dictionary.safe_text import show_controls


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "", right: int = 0) -> None:
    """A table as wide as the terminal; through a pipe one line a row, cells apart by tabs, nothing cut or wrapped.

    The last ``right`` columns hold numbers.
    """
    lines = [[show_controls(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [[title]] * bool(title) + [list(headings), *lines]:
            tell("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", expand=True)
    for position, heading in enumerate(headings):
        justify: Literal["left", "right"] = "right" if position >= len(headings) - right else "left"
        table.add_column(Text(heading), overflow="fold", justify=justify)
    for row in lines:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


def show_heading(text: str, rest: str = "") -> None:
    """A heading, bold on a terminal, with words beside it."""
    name = show_controls(" ".join(text.split()))
    bold = f"\033[1m{name}\033[0m" if sys.stdout.isatty() else name
    sys.stdout.write(f"{bold}  {show_controls(rest)}".rstrip() + "\n")


@contextmanager
def progress_bar(total: int, text: str) -> Iterator[Callable[[], None]]:
    """A bar on the terminal of the error stream, moved on by each call; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(text, total=total)
        yield lambda: bar.advance(task)
