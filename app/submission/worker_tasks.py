"""What a worker does with one untrusted workbook: check it, fill a form from it, or carry it into another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.edition import catalogue
from app.submission import process_workbook
from app.submission.worker_protocol import arrow_of, frame_of
from schemas.explanations.explanation_rows import texts_on_sheet, with_explanations
from schemas.marking import unmark_workbook
from schemas.migration.migrate import migrate
from schemas.migration.prefill import prefilled, previous_of
from schemas.reading.form_metadata import named_text, read_meta, refuse_other_workbooks
from schemas.reading.read_submission import read_submission
from schemas.register import Institution, load_register
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import Workbook, read_workbook

Answer = tuple[dict[str, Any], list[bytes]]


@dataclass(frozen=True)
class Talk:
    """How a task speaks with the one who gave it: ``ask(kind, *key)`` for more bytes, ``progress(step)``."""

    ask: Callable[..., bytes | None]
    progress: Callable[[str], None]


def warm_up() -> None:
    """Loads what every workbook needs, before one arrives."""
    catalogue()
    load_register()
    process_workbook.load_rules()


def check(header: Mapping[str, Any], data: bytes, talk: Talk) -> Answer:
    """Findings, values and, where ``mark`` is set, the marked workbook: ``result``, the names of frames, Arrow."""

    def explanations(institution: str) -> list[Mapping[str, Any]]:
        return json.loads(talk.ask("explanations", institution) or b"[]")

    def figures(kind: str, *key: Any) -> process_workbook.Figures:
        given = talk.ask(kind, *key)
        return None if given is None else frame_of(given)

    request = process_workbook.Request(
        data=data,
        previous=lambda *key: talk.ask("previous", *key),
        beside=lambda *key: talk.ask("beside", *key),
        explanations=explanations,
        others=lambda year: figures("others", year),
        published=lambda institution: figures("published", institution),
        expected_institution=header.get("expected_institution", ""),
        mark=header.get("mark", False),
    )
    result = process_workbook.process(request, talk.progress)
    frames = {name: arrow_of(frame) for name, frame in result.frames.items()}
    marked = [result.marked] if result.marked is not None else []
    return {"result": result.header, "frames": list(frames)}, [*frames.values(), *marked]


def issue(header: Mapping[str, Any], data: bytes, talk: Talk) -> Answer:
    """The form ``form`` of ``year`` for ``institution``, filled in from last round's workbook.

    Gives no workbook where that is of another institution, which ``result`` names.
    """
    dictionary = catalogue().dictionary
    last = read_submission(opened(data), dictionary)
    if last.institution != header["institution"]:
        return {"result": {"institution": last.institution}}, []
    institution = load_register().get(header["institution"])
    made = prefilled(dictionary, header["form"], header["year"], institution, previous_of(last))
    form = with_explanations(made, texts_on_sheet(last))
    return {"result": {"institution": last.institution}}, [write_template(dictionary, form)]


def carry(header: Mapping[str, Any], data: bytes, talk: Talk) -> Answer:
    """The workbook in the present edition of ``form`` for ``year`` (its own where null), and what was left behind."""
    book = opened(data)
    institution = issued_for(read_meta(book), book)
    moved = migrate(book, catalogue().dictionary, institution, form=header.get("form"), year=header.get("year"))
    left = [row.as_json() for row in moved.not_carried]
    return {"result": {"carried": moved.carried, "not_carried": left}}, [moved.data]


def opened(data: bytes) -> Workbook:
    """The workbook without our marks. Raises Refusal where it cannot be read."""
    unmarked = unmark_workbook(data) if data[:2] == b"PK" else data
    return read_workbook(unmarked, judge=refuse_other_workbooks)


def issued_for(meta: Mapping[str, str], book: Workbook) -> Institution:
    """The institution as registered; one that the register lacks as the old workbook named it."""
    known = load_register().institutions.get(meta["institution"])
    if known is not None:
        return known
    names = [named_text(book, f"profile_{key}") for key in ("name_ja", "name_en")]
    return Institution(meta["institution"], *names, "", "")


TASKS: Mapping[str, Callable[[Mapping[str, Any], bytes, Talk], Answer]] = {
    "check": check,
    "issue": issue,
    "migrate": carry,
}
