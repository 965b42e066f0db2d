"""The use case read → validate → evaluate → mark for one workbook. Pure: bytes in, results out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from app.texts import texts
from indicators.catalogue import Catalogue, load_catalogue
from indicators.engine import Scoreboard, evaluate
from indicators.plausibility import RULES_FILE as VALUE_RULES_FILE
from indicators.plausibility import judge_values
from indicators.preparation import stack
from indicators.scoreboard import scoreboards
from schemas.answer import Answer, Submission
from schemas.explanation import apply_choices, explanation_rows, offered_again, read_explanations
from schemas.finding import SEVERITIES, Finding, count_by_severity, status_of
from schemas.intake import Workbook, read_workbook
from schemas.marking import MarkedFinding, mark_workbook, unmark_workbook
from schemas.reading import read_submission
from schemas.record_findings import record_findings
from schemas.register import load_register
from schemas.rule import load_rules
from schemas.tables import clean_tables
from schemas.validation import Validated, validate

Progress = Callable[[str], None]
RULES_FILE = Path(__file__).parent.parent / "schemas" / "rules.yaml"


@dataclass(frozen=True)
class Request:
    """One workbook to process.

    ``previous`` gives last round's workbook for (institution, year, form) of this one, or None;
    ``expected_institution`` is the one the upload must be of, if any; ``mark`` asks for the marked workbook.
    """

    data: bytes
    previous: Callable[[str, int, str], bytes | None] = lambda institution, year, form: None
    expected_institution: str = ""
    mark: bool = False


@dataclass(frozen=True)
class Processed:
    """Everything one workbook gave: who and when, findings, frames of DATA, JSON, and the marked workbook."""

    header: Mapping[str, Any]
    frames: Mapping[str, pd.DataFrame]
    marked: bytes | None = None

    @property
    def status(self) -> str:
        """``ok``, ``check``, ``error`` or ``refused``."""
        return str(self.header["validation"]["status"])


@cache
def catalogue() -> Catalogue:
    """The catalogue, loaded once a process."""
    return load_catalogue()


@cache
def versions_of_software() -> dict[str, str]:
    """Versions that do not depend on the form."""
    rules = hashlib.sha256(RULES_FILE.read_bytes() + VALUE_RULES_FILE.read_bytes()).hexdigest()[:16]
    return {"catalogue": catalogue().hash, "rules": rules, "software": version("junkan")}


def process(request: Request, progress: Progress = lambda _: None) -> Processed:
    """Reads, checks and evaluates a workbook. Raises schemas.intake.Refusal when it cannot be read."""
    progress("read")
    data = unmark_workbook(request.data) if request.data[:2] == b"PK" else request.data
    book = read_workbook(data)
    dictionary = catalogue().dictionary
    submission = apply_choices(read_submission(book, dictionary), dictionary)
    before = _previous(request.previous(submission.institution, submission.year - 1, submission.form))
    found = validate(
        submission,
        catalogue().dictionary,
        load_register(),
        previous=clean_tables(before, dictionary) if before else None,
        expected_institution=request.expected_institution,
        book=book,
        progress=progress,
    )
    identity = _identity(submission, request.data)
    rounds = pd.DataFrame([{key: identity[key] for key in ("submission", "institution", "year", "form")}])
    board = _evaluate(found, identity["submission"], rounds, progress)
    on_values = judge_values(board.values, _previous_values(before), catalogue().indicators)
    noted = [*record_findings(submission, load_rules()), *book_notes(book)]
    findings = sorted([*found.findings, *on_values, *noted], key=lambda f: SEVERITIES.index(f.severity))
    offered = offered_again(before, submission, findings)
    answers = answer_frame(submission.answers, identity["submission"])
    if request.mark:
        progress("mark")
    header = {
        **identity,
        "validation": validation_json(findings, submission),
        "explanations": [e.as_json() for e in read_explanations(submission, findings, offered)],
        "score": score_json(board, rounds, submission.answers, identity["submission"], submission),
    }
    frames = {
        "answers": answers,
        "values": stored_values(board),
        "gaps": board.gaps,
        "scores": board.scores,
        "value_cells": _with_places(board.value_cells, answers),
    }
    if not request.mark:
        return Processed(header, frames)
    listed = explanation_rows(findings, submission, dictionary, offered)
    return Processed(header, frames, marked_workbook(data, findings, submission.is_demo, listed))


def _previous(data: bytes | None) -> Submission | None:
    if data is None:
        return None
    return read_submission(read_workbook(unmark_workbook(data)), catalogue().dictionary)


def _previous_values(before: Submission | None) -> pd.DataFrame | None:
    """The values of last round's form, as it was given then."""
    if before is None:
        return None
    rounds = pd.DataFrame(
        [{"submission": "last", "institution": before.institution, "year": before.year, "form": before.form}]
    )
    tables = stack({"last": clean_tables(before, catalogue().dictionary)})
    return evaluate(tables, catalogue(), rounds, lineage=False).values


