"""What a worker does with one untrusted workbook: judge it, fill a form from it, or carry it into another;
and writes forms that are issued in the edition of its program.

A worker answers what it is told to do and asks nothing. Its messages are ``progress``, one ``result`` for each
task, or the ``refusal`` or ``fault`` that ends it.
"""

from __future__ import annotations

import os
import pickle
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import pandas as pd

from app.edition import catalogue
from app.submission import process_workbook
from app.submission.result import Result
from app.submission.worker_protocol import NO_PACKAGE, TIME_OVER, arrow_of, receive, send
from schemas.dictionary.dictionary import CENTRE
from schemas.dictionary.field import FORMS, Field
from schemas.dictionary.match_key import match_key
from schemas.explanations.explanation_rows import texts_on_sheet, with_explanations
from schemas.form.computed_papers import computed_of_text
from schemas.form.issue import Given, Issue
from schemas.form.options import options
from schemas.marking import PackageError
from schemas.migration.prefill import about_centre, listed_units, prefill_form, previous_of, with_computed_papers
from schemas.reading.form_metadata import named_text, read_meta
from schemas.reading.read_submission import read_submission
from schemas.register import Institution, load_register
from schemas.rules.rule import load_rules
from schemas.xlsx.read_workbook import Workbook
from schemas.xlsx.refusal import Refusal

REHEARSED_YEAR = 2026
Answer = tuple[dict[str, Any], list[bytes]]


@dataclass
class Desk:
    """The one file of a worker: how it says what is under way, and the form once it was read."""

    progress: Callable[[str], None]
    form: process_workbook.ReadForm | None = field(default=None)


def load_program() -> None:
    """Loads what every workbook needs, before one arrives.

    Forms are small tables that are looked at cell by cell, where texts as Python objects cost a fifth less than Arrow.
    """
    pd.set_option("mode.string_storage", "python")
    catalogue()
    load_register()
    load_rules()


def rehearse() -> None:
    """Judges a form of ours, so that what is worked out once is worked out before a file arrives.

    Every question of choice and number is answered in it: what a choice may be called is worked out when one is read.
    """
    from schemas.template.write_template import write_template

    dictionary = catalogue().dictionary
    institution = next(iter(load_register().institutions.values()))
    slots = dictionary.slots(FORMS[0], REHEARSED_YEAR)
    answers = {(slot.field.id, slot.row_key): _first_answer(slot.field, slot.keys) for slot in slots}
    lists = {
        block.id: [{f.column: _first_answer(f, {}) for f in block.fields}]
        for sheet in dictionary.form_sheets(FORMS[0])
        for block in sheet.blocks
        if block.kind == "list"
    }
    issue = Issue(FORMS[0], REHEARSED_YEAR, institution, answers, lists)
    process_workbook.process(write_template(dictionary, issue), mark=True)


