"""Named groups: members by round, successors of the merged, and rows that cannot be."""

from pathlib import Path

import pytest

from schemas.dictionary.declaration import DeclarationError
from schemas.register import load_register
from schemas.register.groups import (
    FILE,
    UnknownGroup,
    group_faults,
    groups_of,
    load_groups,
    members_of,
    read_groups,
)
from schemas.register.register import HERE

TOHOKU, KYOTO, SCIENCE_TOKYO, TOKYO_TECH = "F104110100856", "F126110107407", "ROR-05DQF9946", "F113110102746"
HEADING = "group,type,code,name_ja,from,until,status,note"


@pytest.mark.parametrize(
    ("group", "year", "count"),
    [
        ("excellence", 2024, 0), ("excellence", 2025, 1), ("excellence", 2026, 2), ("j_peaks", 2023, 0),
        ("j_peaks", 2024, 12), ("j_peaks", 2026, 25), ("expert_j", 2025, 0), ("expert_j", 2026, 11),
        ("expert_j", 2029, 0), ("ru11", 2026, 11), ("sgu", 2022, 37), ("wpi_host", 2007, 0),
    ],
)  # fmt: skip
def test_members_are_those_of_the_counting_day(group: str, year: int, count: int) -> None:
    assert len(members_of(group, year)) == count


def test_a_merged_member_is_its_successor() -> None:
    assert TOKYO_TECH in members_of("ru11", 2024) and SCIENCE_TOKYO in members_of("ru11", 2025)
    assert len(members_of("sgu", 2026)) == 36, "two universities of the group are one now"
    assert TOKYO_TECH not in members_of("wpi_host", 2026)


def test_candidates_are_no_members_and_former_ones_stay() -> None:
    assert KYOTO not in members_of("excellence", 2026)
    assert groups_of(TOHOKU, 2026) == ["excellence", "sgu", "ru11", "wpi_host"]
    assert groups_of("DEMO-01", 2026) == []


def test_every_group_has_members_and_no_membership_lacks_a_source() -> None:
    found = load_groups()
    assert {one.group for one in found.memberships} == set(found.groups)
    for group in found.groups:
        assert members_of(group, 2026)


def test_an_unknown_group_names_the_nearest() -> None:
    with pytest.raises(UnknownGroup) as caught:
        members_of("jpeaks", 2026)
    assert caught.value.near == "j_peaks"


@pytest.mark.parametrize(
    ("row", "what", "remedy"),
    [
        ("ru11,,F104110100857,東北大学,2010,,member,", "F104110100857", "F104110100856"),
        ("ru11,,東北大学,東北大学,2010,,member,", "東北大学", "F104110100856"),
        ("ru1,,F104110100856,東北大学,2010,,member,", "ru1", "ru11"),
        ("ru11,,F104110100856,東北大学,2010-13,,member,", "2010-13", "2026-04"),
        ("ru11,,F104110100856,東北大学,2010,2009,member,", "2010", "until"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_the_nearest(tmp_path: Path, row: str, what: str, remedy: str) -> None:
    path = tmp_path / FILE
    path.write_text(f"{HEADING}\n{row}\n", "utf-8")
    (fault,) = group_faults(path)
    assert fault.line == 2 and what in fault.what.en and remedy in fault.remedy.en and remedy in fault.remedy.ja
    with pytest.raises(DeclarationError):
        read_groups(path, load_register())


def test_a_membership_stands_once(tmp_path: Path) -> None:
    lines = (HERE / FILE).read_text("utf-8").splitlines()
    path = tmp_path / FILE
    path.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    (fault,) = group_faults(path)
    assert fault.line == len(lines) + 1 and "line 2" in fault.what.en


def test_a_file_without_a_column_is_told(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("group,code\nru11,F104110100856\n", "utf-8")
    (fault,) = group_faults(path)
    assert fault.line == 1 and "from, until, status" in fault.what.en
