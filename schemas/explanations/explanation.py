"""The sheet 説明: what is listed there on return, what comes back, and choices that answer many cells at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary, load_dictionary
from schemas.dictionary.field import NUMERIC
from schemas.dictionary.format_number import MINUS
from schemas.reading.answer import Answer, Submission
from schemas.reading.reading_outcome import SIGN_FOR_NOTHING
from schemas.rules.finding import Finding, finding_id

ZERO, AS_BEFORE = "zero", "as_before"
CODES = {"not_applicable": "a", "not_known": "m"}
TABLE = "explanations"
CHOICES = "explanation_choices"
REASON = "reason_"  # how the choices begin that are an explanation by themselves
RANGE = Decimal("0.1")  # an explanation holds while the value stays within a tenth of the one it was given for
QUOTED = re.compile(r"^前回の説明：「(?P<text>.*)」$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Explanation:
    """Why a point to check is as it is (docs/template.md 4), with the value range for which that holds."""

    institution: str
    rule: str
    field: str
    row_key: str
    text: str
    office: str
    choice: str
    value_low: Decimal | None
    value_high: Decimal | None

    def holds_for(self, value: object) -> bool:
        """Whether ``value`` lies in the range; without a range it always does."""
        if self.value_low is None or self.value_high is None:
            return True
        return isinstance(value, int | Decimal) and self.value_low <= Decimal(value) <= self.value_high

    @property
    def finding(self) -> str:
        """Id of the finding it explains."""
        return finding_id(self.rule, self.field, self.row_key)

    def as_json(self) -> dict[str, str | None]:
        """The explanation as plain data; limits as decimal text."""
        low, high = (None if limit is None else f"{limit.normalize():f}" for limit in (self.value_low, self.value_high))
        words = {"rule": self.rule, "field": self.field, "row_key": self.row_key, "text": self.text}
        return {**words, "office": self.office, "choice": self.choice, "value_low": low, "value_high": high}


def explanation_of(institution: str, data: Mapping[str, Any]) -> Explanation:
    """The explanation that ``as_json`` made plain."""
    words = {name: str(data[name]) for name in ("rule", "field", "row_key", "text", "office", "choice")}
    low, high = (None if data[name] is None else Decimal(data[name]) for name in ("value_low", "value_high"))
    return Explanation(institution, **words, value_low=low, value_high=high)


@dataclass(frozen=True)
class ExplanationLine:
    """One filled row of the sheet 説明: its number (from 1), and what stands in it."""

    number: int
    finding: str
    choice: str
    text: str
    office: str
    question: str = ""

    @property
    def quoted(self) -> str:
        """Last time's explanation as the question quotes it; empty where it quotes none."""
        found = QUOTED.search(self.question)
        return found["text"] if found else ""

    @property
    def is_answered(self) -> bool:
        """Whether somebody wrote or chose anything."""
        return bool(self.choice or self.text or self.office)


def lines_of(submission: Submission) -> list[ExplanationLine]:
    """The filled rows of the sheet, top to bottom; ``finding`` is empty where somebody wrote into a free row."""
    rows: dict[int, dict[str, str]] = {}
    for answer in submission.answers:
        if answer.field.table == TABLE and answer.row_key.isdecimal():
            value = answer.value if answer.value is not None else "" if answer.problem == "" else answer.raw
            rows.setdefault(int(answer.row_key), {})[answer.field.column] = "" if value is None else str(value)
    names = ("finding", "choice", "explanation", "office", "question")
    return [
        ExplanationLine(n, *(row.get(name, "") for name in names))
        for n, row in sorted(rows.items())
        if any(row.values())
    ]


# choices that answer many cells ------------------------------------------------------------------------------


def open_cells(submission: Submission, dictionary: DataDictionary) -> dict[str, list[Answer]]:
    """Blank answers, and those that say なし or the like, by the key of their block's row in the sheet 説明."""
    groups: dict[str, list[Answer]] = {}
    for answer in submission.answers:
        if _is_open(answer):
            groups.setdefault(group_key(dictionary, answer), []).append(answer)
    return groups


def _is_open(answer: Answer) -> bool:
    is_asked = answer.applies and answer.field.required == "always" and bool(answer.field.codes)
    return is_asked and (answer.is_blank or answer.problem == SIGN_FOR_NOTHING)


def group_key(dictionary: DataDictionary, answer: Answer) -> str:
    """Stable key of the open cells of a block, told from a finding's id by its first letter."""
    block = dictionary.block_of[answer.field.id][1].id
    return "g" + hashlib.sha256(f"open|{block}".encode()).hexdigest()[:11]


