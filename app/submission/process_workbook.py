"""The use case read → validate → evaluate → mark for one workbook. Pure: bytes in, results out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.edition import catalogue, versions_of_software
from app.submission.given_explanations import statements
from app.submission.result_frames import answer_frame, stored_values, with_places
from app.texts import texts
from indicators.engine.evaluate import Scoreboard, evaluate
from indicators.engine.scoreboard import scoreboards
from indicators.plausibility.plausibility_rules import judge_all
from indicators.values.prepared_tables import stack
from schemas.checks.centre_reconciliation import (
    blocked_with_centre,
    compared,
    is_pair,
    is_same_centre,
    pairs_of,
    with_centre,
)
from schemas.checks.long_list_findings import record_findings
from schemas.checks.validate import Validated, validate
from schemas.dictionary.dictionary import CENTRE
from schemas.explanations.explanation import apply_choices
from schemas.explanations.explanation_rows import explanation_rows
from schemas.marking import mark_workbook, unmark_workbook
from schemas.reading.answer import Answer, Submission
from schemas.reading.choice_labels import in_words
from schemas.reading.clean_tables import clean_tables
from schemas.reading.form_metadata import refuse_other_workbooks
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.rules.finding import SEVERITIES, Finding, count_by_severity, status_of
from schemas.rules.rule import load_rules
from schemas.xlsx.read_workbook import Workbook, read_workbook

Progress = Callable[[str], None]
Workbooks = Callable[[str, int, str], bytes | None]
Figures = pd.DataFrame | None


@dataclass(frozen=True)
class Request:
    """One workbook to process.

    ``previous`` gives last round's workbook for (institution, year, form) of this one, or None; ``beside`` another
    form of this round likewise; ``explanations`` what was explained before for an institution, each with its year
    (``app.submission.explain_findings.as_sent``); ``others`` the values of institutions in a year (the columns
    ``indicators.plausibility.plausibility_rules.OF_OTHERS``); ``published`` published figures about an institution.
    ``expected_institution`` is the one the upload must be of, if any; ``mark`` asks for the marked workbook.
    """

    data: bytes
    previous: Workbooks = lambda institution, year, form: None
    beside: Workbooks = lambda institution, year, form: None
    explanations: Callable[[str], Sequence[Mapping[str, Any]]] = lambda institution: ()
    others: Callable[[int], Figures] = lambda year: None
    published: Callable[[str], Figures] = lambda institution: None
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


def process(request: Request, progress: Progress = lambda _: None) -> Processed:
    """Reads, checks and evaluates a workbook. Raises schemas.xlsx.refusal.Refusal when it cannot be read."""
    progress("read")
    data = unmark_workbook(request.data) if request.data[:2] == b"PK" else request.data
    book = read_workbook(data, judge=refuse_other_workbooks)
    dictionary, rules = catalogue().dictionary, load_rules()
    submission = _read(book)
    before = _opened(request.previous(submission.institution, submission.year - 1, submission.form))
    beside = _beside(request, submission)
    found = validate(
        submission,
        dictionary,
        load_register(),
        previous=clean_tables(before, dictionary) if before else None,
        expected_institution=request.expected_institution,
        book=book,
        data=data,
        progress=progress,
    )
    identity = _identity(submission, request.data)
    rounds = pd.DataFrame([{key: identity[key] for key in ("submission", "institution", "year", "form")}])
    board = _evaluate(found, beside, identity["submission"], rounds, progress)
    more = [
        *_about_values(board.values, before, request, submission),
        *record_findings(submission, rules),
        *book_notes(book),
        *(compared(submission, beside, dictionary, rules) if beside else ()),
    ]
    findings = sorted([*found.findings, *more], key=lambda f: SEVERITIES.index(f.severity))
    said = statements(submission, findings, before, request.explanations(submission.institution))
    answers = answer_frame(submission.answers, identity["submission"])
    header = {
        **identity,
        "beside": beside.form if beside else "",
        "validation": validation_json(findings, submission),
        "explanations": [one.as_json() for one in said.on_sheet],
        "explained": sorted(said.explained),
        "score": score_json(board, rounds, submission.answers, identity["submission"], submission),
    }
    frames = {
        "answers": answers,
        "values": stored_values(board),
        "gaps": board.gaps,
        "scores": board.scores,
        "value_cells": with_places(board.value_cells, answers),
    }
    if not request.mark:
        return Processed(header, frames)
    progress("mark")
    listed = explanation_rows(findings, submission, dictionary, said.offered, said.elsewhere)
    return Processed(header, frames, marked_workbook(data, findings, submission.is_demo, listed))


def _read(book: Workbook) -> Submission:
    """The answers of a workbook, with what its choices on the sheet 説明 answer, and choices named in words."""
    dictionary = catalogue().dictionary
    return in_words(apply_choices(read_submission(book, dictionary), dictionary), dictionary)


def _opened(data: bytes | None) -> Submission | None:
    return None if data is None else _read(read_workbook(unmark_workbook(data)))


def _beside(request: Request, submission: Submission) -> Submission | None:
    """The form of the centre beside that of its institution, and the reverse, where there is one."""
    for form in ("full", "core") if submission.form == CENTRE else (CENTRE,):
        other = _opened(request.beside(submission.institution, submission.year, form))
        if other is not None and is_pair(submission, other):
            return other
    return None


def _about_values(
    values: pd.DataFrame, before: Submission | None, request: Request, submission: Submission
) -> list[Finding]:
    """Findings about the values, beside last round's and what the request knows of others."""
    return judge_all(
        values,
        catalogue(),
        previous=_previous_values(before),
        others=request.others(submission.year),
        published=request.published(submission.institution),
    )


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


def _evaluate(
    found: Validated, beside: Submission | None, submission: str, rounds: pd.DataFrame, progress: Progress
) -> Scoreboard:
    """The results of a form; about the centre they rest on the form of the centre where there is one."""
    tables, blocked = found.tables, found.blocked
    if beside is not None and beside.form == CENTRE and is_same_centre(found.submission, beside):
        centre = validate(beside, catalogue().dictionary, load_register())
        pairs = pairs_of(found.submission, beside)
        tables = with_centre(tables, centre.tables, pairs)
        blocked = blocked_with_centre(blocked, centre.blocked, pairs)
    shut = [(submission, field, row_key) for field, row_key in blocked]
    return evaluate(stack({submission: tables}), catalogue(), rounds, blocked=shut, progress=progress)


def book_notes(book: Workbook) -> list[Finding]:
    """Notes about the workbook itself: external links, dates counted from 1904."""
    rules = load_rules()
    noted = [("FMT-58", book.external_links), ("FMT-59", book.date_1904)]
    return [rules[rule].finding({}, field="workbook") for rule, holds in noted if holds]


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
    summary = summary_line(count_by_severity(findings))
    return mark_workbook(data, findings, summary=summary, demo=is_demo, explanation_rows=listed)
