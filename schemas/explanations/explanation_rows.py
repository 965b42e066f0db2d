"""What is listed on the sheet 説明: open cells, points to check, and what was said about them last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.explanations.explanation import AS_BEFORE, TABLE, Explanation, lines_of, open_cells, text_of_line
from schemas.form.issue import Given, Issue
from schemas.reading.answer import Answer, Submission
from schemas.rules.finding import Finding

COLUMNS = 5
QUESTION_LENGTH = 2000
ROWS = 60
CELLS_NAMED = 12
OPEN_CELLS = Text(
    ja="「{block}」に、空欄又は「なし」などの欄が{count}あります（{cells}）。まとめて答える場合は、選択の欄で選んでください。",
    en="{block}: {count} cells are blank or hold words such as なし ({cells}). To answer them at once, please choose.",
)
BEFORE = Text(
    ja="今回も当てはまる場合は、選択の欄で「前回の説明と同じ」を選んでください。異なる場合は、説明の欄に記入してください。",
    en="The text in 「」 is last time's explanation. If it holds again, choose that in the list; otherwise explain.",
)
LAST_TIME = Text(
    ja="前回の様式では、次の事項に説明がありました。今回も同じ事項があれば、確認後に使われます。",
    en="The last form had an explanation of this point. It is used if the same point comes up again.",
)


def explanation_rows(
    findings: Sequence[Finding],
    submission: Submission,
    dictionary: DataDictionary,
    offered: Mapping[str, str] | None = None,
    given: Mapping[str, Explanation] | None = None,
) -> list[list[str | None]]:
    """Rows for ``schemas.marking.mark_workbook``: finding, question, choice, explanation, office.

    None leaves a cell as it is. Answered rows stay where they are, also those that name no point; rows whose point
    is gone and that nobody answered make room for new ones. ``offered`` are last time's texts by finding id, which the
    question quotes; without them the quotes that stand there are kept. ``given`` are explanations of this round that
    stand elsewhere, which fill the row.
    """
    lines = {line.number: line for line in lines_of(submission)}
    quoted = {line.finding: line.quoted for line in lines.values()} if offered is None else offered
    wanted = _wanted_rows(findings, submission, dictionary, quoted, given or {})
    by_key = {str(row[0]): row for row in wanted}
    listed = {line.finding for line in lines.values()}
    new = iter([row for row in wanted if row[0] not in listed])
    rows: list[list[str | None]] = []
    for number in range(1, max(lines, default=0) + 1):
        line = lines.get(number)
        if line is not None and line.is_answered:
            rows.append([None] * COLUMNS)
        elif line is not None and line.finding in by_key:
            rows.append(by_key[line.finding])
        else:
            rows.append(next(new, [""] * COLUMNS))
    return [*rows, *new]


def _wanted_rows(
    findings: Sequence[Finding],
    submission: Submission,
    dictionary: DataDictionary,
    offered: Mapping[str, str],
    given: Mapping[str, Explanation],
) -> list[list[str | None]]:
    rows: dict[str, list[str | None]] = {}
    for key, answers in open_cells(submission, dictionary).items():
        rows[key] = [key, _both(_open_question(dictionary, answers)), "", "", ""]
    for finding in findings:
        if finding.severity == "check":
            said = given.get(finding.id)
            quoted = "" if said else offered.get(finding.id, "")
            question = _question(_both(finding.message), quoted)
            rows.setdefault(finding.id, [finding.id, question, "", *((said.text, said.office) if said else ("", ""))])
    return list(rows.values())


def _question(message: str, quoted: str) -> str:
    """The question, and last time's explanation in quotes where there is one."""
    if not quoted:
        return message[:QUESTION_LENGTH]
    before = f"\n前回の説明：「{quoted}」\n{_both(BEFORE)}"
    return message[: QUESTION_LENGTH - len(before)] + before


def _both(text: Text) -> str:
    return f"{text.ja}\n{text.en}"


def _open_question(dictionary: DataDictionary, answers: Sequence[Answer]) -> Text:
    block = dictionary.block_of[answers[0].field.id][1]
    named = "、".join(answer.address for answer in answers[:CELLS_NAMED])
    cells = named + ("…" if len(answers) > CELLS_NAMED else "")
    listed = Text(ja=cells, en=cells.replace("、", ", "))
    return OPEN_CELLS.format(block=block.label, count=len(answers), cells=listed)


# a form that is issued ---------------------------------------------------------------------------------------


def prelisted_rows(texts: Mapping[str, str]) -> list[dict[str, Given]]:
    """Rows of the sheet for a new form: last time's explanations by finding id, quoted beside an open answer."""
    rows: list[dict[str, Given]] = [
        {"finding": key, "question": _question(_both(LAST_TIME), text)} for key, text in texts.items() if text
    ]
    return rows[:ROWS]


def with_questions(issue: Issue, questions: Mapping[str, Text]) -> Issue:
    """The form with points, by finding id, that can be answered on its sheet 説明 before they come up."""
    rows: list[dict[str, Given]] = [{"finding": key, "question": _both(text)} for key, text in questions.items()]
    listed = [*issue.lists.get(TABLE, ())]
    known = {row.get("finding") for row in listed}
    new = [row for row in rows if row["finding"] not in known]
    return replace(issue, lists={**issue.lists, TABLE: [*new, *listed][:ROWS]})


def with_explanations(issue: Issue, texts: Mapping[str, str]) -> Issue:
    """The form with last time's explanations, by finding id, listed on its sheet 説明."""
    rows = prelisted_rows(texts)
    return replace(issue, lists={**issue.lists, TABLE: rows}) if rows else issue


def texts_on_sheet(submission: Submission) -> dict[str, str]:
    """What the sheet of a form says about points to check, by finding id."""
    said = {
        line.finding: text_of_line(line) or (line.quoted if line.choice == AS_BEFORE else "")
        for line in lines_of(submission)
    }
    return {key: text for key, text in said.items() if key and text}
