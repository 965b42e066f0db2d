"""A first round has no predecessor: a digit too many or too few stands out beside other answers of the same form."""

from typing import Any

import pytest

from schemas.checks.validate import judge
from schemas.rules.rule import load_rules
from tests.support.each_case import for_each
from tests.support.rule_cases import case_of

RULES = load_rules()
SINGLE = "F104110100865"  # an institution of one department in the register, of which rules by department are silent
# Invented universities of kinds that differ: undergraduates, master's, doctoral, science and health, staff, income
# (thousand yen), researchers, papers of five years, founder, hospital.
KINDS: dict[str, tuple[Any, ...]] = {
    "large national": (14_000, 7_000, 6_000, 17_000, 8_500, 90_000_000, 6_000, 60_000, "national", "yes"),
    "national of technology": (4_800, 4_000, 1_500, 9_800, 600, 20_000_000, 1_500, 17_500, "national", "no"),
    "middle national": (8_600, 1_500, 300, 6_000, 600, 2_500_000, 760, 4_000, "national", "no"),
    "private of all fields": (28_000, 3_300, 1_300, 15_000, 3_500, 20_000_000, 2_700, 22_500, "private", "yes"),
    "teaching private": (9_000, 700, 200, 5_000, 265, 250_000, 380, 970, "private", "no"),
    "medical private": (750, 40, 130, 920, 3_300, 1_500_000, 1_000, 4_000, "private", "yes"),
    "middle public": (2_000, 350, 120, 1_900, 170, 520_000, 250, 1_500, "public", "no"),
}
COLUMNS = (
    "students_undergraduate",
    "students_master",
    "students_doctoral",
    "students_stem",
    "staff",
    "external_income",
)
SLIPS = [(column, times) for column in ("external_income", "staff", "papers", "students") for times in (10, 0.1)]
# What no other answer of the same form tells from an honest one, and why.
PASSES = {
    ("medical private", "students", 0.1): "medical universities have fewer than one student a researcher",
    ("medical private", "students", 10): "ten times as many are what others have",
}


