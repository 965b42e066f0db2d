"""The core forms of an invented university in three rounds, as workbooks, each judged beside the one before."""

from datetime import UTC, datetime

from app.demo.build_store import Filled, judge_issues
from app.demo.filled_forms import DEMO_YEARS, demo_issue
from app.demo.full_and_centre_forms import centre_issues_of_profile
from app.demo.profiles import nation
from app.edition import catalogue
from app.submission.background import NOTHING_KNOWN, background_after
from app.submission.result import Result
from schemas.register import Institution


def filled_rounds(institution: Institution) -> list[Filled]:
    """The forms of an invented university for all rounds in order, those of its further centres before its own."""
    dictionary = catalogue().dictionary
    (profile,) = (one for one in nation() if one.code == institution.code)
    before: dict[str, Result] = {}
    found: list[Filled] = []
    for year in DEMO_YEARS:
        issues = [*centre_issues_of_profile(profile, year, dictionary), demo_issue(institution, year, dictionary)]
        known = {
            issue.unit: background_after(before[issue.unit]) if issue.unit in before else NOTHING_KNOWN
            for issue in issues
        }
        for filled, result in judge_issues(issues, known, datetime(year, 6, 10, 1, 0, tzinfo=UTC)):
            before[filled.outcome.unit] = result
            found.append(filled)
    return found
