"""``junkan import``: papers of bibliographic databases become tables, a report and a filled sheet."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from app.commands.exit_codes import STDOUT, Options, UsageProblem, tell, warn
from app.commands.publications.import_publications import ImportRequest, import_publications
from app.commands.publications.import_report import problem_text
from app.commands.publications.import_scope import scope_of
from app.commands.publications.name_mapping import FILE as MAPPING_FILE
from app.commands.publications.name_mapping import read_mapping
from app.texts import say
from indicators.publications.engines import NoSpark
from schemas.bibliography.own_addresses import CountryAddresses
from schemas.bibliography.read_publications import files_of

MOST_TOLD = 20  # problems printed; all are in the report


def run_import(options: Options, language: str) -> int:
    """Imports ``options.files`` of ``options.kind`` for an institution or country into ``options.out``.

    Returns 0, 11 where records were left out or no paper is own, 10 where a file could not be read.
    Raises UsageProblem.
    """
    with TemporaryDirectory() as folder:
        paths = [kept_input(Path(path), Path(folder)) for path in options.files]
        return _import(options, paths, language)


def kept_input(path: Path, folder: Path) -> Path:
    """The path of an input file; standard input is kept as a file in ``folder``, under the ending of what it is."""
    if str(path) != STDOUT:
        return path
    kept = folder / "stdin"
    with kept.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    with kept.open("rb") as file:
        ending = ".parquet" if file.read(4) == b"PAR1" else ""
    return kept.rename(folder / f"stdin{ending}")


def _import(options: Options, paths: list[Path], language: str) -> int:
    files = [file for path in paths for file in files_of(options.kind, path)]
    scope = scope_of(options.institution, options.country, options.kind, files, _mapping(options))
    request = ImportRequest(
        options.kind,
        paths,
        scope,
        options.out,
        years_of(options.years),
        options.engine,
        options.types,
        day_of(options.extracted_on),
        lambda count: warn(say("publications.progress", language, count=count)),
    )
    try:
        outcome = import_publications(request)
    except NoSpark:
        raise UsageProblem("no_spark") from None
    for problem in outcome.problems.listed[:MOST_TOLD]:
        warn(problem_text(problem)[language])
    more = sum(outcome.problems.counts.values()) - MOST_TOLD
    if more > 0:
        warn(say("publications.more_problems", language, count=more, file=options.out / "report.json"))
    _tell_result(outcome.report, language, is_country=isinstance(scope.own, CountryAddresses))
    for path in outcome.written:
        warn(say("cli.written", language, file=path))
    return outcome.code


def _tell_result(report: dict[str, object], language: str, *, is_country: bool) -> None:
    keys: Sequence[str] = ("records_read", "own_papers", "own_international", "own_unknown", "without_address")
    tell(say("publications.result", language, **{key: report[key] for key in (*keys, "duplicate_count")}))
    if report["outside_years"]:
        warn(say("publications.outside_years", language, count=report["outside_years"]))
    if is_country:
        warn(say("publications.no_form_for_country", language))


def _mapping(options: Options) -> dict[str, bool]:
    """The decisions of ``--mapping``, or of the mapping in the folder of the output where there is one."""
    if options.mapping is not None:
        return read_mapping(Path(options.mapping))
    beside = Path(options.out) / MAPPING_FILE
    return read_mapping(beside) if options.country is None and beside.is_file() else {}


def years_of(text: str | None) -> range | None:
    """The years of ``--years A-B`` or ``--years A``. Raises UsageProblem."""
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d{4})\s*(?:[-–~～]\s*(\d{4})\s*)?", text)
    first = int(match.group(1)) if match else 0
    last = int(match.group(2) or first) if match else 0
    if not 1800 <= first <= last <= 2099:
        raise UsageProblem("bad_years", given=text)
    return range(first, last + 1)


def day_of(text: str | None) -> date | None:
    """The day of ``--extracted-on``. Raises UsageProblem."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageProblem("bad_day", given=text) from None
