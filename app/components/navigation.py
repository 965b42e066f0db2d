"""The pages in the order of the menu; the one list that the menu and the tests go by."""

from app.access import APPROVER, EDITOR, OPERATOR, READER, REVIEWER, Action, Actor, may

PAGES: dict[str, tuple[str, ...]] = {
    "nav.university": (
        "home",
        "overview",
        "indicator",
        "comparison",
        "peers",
        "change",
        "whatif",
        "items",
        "next_steps",
        "practices",
        "lineage",
        "papers",
        "scorecard",
    ),
    "nav.submit": ("form", "upload", "log"),
    "nav.ministry": (
        "round",
        "review",
        "ministry",
        "triage",
        "movers",
        "rollout",
        "side_by_side",
        "composite",
        "pillars",
        "context",
        "exports",
    ),
    "nav.operation": ("people",),
    "nav.reference": ("handbook", "analyst"),
}
NAMES = tuple(name for names in PAGES.values() for name in names)
_FOLDERS = {"nav.university": "university/", "nav.submit": "handing_in/", "nav.ministry": "nation/"}
# Where the file of each page stands, for the framework's links and changes of page.
FILE_OF = {name: f"views/{_FOLDERS.get(section, '')}{name}.py" for section, names in PAGES.items() for name in names}
_OWN = ("overview", "next_steps", "indicator", "change", "whatif", "items", "practices", "lineage", "papers")
# What a page asks the policy for before anything else; whoever may not is not offered the page.
ACTION_OF: dict[str, Action] = {
    **dict.fromkeys(_OWN, "view_own"),
    **dict.fromkeys(("comparison", "peers", "pillars"), "view_comparison"),
    **dict.fromkeys(("round", "ministry", "triage", "movers", "rollout", "side_by_side", "composite"), "view_ministry"),
    **dict.fromkeys(("context", "exports", "handbook", "analyst"), "view_handbook"),
    "scorecard": "download_scorecard",
    "form": "issue_form",
    **dict.fromkeys(("home", "upload"), "upload"),
    "review": "review",
    "log": "view_log",
    "people": "manage_people",
}
# A round is also for whoever runs it without seeing any figure.
ALSO_FOR: dict[str, Action] = {"round": "manage_round"}
MOST_IN_MENU = 8
_UNIVERSITY = ("home", "form", "upload", "overview", "comparison", "practices", "scorecard", "handbook")
# What stands in the menu of a role, its home first; its other pages are one step further.
MENU: dict[str, tuple[str, ...]] = {
    "local": ("home", "form", "upload", "overview", "scorecard", "round", "ministry", "handbook"),
    EDITOR: _UNIVERSITY,
    APPROVER: _UNIVERSITY,
    READER: ("round", "ministry", "triage", "movers", "rollout", "composite", "exports", "handbook"),
    REVIEWER: ("round", "review", "ministry", "triage", "movers", "rollout", "exports", "handbook"),
    OPERATOR: ("people", "round", "log", "handbook"),
}


def may_open(actor: Actor, name: str) -> bool:
    """Whether an actor is offered a page."""
    return may(actor, ACTION_OF[name]) or (name in ALSO_FOR and may(actor, ALSO_FOR[name]))


def pages_of(actor: Actor) -> list[str]:
    """The pages that an actor may open, the home first; none for whoever may nothing."""
    allowed = [name for name in (*MENU.get(actor.role, ()), *NAMES) if may_open(actor, name)]
    return list(dict.fromkeys(allowed))
