"""``junkan register``: an institution is looked up, or bodies that an operator knows are added."""

from __future__ import annotations

import os
from pathlib import Path

from app.commands.exit_codes import (
    FINDINGS,
    FINE,
    UNREADABLE,
    Options,
    UsageProblem,
    read_input,
    tell,
    warn,
    write_bytes,
)
from app.texts import say
from schemas.register import KIND_LABELS, load_register
from schemas.register.register import ADDITIONS_FILE, ADDITIONS_VARIABLE

MOST_TOLD = 40  # values that cannot be, of one file


def run_register(options: Options, language: str) -> int:
    """``find TEXT`` lists institutions by any name or code; ``add FILE`` adds bodies from a CSV file.

    The columns of the file are those of ``schemas/register/bodies.csv`` up to ``parent``. Returns 0; 10 for a file
    that is no such table; 11 for values that cannot be, with the first of them named. Nothing is added then.
    Raises UsageProblem without a text.
    """
    if not options.text.strip():
        raise UsageProblem("missing", what="TEXT|FILE")
    if options.action == "add":
        return _add(Path(options.text), language)
    register = load_register()
    found = register.find(options.text)
    for institution in found:
        names = f"{institution.name_ja}\t{institution.name_en}\t{institution.prefecture}"
        tell(f"{institution.code}\t{names}\t{KIND_LABELS[institution.kind][language]}")
        for change in register.changes:
            if institution.code in change.codes_before and change.code_after != institution.code:
                warn(f"{institution.code}: {change.sentence[language]}  {change.code_after}")
    if not found:
        warn(say("cli.nothing_found", language, text=options.text))
    return FINE


def _add(path: Path, language: str) -> int:
    """Adds the bodies of a file to those added before."""
    from pandas.errors import ParserError

    from schemas.register.additions import MissingColumns, read_additions

    try:
        added, faults = read_additions(read_input(path), load_register())
    except MissingColumns as missing:
        raise UsageProblem("register_columns", file=path, columns=", ".join(missing.columns)) from None
    except (UnicodeDecodeError, ParserError, ValueError):
        warn(say("cli.register_unreadable", language, file=path))
        return UNREADABLE
    if faults:
        first = faults[0]
        where = {"line": first.line, "column": first.column, "value": first.value, "why": first.why}
        warn(say("cli.register_faulty", language, file=path, count=len(faults), **where))
        for fault in faults[1:MOST_TOLD]:
            warn(f"{path}:{fault.line} {fault.column} {fault.value!r}: {fault.why[language]}")
        return FINDINGS
    target = Path(os.environ.get(ADDITIONS_VARIABLE) or ADDITIONS_FILE)
    rows = added.to_csv(index=False, header=not target.is_file(), lineterminator="\n")
    write_bytes(target, (target.read_bytes() if target.is_file() else b"") + rows.encode())
    warn(say("cli.register_added", language, count=len(added), file=target))
    return FINE
