"""Peers found from filled workbooks of the invented nation."""

import pandas as pd

from app.demo.filled_forms import DEMO_YEARS, demo_institutions, demo_issue
from indicators.comparison.context_variables import context_variables
from indicators.comparison.peers import find_peers
from indicators.values.prepared_tables import stack
from schemas.dictionary.dictionary import load_dictionary
from schemas.reading.clean_tables import clean_tables
from schemas.reading.read_submission import read_submission
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook


def test_real_workbooks_give_a_context_and_peers() -> None:
    dictionary = load_dictionary()
    universities = demo_institutions()[:8]
    submissions = {}
    for university in universities:
        book = write_template(dictionary, demo_issue(university, DEMO_YEARS[-1], dictionary))
        submissions[f"s{university.code}"] = clean_tables(read_submission(read_workbook(book), dictionary), dictionary)
    rounds = pd.DataFrame(
        [(f"s{u.code}", u.code, DEMO_YEARS[-1], u.founder) for u in universities],
        columns=["submission", "institution", "year", "founder"],
    )
    frame = context_variables(stack(submissions), rounds)
    assert list(frame.index) == [university.code for university in universities]
    assert frame.drop(columns="field_concentration").notna().all(axis=None)
    assert frame[["graduate_share", "doctoral_share", "stem_share"]].apply(lambda c: c.between(0, 1)).all(axis=None)
    assert (frame["doctoral_share"] <= frame["graduate_share"]).all()
    found = find_peers(frame, runs=20, nearest=3)
    assert found.left_out == ("field_concentration",)
    assert len(found.table) > len(universities)
