"""``junkan score`` and ``junkan scorecard``: values, gaps and scores of filled forms, as tables and as documents."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.charts.chart_rows import level_word
from app.commands.exit_codes import STDOUT, UsageProblem, as_json, checked_ending, warn, write_text
from app.commands.filled_forms import check_files, exit_code, show_refusals
from app.documents.export.safe_csv import write_csv
from app.edition import catalogue, versions_of_software
from app.submission.result import Result
from app.texts import say


def run_score(options: argparse.Namespace, language: str) -> int:
    """Values, gaps and scores as JSON, CSV, or a table on the terminal."""
    checked_ending("--json", options.json, ".json")
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
            write_csv(pd.concat(frames, ignore_index=True), target / f"{name}.csv")


def show_scores(boards: Sequence[dict[str, Any]], language: str) -> None:
    """The indicators with value, score and the largest comparable gap."""
    console = Console(highlight=False)
    for board in boards:
        table = Table(title=f"{board['institution']}  {board['year']}", expand=True)
        for key in ("indicator", "level", "value", "score", "gap"):
            table.add_column(say(f"cli.{key}", language), overflow="fold")
        for row in board["indicators"]:
            table.add_row(*score_words(row, language))
        console.print(table)


def score_words(row: Mapping[str, Any], language: str) -> tuple[str, str, str, str, str]:
    """Indicator, level, value, score and gap of a row as words."""
    label = catalogue().indicators[row["id"]].label[language]
    level = row["unit"] if row["level"] == "unit" else level_word(row["level"], language)
    value = say(f"status.{row['status']}", language) if row["value"] is None else f"{row['value']:.1f}"
    points = "" if row["score"] is None else f"{row['score']:.0f} ({say('kind.' + row['score_kind'], language)})"
    people = [g["gap_people"] for g in row["gaps"] if g["gap_people"] and g["gap_people"]["replace"]]
    gap = say(f"people.{people[0]['of']}", language, k=f"{people[0]['replace']:,}") if people else ""
    return label, escape(level), value, points, gap


def run_scorecard(options: argparse.Namespace, language: str) -> int:
    """Scorecards as documents, one set a file; returns the exit code. Raises UsageProblem for an unknown format."""
    formats = options.format.split(",")
    unknown = [name for name in formats if name not in ("pdf", "xlsx")]
    if unknown:
        raise UsageProblem("bad_ending", option="--format", ending="pdf, xlsx", given=", ".join(unknown))
    from app.documents.scorecard import write_scorecards

    results = check_files(options, language)
    for _, checked in results:
        if checked.refusal is None:
            for path in write_scorecards(checked, options.out, formats, options.document_lang):
                warn(say("cli.written", language, file=path))
    show_refusals(results, language)
    return exit_code(results)
