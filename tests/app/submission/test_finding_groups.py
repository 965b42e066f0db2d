"""Findings grouped by cause and compared by id."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.submission.finding_groups import compare_findings, findings_of, group_findings, summary_line
from schemas.rules.finding import Finding, condense_findings
from schemas.rules.rule import load_rules

RULES = load_rules()


def finding(rule: str, row: int, field: str = "researchers.foreign") -> Finding:
    return RULES[rule].finding(
        {}, field=field, row_key=str(row), sheet="研究者", cells=(f"D{row}", f"C{row}"), blocks=((field, str(row)),)
    )


def as_json(*findings: Finding) -> list[dict[str, Any]]:
    return [one.as_json() for one in findings]


def test_three_thousand_cells_of_one_kind_are_one_line() -> None:
    many = as_json(*(finding("R.RES.001", row) for row in range(1, 3001)), finding("R.RES.002", 5))
    first, second = group_findings(many)
    assert (first.count, len(first.cells), first.cells[0], first.rest) == (3000, 100, "研究者!D1", 2999)
    assert second.count == 1 and second.cells == ("研究者!D5", "研究者!C5")
    assert first.as_json()["count"] == 3000 and len(first.as_json()["ids"]) == 100


def test_condensed_findings_keep_every_cell_and_everything_they_block() -> None:
    few, many = [finding("R.RES.002", row) for row in range(100)], [finding("R.RES.001", row) for row in range(101)]
    kept = condense_findings([*few, *many])
    assert len(kept) == 101 and kept[:100] == few
    assert kept[100].count == len(kept[100].cells) == len(kept[100].blocks) == 101
    (group,) = group_findings(as_json(kept[100]))
    assert group.count == 101 and len(group.cells) == 100


def test_errors_come_before_checks_and_other_fields_are_another_cause() -> None:
    found = as_json(finding("R.RES.011", 1), finding("R.RES.001", 1), finding("R.RES.001", 1, "researchers.pi"))
    assert [group.severity for group in group_findings(found)] == ["error", "error", "check"]


ROWS = st.sets(st.integers(1, 30))


@settings(max_examples=50, deadline=None)
@given(ROWS, ROWS)
def test_every_finding_is_mended_still_there_or_new(now: set[int], before: set[int]) -> None:
    compared = compare_findings(
        as_json(*(finding("R.RES.001", row) for row in sorted(now))),
        as_json(*(finding("R.RES.001", row) for row in sorted(before))),
    )
    rows = [{int(one["row_key"]) for one in kind} for kind in (compared.mended, compared.still_there, compared.new)]
    assert rows == [before - now, before & now, now - before]


def test_findings_are_read_from_what_validate_writes_and_from_nothing_else() -> None:
    found = as_json(finding("R.RES.001", 1))
    assert findings_of(json.loads(json.dumps({"findings": found}))) == findings_of({"validation": {"findings": found}})
    several = {"files": [{"file": "a.xlsx", "findings": found}, {"file": "b.xlsx", "findings": []}]}
    assert findings_of(several, "a.xlsx") == found and findings_of(several, "b.xlsx") == findings_of(several) == []
    for other in ([], {}, {"findings": 3}, {"findings": [{}]}, None):
        with pytest.raises(ValueError, match="no findings"):
            findings_of(other)


def test_what_was_sent_is_not_called_ready_to_be_submitted() -> None:
    nothing = {"error": 0, "check": 0, "note": 0}
    assert summary_line(nothing)[1] == "Nothing to check was found. You can submit the file as it is."
    assert summary_line(nothing, is_sent=True) == ("確認事項はありませんでした。", "Nothing to check was found.")
    assert summary_line(nothing | {"note": 1}, is_sent=True) == summary_line(nothing | {"note": 1})
