"""The store prefills the next form as the file of last round does."""

from app.submission.restored_form import answer_rows
from schemas.dictionary.dictionary import load_dictionary
from schemas.migration.prefill import previous_in_store, previous_of
from schemas.reading.read_submission import read_submission
from schemas.xlsx.read_workbook import read_workbook
from tests.support.sample_forms import sample_bytes

DICTIONARY = load_dictionary()
SUBMISSION = read_submission(read_workbook(sample_bytes("sample-strong")), DICTIONARY)


def test_the_store_gives_the_same_as_the_file() -> None:
    assert previous_in_store(answer_rows(SUBMISSION.answers, "s1", frozenset()), DICTIONARY) == previous_of(SUBMISSION)
