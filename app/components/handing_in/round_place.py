"""Where an institution is in its round: deadline, state, what is next, sign-off, questions, and who did what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from app.access import Actor, demand, may
from app.charts.chart_rows import value_text
from app.components import page_elements, session
from app.components.navigation import FILE_OF
from app.components.session import Page
from app.rounds.moments import moment_text, short_moment
from app.rounds.review import points_for_review
from app.rounds.round_events import events_of
from app.rounds.round_record import Body, Round, find_body, find_round, list_rounds, population_of
from app.rounds.sign_off import LONGEST_NAME, LONGEST_REASON, sign_off, withdraw_sign_off
from app.rounds.submission_states import (
    ACCEPTED,
    ERRORS,
    NONE,
    PUBLISHED,
    READY,
    RETURNED,
    SIGNED_OFF,
    TO_EXPLAIN,
    UPLOADED,
    SubmissionLine,
    institutions_that_came,
    least_advanced,
    lines_of,
)
from app.storage.problems import StoreError
from schemas.form.guide import load_guide

NEXT_PAGE = {NONE: "form", ERRORS: "upload", TO_EXPLAIN: "upload", READY: "upload", RETURNED: "upload"}
STEPS: dict[str, int] = {  # how many of the five steps a state has behind it
    NONE: 0, UPLOADED: 3, ERRORS: 3, TO_EXPLAIN: 3, RETURNED: 3, READY: 4, SIGNED_OFF: 5, ACCEPTED: 5, PUBLISHED: 5,
}  # fmt: skip


def round_of(page: Page) -> tuple[Round, Body] | None:
    """The round that concerns the chosen institution, and its place in it: of the chosen year, else the latest."""
    if page.institution is None:
        return None
    with session.store().engine.connect() as connection:
        chosen = find_round(connection, page.year) if page.year is not None else None
        for one in [*([chosen] if chosen else []), *list_rounds(connection)]:
            body = find_body(connection, one.year, page.institution)
            if body is not None:
                return one, body
    return None


def show_round_place(page: Page) -> str | None:
    """Deadline, state, what is next, and what was done; returns the state, None where no round concerns one."""
    found = round_of(page)
    if found is None:
        return None
    now = datetime.now(UTC)
    one, body = found
    lines = _lines(one, body)
    with session.store().engine.connect() as connection:
        events = events_of(connection, one.year, body.institution)
    state = least_advanced(lines)
    with st.container(border=True):
        st.subheader(page.say("place.title", year=one.year))
        st.text(deadline_line(page, one, body, now))
        done = STEPS[state] or (1 if any(event.act == "downloaded" for event in events) else 0)
        st.progress(done / 5, text=page.say("place.steps", done=done))
        st.text(page.say("place.state", state=page.say(f"round.state_{state}")))
        st.info(_next_step(page, one, body, state))
        for line in lines:
            _show_return(page, line)
        target = NEXT_PAGE.get(state)
        if target is not None:
            st.page_link(FILE_OF[target], label=page.say(f"nav.{target}"), icon=":material/arrow_forward:")
    if events:
        with st.expander(page.say("place.history")):
            rows = [
                {
                    "at": short_moment(event.at),
                    "act": page.say(f"place.act_{event.act}"),
                    "who": who_of(page, event.actor, str(event.facts.get("name", ""))),
                    "reason": event.reason,
                }
                for event in reversed(events)
            ]
            columns = {name: page.say(f"place.column_{name}") for name in ("at", "act", "who", "reason")}
            page_elements.table(page, rows, name="round_history", columns=columns, legend=False)
    return state


@st.cache_data(show_spinner=False, max_entries=16)
def cached_population(location: str, mark: str, year: int) -> tuple[int, int] | None:
    """How many institutions a round asks, and how many of them have handed in; None without a round of the year."""
    with session.open_store(location).engine.connect() as connection:
        found = find_round(connection, year)
        if found is None:
            return None
        asked = {body.institution for body in population_of(connection, year)}
        return len(asked), len(institutions_that_came(connection, year, found.forms) & asked)


def of_population(page: Page) -> str:
    """The words that say of how many institutions asked a count is; none where the year has no round."""
    found = cached_population(session.location(), session.stamp(), int(page.year or 0))
    return "" if found is None else page.say("place.of_population", n=found[0])


def show_population(page: Page, handed_in: int) -> None:
    """Of how many institutions that were asked those on a page of all institutions are; those left out are counted."""
    found = cached_population(session.location(), session.stamp(), int(page.year or 0))
    if found is None:
        if handed_in:
            st.text(page.say("place.population_unknown", k=handed_in))
        return
    whole, came = found
    share = value_text(100 * came / max(whole, 1), "percent", page.language)
    st.text(page.say("place.population", year=page.year, n=whole, k=came, rest=whole - came, share=share))


def who_of(page: Page, signature: str, name: str) -> str:
    """Who did something: the name of whoever signed off, else the role with the person."""
    actor = Actor.from_signature(signature)
    role = page.say(f"role.{actor.role}") if actor.role in ROLE_WORDS else actor.role
    return name or f"{role} {actor.person}".strip()


ROLE_WORDS = (
    "local", "university_editor", "university_approver", "ministry_reader", "ministry_reviewer", "operator",
)  # fmt: skip


def deadline_line(page: Page, one: Round, body: Body, now: datetime) -> str:
    """Until when the institution may hand in, with how many days are left."""
    phase = one.phase(now)
    if body.open_until is not None and now <= body.open_until and phase != "open":
        return page.say("place.reopened", until=moment_text(body.open_until, page.language))
    deadline = moment_text(one.closes, page.language)
    if phase == "not_open":
        return page.say("place.not_open", opens=moment_text(one.opens, page.language), deadline=deadline)
    if phase == "open":
        return page.say("place.open", deadline=deadline, days=(one.closes - now).days)
    return page.say("place.over", deadline=deadline, phase=page.say(f"round.phase_{phase}"))


def _show_return(page: Page, line: SubmissionLine) -> None:
    if line.state == RETURNED:
        st.warning(page.say("place.returned"))
        st.text(line.reason)


def _lines(one: Round, body: Body) -> list[SubmissionLine]:
    """The submissions of an institution of the forms that a round asks for."""
    with session.store().engine.connect() as connection:
        return [line for line in lines_of(connection, one.year, body.institution) if line.form in one.forms]


def show_state(page: Page) -> None:
    """The state of the round and what is next in one line; nothing where no round concerns the institution."""
    found = round_of(page)
    if found is None:
        return
    one, body = found
    lines = _lines(one, body)
    state = least_advanced(lines)
    said = [page.say("place.state", state=page.say(f"round.state_{state}")), _next_step(page, one, body, state)]
    st.text("　".join(said))


def _next_step(page: Page, one: Round, body: Body, state: str) -> str:
    """What is to be done next, or that the round is not open."""
    now = datetime.now(UTC)
    is_told = state in (SIGNED_OFF, ACCEPTED, PUBLISHED) or body.is_open(one.phase(now), now)
    return page.say(f"place.next_{state}" if is_told else "place.next_closed")


def show_sign_off(page: Page) -> None:
    """For each form of the round its state, the ministry's questions, and sign-off or its withdrawal."""
    found = round_of(page)
    if found is None:
        return
    one, body = found
    lines = _lines(one, body)
    if not lines:
        return
    st.subheader(page.say("place.sign_title"))
    for line in lines:
        with st.container(border=True):
            _show_line(page, one, body, line)


