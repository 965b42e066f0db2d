"""``junkan validate``: findings of filled forms on the terminal, as JSON, as CSV and in the marked workbook."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Sequence
from pathlib import Path

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
from app.commands.filled_forms import check_files, exit_code
from app.commands.terminal import show_heading, show_table
from app.documents.export.safe_csv import as_text
from app.submission.finding_groups import FindingGroup, compare_findings, findings_of, group_findings, summary_line
from app.submission.result import Result
from app.texts import say


def run_validate(options: Options, language: str) -> int:
    """Findings on the terminal, as JSON, as CSV, and as the marked workbook."""
    checked_ending("--json", options.json, ".json")
    checked_ending("--csv", options.csv, ".csv")
    checked_ending("--marked", options.marked, ".xlsx")
    if options.marked and len(options.files) > 1:
        raise UsageProblem("marked_one_file")
    results = check_files(options, language, mark=bool(options.marked))
    if options.json:
        one = results[0][1].validation
        many = {"files": [{"file": path.name, **checked.validation} for path, checked in results]}
        write_text(options.json, as_json(one if len(results) == 1 else many))
    if options.csv:
        write_findings_csv(Path(options.csv), results, language)
    if options.marked and results[0][1].marked:
        write_bytes(options.marked, results[0][1].marked)
    if STDOUT not in map(str, (options.json, options.csv, options.marked)):
        show_findings(results, language)
    if options.previous_findings:
        show_comparison(options.previous_findings, results, language)
    return exit_code(results)


def show_comparison(earlier: Path, results: Sequence[tuple[Path, Result]], language: str) -> None:
    """How many findings are mended, still there or new since an earlier JSON, on the error stream."""
    try:
        document = json.loads(read_input(earlier))
        now = {path.name: one.validation["findings"] for path, one in results}
        if "files" not in document:
            now = {"": [finding for found in now.values() for finding in found]}
        every = [compare_findings(found, findings_of(document, name)) for name, found in now.items()]
    except (ValueError, AttributeError, TypeError):
        raise UsageProblem("no_findings_file", file=earlier) from None
    names = {"mended": "mended", "still": "still_there", "new": "new"}
    counts = {key: sum(len(getattr(one, name)) for one in every) for key, name in names.items()}
    warn(say("upload.compared", language, **counts))


def write_findings_csv(path: Path, results: Sequence[tuple[Path, Result]], language: str) -> None:
    """One row a finding, UTF-8 with byte-order mark; texts that look like formulas are written as text."""
    columns = ["id", "severity", "rule", "scope", "sheet", "cell", "count", "field", "row_key", "value"]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["file", *columns, "message", "remedy"])
    for source, checked in results:
        for f in checked.validation["findings"]:
            texts = [f["message"][language], f["remedy"][language]]
            writer.writerow([as_text(v) for v in (source.name, *(f[column] for column in columns), *texts)])
    write_bytes(path, out.getvalue().encode("utf-8-sig"))


def show_findings(results: Sequence[tuple[Path, Result]], language: str) -> None:
    """The findings grouped by file, worst first, as tables."""
    headings = [say(f"cli.head_{key}", language) for key in ("severity", "rule", "cell", "text")]
    for path, checked in results:
        validation = checked.validation
        refused = validation["status"] == "refused"
        line = summary_line(validation["counts"])[language == "en"]
        show_heading(path.name, say("result.refused", language) if refused else line)
        if validation["findings"]:
            explained = set(checked.header.get("explained", ()))
            show_table(
                headings, [finding_words(g, explained, language) for g in group_findings(validation["findings"])]
            )


def finding_words(group: FindingGroup, explained: Collection[str], language: str) -> tuple[str, str, str, str]:
    """Severity, rule, first cell with count, and what it is and how to mend it, of findings of one kind."""
    f = group.first
    cell_ref = f"{f['sheet']}!{f['cell']}" if f["cell"] else f["sheet"] or ""
    cell_ref += f" ×{group.count}" if group.count > 1 else ""
    word = say(f"severity.{f['severity']}", language)
    if all(one["id"] in explained for one in group.findings):
        word += f"\n{say('explain.state_explained', language)}"
    return word, f["rule"], cell_ref, f"{f['message'][language]} {f['remedy'][language]}"
