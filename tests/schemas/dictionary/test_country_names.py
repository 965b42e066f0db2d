"""Countries by every name in use, what stays unread, and the suggestion that is right or is not made."""

import csv
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from schemas.dictionary.country_names import (
    ALIASES_FILE,
    country_aliases,
    country_codes,
    country_key,
    read_countries,
)
from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.match_key import match_key, nearest
from schemas.reading.read_submission import read_value
from schemas.reading.reading_outcome import UNREAD_COUNTRY
from schemas.register import load_register
from tests.support.each_case import for_each

DICTIONARY = load_dictionary()
COUNTRIES = DICTIONARY.code_lists["countries"]
CODES = country_codes(COUNTRIES)
FIELD = DICTIONARY.fields["nationalities.country"]
LABELS = {label: item.code for item in COUNTRIES.items for label in (item.label.ja, item.label.en)}
SOURCES = {"iso_codes", "unicode_cldr", "country_usage"}
KINDS = {"alpha3", "official", "short", "former", "database"}


def typos(word: str) -> Iterator[str]:
    """The word with one slip: a character left out, doubled, or exchanged with its neighbour."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[: at + 1] + word[at:]
        yield word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]


def test_every_alias_names_a_country_of_the_list_and_its_source() -> None:
    with ALIASES_FILE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    known = set(COUNTRIES.codes())
    assert all(row["code"] in known and row["source"] in SOURCES and row["kind"] in KINDS for row in rows)
    assert {row["code"] for row in rows if read_countries(row["alias"], CODES).codes != (row["code"],)} == set()
    keys = [country_key(row["alias"]) for row in rows]
    assert len(keys) == len(set(keys)), "no alias stands for two countries, nor twice"
    assert {row["code"] for row in rows if row["kind"] == "alpha3"} == known
    assert {country_key(label) for label in LABELS} & set(keys) == set(), "the names of the list stand in the list"


@for_each("typed, codes, unread", [
        ("USA;CHN;DEU", "US CN DE", ""), ("US/CN", "US CN", ""), ("US・英国", "US GB", ""),
        ("US CN  DE", "US CN DE", ""),
        ("US & UK", "US GB", ""), ("Japan and France", "JP FR", ""), ("米国及び中国", "US CN", ""),
        ("US＋CN", "US CN", ""),
        ("Antigua and Barbuda; US:CN", "AG US CN", ""), ("Trinidad & Tobago", "TT", ""), ("Guinea Bissau", "GW", ""),
        ("中国,台湾", "CN TW", ""), ("JP，中国，香港", "JP CN HK", ""), ("中国・マカオ", "CN MO", ""),
        ("Hong Kong, China", "HK", ""),
        ("イラン・イスラム共和国|US", "IR US", ""), ("US・火星", "", "US・火星"),
        ("JP;Mars and US", "JP", "Mars and US"),
    ])  # fmt: skip
def test_whatever_separates_countries_all_of_them_are_read_or_none(typed: str, codes: str, unread: str) -> None:
    found = read_countries(typed, CODES)
    assert (" ".join(found.codes), ";".join(found.unread)) == (codes, unread)


@for_each("typed, code", [
        ("コソボ", "XK"), ("Kosovo", "XK"), ("香港特別行政区", "HK"), ("中国(台湾)", "TW"), ("クウェイト", "KW"),
        ("中華人民共和国", "CN"), ("Peoples R China", "CN"), ("CHN", "CN"), ("PR China", "CN"), ("香港", "HK"),
        ("中国（香港）", "HK"), ("中華民国", "TW"), ("Chinese Taipei", "TW"), ("大韓民国", "KR"), ("South Korea", "KR"),
        ("Korea, Republic of", "KR"), ("アメリカ合衆国", "US"), ("USA", "US"), ("U.S.A.", "US"), ("イギリス", "GB"),
        ("UK", "GB"), ("England", "GB"), ("Scotland", "GB"), ("ロシア連邦", "RU"), ("Russian Federation", "RU"),
        ("ビルマ", "MM"), ("Viet Nam", "VN"), ("Turkey", "TR"), ("Turkiye", "TR"), ("Cote d’Ivoire", "CI"),
        ("Dem Rep Congo", "CD"), ("the Netherlands", "NL"), ("オランダ / Netherlands", "NL"), ("Holland", "NL"),
        ("U Arab Emirates", "AE"), ("Bosnia & Herceg", "BA"), ("EL", "GR"), ("ドイツ連邦共和国", "DE"),
    ])  # fmt: skip
def test_other_names_of_a_country_are_read_in_an_answer_cell(typed: str, code: str) -> None:
    reading = read_value(DICTIONARY, FIELD, {}, typed)
    assert (reading.value, reading.problem) == (code, "")
    assert reading.read_as or typed in LABELS or " / " in typed


@for_each(
    "typed",
    [
        "朝鮮",
        "米国/カナダ",
        "中国・台湾",
        "中国、韓国",
        "ソマリランド",
        "ソビエト連邦",
        "Yugoslavia",
        "コンゴ",
        "アジア",
        "EU",
    ],
)
def test_what_names_no_single_country_stays_unread_and_suggests_nothing(typed: str) -> None:
    reading = read_value(DICTIONARY, FIELD, {}, typed)
    assert (reading.value, reading.code, reading.problem) == (None, "", UNREAD_COUNTRY)
    assert nearest(typed, {**LABELS, **country_aliases()}) is None


NATIONALITY = DICTIONARY.fields["nationalities.country"]
PARTNER = DICTIONARY.fields["partner_countries.country"]


@for_each("typed, code", [
        ("無国籍", "XXA"), ("Stateless", "XXA"), ("XXA", "XXA"), ("国籍なし", "XXA"),
        ("不明", "XXX"), ("Unknown", "XXX"),
        ("その他", "XXX"), ("不明・その他 / Unknown or not listed", "XXX"), ("中華人民共和国", "CN"),
        ("USA", "US"),
    ])  # fmt: skip
def test_people_without_a_country_have_a_choice_where_all_have_to_add_up(typed: str, code: str) -> None:
    reading = read_value(DICTIONARY, NATIONALITY, {}, typed)
    assert (reading.value, reading.problem) == (code, "")


@for_each("typed", ["無国籍", "不明", "Stateless", "XXA", "unknown"])
def test_a_partner_country_is_never_nobody(typed: str) -> None:
    assert read_value(DICTIONARY, PARTNER, {}, typed).problem == UNREAD_COUNTRY
    assert read_countries(typed, CODES).codes == ()


def test_a_list_that_extends_another_begins_with_its_items() -> None:
    own, base = DICTIONARY.code_lists["nationalities"], DICTIONARY.code_lists["countries"]
    assert own.codes() == [*base.codes(), "XXA", "XXX"]


@for_each(
    "text, codes, unread",
    [
        ("JP;US;DE", "JP US DE", ""),
        ("JP|US", "JP US", ""),
        ("jp； us ,de", "JP US DE", ""),
        ("JPN / USA", "JP US", ""),
        ("日本、米国／英国", "JP US GB", ""),
        ("Germany; 英国 / United Kingdom", "DE GB", ""),
        ("Japan, Korea, Republic of, UK", "JP KR GB", ""),
        ("Japan; Peoples R China; England; Scotland", "JP CN GB", ""),
        ("Taiwan, Province of China|Viet Nam|Russia", "TW VN RU", ""),
        ("JP;Atlantis", "JP", "Atlantis"),
        ("JP;Atlantis;Atlantis;?", "JP", "Atlantis ?"),
        (" ; ", "", ""),
    ],
)
def test_lists_of_countries_are_read_whatever_separates_them(text: str, codes: str, unread: str) -> None:
    found = read_countries(text, CODES)
    assert (" ".join(found.codes), " ".join(found.unread)) == (codes, unread)


@given(
    st.lists(st.sampled_from(sorted([*LABELS, *country_aliases()])), max_size=6),
    st.sampled_from([";", "|", "；", "｜", "\n"]),
)
def test_joined_names_come_apart_again(names: list[str], separator: str) -> None:
    meant = [CODES[country_key(name)] for name in names]
    assert read_countries(separator.join(names), CODES).codes == tuple(dict.fromkeys(meant))
    assert not read_countries(separator.join(names), CODES).unread


# suggestions -------------------------------------------------------------------------------------------------------


def judged(meanings: dict[str, str], words: list[str]) -> tuple[int, list[tuple[str, str]]]:
    """How many slips got the right suggestion, and those that got a wrong one."""
    keys = {match_key(word): meaning for word, meaning in meanings.items()}
    right, wrong = 0, []
    for word in words:
        for typed in typos(word):
            if match_key(typed) in keys:
                continue
            near = nearest(typed, meanings)
            right += near is not None and meanings[near] == meanings[word]
            if near is not None and meanings[near] != meanings[word]:
                wrong.append((typed, near))
    return right, wrong


def test_a_slip_in_the_name_of_a_country_is_never_met_by_another_country() -> None:
    right, wrong = judged({**LABELS, **country_aliases()}, list(LABELS)[::60])
    assert wrong == [] and right > 50


def test_a_slip_in_the_name_of_a_university_is_never_met_by_another_university() -> None:
    names = {one.name_ja: one.code for one in load_register().institutions.values()}
    right, wrong = judged(names, list(names)[::160])
    assert wrong == [] and right > 8


def test_a_slip_in_a_choice_of_any_field_is_never_met_by_another_choice() -> None:
    for listed in DICTIONARY.code_lists.values():
        if listed.id == "countries":
            continue
        meanings = {word: item.code for item in listed.items for word in (item.label.ja, item.label.en)}
        assert judged(meanings, list(meanings)[:12])[1] == [], listed.id


@for_each("typed", ["アメリカ合衆国", "イギリス", "UK", "VU", "中華人民共和国", "USA", "Korea", "x", ""])
def test_the_words_that_once_met_a_wrong_country_meet_none(typed: str) -> None:
    near = nearest(typed, LABELS)
    assert near is None or LABELS[near] == CODES.get(country_key(typed))
