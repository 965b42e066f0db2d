"""How often the rules on levels and plain mistakes ask without need, on the demo nation and on published figures.

``python -m bench.false_alarms [jp_public_figures.csv]`` prints a table in Markdown, which
docs/plausibility_limits.md keeps.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from app.demo.filled_forms import demo_institutions, demo_issue
from schemas.checks.validate import validate
from schemas.dictionary.dictionary import DataDictionary, load_dictionary
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.rules.check_kinds import RatioCheck, RowShare, ShareCheck
from schemas.rules.rule import load_rules
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook

RULES = (
    *("R.SUB.210", "R.SUB.211", "R.SUB.212", "R.SUB.213", "R.SUB.214", "R.SUB.215", "R.SUB.216", "R.SUB.219"),
    *("R.SUB.220", "R.SUB.221", "R.SUB.222", "R.SUB.223", "R.SUB.224", "R.SUB.225", "R.SUB.226", "R.SUB.227"),
    *("R.RES.013", "R.RES.124", "R.PUB.114"),
    *(
        "R.PUB.137",
        "R.PUB.138",
        "R.PUB.139",
        "R.PUB.140",
        "R.PUB.141",
        "R.PUB.142",
        "R.FMT.066",
        "R.FMT.067",
        "R.FMT.068",
        "R.FMT.069",
    ),
)
YEAR = 2026


def alarms_of_nation(dictionary: DataDictionary) -> tuple[Counter[str], int]:
    """How many filled forms of the demo nation each rule asks about, and how many forms there are."""
    found: Counter[str] = Counter()
    institutions = demo_institutions()
    for institution in institutions:
        data = write_template(dictionary, demo_issue(institution, YEAR, dictionary))
        book = read_workbook(data)
        findings = validate(
            read_submission(book, dictionary), dictionary, load_register(), book=book, data=data
        ).findings
        found.update({f.rule for f in findings if f.rule in RULES})
    return found, len(institutions)


# Rule -> the published shares, in per cent, that it would judge (CWTS Leiden Ranking 2020; OpenAlex; 国立大学協会).
PUBLISHED = {
    "R.PUB.138": ("leiden_PP_top10",),
    "R.PUB.141": ("leiden_PP_int_collab", "openalex_international_share"),
    "R.RES.013": ("foreign_faculty_share",),
}


def published_shares(figures: Path, indicators: Sequence[str]) -> list[float]:
    """Shares of real universities, in per cent."""
    with figures.open(encoding="utf-8", newline="") as lines:
        return [float(row["value"]) for row in csv.DictReader(lines) if row["indicator"] in indicators]


def is_alarm(check: object, percent: float) -> bool:
    """Whether a rule's limits would ask about a share."""
    if isinstance(check, RatioCheck):
        low, high = (None if limit is None else limit * 100 for limit in (check.low, check.high))
    elif isinstance(check, RowShare):
        low, high = check.below, check.above
    elif isinstance(check, ShareCheck):
        low, high = None, check.above
    else:
        raise TypeError(f"{check} has no limits of a share")
    return (low is not None and percent < low) or (high is not None and percent > high)


def main(arguments: Sequence[str]) -> int:
    """Prints the table; figures that nobody published are marked with a dash."""
    nation, forms = alarms_of_nation(load_dictionary())
    published = {}
    if arguments:
        for rule, indicators in PUBLISHED.items():
            shares = published_shares(Path(arguments[0]), indicators)
            alarms = sum(is_alarm(load_rules()[rule].check, share) for share in shares)
            published[rule] = f"{alarms} / {len(shares)}"
    print("| Rule | Demo nation | Published figures |", "|---|---|---|", sep="\n")
    for rule in RULES:
        print(f"| {rule} | {nation[rule]} / {forms} | {published.get(rule, '–')} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
