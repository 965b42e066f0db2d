"""``junkan papers``: computed papers taken into a store, and declared ones set beside computed ones."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd

from app.commands.exit_codes import (
    FINDINGS,
    FINE,
    STDOUT,
    Options,
    UsageProblem,
    as_json,
    checked_ending,
    tell,
    warn,
    write_text,
)
from app.commands.filled_forms import check_files, exit_code, show_refusals
from app.commands.operation.admin import opened_store
from app.commands.publications.computed_tables import institutions_without_code, read_computed
from app.commands.terminal import show_heading, show_table
from app.storage.database.imported_papers import keep_imported_papers
from app.storage.problems import StoreError
from app.storage.published import NOT_IN_DEMO
from app.storage.store_location import STORE_VARIABLE
from app.submission.result import Result
from app.texts import say
from indicators.publications.declared_papers import declared_papers, paper_number
from indicators.publications.imported_papers import ImportedPapers
from indicators.publications.papers_beside_computed import COLUMNS, compare_papers, papers_to_compare

MOST_NAMED = 5  # institutions named that have no school code


def run_papers(options: Options, language: str) -> int:
    """``load``: into a store; ``compare``: declared figures of filled forms beside computed ones.

    Returns 0; of ``load`` 11 where no institution of the files is in the register, 13 for a demo store; of ``compare``
    the highest code of ``validate``. Raises UsageProblem.
    """
    return _load(options, language) if options.action == "load" else _compare(options, language)


def _load(options: Options, language: str) -> int:
    options.store = options.store or os.environ.get(STORE_VARIABLE)
    if not options.store:
        raise UsageProblem("missing", what="--store")
    found: dict[str, ImportedPapers] = {}
    for path in options.files:
        found |= read_computed(Path(path))
    with closing(opened_store(options)) as store:
        if store.kind == "demo":
            raise StoreError(NOT_IN_DEMO)
        count = keep_imported_papers(store.engine, found.values())
    tell(say("papers.loaded", language, count=count))
    unplaced = sorted({name for path in options.files for name in institutions_without_code(Path(path))})
    if unplaced:
        names = say("chart.list_comma", language).join(unplaced[:MOST_NAMED]) + (
            "…" if len(unplaced) > MOST_NAMED else ""
        )
        warn(say("papers.unplaced", language, count=len(unplaced), names=names))
    return FINE if count else FINDINGS


def _compare(options: Options, language: str) -> int:
    if options.papers is None:
        raise UsageProblem("missing", what="--papers")
    checked_ending("--json", options.json, ".json")
    computed = read_computed(options.papers)
    results = check_files(options, language)
    show_refusals(results, language)
    compared = [(path, _comparison(result, computed)) for path, result in results if result.refusal is None]
    if options.json:
        write_text(options.json, as_json({"files": [_as_json(path.name, *found) for path, found in compared]}))
    if str(options.json) != STDOUT:
        for path, (label, frame) in compared:
            _show(path.name, label, frame, language)
    return exit_code([(path, result) for path, result in results if result.refusal is not None])


def _comparison(result: Result, computed: dict[str, ImportedPapers]) -> tuple[Any, pd.DataFrame]:
    """What the computed papers are called, and the comparison by year; None and no rows without any."""
    declared, counting = declared_papers(result.frames["answers"])
    compared = papers_to_compare(computed.get(str(result.header["institution"]))).get(counting)
    if compared is None:
        return None, pd.DataFrame(columns=list(COLUMNS))
    return compared.computed.label, compare_papers(declared, compared)


def _as_json(name: str, label: Any, frame: pd.DataFrame) -> dict[str, Any]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {"file": name, "computed": None if label is None else label.model_dump(), "years": rows}


def _show(name: str, label: Any, frame: pd.DataFrame, language: str) -> None:
    if label is None:
        warn(say("papers.none_to_compare", language, file=name))
        return
    show_heading(name, label[language])
    headings = [say(f"papers.head_{column}", language) for column in COLUMNS]
    show_table(
        headings, [tuple(paper_number(column, row[column]) for column in COLUMNS) for row in frame.to_dict("records")]
    )
