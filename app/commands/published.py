"""``junkan published load FILE``: takes published figures of real institutions into a store for real data."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from app.commands.exit_codes import FINE, UNREADABLE, Options, UsageProblem, input_file, warn
from app.commands.operation.admin import opened_store
from app.storage.published import keep_published
from app.storage.store_location import STORE_VARIABLE
from app.texts import say
from indicators.published import PublishedError, load_published
from indicators.published.values import GROUP


def run_published(options: Options, language: str) -> int:
    """Loads ``options.file`` into the store ``options.store`` (default: that of the app); returns the exit code.

    0 loaded; 10 the file cannot be read (every fault is printed with row and column). Raises UsageProblem for a file
    or store that is not named or not there, StoreError for a place without a store and for a demo store.
    """
    options.store = options.store or os.environ.get(STORE_VARIABLE)
    if not options.store:
        raise UsageProblem("missing", what="--store")
    try:
        with TemporaryDirectory() as folder:
            is_folder = options.file.is_dir()
            figures = load_published(options.file if is_folder else input_file(options.file, Path(folder)))
    except PublishedError as error:
        for message in error.messages:
            warn(message[language])
        return UNREADABLE
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
        names = say("chart.list_comma", language).join(unplaced)
        warn(say("published.unplaced", language, count=len(unplaced), names=names))
    return FINE
