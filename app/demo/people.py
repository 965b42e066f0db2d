"""The people of the invented nation: stocks by position and centre, hires, classes and nationalities."""

from __future__ import annotations

from collections.abc import Mapping

from app.demo.profile import Centre, Profile
from app.demo.seeded_figures import BASE_YEAR, FACULTY, POSITIONS, Answers, People, Row, dice, share_out
from schemas.dictionary.dictionary import CENTRE, WHOLE

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


def _stock(profile: Profile, zone: str, year: int) -> People:
    """Persons in post on 1 May in the centre (zone ``centre``) or outside it (zone ``00``)."""
    rng, since = dice(profile.code, zone, year, "stock"), year - BASE_YEAR
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


def people_by_zone(profile: Profile, year: int) -> dict[str, People]:
    """The whole institution (``00``), which includes the centre, and the centre where there is one."""
    rest = _people(profile, WHOLE, year)
    if profile.centre is None:
        return {WHOLE: rest}
    centre = _people(profile, CENTRE, year)
    whole = {p: {column: rest[p][column] + centre[p][column] for column in rest[p]} for p in POSITIONS}
    return {WHOLE: whole, CENTRE: centre}


def persons_of(people: People, column: str, positions: tuple[str, ...] = POSITIONS) -> int:
    """Persons of one column over the positions."""
    return sum(people[position][column] for position in positions)


def researcher_answers(profile: Profile, people: Mapping[str, People]) -> Answers:
    """Answers about researchers by position, hosted researchers and classes of faculty."""
    answers: Answers = {
        (f"researchers.{column}", f"{unit}/{position}"): persons
        for unit, rows in people.items()
        for position, row in rows.items()
        for column, persons in row.items()
    }
    hosted = max(2, persons_of(people[WHOLE], "total") // 40)
    answers["hosted.total", ""], answers["hosted.foreign", ""] = hosted, hosted * 6 // 10
    return {**answers, **_class_answers(profile, people[WHOLE])}


def _class_answers(profile: Profile, whole: People) -> Answers:
    if profile.skips_classes:
        return {("faculty_classes.skip", ""): "yes"}
    rng = dice(profile.code, "classes")
    foreign = persons_of(whole, "foreign", FACULTY)
    japanese = persons_of(whole, "total", FACULTY) - foreign
    shares = {"foreign_degree": rng.randint(50, 90), "abroad_3y": rng.randint(60, 110)}
    shares["abroad_1y"] = rng.randint(100, 180)
    classes = {name: japanese * share // 1000 for name, share in shares.items()}
    classes |= {"foreign": foreign, "other": japanese - sum(classes.values())}
    return {(f"faculty_classes.{name}", ""): persons for name, persons in classes.items()}


def nationality_rows(profile: Profile, whole: People) -> list[Row]:
    """The list of nationalities: persons by country, or nothing where the profile leaves it out."""
    if profile.skips_nationalities:
        return []
    rng = dice(profile.code, "nationalities")
    weights = {country: weight * rng.randint(80, 125) for country, weight in COUNTRIES.items()}
    persons = share_out(persons_of(whole, "foreign"), weights)
    return [{"country": country, "persons": n} for country, n in persons.items() if n]
