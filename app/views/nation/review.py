"""The collector's side: explanations are accepted or returned with a question, submissions accepted or returned."""

from datetime import datetime

import streamlit as st

from app.access import demand
from app.components import page_elements, session
from app.components.handing_in.papers_beside import show_papers_beside
from app.components.handing_in.round_place import act
from app.components.navigation import FILE_OF
from app.components.session import Page
from app.rounds.moments import moment_text, short_moment
from app.rounds.review import Point, ReviewedPoint, accept_explanation, points_for_review, return_explanation
from app.rounds.round_record import find_round, list_rounds, population_of
from app.rounds.sign_off import LONGEST_REASON, accept, return_submission
from app.rounds.submission_states import PUBLISHED, SIGNED_OFF, STATES, SubmissionLine, lines_of
from schemas.form.guide import load_guide


def choose_line(page: Page, year: int) -> SubmissionLine | None:
    """The submission that is reviewed, of those in the states chosen; signed off ones first."""
    with session.store().engine.connect() as connection:
        found = find_round(connection, year)
        assert found is not None
        names = {
            b.institution: (b.name_en if page.language == "en" else b.name_ja) or b.name_ja
            for b in population_of(connection, year)
        }
        lines = [one for one in lines_of(connection, year) if one.form in found.forms and one.institution in names]
    waiting = sum(line.state == SIGNED_OFF for line in lines)
    came = len({line.institution for line in lines})
    st.text(page.say("review.lead", k=waiting, forms=len(lines), came=came, n=len(names)))
    states = st.multiselect(
        page.say("review.states"),
        [state for state in STATES if any(line.state == state for line in lines)],
        format_func=lambda state: page.say(f"round.state_{state}"),
        placeholder=page.say("app.all"),
        key="review_states",
    )
    shown = [line for line in lines if not states or line.state in states]
    shown.sort(key=lambda line: (line.state != SIGNED_OFF, line.institution, line.form, line.unit))
    if not shown:
        return None
    by_id = {line.submission: line for line in shown}

    def name(key: str) -> str:
        line = by_id[key]
        form = f"{load_guide().forms[line.form][page.language]} {line.unit}".strip()
        state = page.say(f"round.state_{line.state}")
        return page.say("review.name", name=names[line.institution], form=form, state=state)

    return by_id[st.selectbox(page.say("review.pick"), list(by_id), format_func=name, key="review_pick")]


def show_point(page: Page, line: SubmissionLine, point: ReviewedPoint) -> None:
    """A point to check with its thread and the answers there are to it."""
    key = str(point.finding["id"])
    with st.container(border=True):
        st.text(str(point.finding["message"][page.language]))
        st.text(page.say("review.point_state", state=page.say(f"review.state_{point.state}")))
        for message in point.messages:
            side = page.say("review.ministry" if message.is_collectors else "review.university")
            told = page.say("practices.colon", name=side, value=page.say(f"review.act_{message.act}"))
            st.caption(f"{short_moment(message.at)} {told}")
            if message.text:
                st.text(message.text)
        if point.kept is None or point.state not in ("given", "accepted") or line.state == PUBLISHED:
            return
        text, place = point.kept.explanation.text, point.kept.key[1:]
        if point.state == "given" and st.button(page.say("review.accept_explanation"), key=f"accept_{key}"):
            act(page, lambda now: _accept_point(page, line, place, text, now))
        with st.form(f"return_{key}"):
            question = st.text_area(page.say("review.question"), max_chars=LONGEST_REASON, key=f"question_{key}")
            if st.form_submit_button(page.say("review.return_explanation")):
                act(page, lambda now: _return_point(page, line, place, text, question, now))


def _accept_point(page: Page, line: SubmissionLine, place: Point, text: str, now: datetime) -> None:
    demand(page.actor, "review")
    accept_explanation(session.store(), page.actor.signature, now, line.submission, place, text)


def _return_point(page: Page, line: SubmissionLine, place: Point, text: str, question: str, now: datetime) -> None:
    demand(page.actor, "review")
    return_explanation(session.store(), page.actor.signature, now, line.submission, place, text, question=question)


def show_whole(page: Page, line: SubmissionLine) -> None:
    """The submission: who signed it off, and whether it is accepted or returned."""
    st.subheader(page.say("review.whole"))
    if line.sign_off is not None:
        who = f"{line.sign_off.office} {line.sign_off.name}".strip()
        st.text(page.say("place.signed", who=who, at=moment_text(line.sign_off.at, page.language)))
        if line.sign_off.sha256:  # a form of the demo has no file
            st.caption(page.say("place.hash", sha256=line.sign_off.sha256))
    if line.state == SIGNED_OFF:
        st.caption(page.say("review.accept_help"))
        if st.button(page.say("review.accept"), type="primary", key="review_accept"):
            act(page, lambda now: _accept(page, line, now))
    elif line.sign_off is None:
        st.caption(page.say("review.unsigned"))
    if line.state == PUBLISHED:
        return
    with st.form("review_return"):
        reason = st.text_area(page.say("review.reason"), max_chars=LONGEST_REASON, key="review_reason")
        if st.form_submit_button(page.say("review.return")):
            act(page, lambda now: _return(page, line, reason, now))


def _accept(page: Page, line: SubmissionLine, now: datetime) -> None:
    demand(page.actor, "review")
    accept(session.store(), page.actor.signature, now, line.submission)


def _return(page: Page, line: SubmissionLine, reason: str, now: datetime) -> None:
    demand(page.actor, "review")
    return_submission(session.store(), page.actor.signature, now, line.submission, reason=reason)


page = session.begin("review")
page_elements.heading(page, "review.title", own=False)
with session.store().engine.connect() as connection:
    years = [one.year for one in list_rounds(connection)]
if not years:
    st.info(page.say("review.no_round"))
    st.page_link(FILE_OF["round"], label=page.say("nav.round"))
    st.stop()
asked = years.index(page.year) if page.year in years else 0
year = st.selectbox(page.say("roundpage.year"), years, index=asked, key="review_year")
line = choose_line(page, year)
st.caption(page.say("review.intro"))
if line is None:
    st.info(page.say("review.none"))
    st.stop()
show_papers_beside(page, line.institution, line.submission, line.form)
points = points_for_review(session.store(), line.submission)
if not points:
    st.text(page.say("review.no_points"))
for point in points:
    show_point(page, line, point)
show_whole(page, line)
