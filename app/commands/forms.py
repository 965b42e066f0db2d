"""``junkan template`` and ``migrate``: a form is issued, or an older one is carried into the present edition."""

from __future__ import annotations

from pathlib import Path

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
from app.commands.publications.computed_tables import read_computed
from app.submission.worker_pool import run_once
from app.texts import say
from indicators.publications.imported_papers import computed_papers
from schemas.dictionary.dictionary import CENTRE, load_dictionary
from schemas.dictionary.match_key import nearest_word
from schemas.form.computed_papers import ComputedPapers
from schemas.form.issue import Given, Issue
from schemas.migration.prefill import centre_row, is_unit_code, with_computed_papers, with_registered_centres
from schemas.register import ClosedInstitution, Institution, UnknownInstitution, load_register
from schemas.register.centres import load_centres
from schemas.template.write_template import write_template


def run_template(options: Options, language: str) -> int:
    """Issues ``options.form`` for ``options.institution`` and ``options.year`` as ``options.out``.

    With ``options.previous`` last time's descriptions are filled in and its numbers shown. Returns 0.
    Raises UsageProblem for what cannot be issued, schemas.xlsx.refusal.Refusal for a file that cannot be read.
    """
    _refuse_overwriting(options.out)
    institution = find_institution(options.institution, options.year)
    given = getattr(options, "centre", None)
    computed = _computed(options, institution)
    unit, row = ("", {}) if given is None else _chosen_centre(given, options, institution)
    if options.previous is None:
        issue = Issue(options.form, options.year, institution, lists={"units": [row]} if row else {}, unit=unit)
        issue = with_registered_centres(issue, load_centres(), load_register())
        issue = with_computed_papers(load_dictionary(), issue, computed)
        data = write_template(load_dictionary(), issue)
    else:
        data = _filled_from(options, institution, unit, computed)
    write_bytes(options.out, data)
    warn(say("cli.written", language, file=options.out))
    if unit and len(row) == 1:
        _tell_own_code(unit, language)
    return FINE


def _refuse_overwriting(out: Path) -> None:
    """Raises UsageProblem for a name of another ending, and for a workbook that somebody may have filled in."""
    checked_ending("--out", out, ".xlsx")
    if str(out) != STDOUT and out.is_file():
        raise UsageProblem("form_is_there", file=out)


def _computed(options: Options, institution: Institution) -> ComputedPapers | None:
    """The papers of the institution in what ``--papers`` names. Raises UsageProblem where it has none."""
    if getattr(options, "papers", None) is None:
        return None
    found = read_computed(options.papers)
    if institution.code not in found:
        raise UsageProblem("papers_of_others", file=options.papers, institution=institution.name_ja)
    computed = computed_papers(found[institution.code])
    if computed is None:
        raise UsageProblem("papers_of_list", file=options.papers)
    return computed


def _chosen_centre(given: str, options: Options, institution: Institution) -> tuple[str, dict[str, Given]]:
    """The unit code and the row of the centre that a form is issued for.

    Raises UsageProblem for a centre of another host, one adopted later, and what is neither a centre nor a unit code.
    """
    if options.form != CENTRE:
        raise UsageProblem("centre_only_centre")
    centres, register, year = load_centres(), load_register(), options.year
    found = centres.find(given)
    own = "、".join(one.short_name for one in centres.of_host(institution.code, year, register))
    if found is None and is_unit_code(given.strip()):
        return given.strip(), {"unit": given.strip()}
    if found is None:
        near = centres.near(given)
        name = f"{near.short_name} {near.name_ja}" if near else ""
        raise UsageProblem("centre_unknown", given=given, near=name, institution=institution.name_ja, own=own)
    if found.call_year > year:
        raise UsageProblem("centre_later", centre=found.short_name, year=found.call_year, round=year)
    hosts = found.hosts_in(year, register)
    if institution.code not in hosts:
        names = "、".join(f"{code} {register.institutions[code].name_ja}" for code in hosts)
        about = {"centre": found.short_name, "hosts": names, "institution": institution.name_ja, "own": own}
        raise UsageProblem("centre_of_other", **about)
    return found.code, centre_row(found, year, register)


def _tell_own_code(unit: str, language: str) -> None:
    """Says that the centre is none of the register, and which of it was perhaps meant."""
    warn(say("centre_form.own_code", language, unit=unit))
    near = load_centres().near(unit)
    if near is not None:
        warn(say("centre_form.near_code", language, near=f"{near.code} {near.name_ja}"))


def _filled_from(options: Options, institution: Institution, unit: str, computed: ComputedPapers | None) -> bytes:
    """The form filled in from last round's workbook, which only a worker opens."""
    known = load_centres().find(unit)
    names = list(known.names) if known else []
    wanted = {"form": options.form, "year": options.year, "institution": institution.code, "unit": unit}
    wanted |= {"names": names, "computed": computed.as_text() if computed else ""}
    result, made = run_once("issue", read_input(options.previous), **wanted)
    if not made and result.get("listed") is not None:
        listed = result["listed"]
        near = nearest_word(unit, listed) or next(iter(listed), "")
        name = f"{near} {listed.get(near, '')}".strip()
        raise UsageProblem("centre_not_listed", file=options.previous, given=unit, near=name)
    if not made:
        raise UsageProblem("other_institution", file=options.previous, code=result["institution"])
    return made[0]


def find_institution(code: str, year: int) -> Institution:
    """The institution with this code, as of a round.

    Raises UsageProblem with the nearest code, or with the successor of one that no longer exists in that round.
    """
    try:
        return load_register().get(code, year)
    except ClosedInstitution as closed:
        after = f"{closed.near.code} {closed.near.name_ja}" if closed.near else ""
        raise UsageProblem("closed_institution", what=closed.change.sentence, after=after) from None
    except UnknownInstitution as unknown:
        near = f"{unknown.near.code} {unknown.near.name_ja}" if unknown.near else ""
        raise UsageProblem("unknown_code", code=unknown.code, near=near) from None


def run_migrate(options: Options, language: str) -> int:
    """Carries ``options.old`` into the present edition as ``options.out``; says what could not be carried.

    ``options.form`` and ``options.year`` may name another form and round. Returns 0; what could not be carried
    is listed. Raises UsageProblem, schemas.xlsx.refusal.Refusal.
    """
    _refuse_overwriting(options.out)
    result, (data,) = run_once("migrate", read_input(options.old), form=options.form, year=options.year)
    write_bytes(options.out, data)
    warn(say("cli.migrated", language, file=options.out, carried=result["carried"]))
    for row in result["not_carried"]:
        where = f"{row['sheet']}!{row['cell']}" if row["cell"] else row["sheet"]
        quoted = ("「{}」" if language == "ja" else " '{}'").format(row["value"]) if row["value"] else ""
        (warn if str(options.out) == STDOUT else tell)(f"{where}{quoted}  {row['why'][language]}")
    return FINE
