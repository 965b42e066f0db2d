"""Papers that were filled in from public data: unchanged they count as confirmed, changed they ask for a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from schemas.checks.check_context import CheckContext, number
from schemas.checks.registration import function_check
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import CENTRE
from schemas.form.computed_papers import TABLE, ComputedPapers, PapersToCompare, computed_of_text
from schemas.form.issue import COMPUTED_KEY
from schemas.reading.answer import Answer
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

LEAST_APART, SHARE_APART = 10, 0.1  # papers, and part of the larger number, that two counts may differ by
POINTS_APART = 3  # between two international shares


def issued_papers(meta: Mapping[str, str]) -> ComputedPapers | None:
    """The papers that a form was issued with, as its hidden sheet states them; None where it was issued without."""
    return computed_of_text(meta.get(COMPUTED_KEY, ""))


@function_check("tables")
def prefilled_papers_changed(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """One finding for each year in which a number from public data was replaced or taken out."""
    computed = issued_papers(context.submission.meta)
    if computed is None:
        return
    changed: dict[str, list[tuple[Answer, Any]]] = {}
    for (field, year), before in computed.values.items():
        answer = context.submission.by_key.get((field, year))
        if answer is not None and answer.applies and not is_same(answer, before):
            changed.setdefault(year, []).append((answer, before))
    for year, cells in changed.items():
        label = computed.label
        params = {
            "year": year,
            "label": Text(ja=label.ja, en=label.en),
            "changes": Text(
                ja="、".join(_change(answer, before, "ja") for answer, before in cells),
                en=", ".join(_change(answer, before, "en") for answer, before in cells),
            ),
        }
        first = cells[0][0]
        yield rule.finding(
            params,
            field=f"{TABLE}.papers",
            row_key=year,
            sheet=first.sheet or None,
            cells=tuple(answer.cell for answer, _ in cells if answer.cell),
            value=str(first.raw or ""),
            count=len(cells),
        )


def is_same(answer: Answer, before: int | Decimal) -> bool:
    """Whether a number still stands as it was filled in."""
    return isinstance(answer.value, int | Decimal) and Decimal(answer.value) == Decimal(before)


def _change(answer: Answer, before: Any, language: str) -> str:
    now = number(answer.value) if isinstance(answer.value, int | Decimal) else str(answer.code or answer.raw or "－")
    return f"{answer.heading[language]} {number(before)} → {now}"


@function_check("tables")
def papers_beside_computed(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """One finding for each year whose papers differ much from those computed from public data.

    Much is more than a tenth and ten papers, or an international share outside the interval of the computed one and
    three points from it. Years that were filled in from public data are left to the rule about them.
    """
    submission = context.submission
    counting = str(submission.value("publication_basis.counting") or "full")
    compared = context.compared_papers.get(counting)
    issued = issued_papers(submission.meta)
    if compared is None or submission.form == CENTRE:
        return
    frame = context.table(TABLE)
    for year, row in frame.iterrows() if "papers" in frame else ():
        if issued is None or (f"{TABLE}.papers", str(year)) not in issued.values:
            yield from _beside(rule, context, compared, str(year), row)


def _beside(
    rule: Rule, context: CheckContext, compared: PapersToCompare, year: str, row: pd.Series
) -> Iterator[Finding]:
    found = [compared.computed.values.get((f"{TABLE}.{name}", year)) for name in ("papers", "international")]
    if pd.isna(row["papers"]) or found[0] is None or found[1] is None:
        return
    papers, computed = float(row["papers"]), float(found[0])
    is_far = abs(papers - computed) > max(LEAST_APART, SHARE_APART * max(papers, computed))
    share, low, high = _shares(row, compared, year)
    if share is not None and low is not None and high is not None:
        is_far |= not low <= share <= high and _points(share, found) >= POINTS_APART
    if not is_far:
        return
    label = compared.computed.label
    params = {
        "cell": context.address(TABLE, "papers", year),
        "year": year,
        "papers": number(papers),
        "international": "" if pd.isna(row.get("international")) else number(row["international"]),
        "computed": number(computed),
        "computed_international": number(found[1]),
        "difference": f"{papers - computed:+,.0f}",
        "low": "" if low is None else f"{low:.1f}",
        "high": "" if high is None else f"{high:.1f}",
        "label": label,
    }
    cell_ref = {**context.cell_ref(TABLE, ["papers", "international"], year), "blocks": ()}
    yield rule.finding(params, value=number(papers), **cell_ref)


def _shares(row: pd.Series, compared: PapersToCompare, year: str) -> tuple[float | None, float | None, float | None]:
    """The declared international share in per cent, and the ends of the interval of the computed one."""
    low, high = compared.share_limits.get(year, (None, None))
    international = row.get("international")
    if pd.isna(international) or not row["papers"]:
        return None, low, high
    return 100 * float(international) / float(row["papers"]), low, high


def _points(share: float, found: Sequence[Any]) -> float:
    """Points between the declared and the computed international share."""
    return abs(share - 100 * float(found[1]) / float(found[0])) if found[0] else 0.0