def _first_answer(f: Field, keys: Mapping[str, str]) -> Given:
    """The first choice of a question, 1 for a count, nothing for a question that anything may be typed into."""
    return next(iter(options(catalogue().dictionary, f, dict(keys))), 1 if f.type == "count" else None)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answers tasks on one file until the other end is closed, or something stands in the way."""
    send(answers, {"ready": True})
    desk = Desk(lambda step: send(answers, {"progress": step}))
    while (message := receive(requests)) is not None:
        header, payloads = message
        try:
            result, parts = TASKS[header["task"]](header, payloads, desk)
        except Refusal as refused:
            send(answers, {"refusal": {"rule": refused.rule, "params": dict(refused.params)}})
            return
        except PackageError:
            send(answers, {"refusal": {"rule": NO_PACKAGE, "params": {}}})
            return
        except MemoryError:
            send(answers, {"refusal": {"rule": TIME_OVER, "params": {}}})
            return
        except Exception as fault:
            send(answers, {"fault": where_of(fault)})
            return
        send(answers, {"result": result, "processor_s": time.process_time()}, parts)


def where_of(fault: BaseException) -> str:
    """Kind and places of a fault of ours, without its message: that may hold what a cell says."""
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    steps = " < ".join(f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(fault).__name__} at {steps}"


# tasks -----------------------------------------------------------------------------------------------------------


def identify(header: Mapping[str, Any], payloads: list[bytes], desk: Desk) -> Answer:
    """Reads the workbook: who handed in what for which round."""
    desk.form = process_workbook.read_form(payloads[0], desk.progress)
    return desk.form.identity, []


def process(header: Mapping[str, Any], payloads: list[bytes], desk: Desk) -> Answer:
    """Judges the form that was identified beside the background in the message, which the parent made."""
    assert desk.form is not None
    result = process_workbook.process(
        desk.form, pickle.loads(payloads[0]), mark=bool(header["mark"]), progress=desk.progress
    )
    told, parts = _answer_of(result)
    told["dependents"] = []
    for one in result.dependents:
        own, more = _answer_of(one)
        told["dependents"].append(own)
        parts += more
    marked = [] if result.marked is None else [result.marked]
    return {**told, "is_marked": bool(marked)}, [*parts, *marked]


def _answer_of(result: Result) -> Answer:
    """A result as JSON, the names of its frames and these as Arrow."""
    return {"header": dict(result.header), "frames": list(result.frames)}, [*map(arrow_of, result.frames.values())]


def issue(header: Mapping[str, Any], payloads: list[bytes], desk: Desk) -> Answer:
    """The form ``form`` of ``year`` for ``institution``, filled in from last round's workbook.

    Gives no workbook where that is of another institution, which the result names; nor where the form is for the
    ``unit`` of one centre and the workbook is about another or does not list it (``listed``: name by code).
    """
    from schemas.template.write_template import write_template

    dictionary = catalogue().dictionary
    _, book = process_workbook.open_workbook(payloads[0])
    last = read_submission(book, dictionary)
    if last.institution != header["institution"]:
        return {"institution": last.institution}, []
    institution = load_register().get(header["institution"])
    previous, unit = previous_of(last), str(header.get("unit") or "")
    listed, names = listed_units(previous), {match_key(name) for name in header.get("names", ())}
    by_name = [code for code, name in listed.items() if match_key(name) in names]
    if unit and unit not in listed:
        if not by_name:
            return {"institution": last.institution, "listed": listed}, []
        unit = by_name[0]
    if unit and last.form != CENTRE:
        previous = about_centre(previous, unit)
    made = prefill_form(dictionary, header["form"], header["year"], institution, previous, unit)
    made = with_explanations(made, texts_on_sheet(last))
    form = with_computed_papers(dictionary, made, computed_of_text(str(header.get("computed") or "")))
    return {"institution": last.institution}, [write_template(dictionary, form)]


def write(header: Mapping[str, Any], payloads: list[bytes], desk: Desk) -> Answer:
    """The form that is issued by what the message, which the parent made, says is known of an institution."""
    from app.submission.issued_form import write_form

    made = write_form(pickle.loads(payloads[0]))
    told = {"issue": made.issue, "has_previous": made.has_previous, "has_papers": made.has_papers}
    return told, [made.data]


def carry(header: Mapping[str, Any], payloads: list[bytes], desk: Desk) -> Answer:
    """The workbook in the present edition of ``form`` for ``year`` (its own where null), and what was left behind."""
    from schemas.migration.migrate import migrate

    _, book = process_workbook.open_workbook(payloads[0])
    institution = issued_for(read_meta(book), book)
    moved = migrate(book, catalogue().dictionary, institution, form=header.get("form"), year=header.get("year"))
    left = [row.as_json() for row in moved.not_carried]
    return {"carried": moved.carried, "not_carried": left}, [moved.data]


def issued_for(meta: Mapping[str, str], book: Workbook) -> Institution:
    """The institution as registered; one that the register lacks as the old workbook named it."""
    known = load_register().institutions.get(meta["institution"])
    if known is not None:
        return known
    name_ja, name_en = (named_text(book, f"profile_{key}") for key in ("name_ja", "name_en"))
    return Institution(meta["institution"], name_ja, name_en, "", "")


TASKS: Mapping[str, Callable[[Mapping[str, Any], list[bytes], Desk], Answer]] = {
    "identify": identify,
    "process": process,
    "issue": issue,
    "write": write,
    "migrate": carry,
}