def _show_line(page: Page, one: Round, body: Body, line: SubmissionLine) -> None:
    form = load_guide().forms[line.form][page.language]
    st.text(page.say("place.form", form=f"{form} {line.unit}".strip(), year=one.year, n=line.sequence))
    st.text(page.say("place.state", state=page.say(f"round.state_{line.state}")))
    _show_return(page, line)
    show_threads(page, line.submission)
    if line.sign_off is not None:
        who = f"{line.sign_off.office} {line.sign_off.name}".strip()
        st.text(page.say("place.signed", who=who, at=moment_text(line.sign_off.at, page.language)))
        if line.sign_off.sha256:  # a form of the demo has no file
            st.caption(page.say("place.hash", sha256=line.sign_off.sha256))
    if not may(page.actor, "sign_off", body.institution):
        return
    if line.state in (READY, RETURNED) and not line.open_points:
        _offer_sign_off(page, line)
    elif line.state == SIGNED_OFF:
        _offer_withdrawal(page, line)


def show_threads(page: Page, submission: str) -> None:
    """What was said about each point that the ministry has answered, by both sides."""
    answered = [p for p in points_for_review(session.store(), submission) if any(m.is_collectors for m in p.messages)]
    for point in answered:
        with st.expander(page.say("place.thread", state=page.say(f"review.state_{point.state}"))):
            st.text(str(point.finding["message"][page.language]))
            for message in point.messages:
                side = page.say("review.ministry" if message.is_collectors else "review.university")
                told = page.say("practices.colon", name=side, value=page.say(f"review.act_{message.act}"))
                st.text(f"{short_moment(message.at)} {told}")
                if message.text:
                    st.text(message.text)


def _offer_sign_off(page: Page, line: SubmissionLine) -> None:
    with st.form(f"sign_{line.submission}"):
        name = st.text_input(page.say("place.name"), max_chars=LONGEST_NAME, key=f"sign_name_{line.submission}")
        office = st.text_input(page.say("place.office"), max_chars=LONGEST_NAME, key=f"sign_office_{line.submission}")
        st.caption(page.say("place.sign_help"))
        if st.form_submit_button(page.say("place.sign"), type="primary"):
            act(page, lambda now: _sign(page, line, name, office, now))


def _sign(page: Page, line: SubmissionLine, name: str, office: str, now: datetime) -> None:
    demand(page.actor, "sign_off", line.institution)
    sign_off(session.store(), page.actor.signature, now, line.submission, name=name, office=office)


def _offer_withdrawal(page: Page, line: SubmissionLine) -> None:
    with st.form(f"withdraw_{line.submission}"):
        reason = st.text_input(page.say("place.reason"), max_chars=LONGEST_REASON, key=f"why_{line.submission}")
        if st.form_submit_button(page.say("place.withdraw")):
            act(page, lambda now: _withdraw(page, line, reason, now))


def _withdraw(page: Page, line: SubmissionLine, reason: str, now: datetime) -> None:
    demand(page.actor, "sign_off", line.institution)
    withdraw_sign_off(session.store(), page.actor.signature, now, line.submission, reason=reason)


def act(page: Page, do: Callable[[datetime], object]) -> None:
    """Does a step of a round now and draws the page anew; what stands in its way is said instead."""
    try:
        do(datetime.now(UTC))
    except StoreError as problem:
        st.error(problem.text[page.language])
        return
    st.rerun()