def asked(kind: str, slip: str = "", times: float = 1) -> set[str]:
    *profile, researchers, papers, founder, hospital = KINDS[kind]
    row = dict(zip(COLUMNS, profile, strict=True)) | {"founder": founder, "has_hospital": hospital}
    for column in COLUMNS:
        if column == slip or (slip == "students" and column.startswith("students")):
            row[column] = int(row[column] * times)
    counted = int(papers * times) if slip == "papers" else papers
    year = {"year": "2025", "papers": counted, "international": counted * 3 // 10}
    case = case_of(
        {
            "submission": {"institution": SINGLE},
            "profile": [row],
            "researchers": [{"total": researchers}],
            "publications": [year],
        }
    )
    return {found.rule for rule in RULES.values() for found in judge(rule, case)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_figures_of_every_kind_are_not_asked_about(kind: str) -> None:
    assert asked(kind) == set()


@pytest.mark.parametrize(("slip", "times"), SLIPS)
@pytest.mark.parametrize("kind", KINDS)
def test_ten_times_off_is_asked_about_without_an_earlier_round(kind: str, slip: str, times: float) -> None:
    if slip == "papers" and times < 1:
        return
    found = asked(kind, slip, times)
    assert bool(found) != ((kind, slip, times) in PASSES), found


@for_each(
    "office, is_person",
    [
        ("山田太郎", True), ("国際課　鈴木", True), ("研究推進課（担当：田中）", True), ("IR室長 髙橋一郎", True),
        ("渡邉", True), ("Yamada Taro", True), ("国際企画課", False), ("吉田キャンパス", False),
        ("木村記念会館", False), ("田中文庫", False), ("渡辺財団", False), ("山田ラボ", False), ("佐藤 花子", True),
        ("中村地区", False), ("Public Relations", False), ("University Library", False), ("Global Strategy", False),
        ("Ms. Sato", True), ("佐藤(内線1234)", True), ("国際課 T. Yamada", True), ("国際課（内線1234）", False),
        ("吉田地区事務部", False), ("リサーチ・アドミニストレーター", False), ("International Office", False),
    ],
)  # fmt: skip
def test_a_person_named_where_the_office_is_asked_is_noticed(office: str, is_person: bool) -> None:
    rule = RULES["R.SUB.215"]
    assert bool(list(judge(rule, case_of({"profile": [{"office": office}]})))) == is_person


@pytest.mark.parametrize(
    "local, is_person",
    [
        ("taro.yamada", True), ("k_tanaka", True), ("t.tanaka", True), ("yamada-t", True), ("taro.yamada.x7", True),
        ("h.kaneko2", True), ("kokusai-kikaku", False), ("so-mu", False), ("tt-ura", False), ("sangaku-renkei", False),
        ("study-abroad", False), ("jinji-ka", False), ("soumu", False), ("global.strategy1", False),
    ],
)  # fmt: skip
def test_a_mail_address_of_a_person_is_noticed(local: str, is_person: bool) -> None:
    case = case_of({"profile": [{"office_address": f"{local}@example.ac.jp"}]})
    assert bool(list(judge(RULES["R.SUB.216"], case))) == is_person


@pytest.mark.parametrize(
    "address, is_mobile",
    [
        ("090-1234-5678", True), ("０８０―１２３４―５６７８", True), ("07012345678", True), ("+81 90 1234 5678", True),
        ("+81-(0)80-1234-5678", True), ("a@example.ac.jp / 090-1234-5678", True), ("(090) 1234-5678", True),
        ("03-1234-5678", False), ("0800-123-4567", False), ("08001234567", False), ("050-1234-5678", False),
        ("0987-65-4321", False), ("011-706-2111（内線 0801234）", False), ("kokusai090@example.ac.jp", False),
    ],
)  # fmt: skip
def test_a_mobile_telephone_where_that_of_the_office_is_asked_is_noticed(address: str, is_mobile: bool) -> None:
    rule = RULES["R.SUB.227"]
    assert rule.severity == "note"
    assert bool(list(judge(rule, case_of({"profile": [{"office_address": address}]})))) == is_mobile


def shares_of(papers: int, *shares: tuple[float, float]) -> list[dict[str, object]]:
    return [
        {"year": str(2021 + at), "papers": papers, "international": round(papers * i), "domestic": round(papers * d)}
        for at, (i, d) in enumerate(shares)
    ]


@pytest.mark.parametrize(
    "papers, shares, years",
    [
        (4000, [(0.33, 0.28), (0.33, 0.27), (0.28, 0.33), (0.34, 0.28), (0.34, 0.27)], ["2023"]),
        (4000, [(0.33, 0.28), (0.33, 0.27), (0.33, 0.28), (0.34, 0.28), (0.28, 0.34)], ["2025"]),
        (4000, [(0.28, 0.33), (0.33, 0.27), (0.33, 0.28), (0.34, 0.28), (0.34, 0.27)], ["2021"]),
        (300, [(0.33, 0.28), (0.33, 0.27), (0.28, 0.33), (0.34, 0.28), (0.34, 0.27)], []),
        (300, [(0.40, 0.25), (0.40, 0.25), (0.25, 0.40), (0.40, 0.25), (0.40, 0.25)], ["2023"]),
        (9000, [(0.24, 0.34), (0.265, 0.325), (0.29, 0.31), (0.315, 0.295), (0.34, 0.28)], []),
        (9000, [(0.30, 0.32), (0.32, 0.30), (0.30, 0.32), (0.32, 0.30), (0.30, 0.32)], []),
        (4000, [(0.33, 0.28), (0.33, 0.27), (0.33, 0.28), (0.28, 0.33), (0.28, 0.34)], []),
    ],
)
def test_shares_exchanged_in_one_year_are_noticed_also_where_they_lie_close(
    papers: int, shares: list[tuple[float, float]], years: list[str]
) -> None:
    found = judge(RULES["R.PUB.139"], case_of({"publications": shares_of(papers, *shares)}))
    assert [finding.row_key for finding in found] == years


@pytest.mark.parametrize("limit", [20, 25, 50, 100, 200, 500, 999, 1000])
def test_papers_whose_authors_end_at_a_limit_are_asked_about(limit: int) -> None:
    """As many papers at each number of authors as is usual, the more the fewer; one in twenty has very many."""
    tail = [{"times": 1200 // n**2, "year": 2025, "authors": n} for n in range(2, 31)]
    many = {"times": 60, "year": 2025}
    whole = [*tail, *({**many, "times": 6, "authors": 40 + 300 * n} for n in range(10))]
    cut = [*({**row, "authors": min(row["authors"], limit)} for row in tail), {**many, "authors": limit}]
    assert list(judge(RULES["R.PUB.140"], case_of({"records": whole}))) == []
    (found,) = judge(RULES["R.PUB.140"], case_of({"records": cut}))
    assert found.count >= 60 and f"{limit:,}" in found.message.ja
