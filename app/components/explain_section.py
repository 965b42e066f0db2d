"""Explaining points to check in place: one is chosen, a text is saved, and the last step can be undone."""

import streamlit as st

from app.components import session
from app.components.session import Page
from app.storage.problems import StoreError
from app.submission.explain_findings import (
    LONGEST,
    LONGEST_OFFICE,
    ExplanationStep,
    Point,
    explain,
    points_of,
    take_back,
    undo,
)
from schemas.explanations.explanation import reasons, with_reason

ASK_REASON = frozenset({"R.PUB.150", "R.PUB.151"})  # about papers that differ from public data
STEP, SAID, MOVE = "explain_step", "explain_said", "explain_move"
SHORT = 70


def explain_points(page: Page, submission: str) -> None:
    """The points to check of a submission and the form to explain them; nothing where there is none."""
    points = points_of(session.store(), submission)
    if not points:
        return
    st.subheader(page.say("explain.title"))
    done = sum(point.state == "explained" for point in points)
    st.text(page.say("explain.lead" if done < len(points) else "explain.all_done", n=len(points), done=done))
    if offered := sum(point.state == "offered" for point in points):
        st.text(page.say("explain.offered", n=offered))
    _last_step(page, submission)
    by_id = {str(point.finding["id"]): point for point in points}
    pick = f"explain_pick_{submission}"
    first = next((key for key, point in by_id.items() if point.state != "explained"), next(iter(by_id)))
    if st.session_state.pop(MOVE, False) or st.session_state.get(pick) not in by_id:
        st.session_state[pick] = first
    chosen = st.selectbox(
        page.say("explain.pick"), list(by_id), format_func=lambda key: _name(page, by_id[key]), key=pick
    )
    _point(page, submission, by_id[chosen])


def _name(page: Page, point: Point) -> str:
    return f"{page.say(f'explain.state_{point.state}')}｜{_short(page, point)}"


def _short(page: Page, point: Point) -> str:
    message = str(point.finding["message"][page.language])
    return message[:SHORT] + ("…" if len(message) > SHORT else "")


def _last_step(page: Page, submission: str) -> None:
    """What was done last for this submission, with a way back."""
    step = st.session_state.get(STEP)
    if step is None or st.session_state[SAID][2] != submission:
        return
    said, back = st.columns([3, 1], vertical_alignment="center")
    word, what, _ = st.session_state[SAID]
    said.success(page.say(word))
    said.text(what)
    if back.button(page.say("explain.undo"), key="explain_undo", icon=":material/undo:"):
        try:
            undo(session.store(), page.actor, step)
        except StoreError as problem:
            st.error(problem.text[page.language])
            return
        del st.session_state[STEP]
        st.rerun()


def _point(page: Page, submission: str, point: Point) -> None:
    key = str(point.finding["id"])
    for part in ("message", "remedy"):
        st.text(str(point.finding[part][page.language]))
    if point.state == "offered":
        st.text(page.say("explain.from_last"))
    elif point.state == "open" and point.text:
        st.text(page.say("explain.withdrawn"))
    with st.form(f"explain_{key}_{point.state}"):
        reason = _reason(page, point) if point.finding["rule"] in ASK_REASON else ""
        text = st.text_area(
            page.say("explain.text"),
            value=point.text,
            max_chars=LONGEST,
            help=page.say("explain.text_help"),
            key=f"explain_text_{key}_{point.state}",
        )
        office = st.text_input(
            page.say("explain.office"),
            value=point.office,
            max_chars=LONGEST_OFFICE,
            key=f"explain_office_{key}_{point.state}",
        )
        word = "explain.rewrite" if point.state == "explained" else "explain.save"
        if st.form_submit_button(page.say(word), type="primary"):
            _save(page, submission, point, with_reason(reason, text), office)
    if point.state == "explained" and st.button(page.say("explain.take_back"), key=f"explain_take_back_{key}"):
        try:
            step = take_back(session.store(), page.actor, submission, point.finding)
        except StoreError as problem:
            st.error(problem.text[page.language])
            return
        _done(step, ("explain.taken_back", _short(page, point), submission), move=False)


def _reason(page: Page, point: Point) -> str:
    """The reason chosen, of those to choose from; '' where it is explained in words alone."""
    offered = reasons()
    return str(
        st.selectbox(
            page.say("explain.reason"),
            ["", *offered],
            index=next((n for n, text in enumerate(offered.values(), 1) if point.text.startswith(text.ja)), 0),
            format_func=lambda code: offered[code][page.language] if code else page.say("explain.no_reason"),
            key=f"explain_reason_{point.finding['id']}_{point.state}",
        )
    )


def _save(page: Page, submission: str, point: Point, text: str, office: str) -> None:
    if not text.strip():
        st.warning(page.say("explain.needed"))
        return
    try:
        step = explain(session.store(), page.actor, submission, point.finding, text, office)
    except StoreError as problem:
        st.error(problem.text[page.language])
        return
    _done(step, ("explain.saved", _short(page, point), submission), move=True)


def _done(step: ExplanationStep | None, said: tuple[str, str, str], *, move: bool) -> None:
    """Notes the step, so that it can be undone, and draws the page anew, at the next open point where wanted.

    ``said`` is the key of the words about it, the point in short, and the submission.
    """
    st.session_state[STEP], st.session_state[SAID], st.session_state[MOVE] = step, said, move
    st.rerun()
