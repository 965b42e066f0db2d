"""Every role on every page, and with links, ids and session values of others: nothing that is not theirs is reached."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.access import (
    ACTIONS,
    APPROVER,
    EDITOR,
    FORBIDDEN,
    OPERATOR,
    READER,
    REVIEWER,
    ROLES,
    UNIVERSITY_ROLES,
    Actor,
    may,
    sees_small_counts,
)
from app.components.handing_in.issued_form import known_to
from app.components.navigation import ACTION_OF, FILE_OF, MENU, MOST_IN_MENU, NAMES
from app.demo.filled_forms import demo_institutions
from app.results.institution_results import own_values, panel, with_own_values
from app.storage.store import Store
from tests.app.views.test_views import run, words
from tests.support.page_tables import page_tables

OWN, OTHER = "DEMO-01", "DEMO-03"
_OF_UNIVERSITY = {
    *("home", "overview", "indicator", "change", "whatif", "items", "practices", "lineage", "comparison", "peers"),
    *("pillars", "next_steps", "papers"),
    *("scorecard", "form", "upload", "log", "context", "exports", "handbook", "analyst"),
}
_OF_MINISTRY = _OF_UNIVERSITY - {"home", "form", "upload", "log"} | {
    *("round", "ministry", "triage", "movers", "rollout", "side_by_side", "composite"),
}
PAGES_OF = {
    EDITOR: _OF_UNIVERSITY,
    APPROVER: _OF_UNIVERSITY,
    READER: _OF_MINISTRY,
    REVIEWER: _OF_MINISTRY | {"review", "form", "log"},
    OPERATOR: {"people", "round", "log", "context", "exports", "handbook", "analyst"},
}
HOME_OF = {EDITOR: "home", APPROVER: "home", READER: "round", REVIEWER: "round", OPERATOR: "people"}
TITLES = {"home": "home", "roundpage": "round", "people": "people"}
_WRITES = {"give_consent", "upload"}
ACTIONS_OF = {
    EDITOR: {"view_own", "download_workbook", "download_scorecard", "view_comparison", "view_handbook", "issue_form"}
    | {"view_log", *_WRITES},
    READER: {"view_own", "view_comparison", "view_ministry", "view_handbook", "download_scorecard"},
    OPERATOR: {"view_handbook", "view_log", "manage_round", "manage_people", "operate", "erase"},
}
ACTIONS_OF |= {
    APPROVER: ACTIONS_OF[EDITOR] | {"sign_off"},
    REVIEWER: ACTIONS_OF[READER] | {"review", "manage_round", "issue_form", "download_workbook", "view_log"},
}


def started(folder: Path, role: str, **query: str) -> AppTest:
    """The app in a role, for the institution OWN where the role is one of a university."""
    scope = OWN if role in UNIVERSITY_ROLES else None
    return run(folder, "home", role=role, scope=scope, lang="en", year="2026", **query)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_what_a_role_may_do_for_its_own_and_for_another_institution(role, action):
    is_allowed = action in ACTIONS_OF[role]
    if role in UNIVERSITY_ROLES:
        assert may(Actor(role, OWN), action, OWN) is is_allowed
        assert not may(Actor(role, OWN), action, OTHER) and not may(Actor(role, ()), action, OWN)
        assert may(Actor(role, [OWN, OTHER]), action, OTHER) is is_allowed, "one person may serve several"
    else:
        assert may(Actor(role), action, OWN) is is_allowed and may(Actor(role), action) is is_allowed


def test_the_ministry_sees_the_counts_it_holds_and_others_do_not(demo_store_folder):
    for role in (READER, REVIEWER):
        assert sees_small_counts(Actor(role), OTHER, None)
    for role in (*UNIVERSITY_ROLES, OPERATOR):
        assert not sees_small_counts(Actor(role, OWN), OTHER, OTHER)
    store = Store.open(demo_store_folder)
    editor = Actor(EDITOR, OWN)
    assert not panel(store, Actor(READER), 2026)["hidden"].any()
    hidden = panel(store, editor, 2026)
    assert hidden["hidden"].any()
    on_anothers_page = with_own_values(hidden, own_values(store, editor, 2026, OTHER), OTHER)
    counts = [frame[frame["institution"] == OTHER]["numerator"] for frame in (hidden, on_anothers_page)]
    assert sorted(map(str, counts[0])) == sorted(map(str, counts[1])), "a link to another institution unhides nothing"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_offered_its_pages_and_meets_no_other(demo_store_folder, role):
    app = started(demo_store_folder, role)
    assert page_of(app) == HOME_OF[role]
    for name in NAMES:
        if name in PAGES_OF[role]:
            app.switch_page(FILE_OF[name]).run()
            assert not app.exception and FORBIDDEN.en not in words(app), name
        else:
            with pytest.raises(ValueError, match="Could not find"):
                app.switch_page(FILE_OF[name])


def page_of(app: AppTest) -> str:
    """The page that is shown, by its first heading."""
    from app.texts import say

    titles = {say(f"{key}.title", "en"): name for key, name in TITLES.items()}
    return titles[app.title[0].value]


@pytest.mark.parametrize("role", UNIVERSITY_ROLES)
def test_a_link_or_a_session_value_of_another_institution_reaches_nothing(demo_store_folder, role):
    store = Store.open(demo_store_folder)
    receipt = str(store.submission_of_record(OTHER, 2026))
    secrets = secret_figures(store, OTHER)
    assert receipt in secrets
    app = started(demo_store_folder, role, institution=OTHER, receipt=receipt)
    for name in sorted(PAGES_OF[role] - {"practices"}):
        app.switch_page(FILE_OF[name]).run()
        assert not app.exception, name
        assert app.session_state["institution"] in (None, OWN), name
        app.session_state["pending"] = (OTHER, 2026)
        app.run()
        assert app.session_state["institution"] in (None, OWN), name
        told = {cell for table in page_tables(app) for cell in table.astype(str).to_numpy().ravel()}
        assert not secrets & told and "University Three" not in " ".join(one.value for one in app.text), name


def secret_figures(store: Store, institution: str) -> set[str]:
    """Receipts of an institution's versions."""
    return set(store.submissions(institution, all_versions=True)["id"])


def test_a_form_is_filled_in_advance_for_its_own_institution_only(demo_store_folder):
    store = Store.open(demo_store_folder)
    institution = next(one for one in demo_institutions() if store.current(one.code, 2026, "core"))
    for actor, is_filled in (
        (Actor(EDITOR, institution.code), True),
        (Actor(EDITOR, "DEMO-99"), False),
        (Actor(REVIEWER), True),
        (Actor(OPERATOR), False),
    ):
        assert (known_to(store, actor, institution, "core", 2027).answers is not None) is is_filled


def test_a_menu_has_at_most_eight_entries_and_its_pages_ask_the_policy():
    assert set(MENU) == {"local", *ROLES} and all(len(menu) <= MOST_IN_MENU for menu in MENU.values())
    for role in ROLES:
        assert set(MENU[role]) <= PAGES_OF[role] and MENU[role][0] == HOME_OF[role]
    assert set(ACTION_OF) == set(NAMES)


def test_the_demo_opens_with_a_role_chooser_and_each_role_sees_its_home(demo_store_folder):
    app = run(demo_store_folder, "home", lang="en")
    assert "this machine only" in words(app)
    app.button(key=f"take_{READER}").click().run()
    assert page_of(app) == "round" and "ministry reader" in words(app)
    app.selectbox(key="role_choice").set_value(OPERATOR).run()
    assert page_of(app) == "people"
