"""The invented nation: filled forms of thirty universities that do not exist, for three rounds, and three samples.

Everything is computed from a few parameters of each ``Profile`` and from random numbers seeded by code, year
and question, so that the same call gives the same forms everywhere. Stocks of neighbouring rounds and the
hires between them fit together; a year of papers has the same figures in every round that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.demo.checklist import OFFICES, checklist_answers, document_answers, staff_answers
from app.demo.people import nationality_rows, people_by_zone, persons_of, researcher_answers
from app.demo.profile import PI_RULES, Centre, Profile
from app.demo.profiles import nation, samples
from app.demo.seeded_figures import Answers, People, Row, dice, yes_no
from schemas.dictionary.dictionary import WHOLE, DataDictionary
from schemas.form.issue import Issue
from schemas.form.layout import lay_out
from schemas.register import Institution
from schemas.xlsx.cell_address import cell_address

DEMO_YEARS = (2024, 2025, 2026)


def demo_institutions() -> list[Institution]:
    """The thirty invented universities, in order of their codes; none is in the register."""
    return [profile.institution for profile in nation()]


def demo_issue(institution: Institution, year: int, dictionary: DataDictionary) -> Issue:
    """The filled core form of one invented university for a round of DEMO_YEARS.

    No rule of severity error fires on it. Raises KeyError for any other institution, ValueError for any
    other year.
    """
    if year not in DEMO_YEARS:
        raise ValueError(f"the demo has rounds {DEMO_YEARS}, not {year}")
    profile = {profile.code: profile for profile in nation()}[institution.code]
    return issue_of_profile(profile, year, dictionary)


def sample_issues(dictionary: DataDictionary) -> dict[str, Issue]:
    """Three filled core forms of the last round, by name: a strong, an average and a faulty one."""
    filled = {
        f"sample-{name}": issue_of_profile(profile, DEMO_YEARS[-1], dictionary) for name, profile in samples().items()
    }
    return {**filled, "sample-faulty": _with_faults(filled["sample-faulty"])}


def issue_of_profile(profile: Profile, year: int, dictionary: DataDictionary) -> Issue:
    """The filled core form of a profile for a round."""
    people = people_by_zone(profile, year)
    answers: Answers = {
        **_profile_answers(profile, year, people[WHOLE]),
        **researcher_answers(profile, people),
        **checklist_answers(profile, year, dictionary),
        **staff_answers(profile, year, people[WHOLE]),
        **document_answers(profile, year, dictionary),
        **_publication_answers(profile, year),
    }
    lists = {
        "units": _units(profile),
        "nationalities": nationality_rows(profile, people[WHOLE]),
        "notes": _notes(profile, year, dictionary, answers),
    }
    answers = {key: profile.coded.get(key[0], value) for key, value in answers.items()}
    return Issue("core", year, profile.institution, answers, lists, is_demo=True)


# profile, units, notes -----------------------------------------------------------------------------------------


def _profile_answers(profile: Profile, year: int, whole: People) -> Answers:
    students = _students(profile, year)
    staff = persons_of(whole, "total") * (17 if profile.has_hospital else 7) // 10
    values: Row = {
        "has_doctoral": yes_no(profile.has_doctoral),
        "single_unit": yes_no(profile.is_single_unit),
        "has_centre": yes_no(profile.centre is not None),
        "all_units": "no",
        "has_publication_list": "no",
        "office": OFFICES[0],
        "office_address": f"kokusai@{profile.code.lower()}.example.ac.jp",
        "pi_rule": PI_RULES[profile.pi_rule],
        "language_standard": profile.standard,
        "staff": staff,
        **students,
        "has_hospital": yes_no(profile.has_hospital),
        "founded": profile.founded,
        "external_income": _external_income(profile, year),
        "narrative": profile.narrative,
    }
    return {(f"profile.{column}", ""): value for column, value in values.items()}


def _students(profile: Profile, year: int) -> Row:
    rng, centre = dice(profile.code, year, "students"), profile.centre
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
    return profile.size * per_researcher * dice(profile.code, year, "income").randint(94, 106) // 100


def _centre_row(centre: Centre, is_compared: str) -> Row:
    """A centre in the list of units; what only WPI centres have is left out for others."""
    row: Row = {
        "unit": centre.unit,
        "name_ja": centre.name_ja,
        "name_en": centre.name_en,
        "kind": centre.kind,
        "field_group": centre.field_group,
        "is_centre": is_compared,
    }
    call: Row = {"call_year": centre.call_year, "call_type": centre.call_type, "status": centre.status}
    return {**row, **{k: v for k, v in {**call, "hosts": centre.hosts}.items() if v}}


def _units(profile: Profile) -> list[Row]:
    centre = profile.centre
    if centre is None:
        return []
    centres = [_centre_row(centre, "yes"), *(_centre_row(one, "no") for one in profile.centres)]
    others = [
        ("理学研究科", "Graduate School of Science", "physics"),
        ("工学研究科", "Graduate School of Engineering", "engineering"),
    ]
    return centres + [
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
    confidential = answers[key] if profile.coded.get(field) == "c" else None
    note: Row = {"cell": f"{sheet}!{cell_address(row, column)}", "flag": flag, "remark": text}
    return [{**note, "confidential": confidential}]


# publications --------------------------------------------------------------------------------------------------


def _publication_answers(profile: Profile, year: int) -> Answers:
    if profile.skips_papers:
        return {("publication_basis.skip", ""): "yes"}
    rng = dice(profile.code, "basis")
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
    rng, since = dice(profile.code, calendar_year, "papers"), calendar_year - 2022
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
