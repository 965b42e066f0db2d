"""The commands that issue a form and that carry an older form into the present one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.dictionary import DataDictionary
    from schemas.field import Form
    from schemas.intake import Workbook
    from schemas.issue import Issue
    from schemas.register import Institution
FINE = 0


def run_template(options: argparse.Namespace, language: str) -> int:
    """Issues ``options.form`` for ``options.institution`` and ``options.year`` as ``options.out``.

    With ``options.previous`` last time's descriptions are filled in and its numbers shown. Returns 0.
    Raises app.cli.UsageProblem for what cannot be issued, schemas.intake.Refusal for a file that cannot be read.
    """
    from app.cli import UsageProblem, checked_ending
    from app.texts import say
    from schemas.dictionary import load_dictionary
    from schemas.workbook import write_template

    checked_ending("--out", options.out, ".xlsx")
    if not 2020 <= options.year <= 2099:
        raise UsageProblem("bad_year", year=options.year)
    institution = registered(options.institution)
    data = write_template(load_dictionary(), _issue(load_dictionary(), options, institution))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(data)
    written = say("cli.written", language, file=options.out)
    sys.stderr.write(f"{written}\n")
    return FINE


def _issue(dictionary: DataDictionary, options: argparse.Namespace, institution: Institution) -> Issue:
    from app.cli import UsageProblem
    from schemas.prefill import prefilled, previous_of
    from schemas.reading import read_submission
    from schemas.workbook import Issue

    path: Path | None = getattr(options, "previous", None)
    if path is None:
        return Issue(options.form, options.year, institution)
    submission = read_submission(opened(path), dictionary)
    if submission.institution != institution.code:
        raise UsageProblem("other_institution", file=path, code=submission.institution or "－")
    return prefilled(dictionary, options.form, options.year, institution, previous_of(submission))


def registered(code: str) -> Institution:
    """The institution with this code, an invented one of the demo too. Raises UsageProblem with the nearest code."""
    from app.cli import UsageProblem
    from schemas.register import UnknownInstitution, load_register

    try:
        return load_register().get(code)
    except UnknownInstitution as unknown:
        if unknown.near is None:
            raise UsageProblem("unknown_code_no_near", code=unknown.code) from None
        near = f"{unknown.near.code} {unknown.near.name_ja}"
        raise UsageProblem("unknown_code", code=unknown.code, near=near) from None


def opened(path: Path) -> Workbook:
    """The workbook without our marks. Raises UsageProblem where there is no file, Refusal where it cannot be read."""
    from app.cli import UsageProblem
    from schemas.intake import read_workbook
    from schemas.marking import unmark_workbook

    if not path.is_file():
        raise UsageProblem("no_file", file=path)
    data = path.read_bytes()
    return read_workbook(unmark_workbook(data) if data[:2] == b"PK" else data)


def run_migrate(options: argparse.Namespace, language: str) -> int:
    """Carries ``options.old`` into the present edition as ``options.out``; says what could not be carried.

    ``options.form`` and ``options.year`` may name another form and round. Returns 0; what could not be carried
    is listed. Raises app.cli.UsageProblem, schemas.intake.Refusal.
    """
    from app.cli import checked_ending
    from app.texts import say
    from schemas.dictionary import load_dictionary
    from schemas.migration import meta_of, migrate

    checked_ending("--out", options.out, ".xlsx")
    book = opened(options.old)
    form: Form | None = getattr(options, "form", None)
    institution = _issued_for(meta_of(book), book)
    moved = migrate(book, load_dictionary(), institution, form=form, year=getattr(options, "year", None))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(moved.data)
    migrated = say("cli.migrated", language, file=options.out, carried=moved.carried)
    sys.stderr.write(f"{migrated}\n")
    for row in moved.not_carried:
        where = f"{row.sheet}!{row.cell}" if row.cell else row.sheet
        value = f"「{row.value}」" if row.value and language == "ja" else f" '{row.value}'" if row.value else ""
        sys.stdout.write(f"{where}{value}  {row.why.ja if language == 'ja' else row.why.en}\n")
    return FINE


def _issued_for(meta: dict[str, str], book: Workbook) -> Institution:
    """The institution as registered; one that the register lacks as the old workbook named it."""
    from schemas.meta import named_text
    from schemas.register import Institution, load_register

    known = load_register().institutions.get(meta["institution"])
    if known is not None:
        return known
    names = [named_text(book, f"profile_{key}") for key in ("name_ja", "name_en")]
    return Institution(meta["institution"], *names, "", "")
