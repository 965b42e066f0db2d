"""The store prefills the next form as the file of last round does."""

from app.submission.result_frames import answer_frame
from schemas.dictionary.dictionary import load_dictionary
from schemas.migration.prefill import previous_in_store, previous_of
from schemas.reading.read_submission import read_submission
from schemas.xlsx.read_workbook import read_workbook
from tests.support.sample_forms import sample_bytes

DICTIONARY = load_dictionary()
SUBMISSION = read_submission(read_workbook(sample_bytes("sample-strong")), DICTIONARY)


def test_the_store_gives_the_same_as_the_file() -> None:
    assert previous_in_store(answer_frame(SUBMISSION.answers, "s1"), DICTIONARY) == previous_of(SUBMISSION)
