"""A scorecard as PDF beside the second that a document may take."""

from __future__ import annotations

from functools import cache

from app.demo.filled_forms import DEMO_YEARS, demo_institutions, demo_issue
from app.documents.scorecard import scorecard_pdf
from app.edition import catalogue
from app.submission.process_workbook import process
from app.submission.result import Result
from bench.row import Comparison
from schemas.template.write_template import write_template

DOCUMENTS = 3
LIMIT = 1.0  # seconds a document


def scorecards() -> Comparison:
    """Three scorecards in Japanese, charts included, one after the other."""
    results = [_processed(place) for place in range(DOCUMENTS)]

    def ours() -> None:
        for result in results:
            scorecard_pdf(result.header["score"], result.header["institution_row"], "ja", True)

    what = f"{DOCUMENTS} scorecards as PDF"
    return Comparison(what, ours, f"{LIMIT:g} s a document", None, target=1.0, runs=3, limit_s=LIMIT * DOCUMENTS)


@cache
def _processed(place: int) -> Result:
    dictionary = catalogue().dictionary
    return process(write_template(dictionary, demo_issue(demo_institutions()[place], DEMO_YEARS[-1], dictionary)))
