"""What English texts say of one: the singular."""

import pytest

from schemas.dictionary.singular import with_singular


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("1 more people, net", "1 more person, net"),
        ("1 items are missing, 21 items are not", "1 item is missing, 21 items are not"),
        ("of 1 institutions in 2021", "of 1 institution in 2021"),
        ("1 joint papers with 1 countries", "1 joint paper with 1 country"),
        ("1.1 points, 0.1 points, 101 points", "1.1 points, 0.1 points, 101 points"),
        ("3 to 1 years before, up to 1 years", "3 to 1 years before, up to 1 year"),
        ("1 requirements cannot be judged (1 days left)", "1 requirement cannot be judged (1 day left)"),
        ("when 1 foreign researchers leave", "when 1 foreign researcher leaves"),
        ("when 1 others are replaced by foreign researchers", "when 1 other is replaced by foreign researchers"),
        ("1 of the 1 nearest institutions are there", "1 of the 1 nearest institution is there"),
        ("1 points to correct (1 files)", "1 point to correct (1 file)"),
    ],
)
def test_one_is_said_in_the_singular(told: str, wanted: str) -> None:
    assert with_singular(told) == wanted
