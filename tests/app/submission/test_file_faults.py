"""A fault in a file is found by the whole process as by its rule alone."""

import pytest

from app.submission.process_workbook import process
from tests.support.file_faults import FAULTS, faulty_form

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_in_a_file_comes_back_from_whole_process(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    _, companions = FAULTS[name]
    found = process(faulty_form(tmp_path_factory, name)).header["validation"]["findings"]
    rules = [f["rule"] for f in found if f["rule"] != "R.SUB.066"]
    assert sorted(rules) == sorted({name.split()[0], *companions}), "one fault, one finding"
