"""``junkan published load FILE``: takes published figures of real institutions into a store for real data."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from app.commands.exit_codes import FINE, STDOUT, UNREADABLE, USAGE, Options, input_file, warn
from app.commands.operation.admin import opened_store
from app.storage.published import keep_published
from app.storage.store_location import STORE_VARIABLE
from app.texts import say
from indicators.published import PublishedError, load_published
from indicators.published.values import GROUP


def run_published(options: Options, language: str) -> int:
    """Loads ``options.file`` into the store ``options.store`` (default: that of the app); returns the exit code.

    0 loaded; 2 no such file or no store named; 10 the file cannot be read (every fault is printed with row and
    column). Raises StoreError for a place without a store and for a demo store.
    """
    options.store = options.store or os.environ.get(STORE_VARIABLE)
    if not options.store:
        return _refuse_with(USAGE, [say("published.no_store", language)])
    if str(options.file) != STDOUT and not options.file.exists():
        return _refuse_with(USAGE, [say("published.no_file", language, file=options.file)])
    try:
        figures = _figures(options.file)
    except PublishedError as error:
        return _refuse_with(UNREADABLE, (message[language] for message in error.messages))
    with closing(opened_store(options)) as store:
        count = keep_published(store, figures)
    owners = set(figures["institution"])
    groups = sum(owner.startswith(GROUP) for owner in owners)
    universities = len(owners) - groups
    open_ones = int(figures["redistribute"].sum())
    told = {"count": count, "universities": universities, "groups": groups, "open_ones": open_ones}
    warn(say("published.loaded", language, **told))
    unplaced = figures.attrs.get("unplaced", [])
    if unplaced:
        warn(
            say(
                "published.unplaced",
                language,
                count=len(unplaced),
                names=say("chart.list_comma", language).join(unplaced),
            )
        )
    return FINE


def _figures(path: Path) -> pd.DataFrame:
    """The figures of a file or a folder of files, or of standard input. Raises PublishedError."""
    with TemporaryDirectory() as folder:
        return load_published(path if path.is_dir() else input_file(path, Path(folder)))


def _refuse_with(code: int, lines: Iterable[str]) -> int:
    for line in lines:
        warn(line)
    return code
