"""The ministry's rounds: opened, extended, closed, reopened, published, and where every institution stands."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import streamlit as st

from app.access import demand, may
from app.charts.chart_rows import value_text
from app.commands.exit_codes import as_json
from app.components import page_elements, session
from app.components.handing_in.round_place import act
from app.components.people.logged_download import ZIP, logged_download
from app.components.session import Page
from app.documents.letters.reminder import letters_of
from app.edition import ROUND, catalogue
from app.rounds.moments import JAPAN, moment_text, short_moment
from app.rounds.population import ALL_KINDS, DEFAULT_KINDS, words_in
from app.rounds.round_control import close_round, extend_round, open_round, publish_round, reopen_for
from app.rounds.round_record import PEERS, RUNNING, Round, rounds_of
from app.rounds.submission_states import STATES
from app.rounds.tracker import DIMENSIONS, STEPS, WAITING, Standing, Tracker, track_round
from app.texts import listed
from schemas.dictionary.field import FORMS
from schemas.form.guide import load_guide
from schemas.register import KIND_LABELS, KINDS, PREFECTURES

FOUNDERS = ("national", "public", "private")

WIDTHS = {"code": 82, "name": 180, "founder": 55, "prefecture": 70, "state": 80, "signed": 150}


def share(page: Page, count: int, tracker: Tracker) -> str:
    """A count with its share of all that are asked."""
    whole = tracker.population
    if not whole:
        return "－"
    return f"{count} / {whole}{page_elements.bracket(page, value_text(100 * count / whole, 'percent', page.language))}"


def word(page: Page, dimension: str, name: str) -> str:
    """A founder, prefecture or kind in the page's language."""
    if dimension == "founder":
        founders = page.catalogue.dictionary.labels("founders")
        return str(founders[name][page.language]) if name in founders else name
    if dimension == "kind":
        return str(KIND_LABELS[name][page.language]) if name in KIND_LABELS else name
    if name in PREFECTURES:
        return page.say(f"prefecture.{PREFECTURES.index(name) + 1:02}")
    return name


def show_state(page: Page, tracker: Tracker) -> None:
    """Phase, deadline, what is waited for, and the frozen edition."""
    one = tracker.round
    phase = page.say(f"round.phase_{one.phase(tracker.now)}")
    deadline = moment_text(one.closes, page.language)
    st.info(page.say("round.status_line", year=one.year, phase=phase, deadline=deadline, n=tracker.population))
    for name, count in tracker.waiting().items():
        share = value_text(100 * count / max(tracker.population, 1), "percent", page.language)
        given = {"k": count, "n": tracker.population, "share": share}
        st.text(page.say(f"round.waiting_{name}", **given))
    forms = listed(f"{load_guide().forms[form][page.language]} {v}" for form, v in one.form_editions.items())
    frozen = {"rules": one.rules_hash[:8], "catalogue": one.catalogue_hash[:8], "benchmarks": one.benchmarks_date}
    st.caption(page.say("roundpage.edition", forms=forms, **frozen))
    if one.catalogue_hash != catalogue().hash:
        st.warning(page.say("roundpage.edition_differs"))


def show_tables(page: Page, tracker: Tracker) -> None:
    """States, groups and days as tables, each share of the whole population."""
    st.subheader(page.say("roundpage.states"))
    rows = [
        {"state": page.say(f"round.state_{state}"), "count": str(n), "share": share(page, n, tracker)}
        for state, n in tracker.counts().items()
    ]
    columns = {name: page.say(f"round.column_{name}") for name in ("state", "count", "share")}
    page_elements.table(page, rows, name="round_states", columns=columns, numbers=("count", "share"), legend=False)
    st.subheader(page.say("roundpage.groups"))
    dimension = st.segmented_control(
        page.say("roundpage.group"),
        DIMENSIONS,
        default=DIMENSIONS[0],
        format_func=lambda name: page.say(f"roundpage.by_{name}"),
        key="round_group",
    )
    chosen = dimension or DIMENSIONS[0]
    groups = [
        {"group": word(page, chosen, name), **{key: str(counts.get(key, 0)) for key in ("population", *STATES)}}
        for name, counts in in_order(chosen, tracker.by(chosen)).items()
    ]
    headings = {"group": page.say(f"roundpage.by_{chosen}"), "population": page.say("roundpage.column_population")}
    headings |= {state: page.say(f"round.state_{state}") for state in STATES}
    numbers = ("population", *STATES)
    page_elements.table(page, groups, name="round_groups", columns=headings, numbers=numbers, legend=False)
    days = tracker.over_time()
    if days:
        st.subheader(page.say("roundpage.over_time"))
        names = {"date": page.say("roundpage.column_date")}
        names |= {step: page.say(f"roundpage.step_{step}") for step in STEPS}
        shown = [{name: str(value) for name, value in day.items()} for day in days]
        page_elements.table(page, shown, name="round_days", columns=names, numbers=STEPS, legend=False)


