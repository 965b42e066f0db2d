"""The use case of one workbook: read, check, evaluate, judge, mark. Pure: bytes and background in, results out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.edition import catalogue, versions_of_software
from app.submission.background import NOTHING_KNOWN, Background, StoredForm
from app.submission.finding_groups import summary_line
from app.submission.given_explanations import gather_explanations
from app.submission.restored_form import JudgedForm, answer_rows, counted_rows, restore_form
from app.submission.result import Result, stored_values, with_cells
from indicators.engine.centre_results import ListedCentre, centres_of
from indicators.engine.evaluate import Scoreboard, about_centres, evaluate, with_boards
from indicators.engine.scoreboard import scoreboards
from indicators.plausibility.plausibility_rules import judge_all, value_rules
from indicators.scoring.own_targets import with_own_targets
from indicators.values.prepared_tables import stack
from schemas.checks.centres.reconciliation import (
    BESIDE_RULES,
    as_centre,
    blocked_as_centre,
    blocked_with_centre,
    centre_code,
    compare_answers,
    is_compared_centre,
    is_other_centre,
    listed_centres,
    other_than_issued,
    pairs_of,
    same_names,
    with_centre,
)
from schemas.checks.long_list_findings import record_findings
from schemas.checks.validate import Validated, validate
from schemas.dictionary.dictionary import CENTRE
from schemas.explanations.explanation import apply_choices
from schemas.explanations.explanation_rows import explanation_rows
from schemas.marking import mark_workbook, unmark_workbook
from schemas.reading.answer import Submission
from schemas.reading.choice_labels import in_words
from schemas.reading.clean_tables import Tables
from schemas.reading.form_metadata import refuse_other_workbooks
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.rules.finding import SEVERITIES, Finding, count_by_severity, status_of
from schemas.rules.rule import load_rules
from schemas.xlsx.package_guard import open_package
from schemas.xlsx.read_workbook import Workbook, read_workbook

Progress = Callable[[str], None]
NO_PREVIOUS = "FMT-64"
ID_LENGTH = 16


@dataclass(frozen=True)
class ReadForm:
    """A filled form as read: its bytes without our marks, its workbook and its answers. ``sha256`` is of the upload."""

    sha256: str
    data: bytes
    book: Workbook
    submission: Submission

    @property
    def identity(self) -> dict[str, Any]:
        """Who handed in what for which round."""
        one = self.submission
        who = {"institution": one.institution, "year": one.year, "form": one.form, "unit": unit_of(one)}
        return {**who, "is_demo": one.is_demo}


def read_form(data: bytes, progress: Progress = lambda _: None) -> ReadForm:
    """The form in the bytes of a workbook. Raises schemas.xlsx.refusal.Refusal when it cannot be read."""
    progress("read")
    plain, book = open_workbook(data)
    dictionary = catalogue().dictionary
    submission = in_words(apply_choices(read_submission(book, dictionary), dictionary), dictionary)
    return ReadForm(hashlib.sha256(data).hexdigest(), plain, book, submission)


def open_workbook(data: bytes) -> tuple[bytes, Workbook]:
    """The bytes of a workbook without our marks, and what it holds.

    The guard judges the bytes before anything else opens them. Raises Refusal.
    """
    package = open_package(data)
    plain = unmark_workbook(package.data, package.kept)
    return plain, read_workbook(plain, judge=refuse_other_workbooks, package=package if plain is package.data else None)


def process(
    form: ReadForm | bytes,
    background: Background = NOTHING_KNOWN,
    *,
    mark: bool = False,
    progress: Progress = lambda _: None,
) -> Result:
    """Findings, values, gaps and scores of a form beside its background, and with ``mark`` the marked workbook.

    Forms of the background that rest on this one are judged anew as well (``dependents``). Raises Refusal for bytes
    that cannot be read.
    """
    read = read_form(form, progress) if isinstance(form, bytes) else form
    submission, dictionary = read.submission, catalogue().dictionary
    before = _restore_judged(background.previous)
    beside = _in_order(
        kept for one in background.beside if _is_pair(one, submission) and (kept := _restore_judged(one))
    )
    siblings = [kept for one in background.siblings if (kept := _restore_judged(one))]
    is_previous_lost = background.is_previous_unreadable or (background.previous is not None and before is None)
    validated = validate(
        submission,
        dictionary,
        load_register(),
        previous=before.tables if before else None,
        expected_institution=background.expected_institution,
        book=read.book,
        data=read.data,
        compared_papers=background.compared_papers,
        progress=progress,
    )
    found = list(_findings_of_answers(read, validated, beside, siblings, is_previous_lost))
    judged = JudgedForm(submission, validated.tables, _blocked(found))
    identity = _identity(read)
    board = _evaluate(judged, beside, identity, progress)
    previous_values = background.previous.values if background.previous else None
    found += judge_all(
        board.values, catalogue(), previous=previous_values, others=background.others, published=background.published
    )
    findings = sorted(found, key=lambda f: SEVERITIES.index(f.severity))
    given = gather_explanations(submission, findings, before.submission if before else None, background.explanations)
    answers = answer_rows(submission.answers, identity["submission"], judged.blocked)
    header = {
        **identity,
        "centre": compared_centre(judged.tables),
        "beside": beside[0].submission.form if beside else "",
        "counted": counted_rows(submission, validated.tables),
        "validation": validation_json(findings, submission),
        "explanations": [one.as_json() for one in given.on_sheet],
        "explained": sorted(given.explained),
        "score": score_json(board, identity, answers, submission, centres_beside(judged, beside)),
    }
    dependents = tuple(
        reevaluate(stored, kept, _in_order([judged, *siblings]), background)
        for stored in background.dependents
        if _is_pair(stored, submission) and (kept := _restore_judged(stored)) is not None
    )
    result = Result(header, _frames(board, answers), dependents=dependents)
    if not mark:
        return result
    progress("mark")
    listed = explanation_rows(findings, submission, dictionary, given.offered, given.elsewhere)
    marked = marked_workbook(read.data, findings, submission.is_demo, listed)
    return Result(header, result.frames, marked, dependents=dependents)


# findings --------------------------------------------------------------------------------------------------------


def _findings_of_answers(
    read: ReadForm,
    validated: Validated,
    beside: Sequence[JudgedForm],
    siblings: Sequence[JudgedForm],
    is_previous_lost: bool,
) -> Iterator[Finding]:
    """Every producer of findings that may block an answer; those about values come after the values are known."""
    rules, submission = load_rules(), read.submission
    yield from validated.findings
    yield from record_findings(submission, rules)
    if is_previous_lost:
        yield rules[NO_PREVIOUS].finding({}, field="workbook")
    yield from other_than_issued(submission, rules)
    for other in beside:
        yield from compare_answers(submission, other.submission, catalogue().dictionary, rules)
    yield from same_names(submission, [one.submission for one in siblings], rules)


def _blocked(findings: Sequence[Finding]) -> frozenset[tuple[str, str]]:
    """(field, row key) of every answer that an error concerns."""
    return frozenset(key for f in findings if f.severity == "error" for key in f.blocks)


# values ----------------------------------------------------------------------------------------------------------


def _restore_judged(stored: StoredForm | None) -> JudgedForm | None:
    """A kept form as read; None where there is none, or where its answers do not fit the questions of today."""
    try:
        return restore_form(stored, catalogue().dictionary) if stored else None
    except (ValueError, ArithmeticError):
        return None


def _in_order(forms: Iterable[JudgedForm]) -> list[JudgedForm]:
    """Forms in the order of their centres, so that it does not matter which came in first."""
    return sorted(forms, key=lambda one: unit_of(one.submission))


def _is_pair(stored: StoredForm | None, submission: Submission) -> bool:
    """Whether one is the form of a centre and the other that of its institution, of the same round."""
    if stored is None:
        return False
    own, other = ((one.institution, one.year, one.is_demo) for one in (submission, stored))
    return own == other and (submission.form == CENTRE) != (stored.form == CENTRE)


def _evaluate(
    form: JudgedForm,
    beside: Sequence[JudgedForm],
    identity: Mapping[str, Any],
    progress: Progress = lambda _: None,
) -> Scoreboard:
    """The results of a form; about each centre they rest on the form of that centre where there is one."""
    tables, blocked = form.tables, form.blocked
    listed = list(listed_centres(form.submission))
    centres = [one for one in beside if one.submission.form == CENTRE != form.submission.form]
    centres.sort(key=lambda one: (centre_code(one.submission) not in listed, centre_code(one.submission)))
    for own in [one for one in centres if is_compared_centre(form.submission, one.submission)][:1]:
        pairs = pairs_of(form.submission, own.submission)
        tables = with_centre(tables, own.tables, pairs)
        blocked = blocked_with_centre(blocked, own.blocked, pairs)
    key = str(identity["submission"])
    shut = [(key, field, row_key) for field, row_key in blocked]
    board = evaluate(stack({key: tables}), catalogue(), _rounds(identity), blocked=shut, progress=progress).decode()
    others = [one for one in centres if is_other_centre(form.submission, one.submission)]
    others.sort(key=lambda one: listed.index(centre_code(one.submission)))
    return with_boards(board, _other_centres(form, others, identity)) if others else board


def _other_centres(form: JudgedForm, others: Sequence[JudgedForm], identity: Mapping[str, Any]) -> Scoreboard:
    """The results about centres that the institution lists beside the one it compares, each taken for that one.

    Their answers stand in forms of their own, so that no cell of this form made them.
    """
    keys = [f"{identity['submission']}/{centre_code(one.submission)}" for one in others]
    tables = {
        key: as_centre(form.tables, form.submission, one.submission, one.tables)
        for key, one in zip(keys, others, strict=True)
    }
    shut = [
        (key, field, row_key)
        for key, one in zip(keys, others, strict=True)
        for field, row_key in blocked_as_centre(form.blocked, one.blocked, form.submission)
    ]
    rounds = pd.concat([_rounds(identity)] * len(keys), ignore_index=True).assign(submission=keys)
    board = evaluate(stack(tables), catalogue(), rounds, blocked=shut, lineage=False).decode()
    return about_centres(board, str(identity["submission"]))


def _rounds(identity: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{key: identity[key] for key in ("submission", "institution", "year", "form")}])


def _frames(board: Scoreboard, answers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "answers": answers,
        "values": stored_values(board),
        "gaps": board.gaps,
        "scores": board.scores,
        "value_cells": with_cells(board.value_cells, answers),
    }


def reevaluate(stored: StoredForm, form: JudgedForm, beside: Sequence[JudgedForm], background: Background) -> Result:
    """A kept form judged anew beside those of its round: from its answers, without opening its workbook.

    Findings of the workbook and its answers stay as they were kept.
    """
    rules, dictionary = load_rules(), catalogue().dictionary
    identity = {
        "submission": stored.submission,
        "institution": stored.institution,
        "year": stored.year,
        "form": stored.form,
        "is_demo": stored.is_demo,
        "unit": unit_of(form.submission),
        "dictionary_hash": "",
        "catalogue_hash": catalogue().hash,
    }
    board = _evaluate(form, beside, identity)
    anew = [
        *(found for one in beside for found in compare_answers(form.submission, one.submission, dictionary, rules)),
        *judge_all(
            board.values,
            catalogue(),
            previous=stored.previous_values,
            others=background.others,
            published=background.published,
        ),
    ]
    renewed = BESIDE_RULES | value_rules().keys()
    kept = [found for found in stored.findings if found["rule"] not in renewed]
    findings = sorted([*kept, *(f.as_json() for f in anew)], key=lambda f: SEVERITIES.index(f["severity"]))
    counts = {severity: sum(f["severity"] == severity for f in findings) for severity in SEVERITIES}
    status = "error" if counts["error"] else "check" if counts["check"] else "ok"
    validation = {"status": status, "counts": counts, "findings": findings}
    addresses = _addresses(stored.answers, stored.submission)
    header = {
        **identity,
        "centre": compared_centre(form.tables),
        "beside": beside[0].submission.form,
        "counted": stored.counted,
        "validation": validation,
        "explanations": [],
        "scoreboards": [
            with_own_targets(one, stored.answers, catalogue())
            for one in scoreboards(
                board, catalogue(), _rounds(identity), addresses, {stored.submission: centres_beside(form, beside)}
            )
        ],
    }
    return Result(header, _frames(board, stored.answers))


# what is told ----------------------------------------------------------------------------------------------------


def _identity(read: ReadForm) -> dict[str, Any]:
    return {
        "submission": read.sha256[:ID_LENGTH],
        **read.identity,
        "unit": unit_of(read.submission),
        "dictionary_hash": read.submission.dictionary_hash,
        "catalogue_hash": catalogue().hash,
        "institution_row": _institution_row(read.submission),
    }


def unit_of(submission: Submission) -> str:
    """The code of the centre that a form is about; empty for a form of the whole institution.

    Where the form gives no code it is the one it was issued for, else the name: two centres never share a key.
    """
    if submission.form != CENTRE:
        return ""
    return centre_code(submission) or submission.meta.get("unit", "") or _name_given(submission)


def compared_centre(tables: Tables) -> str:
    """The code under which the results of a form hold the centre that it compares, or is about."""
    units = tables.get("units")
    marked = [] if units is None or units.empty else units.loc[units["is_centre"], "unit"].astype(str).tolist()
    return marked[0] if marked else CENTRE


def centres_beside(form: JudgedForm, beside: Sequence[JudgedForm]) -> list[ListedCentre]:
    """The centres that a form lists or is about, each with whether its own form is at hand."""
    forms = [form, *beside] if form.submission.form == CENTRE else beside
    with_form = {centre_code(one.submission) for one in forms if one.submission.form == CENTRE}
    return centres_of(form.tables.get("units"), compared_centre(form.tables), with_form)


def _name_given(submission: Submission) -> str:
    return str(submission.value("units.name_ja", "1") or submission.value("units.name_en", "1") or "")


def _institution_row(submission: Submission) -> dict[str, str]:
    known = load_register().institutions.get(submission.institution)
    keys = ("name_ja", "name_en", "founder", "prefecture")
    if known is None:
        names = {key: str(submission.value(f"profile.{key}") or "") for key in keys}
    else:
        names = {key: str(getattr(known, key)) for key in keys}
    return {"code": submission.institution, "ror": known.ror if known else "", **names}


def validation_json(findings: Sequence[Finding], submission: Submission | None) -> dict[str, Any]:
    """The JSON of ``validate`` (schemas/rules/findings.schema.json)."""
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
    board: Scoreboard,
    identity: Mapping[str, Any],
    answers: pd.DataFrame,
    source: Submission,
    centres: Sequence[ListedCentre] = (),
) -> dict[str, Any]:
    """The JSON of ``score`` for one submission (indicators/engine/scoreboard.schema.json)."""
    addresses = _addresses(answers, identity["submission"])
    listed = {str(identity["submission"]): centres}
    boards = scoreboards(board, catalogue(), _rounds(identity), addresses, listed)
    return {
        "scoreboards": [with_own_targets(one, answers, catalogue()) for one in boards],
        "versions": {"form": form_version(source), **versions_of_software()},
    }


def _addresses(answers: pd.DataFrame, submission: str) -> dict[tuple[str, str, str], str]:
    """``sheet!cell`` of each answer that has a cell, by submission, field and row key."""
    rows = zip(*(answers[name].to_numpy(object) for name in ("field", "row_key", "sheet", "cell")), strict=True)
    return {(submission, field, row_key): f"{sheet}!{cell}" for field, row_key, sheet, cell in rows if cell}


def refuse_workbook(rule: str, params: Mapping[str, Any]) -> Result:
    """The result of a workbook that is not accepted, in the shape of ``validate``."""
    finding = refusal_finding(rule, params)
    validation = {**validation_json([finding], None), "status": "refused"}
    return Result({"validation": validation}, {}, refusal=finding)


def refusal_finding(rule: str, params: Mapping[str, Any]) -> Finding:
    """The one finding of a workbook that could not be read."""
    return load_rules()[rule].finding(params, field="workbook")


def marked_workbook(
    data: bytes, findings: Sequence[Finding], is_demo: bool, listed: Sequence[Sequence[str | None]] = ()
) -> bytes:
    """The user's workbook with its cells marked, the sheet 結果 in front, and ``listed`` on the sheet 説明."""
    summary = summary_line(count_by_severity(findings))
    return mark_workbook(data, findings, summary=summary, demo=is_demo, explanation_rows=listed)
