"""Receives an upload: check it in the worker, keep it as a version, or keep it as refused with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from app.access import Actor, demand
from app.edition import catalogue
from app.storage.published import published_values
from app.storage.store import Outcome, Store, Upload
from app.storage.versions import replace_results
from app.submission.check_in_worker import Checked, check, refused
from app.submission.explain_findings import as_sent
from app.submission.process_workbook import Processed
from app.texts import texts
from indicators.plausibility.plausibility_rules import OF_OTHERS, compared_with_others
from schemas.dictionary.dictionary import CENTRE
from schemas.explanations.explanation import explanation_of

OTHER_KIND = "FMT-62"


@dataclass(frozen=True)
class Received:
    """What became of an upload: its findings, and the submission it was kept as (None when refused)."""

    checked: Checked
    submission: str | None
    previous_findings: tuple[str, ...] = ()


def receive(
    store: Store, actor: Actor, data: bytes, file_name: str, progress: Callable[[str], None] = lambda _: None
) -> Received:
    """Checks and keeps an upload. A workbook that cannot be read, or of the wrong kind of store, is kept refused."""
    demand(actor, "upload")
    upload = Upload(data, file_name, actor.role, datetime.now(UTC))
    checked = checked_in(store, data, mark=True, progress=progress)
    if checked.refusal is None and checked.header["is_demo"] != (store.kind == "demo"):
        checked = refused(OTHER_KIND, {"kind": texts()[f"store.{store.kind}"]})
    if checked.refusal is not None:
        store.refuse(upload, checked.refusal.rule, checked.refusal.message)
        return Received(checked, None)
    header = checked.header
    demand(actor, "upload", header["institution"])
    before = store.current(header["institution"], header["year"], header["form"])
    earlier = tuple(str(f["id"]) for f in store.findings(before)) if before else ()
    outcome = outcome_of(Processed(header, checked.frames))
    submission = store.keep(upload, outcome, header["institution_row"])
    if header["form"] == CENTRE:
        reevaluate(store, header["institution"], header["year"])
    return Received(checked, submission, earlier)


def outcome_of(result: Processed) -> Outcome:
    """What the store keeps of a processed workbook."""
    header, frames = result.header, result.frames
    return Outcome(
        institution=header["institution"],
        year=header["year"],
        form=header["form"],
        is_demo=header["is_demo"],
        dictionary_hash=header["dictionary_hash"],
        catalogue_hash=catalogue().hash,
        status=header["validation"]["status"],
        answers=frames["answers"],
        findings=header["validation"]["findings"],
        values=frames["values"],
        value_cells=frames["value_cells"],
        gaps=frames["gaps"],
        scores=frames["scores"],
        explanations=[explanation_of(header["institution"], said) for said in header["explanations"]],
    )


def checked_in(
    store: Store, data: bytes, *, mark: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Checked:
    """The outcome of a workbook beside what the store holds of its institution."""

    def held(institution: str, year: int, form: str) -> bytes | None:
        found = store.current(institution, year, form)
        return store.bytes_of(found) if found else None

    return check(
        data,
        previous=held,
        beside=held,
        explanations=lambda institution: as_sent(store, institution),
        others=lambda year: values_to_compare(store, year),
        published=lambda institution: published_values(store, institution=institution).drop(columns="bounds"),
        mark=mark,
        progress=progress,
    )


def values_to_compare(store: Store, year: int) -> pd.DataFrame:
    """The values of whole institutions in a year that rules set a new one beside; the columns OF_OTHERS."""
    values = store.values(year=year, level="institution")
    return values.loc[values["indicator"].isin(compared_with_others()), OF_OTHERS]


def reevaluate(store: Store, institution: str, year: int) -> list[str]:
    """Judges the forms of an institution again beside the form of its centre; returns the submissions concerned."""
    done = []
    for form in ("core", "full"):
        submission = store.current(institution, year, form)
        if submission is None:
            continue
        checked = checked_in(store, store.bytes_of(submission))
        if checked.refusal is None:
            replace_results(store.engine, submission, outcome_of(Processed(checked.header, checked.frames)))
            done.append(submission)
    return done