def in_order(dimension: str, groups: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """National, public, private; prefectures from north to south; kinds as declared."""
    order = {"founder": FOUNDERS, "prefecture": tuple(PREFECTURES), "kind": KINDS}[dimension]
    known = [name for name in order if name in groups]
    return {name: groups[name] for name in [*known, *sorted(groups.keys() - set(known))]}


def show_list(page: Page, tracker: Tracker) -> None:
    """Every institution with its state, narrowed by what is waited for, founder and prefecture."""
    st.subheader(page.say("roundpage.list"))
    left, middle, right = st.columns(3)
    every = page.say("app.all")
    state = left.multiselect(
        page.say("roundpage.filter_state"),
        [*WAITING, *STATES],
        format_func=lambda name: (
            page.say(f"round.short_{name}") if name in WAITING else page.say(f"round.state_{name}")
        ),
        placeholder=every,
        key="round_filter_state",
    )
    founder = middle.multiselect(
        page.say("roundpage.column_founder"),
        FOUNDERS,
        format_func=lambda name: word(page, "founder", name),
        placeholder=every,
        key="round_filter_founder",
    )
    prefecture = right.multiselect(
        page.say("roundpage.column_prefecture"),
        PREFECTURES,
        format_func=lambda name: word(page, "prefecture", name),
        placeholder=every,
        key="round_filter_prefecture",
    )

    def is_shown(one: Standing) -> bool:
        in_state = not state or one.state in state or any(one.is_waiting_for.get(name, False) for name in state)
        of_founder = not founder or one.body.founder in founder
        return in_state and of_founder and (not prefecture or one.body.prefecture in prefecture)

    rows = [row_of(page, one) for one in tracker.standings if is_shown(one)]
    if not rows:
        st.info(page.say("empty.no_match"))
        return
    columns = {name: page.say(f"roundpage.column_{name}") for name in rows[0]}
    page_elements.table(page, rows, name="round_list", columns=columns, legend=False, height=500, widths=WIDTHS)


def row_of(page: Page, one: Standing) -> dict[str, str]:
    """One institution as a row of the list."""
    body = one.body
    signed = [line.sign_off.name for line in one.lines if line.sign_off is not None]
    return {
        "code": body.institution,
        "name": (body.name_en if page.language == "en" else body.name_ja) or body.name_ja,
        "founder": word(page, "founder", body.founder),
        "prefecture": word(page, "prefecture", body.prefecture),
        "state": page.say(f"round.state_{one.state}"),
        "downloaded": short_moment(one.downloaded_at) if one.downloaded_at else "",
        "uploaded": short_moment(one.uploaded_at) if one.uploaded_at else "",
        "signed": listed(signed)[page.language],
        "open_until": short_moment(body.open_until) if body.open_until else "",
    }


def show_files(page: Page, tracker: Tracker) -> None:
    """Contact list, letters and the state of the round as files."""
    st.subheader(page.say("roundpage.files"))
    st.caption(page.say("roundpage.files_help"))
    token = (session.stamp(), tracker.round.year, page.language)
    if st.button(page.say("roundpage.make_letters"), key="round_make_letters"):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in letters_of(session.store(), tracker, page.language):
                archive.writestr(name, data)
        st.session_state["round_letters"] = (token, made.getvalue())
    kept = st.session_state.get("round_letters")
    if kept is not None and kept[0] == token:
        file = f"letters_{tracker.round.year}.zip"
        logged_download(page, page.say("roundpage.letters"), kept[1], file, key="letters", mime=ZIP)
    file = f"round_{tracker.round.year}.json"
    logged_download(
        page, page.say("roundpage.json"), lambda: as_json(tracker.as_json()).encode(), file, key="round_json"
    )


def ask_deadline(page: Page, key: str, first: date) -> datetime:
    """A day and an hour in Japan's time."""
    left, right = st.columns(2)
    day = left.date_input(page.say("roundpage.deadline_day"), first, key=f"{key}_day")
    hour = right.time_input(page.say("roundpage.deadline_hour"), time(17), key=f"{key}_hour")
    return datetime.combine(day, hour, JAPAN)


def do(page: Page, step: Callable[[datetime], object]) -> None:
    """Does a step of the ministry, for those who may."""

    def act_if_allowed(now: datetime) -> None:
        demand(page.actor, "manage_round")
        step(now)

    act(page, act_if_allowed)


def offer_opening(page: Page) -> None:
    """The form that opens a round."""
    with st.expander(page.say("roundpage.open_title")), st.form("round_open"):
        year = st.number_input(page.say("roundpage.year"), 2020, 2099, ROUND, key="round_open_year")
        closes = ask_deadline(page, "round_open", datetime.now(JAPAN).date() + timedelta(days=60))
        forms = st.multiselect(
            page.say("roundpage.forms"),
            FORMS,
            default=list(FORMS),
            format_func=lambda name: load_guide().forms[name][page.language],
            key="round_open_forms",
        )
        kinds = st.multiselect(
            page.say("roundpage.kinds"),
            KINDS,
            default=list(DEFAULT_KINDS),
            format_func=lambda name: KIND_LABELS[name][page.language],
            key="round_open_kinds",
        )
        without = st.text_input(page.say("roundpage.without"), key="round_open_without")
        besides = st.text_input(page.say("roundpage.besides"), key="round_open_besides")
        peers = st.radio(
            page.say("anonymous.choose"),
            PEERS,
            format_func=lambda name: page.say(f"anonymous.{name}"),
            horizontal=True,
            key="round_open_peers",
        )
        if st.form_submit_button(page.say("roundpage.open"), type="primary"):
            asked = [ALL_KINDS] if len(kinds) == len(KINDS) else kinds
            more: dict[str, Any] = {"forms": forms, "kinds": asked, "peers": peers}
            more |= {"without": words_in(without), "besides": words_in(besides)}
            do(
                page,
                lambda now: open_round(
                    session.store(), page.actor.signature, now, year=int(year), closes=closes, **more
                ),
            )


def offer_steps(page: Page, tracker: Tracker) -> None:
    """Extend, close, reopen and publish, each where it can be done."""
    one = tracker.round
    st.subheader(page.say("roundpage.acts"))
    who = page.actor.signature
    given = {"year": one.year}
    if one.state != "published":
        with st.expander(page.say("roundpage.extend")), st.form("round_extend"):
            first = max(one.closes, tracker.now).astimezone(JAPAN).date() + timedelta(days=7)
            closes = ask_deadline(page, "round_extend", first)
            why = st.text_input(page.say("roundpage.reason"), key="round_extend_reason")
            if st.form_submit_button(page.say("roundpage.extend")):
                do(page, lambda now: extend_round(session.store(), who, now, closes=closes, reason=why, **given))
    if one.state in RUNNING:
        with st.expander(page.say("roundpage.close")), st.form("round_close"):
            ended = st.text_input(page.say("roundpage.reason"), key="round_close_reason")
            if st.form_submit_button(page.say("roundpage.close")):
                do(page, lambda now: close_round(session.store(), who, now, reason=ended, **given))
    if one.phase(tracker.now) in ("past", "closed", "published"):
        offer_reopening(page, tracker)
    if one.state not in RUNNING:
        st.caption(page.say("roundpage.publish_help"))
        if st.button(page.say("roundpage.publish"), key="round_publish"):
            do(page, lambda now: publish_round(session.store(), who, now, **given))


def offer_reopening(page: Page, tracker: Tracker) -> None:
    """The form that reopens a round for one institution."""
    one, names = tracker.round, {s.body.institution: s.body.name_ja for s in tracker.standings}
    with st.expander(page.say("roundpage.reopen")), st.form("round_reopen"):
        institution = st.selectbox(
            page.say("roundpage.institution"),
            list(names),
            format_func=lambda code: names[code] + page_elements.bracket(page, code),
            key="round_reopen_institution",
        )
        until = ask_deadline(page, "round_reopen", tracker.now.astimezone(JAPAN).date() + timedelta(days=14))
        reason = st.text_input(page.say("roundpage.reason"), key="round_reopen_reason")
        if st.form_submit_button(page.say("roundpage.reopen")):
            more: dict[str, Any] = {"year": one.year, "institution": institution, "until": until, "reason": reason}
            do(page, lambda now: reopen_for(session.store(), page.actor.signature, now, **more))


page = session.page_now()
is_manager = may(page.actor, "manage_round")
page = session.begin("manage_round" if is_manager else "view_ministry")
page_elements.heading(page, "roundpage.title", own=False)
known: list[Round] = rounds_of(session.store().engine)
if not known:
    st.info(page.say("roundpage.none" if is_manager else "roundpage.none_reader"))
else:
    years = [one.year for one in known]
    # The round of the address first; another one of the page's own list afterwards.
    asked = years.index(page.year) if page.year in years else 0
    year = st.selectbox(page.say("roundpage.year"), years, index=asked, key="round_year")
    tracker = track_round(session.store(), int(year or known[0].year), datetime.now(UTC))
    show_state(page, tracker)
    st.caption(page.say("roundpage.intro"))
    show_tables(page, tracker)
    show_list(page, tracker)
    show_files(page, tracker)
    if is_manager:
        offer_steps(page, tracker)
if is_manager:
    offer_opening(page)
