"""Receives an upload: check it in the worker, keep it as a version, or keep it as refused with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.access import Actor, demand
from app.checking import Checked, check, refused
from app.demo_store import outcome_of
from app.storage.store import Store, Upload
from app.submission import Processed

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

    def previous(institution: str, year: int, form: str) -> bytes | None:
        found = store.current(institution, year, form)
        return store.bytes_of(found) if found else None

    checked = check(data, previous=previous, mark=True, progress=progress)
    if checked.refusal is None and checked.header["is_demo"] != (store.kind == "demo"):
        from app.texts import texts

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
    return Received(checked, submission, earlier)
