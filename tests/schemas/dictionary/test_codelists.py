"""The code lists as a reader meets them: complete in both languages, unambiguous, and true to the design."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from tests.support.each_case import for_each

FOLDER = Path(__file__).parents[3] / "schemas" / "codelists"
LISTS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))
}
CHECKLIST = LISTS["checklist"]
ITEMS: list[dict[str, Any]] = CHECKLIST["items"]
CODES = {
    "positions": "professor associate assistant specially_appointed postdoc other faculty others",
    "unit_kinds": "wpi_centre research_centre most_international faculty institute hospital shared_facility"
    " administration other",
    "field_groups": "chemistry materials physics computing_mathematics engineering environment_earth"
    " clinical_medicine basic_life humanities_social multidisciplinary",
    "evidence_kinds": "rule guide web count",
    "evidence_scopes": "centre institution both",
    "binding": "binding offered",
    "contract_kinds": "permanent fixed_term part_time outsourced",
    "after_grant": "continues_with_budget continues_without_budget ends undecided not_applicable",
    "learnt_from": "wpi_centre other_university own",
    "yes_no": "yes no",
    "publication_databases": "openalex scopus wos other",
    "document_types": "article_review article_review_proceedings all",
    "document_language": "ja_only bilingual english_available",
    "documents": "D01 D02 D03 D04 D05 D06 D07 D08 D09 D10 D11 D12",
    "counting": "full fractional",
    "language_standards": "toeic_800 cefr_b2 eiken_pre1 degree_abroad own_standard none",
    "answer_codes": "a m x nc c",
    "founders": "national public private",
}
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
PROPER_NAMES = {"OpenAlex", "Scopus", "Web of Science"}
SHEET_NAMES = re.compile("注記")
UNKIND = re.compile(r"\b(error|invalid|illegal|wrong)\b|エラー|違反|誤り|間違|下さい", re.IGNORECASE)
REACH = re.compile(
    r"全学|学内全体|大学全体|機関全体|拠点全体|全部局|拠点内|部局内|他部局|他の部局|ほかの部局"
    r"|(institution|university|campus|organi[sz]ation)[- ]wide"
    r"|(across the|whole|entire) (university|institution|centre|unit)"
    r"|in the (unit|centre)|(all|other|every|another) units?\b",
    re.IGNORECASE,
)
CHECKED = re.compile(r"毎年.*(点検|更新|公表)|公表しています")
CHECKED_EN = re.compile(r"yearly|published")


def texts(node: object, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every mapping that holds a Japanese or an English text, with the place where it stands."""
    if isinstance(node, dict):
        if {"ja", "en"} & node.keys():
            yield path, node
        else:
            for key, value in node.items():
                yield from texts(value, f"{path}.{key}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from texts(value, f"{path}[{position}]")


@for_each("name", LISTS)
def test_every_text_stands_in_both_languages(name: str) -> None:
    for place, text in texts(LISTS[name]):
        assert text.keys() == {"ja", "en"}, place
        assert all(isinstance(value, str) and value == value.strip() != "" for value in text.values()), place
        assert JAPANESE.search(text["ja"]) or text["ja"] in PROPER_NAMES, place
        assert not JAPANESE.search(SHEET_NAMES.sub("", text["en"])), place
        assert not UNKIND.search(text["ja"] + text["en"]), place


@for_each("name", LISTS)
def test_list_is_named_as_its_file_and_every_item_has_a_label(name: str) -> None:
    assert LISTS[name]["id"] == name
    assert {"ja", "en"} == LISTS[name]["label"].keys()
    assert all({"code", "label"} <= item.keys() for item in LISTS[name]["items"])


@for_each("name", LISTS)
def test_codes_are_text_and_unique(name: str) -> None:
    codes = [item["code"] for item in LISTS[name]["items"]]
    assert all(isinstance(code, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", code) for code in codes)
    assert [code for code, times in Counter(codes).items() if times > 1] == []


@for_each("name", LISTS)
@for_each("language", ["ja", "en"])
def test_labels_can_be_told_apart(name: str, language: str) -> None:
    labels = Counter(item["label"][language].casefold() for item in LISTS[name]["items"])
    assert [label for label, times in labels.items() if times > 1] == []


@for_each("name", CODES)
def test_codes_are_those_the_tables_hold(name: str) -> None:
    assert [item["code"] for item in LISTS[name]["items"]] == CODES[name].split()


def test_faculty_are_the_first_three_positions_and_all_say_who_belongs() -> None:
    every = LISTS["positions"]["items"]
    positions = [p for p in every if "stands_for" not in p]
    assert [p["group"] for p in positions] == ["faculty"] * 3 + ["non_faculty"] * 3
    assert all("help" in p for p in every)
    # what stands for several is of their group, and the groups of the short form hold every position once
    group = {p["code"]: p["group"] for p in positions}
    together = [p for p in every if "stands_for" in p]
    assert all(p["group"] == group[code] for p in together for code in p["stands_for"])
    assert sorted([code for p in together for code in p["stands_for"]] + ["postdoc"]) == sorted(group)


def test_only_three_answer_codes_are_offered_in_the_forms() -> None:
    offered = {item["code"]: item["offered"] for item in LISTS["answer_codes"]["items"]}
    assert offered == {"a": True, "m": True, "x": False, "nc": False, "c": True}


def test_countries_are_the_officially_assigned_ones_and_kosovo() -> None:
    codes = [item["code"] for item in LISTS["countries"]["items"]]
    assert len(codes) == 250
    assert all(re.fullmatch("[A-Z]{2}", code) for code in codes)
    assert codes == sorted(codes)
    user_assigned_or_former = re.compile("AA|Q[M-Z]|X[A-Z]|ZZ|EU|UK|SU|AN|YU|CS|TP")
    assert [code for code in codes if user_assigned_or_former.fullmatch(code)] == ["XK"]


@for_each(
    "code, ja, en",
    [
        ("NO", "ノルウェー", "Norway"),
        ("JP", "日本", "Japan"),
        ("US", "米国", "United States"),
        ("GB", "英国", "United Kingdom"),
        ("CD", "コンゴ民主共和国", "Democratic Republic of the Congo"),
        ("DM", "ドミニカ国", "Dominica"),
        ("SZ", "エスワティニ", "Eswatini"),
        ("SS", "南スーダン", "South Sudan"),
    ],
)
def test_country_names(code: str, ja: str, en: str) -> None:
    names = {item["code"]: item["label"] for item in LISTS["countries"]["items"]}
    assert names[code] == {"ja": ja, "en": en}


def test_checklist_has_45_items_in_seven_groups() -> None:
    assert [group["code"] for group in CHECKLIST["groups"]] == list("abcdefg")
    sizes = Counter(item["group"] for item in ITEMS)
    assert [sizes[code] for code in "abcdefg"] == [6, 6, 6, 6, 8, 5, 8]
    numbered = [f"{g.upper()}{n}" for g in "abcdefg" for n in range(1, sizes[g] + 1)]
    assert [item["code"] for item in ITEMS] == numbered


def test_groups_belong_to_one_of_two_scores() -> None:
    members = {group["code"]: group["part_of"] for group in CHECKLIST["groups"]}
    assert {code for code, score in members.items() if score == "english_admin_score"} == set("abcf")
    assert {code for code, score in members.items() if score == "research_environment_score"} == set("deg")


@for_each("score, institution, centre", [("english_admin_score", 23, 21), ("research_environment_score", 22, 19)])
def test_items_asked_by_scope(score: str, institution: int, centre: int) -> None:
    groups = {group["code"] for group in CHECKLIST["groups"] if group["part_of"] == score}
    scopes = Counter(scope for item in ITEMS if item["group"] in groups for scope in item["scopes"])
    assert scopes == {"institution": institution, "centre": centre}


def test_items_of_the_institution_alone_are_asked_once() -> None:
    assert all(item["scopes"] in (["centre", "institution"], ["institution"]) for item in ITEMS)
    alone = [item["code"] for item in ITEMS if item["scopes"] == ["institution"]]
    assert alone == ["A3", "A5", "G1", "G4", "G5"]


def test_items_resting_on_inference_weigh_half() -> None:
    light = [item["code"] for item in ITEMS if item["weight"] == 1]
    assert light == ["B4", "B5", "F2", "G7"]
    assert {item["weight"] for item in ITEMS} == {1, 2}
    assert all(item["basis"][0] == "inferred" for item in ITEMS if item["weight"] == 1)


def test_every_item_says_what_it_rests_on() -> None:
    for item in ITEMS:
        assert item["basis"], item["code"]
        assert set(item["basis"]) <= {"requirement", "practice", "elsewhere", "inferred"}
        assert all(re.fullmatch(r"S\d{2,3}", source) for source in item["sources"])
        assert item["sources"] or item["basis"] == ["inferred"], item["code"]


def test_screens_can_say_whose_proposal_the_items_are() -> None:
    assert "項目は本ツールの提案" in CHECKLIST["notice"]["ja"]


def test_four_general_levels() -> None:
    assert [level["level"] for level in CHECKLIST["levels"]] == [0, 1, 2, 3]
    assert all("label" in level and "help" in level for level in CHECKLIST["levels"])


@for_each("item", ITEMS)
def test_level_wordings(item: dict[str, Any]) -> None:
    levels = item["levels"]
    assert len(levels) == 4
    assert all(len(level["ja"]) <= 60 and len(level["en"]) <= 120 for level in levels)
    assert all(lower[language] != upper[language] for lower, upper in pairwise(levels) for language in lower)
    assert not any(REACH.search(level["ja"] + " " + level["en"]) for level in levels)
    assert not any(level["ja"].endswith("。") or level["en"].endswith(".") for level in levels)


@for_each(
    "wording",
    [
        "全学で公表しています",
        "Adopted university-wide",
        "Standard in the unit",
        "All units use it",
        "拠点内で使います",
    ],
)
def test_words_of_reach_are_noticed(wording: str) -> None:
    assert REACH.search(wording)


@for_each("item", [i for i in ITEMS if i["code"] != "C1"])
def test_the_highest_level_says_how_it_is_checked(item: dict[str, Any]) -> None:
    highest = item["levels"][3]
    assert CHECKED.search(highest["ja"])
    assert CHECKED_EN.search(highest["en"])


@for_each("language", ["ja", "en"])
def test_percentage_cuts_of_bilingual_staff(language: str) -> None:
    wordings = [level[language] for item in ITEMS if item["code"] == "C1" for level in item["levels"]]
    cuts = [re.findall(r"\d+(?=[％%])", wording) for wording in wordings]
    assert cuts == [["0"], ["0", "20"], ["20", "50"], ["50"]]


@for_each("item", [*ITEMS, *LISTS["documents"]["items"]])
def test_help_is_two_sentences_that_fit_one_input_message(item: dict[str, Any]) -> None:
    ja, en = item["help"]["ja"], item["help"]["en"]
    assert ja.count("。") == 2 and ja.endswith("。")
    assert len(re.findall(r"[.?](?= |$)", en)) == 2
    assert len(ja) + len("\n") + len(en) <= 255


@for_each("item", ITEMS)
def test_help_of_an_item_is_a_question_and_a_counter_example(item: dict[str, Any]) -> None:
    question, counter = item["help"]["ja"].split("。")[:2]
    assert question.endswith("か")
    assert re.search(r"段階1です|含みません|数えません", counter)
    assert "?" in item["help"]["en"]
    assert ("段階1" in counter) == ("level 1" in item["help"]["en"])
