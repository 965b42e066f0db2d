"""The sheet 説明: what is listed there on return, what comes back, and choices that answer many cells at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from schemas.answer import Answer, Submission
from schemas.declaration import Text
from schemas.dictionary import DataDictionary
from schemas.field import NUMERIC
from schemas.finding import Finding
from schemas.options import choice_options

BLANK = "R.SUB.066"
NONE_OR_UNKNOWN = "R.VAL.002"  # なし, －, N/A …: asked about, never guessed
CHOICES = "explanation_choices"
ZERO, AS_BEFORE = "zero", "as_before"
CODES = {"not_applicable": "a", "not_known": "m"}
TABLE = "explanations"
COLUMNS = 5
RANGE = Decimal("0.1")  # an explanation holds while the value stays within a tenth of the one it was given for
QUESTION_LENGTH = 1000
CELLS_NAMED = 12
OPEN_CELLS = Text(
    ja="「{block}」に、空欄又は「なし」などの欄が{count}あります（{cells}）。まとめて答える場合は、選択の欄で選んでください。",
    en="{block}: {count} cells are blank or hold words such as なし ({cells}). To answer them at once, please choose.",
)
BEFORE = Text(
    ja="右の説明は前回のものです。今回も当てはまる場合は「前回の説明と同じ」を選び、異なる場合は書き直してください。",
    en="The explanation beside is last time's. If it holds again choose that in the list, otherwise please rewrite it.",
)


@dataclass(frozen=True)
class Explanation:
    """Why a point to check is as it is (DATA ``explanations``), with the value range for which that holds."""

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

    def as_json(self) -> dict[str, str | None]:
        """The explanation as plain data; limits as decimal text."""
        low, high = (None if limit is None else f"{limit.normalize():f}" for limit in (self.value_low, self.value_high))
        words = {"rule": self.rule, "field": self.field, "row_key": self.row_key, "text": self.text}
        return {**words, "office": self.office, "choice": self.choice, "value_low": low, "value_high": high}


@dataclass(frozen=True)
class Line:
    """One filled row of the sheet 説明: its number (from 1), and what stands in it."""

    number: int
    finding: str
    choice: str
    text: str
    office: str

    @property
    def is_answered(self) -> bool:
        """Whether somebody wrote or chose anything."""
        return bool(self.choice or self.text or self.office)


def lines_of(submission: Submission) -> list[Line]:
    """The rows of the sheet that name a finding, top to bottom."""
    rows: dict[int, dict[str, str]] = {}
    for answer in submission.answers:
        if answer.field.table == TABLE and answer.row_key.isdecimal():
            value = answer.value if answer.value is not None else "" if answer.problem == "" else answer.raw
            rows.setdefault(int(answer.row_key), {})[answer.field.column] = "" if value is None else str(value)
    return [
        Line(n, row["finding"], row.get("choice", ""), row.get("explanation", ""), row.get("office", ""))
        for n, row in sorted(rows.items())
        if row.get("finding")
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
    return is_asked and (answer.is_blank or answer.problem == NONE_OR_UNKNOWN)


def group_key(dictionary: DataDictionary, answer: Answer) -> str:
    """Stable key of the open cells of a block, told from a finding's id by its first letter."""
    block = dictionary.places[answer.field.id][1].id
    return "g" + hashlib.sha256(f"open|{block}".encode()).hexdigest()[:11]


def apply_choices(submission: Submission, dictionary: DataDictionary) -> Submission:
    """The submission with its open cells answered as chosen: zeros (never totals), or a code the field offers.

    Each cell so answered carries ``read_as``, so that a note says it.
    """
    chosen = {line.finding: line.choice for line in lines_of(submission) if line.choice in (ZERO, *CODES)}
    if not chosen:
        return submission
    answers = [
        _mended(answer, chosen.get(group_key(dictionary, answer), "")) if _is_open(answer) else answer
        for answer in submission.answers
    ]
    return replace(submission, answers=answers)


