"""``junkan fetch openalex``: works of an institution or country, as packed JSON Lines that ``import`` reads."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import partial

from app.commands.exit_codes import FINE, UNREADABLE, USAGE, Options, UsageProblem, tell, warn
from app.commands.publications.fetch_works import OtherFetch, fetch_works, start_or_resume
from app.commands.publications.import_command import years_of
from app.commands.publications.import_scope import ROR, find_country, find_institution
from app.commands.publications.openalex_pages import FetchFailed, OpenAlexPages
from app.texts import say
from schemas.register import load_register

KEY_VARIABLE = "OPENALEX_API_KEY"


def run_fetch(options: Options, language: str) -> int:
    """Fetches into ``options.out``, going on where the last fetch of the same question ended.

    Returns 0; 2 where the server refuses the question; 10 where it does not answer (what came is kept).
    Raises UsageProblem.
    """
    if (options.ror is None) == (options.country is None):
        raise UsageProblem("ror_or_country")
    if not str(options.base_url).lower().startswith(("http://", "https://")):
        raise UsageProblem("bad_base_url", given=options.base_url)
    key = os.environ.get(KEY_VARIABLE)
    wait = partial(_tell_and_wait, language)
    pages = OpenAlexPages(options.base_url, works_filter(options), options.mailto, wait, key)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        state = start_or_resume(options.out, pages, datetime.now(UTC))
    except OtherFetch:
        raise UsageProblem("other_fetch", folder=options.out) from None
    if state.works and not state.is_complete:
        warn(say("publications.fetch_resumed", language, count=state.works))
    try:
        fetch_works(options.out, pages, state, partial(_tell_progress, language))
    except FetchFailed as failure:
        key = "publications.fetch_refused" if failure.is_refused else "publications.fetch_ended"
        warn(say(key, language, reason=failure.reason, count=state.works))
        return USAGE if failure.is_refused else UNREADABLE
    tell(say("publications.fetch_done", language, count=state.works))
    warn(say("cli.written", language, file=options.out))
    return FINE


def _tell_progress(language: str, done: int, total: int) -> None:
    warn(say("publications.fetch_progress", language, done=done, total=total))


def _tell_and_wait(language: str, seconds: float) -> None:
    """Says that the server is asked again, and waits: a pause of minutes is no standstill."""
    warn(say("publications.fetch_waits", language, seconds=f"{seconds:.0f}"))
    time.sleep(seconds)


def works_filter(options: Options) -> str:
    """The filter of the question: own works with the institutes below the institution, and the years."""
    if options.country is not None:
        parts = [f"authorships.countries:{find_country(options.country)}"]
    else:
        _, identifier = find_institution(options.ror, load_register())
        if not identifier:
            raise UsageProblem("no_ror", given=options.ror)
        is_ror = identifier.startswith(ROR)
        field = "authorships.institutions.ror" if is_ror else "authorships.institutions.lineage"
        parts = [f"{field}:{identifier if is_ror else identifier.rsplit('/', 1)[-1]}"]
    years = years_of(options.years)
    if years is not None:
        parts.append(f"publication_year:{years[0]}-{years[-1]}" if len(years) > 1 else f"publication_year:{years[0]}")
    return ",".join(parts)
