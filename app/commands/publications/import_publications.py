"""Imports papers: files are read as a stream, judged, counted by an engine, and written as tables and filled forms."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from app.commands.exit_codes import FINDINGS, FINE, UNREADABLE, as_json
from app.commands.publications.computed_tables import FILES
from app.commands.publications.import_report import ImportTally, report_of
from app.commands.publications.import_scope import ImportScope
from app.commands.publications.name_mapping import FILE as MAPPING_FILE
from app.commands.publications.name_mapping import write_mapping
from app.commands.publications.publication_sheet import COUNTINGS, sheet_issue
from app.commands.publications.top10_by_country import FILE as TOP10_FILE
from app.commands.publications.top10_by_country import write_top10_by_country
from app.documents.export.safe_csv import as_text
from indicators.publications.count_papers import count_papers, count_partners, count_top10_by_country
from indicators.publications.duplicates import MEMORY, Duplicate, find_duplicates
from indicators.publications.engines import count_table
from indicators.publications.paper_tables import PaperTables
from indicators.publications.partner_network import partner_network
from indicators.publications.publication_row import CSV_COLUMNS, PublicationRow, judge_record
from schemas.bibliography.own_addresses import CountryAddresses, InstitutionAddresses
from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.read_publications import files_of, read_publications
from schemas.dictionary.dictionary import load_dictionary
from schemas.template.write_template import write_template

ASKED_FILE = "asked.json"
PROGRESS_EVERY = 100_000


@dataclass(frozen=True)
class ImportRequest:
    """What is imported: files of a kind, whose papers are own, the years kept (None all), and how it is counted."""

    kind: str
    files: Sequence[Path]
    scope: ImportScope
    out: Path
    years: range | None = None
    engine: str = "pandas"
    document_types: str = "article_review_proceedings"
    extracted_on: date | None = None
    tell_progress: Callable[[int], None] | None = None


@dataclass
class ImportOutcome:
    """What came of an import: exit code, report, problems, and the files written."""

    code: int
    report: dict[str, Any]
    problems: ProblemLog
    written: list[Path] = field(default_factory=list)


def import_publications(request: ImportRequest) -> ImportOutcome:
    """Reads, judges, counts and writes everything into ``request.out``; good records are kept, the rest is listed.

    The code is 0, 11 where records were left out or none is own, 10 where a file could not be read at all.
    """
    request.out.mkdir(parents=True, exist_ok=True)
    problems, tally = ProblemLog(), ImportTally()
    with tempfile.TemporaryDirectory(prefix="import-", dir=request.out) as folder:
        with PaperTables(Path(folder)) as tables:
            _read_all(request, problems, tally, tables)
        duplicates = list(find_duplicates(tables.papers)) if tables.count else []
        _mark_duplicates(tables, duplicates)
        if tally.records_read and tally.records_read == tally.outside_years:
            problems.add(request.scope.label, 0, "no_paper_of_the_years")
        elif tally.records_read and not tally.own:
            is_bare = tally.without_address + tally.outside_years == tally.records_read
            problems.add(request.scope.label, 0, "no_own_paper_without_addresses" if is_bare else "no_own_paper")
        elif not tally.records_read and not problems.counts:
            problems.add(request.scope.label, 0, "no_record")
        written = [request.out / "publications.csv", *_write_counts(request, tally, tables)]
    report = report_of(request.kind, request.scope, tally, problems, duplicates, request.document_types)
    day, years = request.extracted_on or _asked_on(request), _years_of(request, tally)
    report["retrieved_on"] = day.isoformat() if day else None
    report["years"] = [years[0], years[-1]] if years else None
    (request.out / "report.json").write_text(as_json(report) + "\n", "utf-8")
    own = request.scope.own
    if isinstance(own, InstitutionAddresses):
        write_mapping(request.out / MAPPING_FILE, own)
        written.append(request.out / MAPPING_FILE)
    written.insert(1, request.out / "report.json")
    code = UNREADABLE if problems.has_unreadable_file else FINDINGS if problems.counts else FINE
    return ImportOutcome(code, report, problems, written)


def _read_all(request: ImportRequest, problems: ProblemLog, tally: ImportTally, tables: PaperTables) -> None:
    """One pass over the files: ``publications.csv`` in file order, and the tables for counting."""
    with (request.out / "publications.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CSV_COLUMNS)
        for row in _judge_records(request, problems, tally):
            writer.writerow([as_text(cell) for cell in row.csv_cells()])
            tables.add(row)


def _judge_records(request: ImportRequest, problems: ProblemLog, tally: ImportTally) -> Iterator[PublicationRow]:
    is_list = request.kind == "list" and not isinstance(request.scope.own, CountryAddresses)
    for record in read_publications(request.kind, request.files, problems):
        tally.records_read += 1
        tally.by_file[record.file] += 1
        if request.tell_progress and tally.records_read % PROGRESS_EVERY == 0:
            request.tell_progress(tally.records_read)
        if request.years is not None and record.year not in request.years:
            tally.add_outside_years(record)
            continue
        row = judge_record(record, request.scope.own, is_own_list=is_list)
        tally.add(record, row)
        yield row


def _mark_duplicates(tables: PaperTables, duplicates: Sequence[Duplicate]) -> None:
    """Takes the records left out of the tables that are counted; ``publications.csv`` keeps them."""
    left_out = [record.n for one in duplicates for record in one.left_out]
    if not left_out:
        return
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET temp_directory = ?", [str(tables.papers.parent / "spill")])
        connection.execute("SET preserve_insertion_order = false")
        connection.register("left_out", pd.DataFrame({"n": left_out}))
        for path in (tables.papers, tables.countries, tables.partners):
            kept = path.with_suffix(".kept")
            source, target = (str(one).replace("'", "''") for one in (path, kept))
            query = f"SELECT * FROM read_parquet('{source}') WHERE n NOT IN (SELECT n FROM left_out)"
            connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")
            kept.replace(path)


def _write_counts(request: ImportRequest, tally: ImportTally, tables: PaperTables) -> list[Path]:
    types, engine = request.document_types, request.engine
    keys = ["year", "field_group"]
    counts = count_table(engine, tables.papers, lambda papers: count_papers(papers, keys, types), keys)
    counts.to_csv(request.out / "counts.csv", index=False)
    written = [request.out / "counts.csv"]
    extracted_on = request.extracted_on or _asked_on(request)
    if isinstance(request.scope.own, CountryAddresses):
        if request.kind == "openalex":
            by = ["country", "year"]
            top10 = count_table(engine, tables.countries, lambda papers: count_top10_by_country(papers, types), by)
            write_top10_by_country(request.out / TOP10_FILE, top10, extracted_on)
            written.append(request.out / TOP10_FILE)
        return written
    if request.scope.institution is None or not _years_of(request, tally):
        return written
    by = ["year", "country"]
    partners = count_table(engine, tables.countries, lambda papers: count_partners(papers, types), by)
    years = _years_of(request, tally)
    written += _write_partners(request, tables, partners)
    for counting in COUNTINGS:
        issue = sheet_issue(
            request.scope.institution,
            counts,
            partners,
            counting=counting,
            kind=request.kind,
            document_types=types,
            years=years,
            extracted_on=extracted_on,
        )
        path = request.out / f"publications-{counting}.xlsx"
        path.write_bytes(write_template(load_dictionary(), issue))
        written.append(path)
    return written


def _write_partners(request: ImportRequest, tables: PaperTables, partners: pd.DataFrame) -> list[Path]:
    """Joint papers by year and country, of the organisations with most of them, and of each two of those."""
    organisations, links = partner_network(tables.partners, request.document_types)
    written = []
    for name, frame in (("partners", partners), ("organisations", organisations), ("links", links)):
        path = request.out / FILES[name]
        frame.map(as_text).to_csv(path, index=False, lineterminator="\n")
        written.append(path)
    return written


def _years_of(request: ImportRequest, tally: ImportTally) -> range:
    """The calendar years that were asked for, else those of the own papers; empty where there is none."""
    if request.years is not None:
        return request.years
    if tally.first_year is None or tally.last_year is None:
        return range(0)
    return range(tally.first_year, tally.last_year + 1)


def _asked_on(request: ImportRequest) -> date | None:
    """The day on which ``junkan fetch`` asked for the files, which it wrote beside them."""
    folders = {file.parent for path in request.files for file in files_of(request.kind, path)}
    for asked in (folder / ASKED_FILE for folder in sorted(folders)):
        if asked.is_file():
            return date.fromisoformat(str(json.loads(asked.read_text("utf-8"))["asked_at"])[:10])
    return None
