"""Validates one submission: what reading noticed, then every rule. Errors block the cells they concern."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.checks.check_context import CheckContext, cell_ref_of, number
from schemas.checks.registration import judging_of
from schemas.checks.table_schema import Failures, failures_in_force
from schemas.dictionary.country_names import NATIONALITIES
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import Field
from schemas.form.computed_papers import PapersToCompare
from schemas.reading.answer import Answer, Submission
from schemas.reading.choice_labels import NO_SUGGESTION, WORDS_LISTED, list_labels, quote_words
from schemas.reading.clean_tables import Tables, clean_tables
from schemas.reading.read_submission import NOT_FOUND
from schemas.reading.reading_outcome import READ_AS, UNREAD_COUNTRY, is_rewritten
from schemas.register import Register
from schemas.rules.check_kinds import Never
from schemas.rules.finding import LISTED, SEVERITIES, Finding, condense_findings
from schemas.rules.rule import Rule, load_rules
from schemas.xlsx.read_workbook import Workbook
from schemas.xlsx.sheet_features import read_form_parts

TEXTS = ("text", "long_text")
_WITHOUT_COUNTRY = Text(
    ja="国籍のない方は「無国籍」、国籍が分からない方と一覧にない方は「不明・その他」を選んでください。",
    en='For people without a nationality please choose "Stateless", for those whose nationality is not known or not '
    'listed "Unknown or not listed".',
)


@dataclass(frozen=True)
class Validated:
    """A submission with its clean tables, its findings, and the answers that an error blocks."""

    submission: Submission
    tables: Tables
    findings: Sequence[Finding]

    @property
    def blocked(self) -> frozenset[tuple[str, str]]:
        """(field, row key) of every answer that an error concerns."""
        return frozenset(key for f in self.findings if f.severity == "error" for key in f.blocks)


def validate(
    submission: Submission,
    dictionary: DataDictionary,
    register: Register,
    *,
    previous: Tables | None = None,
    expected_institution: str = "",
    book: Workbook | None = None,
    data: bytes = b"",
    rules: Mapping[str, Rule] | None = None,
    compared_papers: Mapping[str, PapersToCompare] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Validated:
    """Findings of all active rules, errors first, then in the order of the workbook.

    ``previous`` are the clean tables of the round before; without them year-on-year rules are silent.
    ``book`` is the workbook the submission was read from, ``data`` its bytes; without these rules about the file
    itself, and about what its sheets hold beside values, are silent. ``compared_papers`` are papers
    computed from public data, by counting, which declared ones are set beside.
    """
    rules = load_rules() if rules is None else rules
    progress("tables")
    tables = clean_tables(submission, dictionary)
    package = book.package if book is not None else None
    parts = read_form_parts(package or data, _looked_at(submission)) if data else {}
    context = CheckContext(
        submission,
        tables,
        previous or {},
        dictionary,
        register,
        expected_institution,
        book,
        parts,
        compared_papers or {},
    )
    progress("rules")
    found = [*reading_findings(submission, rules), *limit_findings(context, rules)]
    for rule in rules.values():
        if rule.status == "active":
            found.extend(judge(rule, context))
    found = condense_findings(found)
    order = {name: index for index, name in enumerate(s.name for s in dictionary.sheets)}
    found.sort(key=lambda f: (SEVERITIES.index(f.severity), order.get(f.sheet or "", -1)))
    return Validated(submission, tables, found)


def judge(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """The findings of one rule; rules judged while reading, and those on values, give none here."""
    conditions, function = judging_of(rule.check)
    for position, condition in enumerate(conditions):
        if keys := _failures(context, condition.table).get((rule.id, str(position))):
            yield from _without_unread(rule, context, condition.findings(rule, context, keys))
    if function is not None:
        yield from function(rule, context)


def _without_unread(rule: Rule, context: CheckContext, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leaves out findings that call a cell blank where something stands that was not read."""
    spec = rule.check
    blank = [f"{spec.table}.{column}" for column in (*spec.blank, *spec.any_blank)] if isinstance(spec, Never) else []
    for finding in findings:
        answers = [context.submission.by_key.get((field, finding.row_key)) for field in blank]
        if not any(answer is not None and context.is_unread(answer) for answer in answers):
            yield finding


def _failures(context: CheckContext, table: str) -> Failures:
    """The failing rows of a clean table, validated when the first rule asks."""
    if table not in context.failures:
        frame, year = context.table(table), context.submission.year
        context.failures[table] = {} if frame.empty else failures_in_force(table, frame, context.dictionary, year)
    return context.failures[table]


def _looked_at(submission: Submission) -> dict[str, bool]:
    """The sheets of the form, each with whether its cells are looked at: those of long lists are too many."""
    sheets = {answer.sheet: True for answer in submission.answers if answer.sheet}
    return sheets | {records.sheet: False for records in submission.records.values()}


