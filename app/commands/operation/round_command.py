"""``junkan admin round``: opens, extends, closes, reopens and publishes a round, and says where everybody stands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from app.access import OPERATOR, Action, Actor, demand
from app.commands.exit_codes import (
    FINE,
    NOT_ALLOWED,
    STDOUT,
    Options,
    UsageProblem,
    as_json,
    checked_ending,
    tell,
    warn,
    write_bytes,
    write_text,
)
from app.commands.operation.admin import opened_store, operator
from app.commands.operation.recompute_round import recompute_round
from app.commands.operation.round_files import write_edition, write_forms, write_letters
from app.commands.terminal import show_table
from app.documents.export.safe_csv import csv_bytes
from app.documents.letters.reminder import REMINDED
from app.rounds.moments import moment_text, parse_moment
from app.rounds.population import DEFAULT_KINDS, words_in
from app.rounds.round_control import (
    close_round,
    extend_round,
    need_body,
    open_round,
    publish_round,
    reopen_for,
)
from app.rounds.round_errors import RoundError
from app.rounds.round_record import RUNNING, need_round, rounds_of
from app.rounds.sign_off import accept, return_submission
from app.rounds.submission_states import ACCEPTED, PUBLISHED, RETURNED, SIGNED_OFF, SubmissionLine, lines_of
from app.rounds.tracker import Tracker, track_round
from app.storage.database.people import user_named
from app.storage.problems import StoreError
from app.storage.store import Store
from app.texts import say
from schemas.dictionary.field import FORMS

NEEDS = {
    "open": ("year", "deadline"),
    "extend": ("deadline",),
    "reopen": ("institution", "until", "reason"),
    "accept": ("institution",),
    "return": ("institution", "reason"),
    "forms": ("out",),
    "letters": ("out",),
    "edition": ("out",),
}
ASKS: dict[str, tuple[Action, ...]] = {  # what the policy is asked where ``--by`` names a user of the store
    **dict.fromkeys(("open", "extend", "close", "reopen", "publish", "letters"), ("manage_round",)),
    **dict.fromkeys(("accept", "return"), ("review",)),
    "status": ("manage_round",),
    "forms": ("manage_round", "issue_form"),
    "edition": ("view_handbook",),
    "recompute": ("view_ministry",),
}
Act = Callable[[Store, Options, str, datetime], int]


def run_admin_round(options: Options, language: str) -> int:
    """Does one thing to a round: 0 done, 13 it cannot be done now, and why is said with what to do.

    Raises Forbidden where ``--by`` names a user of the store whose role does not allow it, UsageProblem for an act
    without what it needs and for a moment that cannot be read.
    """
    for name in NEEDS.get(options.act, ()):
        if getattr(options, name) is None:
            raise UsageProblem("missing", what=f"--{name}")
    checked_ending("--json", options.json, ".json")
    checked_ending("--csv", options.csv, ".csv")
    now = datetime.now(UTC)
    try:
        with closing(opened_store(options)) as store:
            _refuse_forbidden(store, options)
            if options.act != "open" and options.year is None:
                options.year = _latest_year(store)
            return ACTS[options.act](store, options, language, now)
    except StoreError as problem:
        warn(problem.text[language])
        return NOT_ALLOWED


def _latest_year(store: Store) -> int:
    """The round that runs, else the latest. Raises RoundError where there is none."""
    known = rounds_of(store.engine)
    if not known:
        raise RoundError("none")
    return next((one.year for one in known if one.state in RUNNING), known[0].year)


def _refuse_forbidden(store: Store, options: Options) -> None:
    """Asks the policy where a user of the store acts. Raises Forbidden."""
    user = user_named(store.engine, str(options.by)) if options.by else None
    if user is not None:
        for action in ASKS[options.act]:
            demand(user, action, options.institution)


def actor_name(store: Store, options: Options) -> str:
    """The signature of who does it: the user of the store that ``--by`` names, else whoever has this machine.

    A name that is none of the store's users is one of the machine's, which may do everything to the files it holds.
    """
    if not options.by:
        return operator().signature
    return (user_named(store.engine, str(options.by)) or Actor(OPERATOR, None, str(options.by))).signature


def moment_of(options: Options, name: str) -> datetime:
    """The moment given for an option. Raises UsageProblem for one that cannot be read."""
    given = getattr(options, name)
    try:
        return parse_moment(given)
    except ValueError:
        raise UsageProblem("bad_moment", option=f"--{name}", given=given) from None


def _open(store: Store, options: Options, language: str, now: datetime) -> int:
    closes = moment_of(options, "deadline")
    made, count = open_round(
        store,
        actor_name(store, options),
        now,
        year=options.year,
        closes=closes,
        opens=None if options.opens is None else moment_of(options, "opens"),
        forms=words_in(options.forms) or FORMS,
        kinds=words_in(options.kinds) or DEFAULT_KINDS,
        without=words_in(options.without),
        besides=words_in(options.besides),
        peers=options.peers,
    )
    deadline, opens = moment_text(made.closes, language), moment_text(made.opens, language)
    tell(say("round.opened", language, year=made.year, n=count, deadline=deadline, opens=opens))
    tell(say("round.frozen", language, edition=made.edition_sha256[:16], catalogue=made.catalogue_hash[:16]))
    return FINE


def _extend(store: Store, options: Options, language: str, now: datetime) -> int:
    closes = moment_of(options, "deadline")
    reason = options.reason or ""
    made = extend_round(store, actor_name(store, options), now, year=options.year, closes=closes, reason=reason)
    tell(say("round.extended", language, year=made.year, deadline=moment_text(made.closes, language)))
    return FINE


def _close(store: Store, options: Options, language: str, now: datetime) -> int:
    made = close_round(store, actor_name(store, options), now, year=options.year, reason=options.reason or "")
    counted = track_round(store, made.year, now)
    counts = counted.counts()
    given = {"n": counted.population, "accepted": counts["accepted"], "signed": counts["signed_off"]}
    tell(say("round.closed_now", language, year=made.year, none=counts["none"], **given))
    return FINE


def _reopen(store: Store, options: Options, language: str, now: datetime) -> int:
    until = moment_of(options, "until")
    given = {"year": options.year, "institution": options.institution, "until": until, "reason": options.reason}
    body = reopen_for(store, actor_name(store, options), now, **given)
    name = body.name_en if language == "en" and body.name_en else body.name_ja
    tell(say("round.reopened", language, year=options.year, name=name, until=moment_text(until, language)))
    return FINE


def _accept(store: Store, options: Options, language: str, now: datetime) -> int:
    lines = _lines(store, options)
    signed = [one for one in lines if one.state == SIGNED_OFF]
    for line in signed or lines[:1]:
        accept(store, actor_name(store, options), now, line.submission)
    left = sum(one.state not in (SIGNED_OFF, ACCEPTED, PUBLISHED) for one in lines)
    tell(
        say("round.accepted_now", language, code=options.institution, year=options.year, n=len(signed), left=left or "")
    )
    return FINE


def _return(store: Store, options: Options, language: str, now: datetime) -> int:
    lines = _lines(store, options)
    standing = [one for one in lines if one.state not in (RETURNED, PUBLISHED)]
    again = [one for one in lines if one.state == RETURNED]  # with another reason or until another moment
    given = {"reason": options.reason, "until": None if options.until is None else moment_of(options, "until")}
    opened = None
    for line in standing or again or lines[:1]:
        opened = return_submission(store, actor_name(store, options), now, line.submission, **given)
    tell(say("round.returned_now", language, code=options.institution, year=options.year))
    if opened is not None:
        tell(say("round.open_until", language, until=moment_text(opened, language)))
    return FINE


def _lines(store: Store, options: Options) -> list[SubmissionLine]:
    """The forms of an institution that count in the round. Raises RoundError where it has none, or is not asked."""
    with store.engine.connect() as connection:
        found = need_round(connection, options.year)
        need_body(connection, options.year, options.institution)
        lines = [one for one in lines_of(connection, options.year, options.institution) if one.form in found.forms]
    if not lines:
        raise RoundError("not_ready_none")
    return lines


def _publish(store: Store, options: Options, language: str, now: datetime) -> int:
    made = publish_round(store, actor_name(store, options), now, year=options.year)
    given = {name: getattr(made, name) for name in ("year", "population", "published", "revised", "left_out")}
    tell(say("round.published_now", language, **given))
    return FINE


def _status(store: Store, options: Options, language: str, now: datetime) -> int:
    tracker = track_round(store, options.year, now)
    if options.json:
        write_text(options.json, as_json(tracker.as_json()))
    if options.csv:
        write_bytes(Path(options.csv), tracker_csv(tracker))
    if STDOUT not in (options.json, options.csv):
        _show_status(tracker, language)
    return FINE


def _show_status(tracker: Tracker, language: str) -> None:
    now = tracker.round
    deadline = moment_text(now.closes, language)
    phase = say(f"round.phase_{now.phase(tracker.now)}", language)
    tell(say("round.status_line", language, year=now.year, phase=phase, deadline=deadline, n=tracker.population))
    for name, count in tracker.waiting().items():
        tell(say(f"round.waiting_{name}", language, k=count, n=tracker.population, share=share_text(count, tracker)))
    headings = [say(f"round.column_{name}", language) for name in ("state", "count", "share")]
    rows = [
        (say(f"round.state_{state}", language), str(count), share_text(count, tracker))
        for state, count in tracker.counts().items()
    ]
    show_table(headings, rows, right=2)


def share_text(count: int, tracker: Tracker) -> str:
    """A share of the population in percent."""
    return f"{100 * count / tracker.population:.1f} %" if tracker.population else "－"


def tracker_csv(tracker: Tracker) -> bytes:
    """One line for each body of the population, safe to open in a spreadsheet."""
    rows = pd.DataFrame([one.as_json() for one in tracker.standings])
    return csv_bytes(rows.drop(columns="forms", errors="ignore"))


def _forms(store: Store, options: Options, language: str, now: datetime) -> int:
    return write_forms(store, options, language, now, actor_name(store, options))


def _letters(store: Store, options: Options, language: str, now: datetime) -> int:
    options.state = words_in(options.state)
    for state in set(options.state) - set(REMINDED):
        raise UsageProblem("not_one_of", option="--state", given=state, known=", ".join(REMINDED))
    return write_letters(store, options, language, now)


def _edition(store: Store, options: Options, language: str, now: datetime) -> int:
    return write_edition(store, options, language)


def _recompute(store: Store, options: Options, language: str, now: datetime) -> int:
    return recompute_round(store, options, language)


ACTS: dict[str, Act] = {
    "open": _open,
    "extend": _extend,
    "close": _close,
    "reopen": _reopen,
    "accept": _accept,
    "return": _return,
    "publish": _publish,
    "status": _status,
    "forms": _forms,
    "letters": _letters,
    "edition": _edition,
    "recompute": _recompute,
}
