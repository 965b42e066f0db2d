"""``junkan template`` and ``migrate``: a form is issued, or an older one is carried into the present edition."""

from __future__ import annotations

from app.commands.exit_codes import (
    FINE,
    STDOUT,
    Options,
    UsageProblem,
    checked_ending,
    read_input,
    tell,
    warn,
    write_bytes,
)
from app.submission.worker_pool import run_once
from app.texts import say
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.issue import Issue
from schemas.register import ClosedInstitution, Institution, UnknownInstitution, load_register
from schemas.template.write_template import write_template


def run_template(options: Options, language: str) -> int:
    """Issues ``options.form`` for ``options.institution`` and ``options.year`` as ``options.out``.

    With ``options.previous`` last time's descriptions are filled in and its numbers shown. Returns 0.
    Raises UsageProblem for what cannot be issued, schemas.xlsx.refusal.Refusal for a file that cannot be read.
    """
    checked_ending("--out", options.out, ".xlsx")
    institution = registered(options.institution, options.year)
    if options.previous is None:
        data = write_template(load_dictionary(), Issue(options.form, options.year, institution))
    else:
        data = _filled_from(options, institution)
    write_bytes(options.out, data)
    warn(say("cli.written", language, file=options.out))
    return FINE


def _filled_from(options: Options, institution: Institution) -> bytes:
    """The form filled in from last round's workbook, which only a worker opens."""
    wanted = {"form": options.form, "year": options.year, "institution": institution.code}
    result, made = run_once("issue", read_input(options.previous), **wanted)
    if not made:
        raise UsageProblem("other_institution", file=options.previous, code=result["institution"] or "－")
    return made[0]


def registered(code: str, year: int) -> Institution:
    """The institution with this code, as of a round.

    Raises UsageProblem with the nearest code, or with the successor of one that no longer exists in that round.
    """
    try:
        return load_register().get(code, year)
    except ClosedInstitution as closed:
        after = f"{closed.near.code} {closed.near.name_ja}" if closed.near else "－"
        raise UsageProblem("closed_institution", what=closed.change.sentence, after=after) from None
    except UnknownInstitution as unknown:
        if unknown.near is None:
            raise UsageProblem("unknown_code_no_near", code=unknown.code) from None
        near = f"{unknown.near.code} {unknown.near.name_ja}"
        raise UsageProblem("unknown_code", code=unknown.code, near=near) from None


def run_migrate(options: Options, language: str) -> int:
    """Carries ``options.old`` into the present edition as ``options.out``; says what could not be carried.

    ``options.form`` and ``options.year`` may name another form and round. Returns 0; what could not be carried
    is listed. Raises UsageProblem, schemas.xlsx.refusal.Refusal.
    """
    checked_ending("--out", options.out, ".xlsx")
    result, (data,) = run_once("migrate", read_input(options.old), form=options.form, year=options.year)
    write_bytes(options.out, data)
    warn(say("cli.migrated", language, file=options.out, carried=result["carried"]))
    for row in result["not_carried"]:
        where = f"{row['sheet']}!{row['cell']}" if row["cell"] else row["sheet"]
        quoted = ("「{}」" if language == "ja" else " '{}'").format(row["value"]) if row["value"] else ""
        (warn if str(options.out) == STDOUT else tell)(f"{where}{quoted}  {row['why'][language]}")
    return FINE
