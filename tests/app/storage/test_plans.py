"""Plans that an institution keeps: none is lost, the latest comes first, each stands in the log."""

from datetime import UTC, datetime

from app.access import Actor
from app.storage.audit import entries
from app.storage.database.plans import keep_plan, kept_plans
from app.storage.store import Store
from tests.app.storage.test_order_and_tasks import NOON, keep_at, outcome

OWN = "0001"
STEPS = [{"part": 31, "whole": 100, "value": 31.0}, {"part": 35, "whole": 101, "value": 34.65}]


def test_a_plan_is_kept_beside_the_one_before_it_and_says_what_each_year_means(store: Store) -> None:
    keep_at(store, b"PK core", NOON, outcome())
    who = Actor("university_editor", (OWN,), "kokusai@example.ac.jp")
    for day, steps in ((1, STEPS[:1]), (2, STEPS)):
        keep_plan(store.engine, who, OWN, "share", "institution", 2026, steps, datetime(2026, 7, day, tzinfo=UTC))
    latest, first = kept_plans(store.engine, OWN)
    assert list(latest.steps) == STEPS and list(first.steps) == STEPS[:1]
    assert latest.step_of(2027) == STEPS[0] and latest.step_of(2028) == STEPS[1]
    assert latest.step_of(2026) is None and latest.step_of(2029) is None
    acts = [(row["act"], row["subject"], row["institution"]) for row in entries(store.engine)]
    assert acts.count(("keep_plan", "share/institution", OWN)) == 2
    assert kept_plans(store.engine, "nobody") == []