def apply_choices(submission: Submission, dictionary: DataDictionary) -> Submission:
    """The submission with its open cells answered as chosen: zeros (never totals), or a code the field offers.

    Each cell so answered carries ``read_as``, so that a note says it.
    """
    chosen = {line.finding: line.choice for line in lines_of(submission) if line.choice in (ZERO, *CODES)}
    if not chosen:
        return submission
    answers = [
        _mend_answer(answer, chosen.get(group_key(dictionary, answer), "")) if _is_open(answer) else answer
        for answer in submission.answers
    ]
    return replace(submission, answers=answers)


def _mend_answer(answer: Answer, choice: str) -> Answer:
    if choice == ZERO and answer.field.type in NUMERIC and answer.field.column != "total":
        return replace(answer, value=0, code="", problem="", read_as="0", params={})
    code = CODES.get(choice, "")
    if code in answer.field.codes:
        return replace(answer, value=None, code=code, problem="", read_as=code, params={})
    return answer


# explanations ------------------------------------------------------------------------------------------------


def read_explanations(
    submission: Submission, findings: Sequence[Finding], offered: Mapping[str, str] | None = None
) -> list[Explanation]:
    """The explanations given to the points to check among ``findings``.

    ``offered`` holds last time's texts by finding id: left as it is such a text counts only where it was
    confirmed by the choice "same as last time", which also stands for the text that the question quotes.
    """
    soft = _soft(findings)
    found = []
    for line in lines_of(submission):
        finding = soft.get(line.finding)
        before = (offered or {}).get(line.finding) or line.quoted
        text = text_of_line(line) or (before if line.choice == AS_BEFORE else "")
        if finding is None or not text or (text == before and line.choice != AS_BEFORE):
            continue
        found.append(explain_finding(submission, finding, replace(line, text=text)))
    return found


def text_of_line(line: ExplanationLine) -> str:
    """What a line says by itself: the reason that was chosen, the text, or both; empty where neither is given."""
    return with_reason(line.choice, line.text)


def reasons() -> dict[str, Text]:
    """The reasons to choose from for papers that differ from public data, by code."""
    items = load_dictionary().code_lists[CHOICES].items
    return {item.code: item.label for item in items if item.code.startswith(REASON)}


def with_reason(code: str, text: str) -> str:
    """An explanation that begins with the reason of a code, unless it says so already; the text alone without one."""
    known = reasons()
    bare = next((text.removeprefix(one.ja).strip() for one in known.values() if text.startswith(one.ja)), text)
    return f"{known[code].ja}　{bare}".strip() if code in known else text


def _soft(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in findings if finding.severity == "check"}


def explain_finding(submission: Submission, finding: Finding, line: ExplanationLine) -> Explanation:
    """What a line of the sheet says about a finding, with the range for which it holds."""
    low, high = value_range(measured_number(submission, finding))
    words = (finding.rule, finding.field, finding.row_key, line.text, line.office, line.choice)
    return Explanation(submission.institution, *words, low, high)


def measured_number(submission: Submission, finding: Finding) -> Decimal | None:
    """The number that a finding is about: that of its answer, else the one it states, else None."""
    return number_of(submission.value(finding.field, finding.row_key), finding.value)


def number_of(answer: object, stated: str) -> Decimal | None:
    """The number of an answer, else the one a finding states (``1,234``); None where neither is a number."""
    for value in (answer, stated.replace(",", "").replace(MINUS, "-")):
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            continue
        try:
            exact = Decimal(value)
        except InvalidOperation:
            continue
        if exact.is_finite():
            return exact
    return None


def value_range(value: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """The range of values for which an explanation given for ``value`` holds; none where there is no number."""
    if value is None:
        return None, None
    ends = sorted((value * (1 - RANGE), value * (1 + RANGE)))
    return ends[0], ends[1]


def offered_again(previous: Submission | None, submission: Submission, findings: Sequence[Finding]) -> dict[str, str]:
    """Last time's texts by finding id, for points to check that came again with a value in the same range."""
    if previous is None:
        return {}
    texts, soft = {}, _soft(findings)
    for line in lines_of(previous):
        text = text_of_line(line) or (line.quoted if line.choice == AS_BEFORE else "")
        finding = soft.get(line.finding)
        if finding is None or not text:
            continue
        low, high = value_range(number_of(previous.value(finding.field, finding.row_key), ""))
        was = Explanation(previous.institution, finding.rule, finding.field, finding.row_key, text, "", "", low, high)
        if was.holds_for(measured_number(submission, finding)):
            texts[finding.id] = text
    return texts


def holding_explanations(
    kept: Iterable[Explanation], submission: Submission, findings: Sequence[Finding]
) -> dict[str, Explanation]:
    """Of the explanations kept those that fit a point to check of now and hold for its value, by finding id."""
    soft = _soft(findings)
    return {
        one.finding: one
        for one in kept
        if one.finding in soft and one.holds_for(measured_number(submission, soft[one.finding]))
    }
