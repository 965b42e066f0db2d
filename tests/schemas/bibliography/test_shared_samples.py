"""Exports made by others, read where they lie and never copied; the counts are those stated beside them.

Where the folder is absent, the project's own made-up samples carry each case alone, and a test says so.
"""

from collections.abc import Callable
from pathlib import Path

from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.read_publications import KINDS, read_publications

ROOT = Path(__file__).parents[3]
BESIDE = [folder / "shared" / "data" / "samples" for folder in (ROOT.parent, ROOT.parent.parent)]
SAMPLES = next((folder for folder in BESIDE if folder.is_dir()), None)
OWN_TESTS = {
    "openalex": "test_openalex.py",
    "scopus": "test_scopus.py",
    "wos": "test_wos.py",
    "list": "test_publication_list.py",
}
STATED = [
    ("scopus", "scopus_export_2018.csv", 51, 8),
    ("wos", "wos_plain_text.txt", 54, 22),
    ("wos", "wos_tab_delimited.txt", 55, None),
    ("openalex", "openalex_works_page.json", 28, 1),
]


def test_every_kind_has_made_up_samples_of_its_own_and_counts_what_others_counted(
    record_property: Callable[[str, str], None],
) -> None:
    assert set(OWN_TESTS) == set(KINDS)
    assert [name for name in OWN_TESTS.values() if not (Path(__file__).parent / name).is_file()] == []
    record_property("samples of others", str(SAMPLES) if SAMPLES else "absent: own made-up samples only")
    for kind, name, records, japanese in STATED if SAMPLES else ():
        problems = ProblemLog()
        found = list(read_publications(kind, [SAMPLES / name], problems))
        assert len(found) == records and not problems.counts, name
        assert japanese in (None, sum("JP" in record.countries for record in found)), name
        assert not [record.unreadable for record in found if record.unreadable], name
        assert all(record.is_international is None for record in found if not record.countries), name
