"""The commands that issue a form and that carry an older form into the present one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from schemas.workbook import Issue, write_template

    checked_ending("--out", options.out, ".xlsx")
    if not 2020 <= options.year <= 2099:
        raise UsageProblem("bad_year", year=options.year)
    institution = registered(options.institution)
    last: Path | None = getattr(options, "previous", None)
    if last is None:
        data = write_template(load_dictionary(), Issue(options.form, options.year, institution))
    else:
        data = _filled_from(last, options, institution)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(data)
    written = say("cli.written", language, file=options.out)
    sys.stderr.write(f"{written}\n")
    return FINE


def _filled_from(path: Path, options: argparse.Namespace, institution: Institution) -> bytes:
    """The form filled in from last round's workbook, which only a worker opens."""
    from app.checking import in_worker
    from app.cli import UsageProblem, read_input

    wanted = {"form": options.form, "year": options.year, "institution": institution.code}
    result, made = in_worker("issue", read_input(path), **wanted)
    if not made:
        raise UsageProblem("other_institution", file=path, code=result["institution"] or "－")
    return made[0]


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


def run_migrate(options: argparse.Namespace, language: str) -> int:
    """Carries ``options.old`` into the present edition as ``options.out``; says what could not be carried.

    ``options.form`` and ``options.year`` may name another form and round. Returns 0; what could not be carried
    is listed. Raises app.cli.UsageProblem, schemas.intake.Refusal.
    """
    from app.checking import in_worker
    from app.cli import checked_ending, read_input
    from app.texts import say

    checked_ending("--out", options.out, ".xlsx")
    wanted = {"form": getattr(options, "form", None), "year": getattr(options, "year", None)}
    result, (data,) = in_worker("migrate", read_input(options.old), **wanted)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(data)
    migrated = say("cli.migrated", language, file=options.out, carried=result["carried"])
    sys.stderr.write(f"{migrated}\n")
    for row in result["not_carried"]:
        where = f"{row['sheet']}!{row['cell']}" if row["cell"] else row["sheet"]
        value = (
            f"「{row['value']}」" if row["value"] and language == "ja" else f" '{row['value']}'" if row["value"] else ""
        )
        sys.stdout.write(f"{where}{value}  {row['why'][language]}\n")
    return FINE