def limit_findings(context: CheckContext, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Cells of clean tables beyond the dtype, limits, length or choices of their question, by rule and column.

    Reading lets none pass; these are those of tables that were computed or changed after it.
    """
    for table in [*context.tables, *context.submission.records]:
        for (rule, column), keys in _failures(context, table).items():
            if not column.isdigit():
                yield _limit_finding(context, rules[rule], table, column.removesuffix("__code"), column, keys)


def _limit_finding(
    context: CheckContext, rule: Rule, table: str, question: str, column: str, keys: Sequence[Any]
) -> Finding:
    f, value = context.dictionary.fields[f"{table}.{question}"], context.table(table).loc[keys[0], column]
    label, codes = context.heading(table, question, keys[0]), ", ".join(f.codes)
    params = {
        "cell": context.address(table, question, keys[0]),
        "field": label,
        "label": label,
        "value": str(value),
        "year": value,
        "code": value,
        "length": len(str(value)),
        "minimum": _limit_text(f, f.minimum),
        "maximum": _limit_text(f, f.max_length if f.type in TEXTS else f.limit),
        "allowed_ja": codes,
        "allowed_en": codes,
        "suggestion": "",
        "choices": "",
    }
    cell_refs = [context.cell_ref(table, [question], key) for key in keys]
    joined = {name: tuple(one for ref in cell_refs for one in ref[name]) for name in ("cells", "blocks")}
    return rule.finding(params, count=len(keys), value=str(value), **{**cell_refs[0], **joined})


def _limit_text(f: Field, limit: object) -> str:
    return str(limit) if f.type == "year" else number(limit)


def reading_findings(submission: Submission, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """What reading the cells noticed: problems, and texts that were re-read.

    Unread countries are told once a question, cells that were not found once a table: a row or column was deleted.
    """
    unread: dict[str, list[Answer]] = {}
    lost: dict[str, list[Answer]] = {}
    for answer in submission.answers:
        if not answer.applies:
            continue
        if answer.problem == UNREAD_COUNTRY:
            unread.setdefault(answer.field.id, []).append(answer)
        elif answer.problem == NOT_FOUND:
            lost.setdefault(answer.field.table, []).append(answer)
        elif answer.problem:
            yield rules[answer.problem].finding(_params(answer), **cell_ref_of(answer))
        elif answer.field.required != "register" and is_rewritten(answer.raw, answer.read_as):
            yield rules[READ_AS].finding(_params(answer), **cell_ref_of(answer))
    for answers in lost.values():
        labels = list_labels([answer.heading for answer in answers])
        params = {"sheet_name": answers[0].sheet, "count": len(answers), "labels": labels}
        blocks = tuple((answer.field.id, answer.row_key) for answer in answers)
        yield rules[NOT_FOUND].finding(params, count=len(answers), **{**cell_ref_of(answers[0]), "blocks": blocks})
    for answers in unread.values():
        yield _unread_countries(rules[UNREAD_COUNTRY], answers)


def _params(answer: Answer) -> dict[str, object]:
    return {
        "cell": answer.address,
        "field": answer.heading,
        "label": answer.heading,
        "value": answer.typed,
        "read_as": answer.read_as,
        **answer.params,
    }


def _unread_countries(rule: Rule, answers: Sequence[Answer]) -> Finding:
    """One finding for all cells of a question whose country could not be read: how many, where, and the words."""
    suggestions = {a.typed: a.params.get("suggestion", NO_SUGGESTION) for a in answers}
    pairs = [(word, near) for word, near in suggestions.items() if isinstance(near, Text) and near != NO_SUGGESTION]
    near = Text(
        ja="".join(f"「{word}」は「{label.ja}」ではありませんか。" for word, label in pairs[:WORDS_LISTED]),
        en=" ".join(f'Did "{word}" mean {label.en}?' for word, label in pairs[:WORDS_LISTED]),
    )
    cells = ", ".join(answer.cell for answer in answers[:WORDS_LISTED]) if len(answers) > 1 else ""
    words = quote_words(list(suggestions))
    if answers[0].field.code_list == NATIONALITIES:
        near = Text(ja=f"{near.ja}{_WITHOUT_COUNTRY.ja}", en=f"{near.en} {_WITHOUT_COUNTRY.en}".strip())
    params = {**_params(answers[0]), "count": len(answers), "cells": cells, "words": words, "near": near}
    cell_ref = {**cell_ref_of(answers[0]), "cells": tuple(answer.cell for answer in answers[:LISTED])}
    cell_ref["blocks"] = tuple((answer.field.id, answer.row_key) for answer in answers)
    return rule.finding(params, count=len(answers), **cell_ref)
