"""An upload is judged beside what the store holds: other institutions of the round, and published figures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from app.access import LOCAL
from app.demo.filled_forms import sample_issues
from app.edition import catalogue
from app.storage.published import keep_published
from app.storage.store import Store, Upload
from app.submission.gather_background import forms_beside, gather_background, values_to_compare
from app.submission.process_workbook import process
from app.submission.receive_upload import receive
from app.submission.result import Result, outcome_of
from app.submission.worker_pool import worker_pool
from indicators.plausibility.plausibility_rules import OF_OTHERS, compared_with_others
from indicators.published.values import PublishedValue, frame_of
from schemas.form.issue import Issue
from schemas.register import load_register
from schemas.template.write_template import write_template

CODE = "F101110100010"
WITH_JOINT_DEGREES = "F121110105976"
SAMPLE: Issue = sample_issues(catalogue().dictionary)["sample-strong"]
SHARE, COAUTHORED = "foreign_researcher_share", "intl_coauthored_share_full"


@pytest.fixture(scope="module")
def form() -> bytes:
    """A filled form of a real institution's code; the answers are invented."""
    issue = replace(SAMPLE, institution=load_register().institutions[CODE], is_demo=False)
    return write_template(catalogue().dictionary, issue)


@pytest.fixture(scope="module")
def alone(form: bytes) -> Result:
    return process(form)


def rules(found: Result) -> set[str]:
    return {f["rule"] for f in found.header["validation"]["findings"]}


def beside_store(store: Store, form: bytes) -> Result:
    """The result of a form beside what the store holds, without keeping it."""
    with worker_pool().open(form) as trip:
        return trip.process(gather_background(store, *trip.key, forms_beside(store, *trip.key), datetime.now(UTC)))


def keep_other(store: Store, alone: Result, number: int, year: int, part: Callable[[int], float]) -> None:
    """An institution whose share of foreign researchers is a part of this one's."""
    values = alone.frames["values"]
    low = values["value"].where(values["indicator"] != SHARE, values["value"] * part(number))
    code = f"X{number:03}"
    frames = {"values": values.assign(value=low, institution=code, year=year)}
    made = replace(outcome_of(Result(alone.header, {**alone.frames, **frames})), institution=code, year=year)
    upload = Upload(b"PK%d" % number, "form.xlsx", "local", datetime(2026, 6, 1, tzinfo=UTC))
    store.keep(upload, made, {"code": code, "name_ja": "架空大学"})


def figure(alone: Result, institution: str, points: float) -> pd.DataFrame:
    """A published share of the same years, lower than the declared one by ``points``."""
    values = alone.frames["values"]
    own = values[(values["indicator"] == COAUTHORED) & (values["level"] == "institution")].iloc[0]
    years, share = f"{own['window_from']}-{own['window_to']}", float(own["value"]) - points
    return frame_of(
        [
            PublishedValue(
                "leiden", institution, "leiden_PP_int_collab", years, "full", share, (1.0, 2.0), True, "direct"
            )
        ]
    )


def test_a_value_far_from_other_institutions_of_the_round_is_asked_about(
    store: Store, form: bytes, alone: Result
) -> None:
    year = alone.header["year"]
    for number in range(12):
        keep_other(store, alone, number, year - 1, lambda n: 0.1 + n / 100)
    assert rules(beside_store(store, form)) == rules(alone), "those of another round are no comparison"
    for number in range(12):
        keep_other(store, alone, number, year, lambda n: 0.1 + n / 100)
    compared = values_to_compare(store, year)
    assert list(compared) == OF_OTHERS and set(compared["institution"]) == {f"X{n:03}" for n in range(12)}
    assert set(compared["indicator"]) <= compared_with_others() and set(compared["level"]) == {"institution"}
    received = receive(store, LOCAL, form, "form.xlsx")
    assert rules(received.result) - rules(alone) == {"R.RES.203"}
    assert received.submission is not None
    assert "R.RES.203" in {f["rule"] for f in store.findings(received.submission)}


def test_a_value_far_from_a_published_figure_of_the_institution_is_asked_about(
    store: Store, form: bytes, alone: Result
) -> None:
    keep_published(store, pd.concat([figure(alone, CODE, 1), figure(alone, "F101110100029", 30)]))
    assert rules(beside_store(store, form)) == rules(alone)
    keep_published(store, figure(alone, CODE, 20))
    assert rules(beside_store(store, form)) - rules(alone) == {"R.PUB.041"}
