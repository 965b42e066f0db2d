"""The invented nation: filled forms of thirty universities that do not exist, for three rounds, and three samples.

Everything is computed from a few parameters of each ``Profile`` and from random numbers seeded by code, year
and question, so that the same call gives the same forms everywhere. Stocks of neighbouring rounds and the
hires between them fit together; a year of papers has the same figures in every round that asks for it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.demo_nation import AVERAGE, FAULTY, PROFILES, STRONG
from app.demo_profile import Centre, Profile
from schemas.codelist import ChecklistItem
from schemas.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.intake import cell_address
from schemas.layout import lay_out
from schemas.register import Institution
from schemas.workbook import Given, Issue

DEMO_YEARS = (2024, 2025, 2026)
BASE_YEAR = 2025  # the round that the parameters of a profile describe

Answers = dict[tuple[str, str], Given]
Row = dict[str, Given]
People = dict[str, dict[str, int]]  # position -> column -> persons

POSITIONS = ("professor", "associate", "assistant", "specially_appointed", "postdoc", "other")
FACULTY = POSITIONS[:3]
# Per position, in the order above; relative weights unless the name says per cent.
MIX = {"research": (27, 27, 26, 8, 10, 2), "teaching": (42, 33, 19, 4, 1, 1), CENTRE: (13, 11, 14, 18, 41, 3)}
FOREIGN_PULL = {WHOLE: (5, 9, 10, 20, 45, 10), CENTRE: (8, 8, 8, 12, 28, 8)}
WOMEN_PULL = (6, 10, 13, 12, 13, 12)
PI_PERCENT = {WHOLE: (90, 30, 4, 6, 0, 0), CENTRE: (100, 70, 15, 10, 0, 0)}
TURNOVER_PERCENT = (4, 6, 12, 25, 35, 15)
CENTRE_OPEN_CALL_PERCENT = 60

# fmt: off
COUNTRIES = {
    "CN": 340, "KR": 130, "US": 95, "IN": 60, "GB": 50, "DE": 42, "TW": 40, "FR": 38, "VN": 30, "ID": 28,
    "BD": 22, "TH": 20, "IT": 17, "CA": 16, "AU": 15, "EG": 14, "RU": 13, "NP": 11, "ES": 10, "PH": 9,
    "BR": 8, "MY": 8, "LK": 7, "IR": 7, "PK": 6, "PL": 5, "MX": 5, "NL": 5, "SE": 4, "UA": 4,
}
# fmt: on
EASY_ITEMS = frozenset({"A2", "A5", "D2", "E1", "E2", "E4", "E8", "F4", "G1", "G6"})
HARD_ITEMS = frozenset({"A4", "B4", "B5", "C3", "C4", "C5", "D4", "D6", "E5", "E6", "F2", "G7"})
EVIDENCE_KINDS = {"a": "rule guide web", "b": "guide guide web", "c": "rule count guide", "d": "rule rule web"}
EVIDENCE_KINDS |= {"e": "guide web count", "f": "guide web count", "g": "rule web count"}
EVIDENCE_TITLES = {"rule": "に関する要項（デモ）", "guide": "の手引（デモ）", "count": "の実績一覧（デモ）"}
POSTS = ("国際企画課の係長", "国際担当の専門職員", "部局事務室の主任", "研究推進課の係長", "URA", "人事課の主任")
NO_BUDGET = ("continues_without_budget", "undecided", "undecided", "ends", "not_applicable")
OFFICES = ("国際企画課（デモ）", "研究推進課（デモ）", "人事課（デモ）")
# fmt: off
DOCUMENT_ITEMS = {
    "D01": "A1", "D02": "A1", "D03": "B1", "D04": "A2", "D05": "B3", "D06": "B2",
    "D07": "A2", "D08": "A6", "D09": "F2", "D10": "B5", "D11": "E7", "D12": "A4",
}
# fmt: on
FORM_DOCUMENTS = frozenset({"D03", "D04", "D05", "D06", "D07"})


def demo_institutions() -> list[Institution]:
    """The thirty invented universities, in order of their codes; none is in the register."""
    return [profile.institution for profile in PROFILES]


def demo_issue(institution: Institution, year: int, dictionary: DataDictionary) -> Issue:
    """The filled core form of one invented university for a round of DEMO_YEARS.

    No rule of severity error fires on it. Raises KeyError for any other institution, ValueError for any
    other year.
    """
    if year not in DEMO_YEARS:
        raise ValueError(f"the demo has rounds {DEMO_YEARS}, not {year}")
    profile = {profile.code: profile for profile in PROFILES}[institution.code]
    return _issue(profile, year, dictionary)


def sample_issues(dictionary: DataDictionary) -> dict[str, Issue]:
    """Three filled core forms of the last round, by name: a strong, an average and a faulty one."""
    year = DEMO_YEARS[-1]
    return {
        "sample-strong": _issue(STRONG, year, dictionary),
        "sample-average": _issue(AVERAGE, year, dictionary),
        "sample-faulty": _with_faults(_issue(FAULTY, year, dictionary)),
    }


def _issue(profile: Profile, year: int, dictionary: DataDictionary) -> Issue:
    people = _people_by_zone(profile, year)
    answers: Answers = {
        **_profile_answers(profile, year, people[WHOLE]),
        **_researcher_answers(profile, people),
        **_checklist_answers(profile, year, dictionary),
        **_staff_answers(profile, year, people[WHOLE]),
        **_document_answers(profile, year, dictionary),
        **_publication_answers(profile, year),
    }
    coded = dict(profile.coded)
    lists = {
        "units": _units(profile),
        "nationalities": _nationalities(profile, people[WHOLE]),
        "notes": _notes(profile, year, dictionary, answers),
    }
    answers = {key: coded.get(key[0], value) for key, value in answers.items()}
    return Issue("core", year, profile.institution, answers, lists, is_demo=True)


def _rng(*parts: object) -> random.Random:
    return random.Random("|".join(map(str, parts)))


def share_out(amount: int, weights: Mapping[str, int], caps: Mapping[str, int] | None = None) -> dict[str, int]:
    """``amount`` divided over the keys in proportion to their weights (Sainte-Laguë's quotients).

    No key gets more than its cap, and none with weight 0 gets anything; what then finds no place is left out.
    One more to share never takes from a key, so that stocks of two years move together.
    """
    result = dict.fromkeys(weights, 0)
    for _ in range(amount):
        free = [k for k, w in weights.items() if w > 0 and (caps is None or result[k] < caps[k])]
        if not free:
            break
        result[max(free, key=lambda k: weights[k] / (2 * result[k] + 1))] += 1
    return result


# people ------------------------------------------------------------------------------------------------------


def _stock(profile: Profile, zone: str, year: int) -> People:
    """Persons in post on 1 May in the centre (zone ``centre``) or outside it (zone ``00``)."""
    rng, since = _rng(profile.code, zone, year, "stock"), year - BASE_YEAR
    group = profile.centre if zone == CENTRE and profile.centre else profile
    mix = MIX[CENTRE] if zone == CENTRE else MIX[profile.mix]
    size, foreigners = group.size + group.growth * since, group.foreign + group.gain * since
    total = share_out(size, {p: m * rng.randint(985, 1015) for p, m in zip(POSITIONS, mix, strict=True)})
    pull = dict(zip(POSITIONS, FOREIGN_PULL[zone], strict=True))
    foreign = share_out(foreigners, {p: total[p] * pull[p] for p in POSITIONS}, total)
    women = dict(zip(POSITIONS, WOMEN_PULL, strict=True))
    female = share_out(size * profile.women_percent // 100, {p: total[p] * women[p] for p in POSITIONS}, total)
    leading = dict(zip(POSITIONS, PI_PERCENT[zone], strict=True))
    pi = {p: (total[p] * leading[p] + 50) // 100 for p in POSITIONS}
    wanted = group.foreign_pi if isinstance(group, Centre) else sum(pi.values()) * foreigners // (2 * size)
    most = {p: min(pi[p], foreign[p]) for p in POSITIONS}
    foreign_pi = share_out(wanted, {p: foreign[p] * leading[p] for p in POSITIONS}, most)
    columns = {"total": total, "foreign": foreign, "female": female, "pi": pi, "foreign_pi": foreign_pi}
    return {p: {column: values[p] for column, values in columns.items()} for p in POSITIONS}


def _people(profile: Profile, zone: str, year: int) -> People:
    """The stock with the hires that lead to it from the year before: growth plus replaced leavers."""
    before, now = _stock(profile, zone, year - 1), _stock(profile, zone, year)
    open_call = CENTRE_OPEN_CALL_PERCENT if zone == CENTRE else profile.open_call_percent
    for position, turnover in zip(POSITIONS, TURNOVER_PERCENT, strict=True):
        old, new = before[position], now[position]
        foreign = _hires(old["foreign"], new["foreign"], turnover)
        others = _hires(old["total"] - old["foreign"], new["total"] - new["foreign"], turnover)
        hired = foreign + others
        called = min(hired, foreign * open_call // 100 + (hired * open_call + 50) // 100)
        now[position] = {**new, "hired": hired, "foreign_hired": foreign, "hired_open_call": called}
    return now


def _hires(before: int, now: int, turnover: int) -> int:
    """Hires between two stocks: the growth, and ``turnover`` per cent of those in post replaced."""
    return max(now - before, 0) + (min(before, now) * turnover + 50) // 100


def _people_by_zone(profile: Profile, year: int) -> dict[str, People]:
    """The whole institution (``00``), which includes the centre, and the centre where there is one."""
    rest = _people(profile, WHOLE, year)
    if profile.centre is None:
        return {WHOLE: rest}
    centre = _people(profile, CENTRE, year)
    whole = {p: {column: rest[p][column] + centre[p][column] for column in rest[p]} for p in POSITIONS}
    return {WHOLE: whole, CENTRE: centre}


def _sum(people: People, column: str, positions: tuple[str, ...] = POSITIONS) -> int:
    return sum(people[position][column] for position in positions)


def _researcher_answers(profile: Profile, people: Mapping[str, People]) -> Answers:
    answers: Answers = {
        (f"researchers.{column}", f"{unit}/{position}"): persons
        for unit, rows in people.items()
        for position, row in rows.items()
        for column, persons in row.items()
    }
    hosted = max(2, _sum(people[WHOLE], "total") // 40)
    answers["hosted.total", ""], answers["hosted.foreign", ""] = hosted, hosted * 6 // 10
    return {**answers, **_class_answers(profile, people[WHOLE])}


def _class_answers(profile: Profile, whole: People) -> Answers:
    if profile.skips_classes:
        return {("faculty_classes.skip", ""): "yes"}
    rng = _rng(profile.code, "classes")
    foreign = _sum(whole, "foreign", FACULTY)
    japanese = _sum(whole, "total", FACULTY) - foreign
    shares = {"foreign_degree": rng.randint(50, 90), "abroad_3y": rng.randint(60, 110)}
    shares["abroad_1y"] = rng.randint(100, 180)
    classes = {name: japanese * share // 1000 for name, share in shares.items()}
    classes |= {"foreign": foreign, "other": japanese - sum(classes.values())}
    return {(f"faculty_classes.{name}", ""): persons for name, persons in classes.items()}


def _nationalities(profile: Profile, whole: People) -> list[Row]:
    if profile.skips_nationalities:
        return []
    rng = _rng(profile.code, "nationalities")
    weights = {country: weight * rng.randint(80, 125) for country, weight in COUNTRIES.items()}
    persons = share_out(_sum(whole, "foreign"), weights)
    return [{"country": country, "persons": n} for country, n in persons.items() if n]


# profile, units, notes -----------------------------------------------------------------------------------------


def _profile_answers(profile: Profile, year: int, whole: People) -> Answers:
    students = _students(profile, year)
    staff = _sum(whole, "total") * (17 if profile.has_hospital else 7) // 10
    values: Row = {
        "has_doctoral": _yes(profile.has_doctoral),
        "single_unit": _yes(profile.is_single_unit),
        "has_centre": _yes(profile.centre is not None),
        "all_units": "no",
        "has_publication_list": "no",
        "office": OFFICES[0],
        "office_address": f"kokusai@{profile.code.lower()}.example.ac.jp",
        "pi_rule": profile.pi_rule,
        "language_standard": profile.standard,
        "staff": staff,
        **students,
        "has_hospital": _yes(profile.has_hospital),
        "founded": profile.founded,
        "external_income": _external_income(profile, year),
        "narrative": profile.narrative,
    }
    return {(f"profile.{column}", ""): value for column, value in values.items()}


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _students(profile: Profile, year: int) -> Row:
    rng, centre = _rng(profile.code, year, "students"), profile.centre
    researchers = profile.size + (centre.size if centre else 0)
    everyone = researchers * profile.students * rng.randint(990, 1010) // 10_000
    shares = {"research": (76, 17, 7), "teaching": (91, 7, 2)}[profile.mix]
    undergraduate, master, doctoral = (everyone * share // 100 for share in shares)
    result: Row = {"students_undergraduate": undergraduate, "students_master": master}
    if profile.has_doctoral:
        result["students_doctoral"] = doctoral
    return {**result, "students_stem": (undergraduate + master) * profile.stem_percent // 100}


def _external_income(profile: Profile, year: int) -> int:
    """Thousand yen."""
    per_researcher = 2_600 if profile.mix == "research" else 700
    return profile.size * per_researcher * _rng(profile.code, year, "income").randint(94, 106) // 100


def _units(profile: Profile) -> list[Row]:
    centre = profile.centre
    if centre is None:
        return []
    first: Row = {
        "unit": "C1",
        "name_ja": centre.name_ja,
        "name_en": centre.name_en,
        "kind": centre.kind,
        "field_group": centre.field_group,
        "is_centre": "yes",
    }
    others = [
        ("理学研究科", "Graduate School of Science", "physics"),
        ("工学研究科", "Graduate School of Engineering", "engineering"),
    ]
    return [first] + [
        {
            "unit": f"U{number}",
            "name_ja": f"デモ{ja}",
            "name_en": f"Demo {en}",
            "kind": "faculty",
            "field_group": field_group,
            "is_centre": "no",
        }
        for number, (ja, en, field_group) in enumerate(others if profile.size > 1000 else [], 1)
    ]


def _notes(profile: Profile, year: int, dictionary: DataDictionary, answers: Answers) -> list[Row]:
    """The remark on one field, at its last cell; a number kept confidential is reported beside it."""
    if profile.remark is None:
        return []
    field, flag, text = profile.remark
    cells = lay_out(dictionary, "core", year).cells
    key = [key for key in cells if key[0] == field][-1]
    sheet, row, column = cells[key]
    confidential = answers[key] if dict(profile.coded).get(field) == "c" else None
    note: Row = {"cell": f"{sheet}!{cell_address(row, column)}", "flag": flag, "remark": text}
    return [{**note, "confidential": confidential}]


# checklist -----------------------------------------------------------------------------------------------------


def _levels(profile: Profile, item: ChecklistItem, year: int) -> dict[str, int]:
    """The level of an item in each scope it applies to; from year to year it stays or rises by one."""
    if item.code in profile.absent_items:
        return {}
    luck = _rng(profile.code, item.code, "level").randint(-8, 8)
    ease = 6 if item.code in EASY_ITEMS else -6 if item.code in HARD_ITEMS else 0
    since = profile.progress * (year - BASE_YEAR)
    tenths = {"institution": profile.level + luck}
    if profile.centre and CENTRE in item.scopes:
        nearby = _rng(profile.code, item.code, CENTRE).randint(-5, 5)
        tenths[CENTRE] = profile.centre.level + luck // 2 + nearby
    levels = {scope: max(0, min(3, (value + ease + since) // 10)) for scope, value in tenths.items()}
    if item.code == "C1":
        levels["institution"] = _bilingual_level(_bilingual_percent(profile, year))
    return levels


def _bilingual_percent(profile: Profile, year: int) -> int:
    return profile.bilingual_percent + (year - BASE_YEAR) * (profile.progress > 1)


def _bilingual_level(percent: int) -> int:
    """The level of C1 that the counts of bilingual staff amount to."""
    return 3 if percent >= 50 else 2 if percent >= 20 else 1 if percent else 0


def _plan(profile: Profile, item: ChecklistItem, year: int) -> tuple[int, int] | None:
    """Planned level and fiscal year for the institution: most rises are planned, some plans come late."""
    now, roll = _levels(profile, item, year).get("institution", 3), _rng(profile.code, item.code, "plan")
    chance, later = roll.randint(1, 100), 2026 + roll.randint(0, 3)
    if now == 3:
        return None
    if _levels(profile, item, year + 1)["institution"] > now and chance <= 70:
        return now + 1, year + 1
    return (now + 1, later) if chance <= 14 else None


def _checklist_answers(profile: Profile, year: int, dictionary: DataDictionary) -> Answers:
    answers: Answers = {}
    wanted: list[str] = []
    for item in dictionary.checklist.items:
        levels, plan = _levels(profile, item, year), _plan(profile, item, year)
        for scope in item.scopes:
            if scope != CENTRE or profile.centre:
                answers["checklist.declared", f"{item.code}/{scope}"] = levels.get(scope, "a")
        for column, value in _details(profile, item, levels, plan).items():
            answers[f"checklist_details.{column}", item.code] = value
        if levels.get("institution") == 0 and plan is None:
            wanted.append(item.code)
    _rng(profile.code, "help").shuffle(wanted)
    for place, code in zip(("first", "second", "third"), wanted, strict=False):
        answers[f"help_wanted.{place}", ""] = code
    return answers


def _details(profile: Profile, item: ChecklistItem, levels: dict[str, int], plan: tuple[int, int] | None) -> Row:
    """The answers asked once for an item: evidence and its like from level 2 on, and the plan."""
    at_two = [scope for scope, level in levels.items() if level >= 2]
    planned: Row = {"planned_level": plan[0], "planned_year": plan[1]} if plan else {}
    if not at_two:
        evidence = {"evidence_kind": "rule", "evidence": "国際化行動計画（デモ）"} if plan else {}
        return {**evidence, **planned}
    rng = _rng(profile.code, item.code, "details")
    is_binding = rng.randint(1, 100) <= (65 if "institution" in at_two else 35)
    details: Row = {
        **_evidence(profile, item),
        "binding": "binding" if is_binding else "offered",
        "evidence_scope": at_two[0] if len(at_two) == 1 and len(levels) > 1 else "both",
        "since": rng.randint(2009, 2024),
        "who": rng.choice(POSTS),
        "contract": rng.choice(("permanent", "permanent", "fixed_term", "fixed_term", "part_time", "outsourced")),
        "after_grant": "continues_with_budget" if is_binding else rng.choice(NO_BUDGET),
        "learnt_from": rng.choice(("wpi_centre", "wpi_centre", "other_university", "own")),
        **planned,
        "may_name": "no",
    }
    if rng.randint(1, 100) <= 25:
        details |= {"may_name": "yes", "contact_office": rng.choice(OFFICES)}
    missing = {"evidence_kind", "evidence", "evidence_scope"} if item.code in profile.unproven else set()
    missing |= {"binding"} if item.code in profile.unbound else set()
    return {column: value for column, value in details.items() if column not in missing}


def _evidence(profile: Profile, item: ChecklistItem) -> Row:
    kind = _rng(profile.code, item.code, "evidence").choice(EVIDENCE_KINDS[item.group or "a"].split())
    address = f"https://{profile.code.lower()}.example.ac.jp/support/{item.code.lower()}"
    title = address if kind == "web" else item.label.ja + EVIDENCE_TITLES[kind]
    return {"evidence_kind": kind, "evidence": title}


def _staff_answers(profile: Profile, year: int, whole: People) -> Answers:
    administrative = max(8, _sum(whole, "total") // 8)
    bilingual = -(-administrative * _bilingual_percent(profile, year) // 100)
    kinds = share_out(bilingual, {"permanent": 45, "fixed_term": 35, "part_time": 20})
    counts = {f"bilingual_{kind}": persons for kind, persons in kinds.items()}
    counts["administrative"] = administrative
    return {(f"staff.{column}", ""): persons for column, persons in counts.items()}


def _document_answers(profile: Profile, year: int, dictionary: DataDictionary) -> Answers:
    """The language of each kind of document follows the level of the item that asks about it."""
    answers: Answers = {}
    for code in dictionary.code_lists["documents"].codes():
        level = _levels(profile, dictionary.checklist.item(DOCUMENT_ITEMS[code]), year).get("institution", 0)
        has_some = _rng(profile.code, code, "document").randint(1, 100) <= 35
        english = "bilingual" if code in FORM_DOCUMENTS else "english_available"
        answers["documents.language", code] = english if level >= 2 or (level == 1 and has_some) else "ja_only"
    return answers


# publications --------------------------------------------------------------------------------------------------


def _publication_answers(profile: Profile, year: int) -> Answers:
    if profile.skips_papers:
        return {("publication_basis.skip", ""): "yes"}
    rng = _rng(profile.code, "basis")
    answers: Answers = {
        ("publication_basis.database", ""): rng.choice(("openalex", "scopus", "wos")),
        ("publication_basis.extracted_on", ""): date(year, 6, rng.randint(1, 28)),
        ("publication_basis.counting", ""): "fractional" if profile.is_fractional else "full",
        ("publication_basis.document_types", ""): "article_review",
    }
    for calendar_year in range(year - 5, year):
        for column, papers in _papers(profile, calendar_year):
            asked = calendar_year <= year - 3 if column.startswith("top10") else True
            asked = calendar_year >= year - 3 if column == "international_corresponding" else asked
            if asked:
                value = Decimal(papers) / 2 if profile.is_fractional else papers
                answers[f"publications.{column}", str(calendar_year)] = value
    return answers


def _papers(profile: Profile, calendar_year: int) -> Iterator[tuple[str, int]]:
    """Papers of one calendar year: the parts add up, and a year is the same in every round."""
    rng, since = _rng(profile.code, calendar_year, "papers"), calendar_year - 2022
    papers = profile.papers * (100 + 2 * since + rng.randint(-3, 3)) // 100
    international = papers * (profile.international * 10 + 7 * since + rng.randint(-9, 9)) // 1000
    domestic = (papers - international) * rng.randint(54, 60) // 100
    parts = {"international": international, "domestic": domestic, "single": papers - international - domestic}
    permille = {"international": 128, "domestic": 62, "single": 44}
    top = {name: parts[name] * (permille[name] + rng.randint(-8, 8)) // 1000 for name in parts}
    yield "papers", papers
    yield from parts.items()
    yield "top10_papers", sum(top.values())
    yield from ((f"top10_{name}", count) for name, count in top.items())
    yield "international_corresponding", international * rng.randint(42, 50) // 100


# the faulty sample -----------------------------------------------------------------------------------------------


def _with_faults(issue: Issue) -> Issue:
    """The form with the slips that offices really make; each line breaks a rule of its own."""
    at = issue.answers

    def one_more(field: str, row_key: str, by: int = 3) -> int:
        value = at[field, row_key]
        if not isinstance(value, int):
            raise TypeError(f"{field} {row_key} holds no number to exceed")
        return value + by

    planted: Answers = {
        ("profile.staff", ""): "約1,200",
        ("profile.students_undergraduate", ""): "7千人",
        ("profile.students_master", ""): "nc",
        ("profile.students_doctoral", ""): "380(45)",
        ("profile.students_stem", ""): "五千",
        ("profile.founded", ""): 2125,
        ("profile.language_standard", ""): "英検2級",
        ("profile.pi_rule", ""): None,
        ("researchers.foreign", "00/associate"): one_more("researchers.total", "00/associate"),
        ("researchers.female", "00/postdoc"): "－",
        ("researchers.female", "00/professor"): "３８名",
        ("researchers.female", "centre/professor"): one_more("researchers.total", "centre/professor"),
        ("researchers.pi", "00/assistant"): None,
        ("researchers.pi", "centre/other"): one_more("researchers.total", "centre/other"),
        ("researchers.hired", "00/specially_appointed"): "調整中",
        ("researchers.foreign_hired", "00/professor"): one_more("researchers.hired", "00/professor"),
        ("researchers.foreign_pi", "centre/associate"): one_more("researchers.pi", "centre/associate"),
        ("researchers.total", "centre/postdoc"): one_more("researchers.total", "00/postdoc"),
        ("hosted.foreign", ""): one_more("hosted.total", ""),
        ("faculty_classes.other", ""): one_more("faculty_classes.other", "", by=10),
        ("staff.bilingual_part_time", ""): one_more("staff.administrative", ""),
        ("documents.language", "D03"): "英語のみ",
        ("publication_basis.extracted_on", ""): "2026年6月31日",
        ("publications.domestic", "2023"): one_more("publications.domestic", "2023", by=40),
        ("publications.top10_international", "2021"): one_more("publications.top10_papers", "2021"),
        ("checklist_details.since", "A1"): "19",
    }
    units: list[Row] = [*map(dict, issue.lists["units"])]
    whole: Row = {**units[0], "unit": "00", "name_ja": "デモ全学", "name_en": "Demo whole institution"}
    lists: dict[str, list[Row]] = {
        **issue.lists,
        "units": [*units, whole],
        "nationalities": [*issue.lists["nationalities"], {"country": "JP", "persons": 4}],
    }
    return replace(issue, answers={**at, **planted}, lists=lists)