def _mended(answer: Answer, choice: str) -> Answer:
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
    confirmed by the choice "same as last time".
    """
    soft = {finding.id: finding for finding in findings if finding.severity == "check"}
    found = []
    for line in lines_of(submission):
        finding = soft.get(line.finding)
        if finding is None or not (line.text or line.choice):
            continue
        is_untouched = (offered or {}).get(finding.id) == line.text and line.choice != AS_BEFORE
        if not is_untouched:
            found.append(_explained(submission, finding, line))
    return found


def _explained(submission: Submission, finding: Finding, line: Line) -> Explanation:
    low, high = _range(submission.value(finding.field, finding.row_key))
    words = (finding.rule, finding.field, finding.row_key, line.text, line.office, line.choice)
    return Explanation(submission.institution, *words, low, high)


def _range(value: object) -> tuple[Decimal | None, Decimal | None]:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None, None
    exact = Decimal(value)
    return exact * (1 - RANGE), exact * (1 + RANGE)


def offered_again(previous: Submission | None, submission: Submission, findings: Sequence[Finding]) -> dict[str, str]:
    """Last time's texts by finding id, for points to check that came again with a value in the same range."""
    if previous is None:
        return {}
    soft = {finding.id: finding for finding in findings if finding.severity == "check"}
    texts = {}
    for line in lines_of(previous):
        finding = soft.get(line.finding)
        if finding is not None and line.text:
            now = submission.value(finding.field, finding.row_key)
            if _explained(previous, finding, line).holds_for(now):
                texts[finding.id] = line.text
    return texts


# what is listed on return ------------------------------------------------------------------------------------


def explanation_rows(
    findings: Sequence[Finding],
    submission: Submission,
    dictionary: DataDictionary,
    offered: Mapping[str, str] | None = None,
) -> list[list[str | None]]:
    """Rows for ``schemas.marking.mark_workbook``: finding, question, choice, explanation, office.

    None leaves a cell as it is. Answered rows stay where they are; rows whose point is gone and that nobody
    answered make room for new ones.
    """
    wanted = _wanted(findings, submission, dictionary, offered or {})
    lines = {line.number: line for line in lines_of(submission)}
    listed = {line.finding for line in lines.values()}
    new = iter([row for row in wanted if row[0] not in listed])
    current = {row[0] for row in wanted}
    rows: list[list[str | None]] = []
    for number in range(1, max(lines, default=0) + 1):
        line = lines.get(number)
        if line is not None and (line.finding in current or line.is_answered):
            rows.append([None] * COLUMNS)
        else:
            rows.append(next(new, [""] * COLUMNS))
    return [*rows, *new]


def _wanted(
    findings: Sequence[Finding], submission: Submission, dictionary: DataDictionary, offered: Mapping[str, str]
) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    for key, answers in open_cells(submission, dictionary).items():
        rows.append([key, _both(_open_question(dictionary, answers)), "", "", ""])
    for finding in findings:
        if finding.severity == "check" and not any(row[0] == finding.id for row in rows):
            before = offered.get(finding.id, "")
            question = _both(finding.message) + (f"\n{_both(BEFORE)}" if before else "")
            rows.append([finding.id, question[:QUESTION_LENGTH], "", before, ""])
    return rows


def _both(text: Text) -> str:
    return f"{text.ja}\n{text.en}"


def _open_question(dictionary: DataDictionary, answers: Sequence[Answer]) -> Text:
    block = dictionary.places[answers[0].field.id][1]
    named = "、".join(answer.address for answer in answers[:CELLS_NAMED])
    cells = named + ("…" if len(answers) > CELLS_NAMED else "")
    ja = OPEN_CELLS.ja.format(block=block.label.ja, count=len(answers), cells=cells)
    en = OPEN_CELLS.en.format(block=block.label.en, count=len(answers), cells=cells.replace("、", ", "))
    return Text(ja=ja, en=en)


def choice_texts(dictionary: DataDictionary) -> dict[str, str]:
    """Choice -> text of the drop-down in the column of choices."""
    return choice_options(dictionary, CHOICES)
