"""``junkan score`` and ``junkan scorecard``: values, gaps and scores of filled forms, as tables and as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from app.charts.chart_rows import level_word
from app.charts.own_target_rows import OWN_TARGET_COLUMNS, own_target_rows
from app.commands.exit_codes import (
    STDOUT,
    Options,
    UsageProblem,
    as_json,
    checked_ending,
    read_input,
    warn,
    write_bytes,
    write_text,
)
from app.commands.filled_forms import check_files, exit_code, show_refusals
from app.commands.terminal import show_table
from app.documents.export.safe_csv import write_csv
from app.documents.export.table_schema import frame_schema
from app.documents.formats import BUNDLE, FORMATS
from app.edition import catalogue, versions_of_software
from app.submission.result import Result
from app.texts import say
from schemas.dictionary.format_number import format_number


def run_score(options: Options, language: str) -> int:
    """Values, gaps and scores as JSON, CSV, or a table on the terminal."""
    checked_ending("--json", options.json, ".json")
    if options.csv == STDOUT:
        raise UsageProblem("needs_folder", option="--csv")
    results = check_files(options, language)
    scored = [checked for _, checked in results if checked.refusal is None]
    boards = [board for checked in scored for board in checked.header["score"]["scoreboards"]]
    versions = scored[0].header["score"]["versions"] if scored else {"form": "", **versions_of_software()}
    document = {"scoreboards": boards, "versions": versions}
    if options.json:
        write_text(options.json, as_json(document))
    if options.csv:
        write_score_csv(Path(options.csv), scored)
    if options.json != STDOUT:
        show_scores(boards, language)
    show_refusals(results, language)
    return exit_code(results)


def write_score_csv(target: Path, scored: Sequence[Result]) -> None:
    """values.csv, gaps.csv, scores.csv and value_cells.csv in a folder."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("values", "gaps", "scores", "value_cells"):
        frames = [checked.frames[name] for checked in scored]
        if frames:
            table = frame_schema(name, catalogue()).validate(pd.concat(frames, ignore_index=True))
            write_csv(table, target / f"{name}.csv")


def show_scores(boards: Sequence[dict[str, Any]], language: str) -> None:
    """The indicators with value, score and the first gap in which something lacks."""
    headings = [say(f"cli.{key}", language) for key in ("indicator", "level", "value", "score", "gap")]
    for board in boards:
        rows = [score_words(row, language) for row in board["indicators"]]
        show_table(headings, rows, title=f"{board['institution']}  {board['year']}")
        if board["own_targets"]:
            columns = [say(f"own_target.column_{name}", language) for name in OWN_TARGET_COLUMNS]
            targets = [tuple(row.values()) for row in own_target_rows(board["own_targets"], catalogue(), language)]
            show_table(columns, targets, title=say("own_target.title", language))


def score_words(row: Mapping[str, Any], language: str) -> tuple[str, str, str, str, str]:
    """Indicator, level, value, score and gap of a row as words."""
    label = catalogue().indicators[row["id"]].label[language]
    level = row["unit"] if row["level"] == "unit" else level_word(row["level"], language)
    value = say(f"status.{row['status']}", language) if row["value"] is None else format_number(row["value"])
    kind = "" if row["score"] is None else say(f"kind.{row['score_kind']}", language)
    points = "" if row["score"] is None else f"{format_number(row['score'], 0)} ({kind})"
    people = [g["gap_people"] for g in row["gaps"] if g["gap_people"] and g["gap_people"]["replace"]]
    gap = say(f"people.{people[0]['of']}", language, k=f"{people[0]['replace']:,}") if people else ""
    return label, level, value, points, gap


def run_scorecard(options: Options, language: str) -> int:
    """Scorecards as documents, one set a file; returns the exit code. Raises UsageProblem for an unknown format."""
    formats = options.format.split(",")
    for name in formats:
        if name not in FORMATS:
            raise UsageProblem("not_one_of", option="--format", given=name, known=", ".join(FORMATS))
    from app.documents.scorecard import write_scorecards

    documents = [name for name in formats if name != BUNDLE]
    results = check_files(options, language)
    for path, checked in results:
        if checked.refusal is None:
            written = write_scorecards(checked, options.out, documents, options.document_lang or language)
            if BUNDLE in formats:
                written.append(write_bundle(path, checked, results, options.out))
            for target in written:
                warn(say("cli.written", language, file=target))
    show_refusals(results, language)
    return exit_code(results)


def write_bundle(path: Path, checked: Result, results: Sequence[tuple[Path, Result]], out: Path) -> Path:
    """Writes ``{code}_{year}_{form}_bundle.zip`` of one workbook with the form it was judged beside; its path."""
    from app.documents.bundle.write_bundle import bundle_of
    from app.documents.scorecard import bundle_name

    header = checked.header
    same = ("institution", "year")
    beside = [
        at
        for at, one in results
        if one.refusal is None
        and all(one.header[name] == header[name] for name in same)
        and header["beside"] == one.header["form"]
    ]
    data = bundle_of(checked, read_input(path), [read_input(at) for at in beside])
    target = out / f"{bundle_name(header)}_bundle.zip"
    write_bytes(target, data)
    return target