def _identity(submission: Submission, data: bytes) -> dict[str, Any]:
    return {
        "submission": hashlib.sha256(data).hexdigest()[:16],
        "institution": submission.institution,
        "year": submission.year,
        "form": submission.form,
        "is_demo": submission.is_demo,
        "dictionary_hash": submission.dictionary_hash,
        "institution_row": _institution_row(submission),
    }


def _institution_row(submission: Submission) -> dict[str, str]:
    known = load_register().institutions.get(submission.institution)
    names = {
        key: str(submission.value(f"profile.{key}") or "") for key in ("name_ja", "name_en", "founder", "prefecture")
    }
    if known is not None:
        names = {
            "name_ja": known.name_ja,
            "name_en": known.name_en,
            "founder": known.founder,
            "prefecture": known.prefecture,
        }
    return {"code": submission.institution, "ror": known.ror if known else "", **names}


def _evaluate(found: Validated, submission: str, rounds: pd.DataFrame, progress: Progress) -> Scoreboard:
    blocked = [(submission, field, row_key) for field, row_key in found.blocked]
    return evaluate(stack({submission: found.tables}), catalogue(), rounds, blocked=blocked, progress=progress)


def book_notes(book: Workbook) -> list[Finding]:
    """Notes about the workbook itself: external links, dates counted from 1904."""
    rules = load_rules()
    noted = [("FMT-58", book.external_links), ("FMT-59", book.date_1904)]
    return [rules[rule].finding({}, field="workbook") for rule, holds in noted if holds]


def answer_frame(answers: Sequence[Answer], submission: str) -> pd.DataFrame:
    """The answers as DATA's table ``answers``."""
    return pd.DataFrame(
        [
            {
                "submission": submission,
                "field": answer.field.id,
                "row_key": answer.row_key,
                "raw": "" if answer.raw is None else str(answer.raw),
                "normalised": "" if answer.value is None else str(answer.value),
                "code": answer.code,
                "flag": "",
                "remark": "",
                "sheet": answer.sheet,
                "cell": answer.cell,
                "read_as": answer.read_as,
            }
            for answer in answers
        ]
    )


def stored_values(board: Scoreboard) -> pd.DataFrame:
    """The values with exact text for numerator and denominator, as DATA stores them."""
    from indicators.engine import exact_text

    values = board.values
    texts_of = [
        [str(exact_text(int(n), int(s))) for n, s in zip(values[column], values["scale"], strict=True)]
        for column in ("numerator", "denominator")
    ]
    return values.assign(numerator=texts_of[0], denominator=texts_of[1])


def _with_places(cells: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    places = answers[["submission", "field", "row_key", "sheet", "cell"]]
    return cells.merge(places, on=["submission", "field", "row_key"], how="left")


def validation_json(findings: Sequence[Finding], submission: Submission | None) -> dict[str, Any]:
    """The JSON of ``validate`` (DATA)."""
    form = form_version(submission) if submission else ""
    return {
        "status": status_of(findings),
        "counts": count_by_severity(findings),
        "findings": [finding.as_json() for finding in findings],
        "versions": {"form": form, **versions_of_software()},
    }


def form_version(submission: Submission) -> str:
    """Form, round and edition as the workbook is stamped."""
    return f"{submission.form}-{submission.year}-{submission.meta.get('version', '')}"


def score_json(
    board: Scoreboard, rounds: pd.DataFrame, answers: Sequence[Answer], submission: str, source: Submission
) -> dict[str, Any]:
    """The JSON of ``score`` for one submission (DATA)."""
    addresses = {(submission, a.field.id, a.row_key): a.address for a in answers if a.cell}
    return {
        "scoreboards": scoreboards(board, catalogue(), rounds, addresses),
        "versions": {"form": form_version(source), **versions_of_software()},
    }


def refusal_finding(rule: str, params: Mapping[str, Any]) -> Finding:
    """The one finding of a workbook that could not be read."""
    return load_rules()[rule].finding(params, field="workbook")


def summary_line(counts: Mapping[str, int]) -> tuple[str, str]:
    """The result in one sentence, Japanese and English."""
    key = "result.summary" if any(counts.values()) else "result.clean"
    text = texts()[key].format(**counts)
    return text.ja, text.en


def marked_workbook(
    data: bytes, findings: Sequence[Finding], is_demo: bool, listed: Sequence[Sequence[str | None]] = ()
) -> bytes:
    """The user's workbook with its cells marked, the sheet 結果 in front, and ``listed`` on the sheet 説明."""
    marks = [
        MarkedFinding(f.id, f.rule, f.severity, f.sheet, f.cells, f.message.ja, f.message.en, f.remedy.ja, f.remedy.en)
        for f in findings
    ]
    summary = summary_line(count_by_severity(findings))
    return mark_workbook(data, marks, summary=summary, demo=is_demo, explanation_rows=listed)
