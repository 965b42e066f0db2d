"""What people really type into answer cells, read without guessing.

Each ``read_*`` function takes one raw cell value and returns a ``Reading``. Plain re-writings (full-width
digits, separators, a unit, an era year) are read and reported in ``read_as``; whatever could mean two things
is a problem with a rule id and no value. Nothing here raises, reads files or looks at other cells. The words
come with the rules. The tables of writings have their one home here, hence the length.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from numbers import Integral
from pathlib import Path

from schemas.declaration import Text, read_yaml

NOT_WHOLE, SIGN_FOR_NOTHING, APPROXIMATE, CODE_NOT_OFFERED, ABOVE_MAXIMUM = (f"R.VAL.{n:03}" for n in range(1, 6))
SEVERAL_NUMBERS, KANJI_NUMERAL, UNSAFE_CHARACTER, SIZE_UNIT, NEGATIVE = (f"R.VAL.{n:03}" for n in range(6, 11))
NOT_A_CHOICE, NOT_A_DATE, NOT_A_YEAR, TOO_LONG, NOT_A_NUMBER = (f"R.VAL.{n:03}" for n in range(11, 16))
SHARE_OR_PERCENT, CELL_ERROR, DATE_IN_NUMBER, LOGICAL, BELOW_MINIMUM = (f"R.VAL.{n:03}" for n in range(16, 21))
YEAR_OUT_OF_RANGE, AMBIGUOUS_DATE = "R.VAL.021", "R.VAL.022"
PERSONAL_DATA, PLATFORM_CHARACTER, RE_READ = "R.VAL.080", "R.VAL.085", "R.VAL.090"

CODE_LABELS: Mapping[str, tuple[str, str]] = {
    item["code"]: (item["label"]["ja"], item["label"]["en"])
    for item in read_yaml(Path(__file__).parent / "codelists" / "answer_codes.yaml")["items"]
}


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


COUNT_UNITS = frozenset({""}) | _words(
    "人 名 件 校 機関 拠点 本 編 報 回 日 日間 か月 カ月 ヶ月 ケ月 ヵ月 か国 カ国 ヶ国 ケ国 ヵ国 国 社 種類 "
    "課程 組 冊 項目 か所 カ所 ヶ所 箇所 person persons people paper papers item items case cases staff"
)
_UNIT_WORDS = {
    "%": frozenset({"", "%", "パーセント", "percent"}),
    "千円": frozenset({"", "千円", "thousand yen"}),
    "円": frozenset({"", "円", "yen", "jpy"}),
}

_ZERO_WIDTH = "\u00ad\u180e\u200b\u200e\u200f\u2060\ufeff" + "".join(map(chr, [*range(0x202A, 0x202F)]))
_CONTROLS = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127, *range(0x2066, 0x206A)]))
_INVISIBLE = dict.fromkeys(map(ord, _ZERO_WIDTH + _CONTROLS))
_JOINERS = dict.fromkeys([0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー─━﹣", "-") | dict.fromkeys("〜∼～", "~"))
_LONGEST_NUMBER = 200
_SMALLEST_EXPONENT = -6

_ERROR_TEXT = re.compile(
    r"#(n/a|ref!|div/0!|value!|name\?|num!|null!|spill!|calc!|field!|blocked!|connect!|unknown!|getting_data|error!)"
    r"|err:[0-9]{3}"
)
_NUMBER = re.compile(
    r"(?P<yen>[¥\\]?)(?P<sign>[-+▲△]?) ?(?P<digits>[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)"
    r"(?P<fraction>\.[0-9]+)? ?(?P<unit>\D*)"
)
_ERA = r"(?P<era>明治|大正|昭和|平成|令和|[mtshr])"
_ERA_YEAR = re.compile(_ERA + r" ?(?P<n>元|[0-9]{1,2})")
_KANJI = "〇零一二三四五六七八九十百千万億兆壱弐参拾廿"
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (LOGICAL, re.compile(r"^(true|false)$")),
    (NOT_WHOLE, re.compile(r"^[-+]?[0-9]+(\.[0-9]+)?e[-+]?[0-9]+$")),
    (
        SIGN_FOR_NOTHING,
        re.compile(
            r"^[(「\[]?([-?*…・.,、。※/~_×○◯✓]+|なし|無し?|ナシ|(該当)?者?なし|n\.?/?a\.?|不明|不詳|未定|未回答|未集計|未把握|"
            r"none|nil|null|no|unknown|tbd)[)」\]]?$"
        ),
    ),
    (
        DATE_IN_NUMBER,
        re.compile(
            rf"^([0-9]{{4}}|{_ERA_YEAR.pattern})[-/.年] ?[0-9]{{1,2}}[-/.月] ?[0-9]{{1,2}}日?$"
            r"|^[0-9]{1,2}月[0-9]{1,2}日$"
        ),
    ),
    (
        APPROXIMATE,
        re.compile(
            r"約|およそ|おおよそ|おおむね|概ね|凡そ|ほぼ|だいたい|大体|程度|くらい|ぐらい|ほど|前後|以上|以下|以内|未満|超|"
            r"から|数[十百千人名件]|[0-9][人名件]? ?(弱|強|余|位)|[<>≦≧≤≥≒≈±~]|[0-9] ?\+$|"
            r"approx|about|around|circa|\bca\b|over|under|than|at least|up to|\bto\b|"
            r"^[0-9][0-9,.]*[人名件]? ?- ?[0-9][0-9,.]*[人名件]?$"
        ),
    ),
    (
        SIZE_UNIT,
        re.compile(r"[0-9] ?[百千万億兆円]|[0-9] ?(k|mn?|thousand|million|billion|yen|jpy)\b|¥|\$|ドル"),
    ),
    (KANJI_NUMERAL, re.compile(rf"^([{_KANJI}][{_KANJI} ]*|ゼロ) ?[人名件校回日本]?$")),
    (SEVERAL_NUMBERS, re.compile(r"[0-9][^0-9]+[0-9]")),
)

_ERA_START = {
    "明治": (1867, 45),
    "大正": (1911, 15),
    "昭和": (1925, 64),
    "平成": (1988, 31),
    "令和": (2018, 99),
}
_ERA_LETTER = {"m": "明治", "t": "大正", "s": "昭和", "h": "平成", "r": "令和"}
_ERA_SQUARES = "㍾㍽㍼㍻㋿"
_YEAR = re.compile(r"(?:fy ?)?(?P<year>[0-9]{4}) ?(年度?)?|" + _ERA_YEAR.pattern + r" ?(年度?)?")
_TWO_YEARS = re.compile(r"(?P<first>[^()]+?) ?\((?P<second>[^()]+)\) ?(年度?)?")
_CLOCK = r"(?:[t ] ?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_DATE = re.compile(
    rf"(?P<y>[0-9]{{4}}|{_ERA_YEAR.pattern}) ?[-/.年] ?(?P<m>[0-9]{{1,2}}) ?[-/.月] ?(?P<d>[0-9]{{1,2}}) ?日?"
    rf"(?: ?\((?P<weekday>[月火水木金土日])(?:曜日?)?\))?{_CLOCK}"
)
_PACKED_DATE = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")
_NAMED_MONTH = re.compile(
    r"(?:(?P<d>[0-9]{1,2})[- ])?(?P<name>[a-z]{3,9})\.?(?:[- ](?P<d2>[0-9]{1,2}),?)?[- ,]+(?P<y>[0-9]{4})"
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_AMBIGUOUS_DATE = re.compile(r"[0-9]{1,2}([-/.]|年)[0-9]{1,2}([-/.]|月)([0-9]{2}|[0-9]{4}|[0-9]日?)")
_SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?")
_FIRST_DATE, _LAST_DATE = date(1950, 1, 1), date(2100, 12, 31)

YES_LABEL, NO_LABEL = "はい / Yes", "いいえ / No"
_YES = _words("はい yes y true 有 有り あり ある ○ 〇 ◯ ✓ ✔ ☑ 1 はい/yes 有/yes あり/yes")
_NO = _words("いいえ no n false 無 無し なし ない × ✕ ✗ ☐ 0 いいえ/no 無/no なし/no")
_PLAIN_YES_NO = frozenset(
    {form for label in (YES_LABEL, NO_LABEL) for form in (label, label.lower(), *label.lower().split(" / "))}
)

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ORCID = re.compile(r"(?<![0-9])(?:[0-9]{4}-){3}[0-9]{3}[0-9Xx](?![0-9])")
_TWELVE_DIGITS = re.compile(r"(?<![0-9A-Za-z.-])[0-9]{4}([ -]?)[0-9]{4}\1[0-9]{4}(?!\1?[0-9])")
_URL = re.compile(r"https?://\S+")
_PLATFORM = re.compile("[№℡\u2160-\u217f\u2460-\u24ff\u2776-\u2793\u3200-\u33ff]")
_COMPATIBILITY_IDEOGRAPH = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")

_VARIANTS = str.maketrans(
    "髙﨑碕嵜邉邊濵濱澤廣國學瀧櫻惠嶋嶌藏龍嶽眞縣德應藝醫鷗禮冨舘會體圓發經濟總獨驒關條齋齊𠮷栁桒ヶヵ",
    "高崎崎崎辺辺浜浜沢広国学滝桜恵島島蔵竜岳真県徳応芸医鴎礼富館会体円発経済総独騨関条斎斉吉柳桑ケカ",
)


@dataclass(frozen=True)
class Reading:
    """One answer cell as it was understood.

    ``value`` is None for a blank, for a code and for every problem of severity *error*; a *check* or *note*
    of ``read_text`` keeps it. ``code`` is "" or one of ``CODE_LABELS``. ``flag`` is left empty here: it has
    a column of its own. ``read_as`` is the plain writing when the cell was written otherwise. ``problem`` is
    a rule id and ``params`` what its texts need beside ``cell``, ``field`` and ``value``.
    """

    value: int | Decimal | str | bool | date | None
    code: str = ""
    flag: str = ""
    read_as: str = ""
    problem: str = ""
    params: Mapping[str, str | Text] = field(default_factory=dict)


BLANK = Reading(None)


def read_count(raw: object, *, maximum: int, codes: frozenset[str], unit: str = "") -> Reading:
    """A whole number from 0 to ``maximum``, or a code; ``unit`` may be written, like ``COUNT_UNITS``."""
    number = _number(raw, codes, COUNT_UNITS | _unit_words(unit), NOT_WHOLE)
    if isinstance(number, Reading):
        return number
    if number < 0:
        return _problem(NEGATIVE)
    if number > maximum:
        return _problem(ABOVE_MAXIMUM, maximum=f"{maximum:,}")
    if number != number.to_integral_value():
        return _problem(NOT_WHOLE)
    return Reading(int(number), read_as=str(int(number)) if isinstance(raw, str) else "")


def read_decimal(raw: object, *, minimum: Decimal, maximum: Decimal, codes: frozenset[str], unit: str = "") -> Reading:
    """A decimal from ``minimum`` to ``maximum`` in ``unit`` (``千円``, ``円``, ``%``, ``人``), or a code.

    A written unit other than ``unit`` is a problem. With ``%`` a bare number above 0 and up to 1 is asked
    about, for a spreadsheet stores a typed 30% as 0.3; only a written percent sign settles it. Numbers nearer
    to zero than 0.000001 are not read.
    """
    number = _number(raw, codes, _unit_words(unit), NOT_A_NUMBER)
    if isinstance(number, Reading):
        return number
    if number < minimum:
        return _problem(NEGATIVE) if number < 0 <= minimum else _problem(BELOW_MINIMUM, minimum=f"{minimum:,f}")
    if number > maximum:
        return _problem(ABOVE_MAXIMUM, maximum=f"{maximum:,f}")
    if number != 0 and number.adjusted() < _SMALLEST_EXPONENT:
        return _problem(NOT_A_NUMBER)
    value = _plain(number)
    is_bare = not isinstance(raw, str) or _tidy(raw)[-1].isdigit()
    if unit == "%" and 0 < value <= 1 and is_bare:
        return _problem(SHARE_OR_PERCENT, low=f"{value:f}", high=f"{_plain(value * 100):f}")
    return Reading(value, read_as=f"{value:f}" if isinstance(raw, str) else "")


def read_text(raw: object, *, max_length: int, allow_email: bool = False) -> Reading:
    """The text as typed, without outer spaces and invisible characters; half-width kana and NFD are mended.

    A mended text is given in ``read_as``. Personal data and platform-dependent characters are reported with
    the text kept; ``allow_email`` is for fields that ask for an office's address.
    """
    if _is_blank(raw):
        return BLANK
    typed = raw if isinstance(raw, str) else _written(raw)
    if typed is None or (len(typed) < _LONGEST_NUMBER and _ERROR_TEXT.fullmatch(typed.strip().lower())):
        return _problem(CELL_ERROR)
    text = _clean(typed)
    if len(text) > max_length:
        return _problem(TOO_LONG, length=f"{len(text):,}", maximum=f"{max_length:,}")
    changed = isinstance(raw, date | time | timedelta) or text != typed.replace("\r\n", "\n").strip()
    rule, params = _text_remark(text, allow_email)
    return Reading(text, read_as=text if changed else "", problem=rule, params=params)


def read_choice(
    raw: object, choices: Mapping[str, tuple[str, ...]], codes: frozenset[str], *, suggest: bool = True
) -> Reading:
    """The code of the choice whose code, label or drop-down text (``code ja / en``) was typed.

    One of ``codes`` is a reading without value. Anything else is a problem; ``params["suggestion"]`` is the
    nearest label, or ``－``. Looking for it takes most of the time; without ``suggest`` it is always ``－``.
    """
    if _is_blank(raw):
        return BLANK
    typed = raw if isinstance(raw, str) else _digits(raw)
    if typed is None:
        return _unknown_choice("", choices, suggest)
    forms, keys = _choice_forms(tuple((code, tuple(labels)) for code, labels in choices.items()))
    plain = typed.strip()
    if found := forms.get(plain):
        return Reading(found)
    if found := keys.get(_choice_key(typed)):
        return Reading(found, read_as=" ".join([found, *choices[found][:1]]))
    text = _tidy(typed)
    if _ERROR_TEXT.fullmatch(text):
        return _problem(CELL_ERROR)
    if not _unsafe(typed) and (code := _code(text)):
        return _code_reading(typed, code, codes)
    return _unknown_choice(plain, choices, suggest)


def read_year(raw: object, *, minimum: int, maximum: int) -> Reading:
    """A year between the limits: 2026, 2026年度, 令和8年, R8, 2026年（令和8年）; not two digits."""
    if _is_blank(raw):
        return BLANK
    typed = raw if isinstance(raw, str) else _digits(raw)
    if typed is None or _unsafe(typed, _ERA_SQUARES):
        return _problem(NOT_A_YEAR)
    text = _tidy(typed)
    if _ERROR_TEXT.fullmatch(text):
        return _problem(CELL_ERROR)
    year = _year(text)
    if year is None:
        return _problem(NOT_A_YEAR)
    if not minimum <= year <= maximum:
        return _problem(YEAR_OUT_OF_RANGE, minimum=str(minimum), maximum=str(maximum), year=str(year))
    return Reading(year, read_as=str(year) if isinstance(raw, str) else "")


def read_date(raw: object, *, date_1904: bool) -> Reading:
    """A day from 1950 to 2100: a date cell, a serial (``date_1904``: which), 2026/5/1, R8.5.1, 1 May 2026.

    The clock is dropped and said. Two-digit years and orders of day and month that could be read twice are
    problems.
    """
    if _is_blank(raw):
        return BLANK
    if isinstance(raw, datetime):
        midnight = (raw.hour, raw.minute, raw.second, raw.microsecond) == (0, 0, 0, 0)
        return _dated(_day(raw.year, raw.month, raw.day), said=not midnight)
    if isinstance(raw, date):
        return _dated(raw, said=False)
    if not isinstance(raw, str):
        number = None if isinstance(raw, bool) else _cell_number(raw)
        return _dated(_number_date(number, date_1904), said=True)
    text = _tidy(raw)
    if _ERROR_TEXT.fullmatch(text):
        return _problem(CELL_ERROR)
    if _unsafe(raw, _ERA_SQUARES):
        return _problem(NOT_A_DATE)
    found = _text_date(text, date_1904)
    if found is None and _AMBIGUOUS_DATE.fullmatch(text):
        return _problem(AMBIGUOUS_DATE)
    return _dated(found, said=found is None or raw.strip() != found.isoformat())


def read_yes_no(raw: object) -> Reading:
    """True or False for はい / いいえ, 有 / 無, ○ / ×, yes / no, TRUE / FALSE, 1 / 0; else a problem."""
    if _is_blank(raw):
        return BLANK
    if isinstance(raw, bool):
        return Reading(raw)
    typed = raw if isinstance(raw, str) else _digits(raw)
    key = "" if typed is None or _unsafe(typed) else _tidy(typed).replace(" ", "")
    if typed is None or key not in _YES | _NO:
        rule = CELL_ERROR if _ERROR_TEXT.fullmatch(key) else NOT_A_CHOICE
        return _problem(rule, suggestion="－", choices=f"{YES_LABEL}、{NO_LABEL}")
    plain = typed.strip() in _PLAIN_YES_NO
    return Reading(key in _YES, read_as="" if plain else (YES_LABEL if key in _YES else NO_LABEL))


def match_key(text: str) -> str:
    """A key for comparing names only: NFKC, old and variant kanji (髙 → 高), without spaces and case."""
    bare = "".join(text.translate(_INVISIBLE).translate(_JOINERS).split())
    folded = unicodedata.normalize("NFKC", bare).casefold().translate(_VARIANTS)
    return unicodedata.normalize("NFKC", "".join(folded.split()))


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known text most like ``text`` by ``match_key`` (difflib ratio of at least 0.5), or None."""
    by_key: dict[str, str] = {}
    for name in known:
        by_key.setdefault(match_key(name), name)
    close = get_close_matches(match_key(text[:_LONGEST_NUMBER]), by_key, n=1, cutoff=0.5)
    return by_key[close[0]] if close else None


def _problem(rule: str, **params: str) -> Reading:
    return Reading(None, problem=rule, params=params)


def _is_blank(raw: object) -> bool:
    if isinstance(raw, str):
        return not raw[:1].isalnum() and raw.translate(_INVISIBLE).translate(_JOINERS).strip() in ("", "'")
    return raw is None


def _tidy(typed: str) -> str:
    """NFKC, lower case, single spaces, without invisible characters and the apostrophe that marks a text."""
    visible = typed.replace("_x000D_", " ").translate(_INVISIBLE)
    return " ".join(unicodedata.normalize("NFKC", visible).split()).casefold().lstrip("'’‘ ")


def _unsafe(typed: str, allowed: str = "") -> str:
    """The first character that NFKC would turn into other digits or letters (① ² ½ Ⅻ ㈱ ª), or ""."""
    if typed.isascii():
        return ""
    return next((c for c in typed if c not in allowed and _changes_meaning(c)), "")


@lru_cache(maxsize=4096)
def _changes_meaning(character: str) -> bool:
    tag = unicodedata.decomposition(character).partition(" ")[0]
    if tag not in ("<super>", "<sub>", "<circle>", "<fraction>", "<square>", "<compat>"):
        return False
    return any(c.isalnum() for c in unicodedata.normalize("NFKC", character))


def _cell_number(raw: object) -> Decimal | None:
    if isinstance(raw, float):
        # A spreadsheet keeps 15 digits; more of them would show the binary fraction.
        return Decimal(f"{raw:.15g}") if math.isfinite(raw) else None
    if isinstance(raw, Decimal):
        return raw if raw.is_finite() else None
    return Decimal(int(raw)) if isinstance(raw, Integral) else None


def _digits(raw: object) -> str | None:
    """A whole number cell of at most nine digits as text."""
    number = None if isinstance(raw, bool) else _cell_number(raw)
    if number is None or abs(number) >= 10**9 or number != number.to_integral_value():
        return None
    return str(int(number))


def _plain(number: Decimal) -> Decimal:
    """The same number without exponent and trailing zeros, so that its text reads back."""
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text) if number else Decimal(0)


def _unit_words(unit: str) -> frozenset[str]:
    return _UNIT_WORDS.get(unit, frozenset({"", _tidy(unit)}))


def _number(raw: object, codes: frozenset[str], units: frozenset[str], otherwise: str) -> Decimal | Reading:
    """The number, or the reading that ends the matter: blank, a code, a problem (else ``otherwise``)."""
    if _is_blank(raw):
        return BLANK
    if isinstance(raw, bool):
        return _problem(LOGICAL)
    if isinstance(raw, date | time | timedelta):
        return _problem(DATE_IN_NUMBER)
    if isinstance(raw, str):
        return _text_number(raw, codes, units, otherwise)
    number = _cell_number(raw)
    return _problem(otherwise) if number is None else number


def _text_number(raw: str, codes: frozenset[str], units: frozenset[str], otherwise: str) -> Decimal | Reading:
    if character := _unsafe(raw):
        return _problem(UNSAFE_CHARACTER, char=character)
    text = _tidy(raw)
    if len(text) > _LONGEST_NUMBER:
        return _problem(otherwise)
    if _ERROR_TEXT.fullmatch(text):
        return _problem(CELL_ERROR)
    if code := _code(text):
        return _code_reading(raw, code, codes)
    dashed = text.translate(_DASHES)
    match = _NUMBER.fullmatch(dashed[:1] + text[1:])
    if match and match["unit"] in units and (not match["yen"] or "円" in units):
        sign = "-" if match["sign"] in ("-", "▲", "△") else ""
        return Decimal(sign + match["digits"].replace(",", "") + (match["fraction"] or ""))
    rule = next((rule for rule, shape in _SHAPES if shape.search(dashed)), otherwise)
    if rule == SIGN_FOR_NOTHING:
        return _problem(rule, **_allowed(codes))
    return _problem(otherwise if rule == NOT_WHOLE else rule)


@lru_cache(maxsize=1)
def _code_forms() -> tuple[frozenset[str], dict[str, str]]:
    """The forms a drop-down or the guide sheet shows, and every accepted writing without spaces."""
    shown: set[str] = set()
    keys: dict[str, str] = {"該当無し": "a", "把握していません": "m", "未収集": "nc"}
    for code, (ja, en) in CODE_LABELS.items():
        forms = {code, *(prefix + label for prefix in ("", f"{code} ") for label in (ja, en, f"{ja} / {en}"))}
        shown |= forms | {form.lower() for form in forms}
        keys |= {form.replace(" ", "").lower(): code for form in forms}
    return frozenset(shown), keys


def _code(text: str) -> str:
    key = text.replace(" ", "")
    known = _code_forms()[1]
    # The English half of a drop-down text may be worded otherwise in an older form.
    head = key.partition("/")[0]
    return known.get(key) or (known.get(head, "") if len(head) > 2 else "")


def _code_reading(raw: str, code: str, codes: frozenset[str]) -> Reading:
    if code not in codes:
        return _problem(CODE_NOT_OFFERED, code=code, **_allowed(codes))
    plain = raw.strip() in _code_forms()[0]
    return Reading(None, code, read_as="" if plain else f"{code} {CODE_LABELS[code][0]}")


def _allowed(codes: frozenset[str]) -> dict[str, str]:
    offered = [(code, *labels) for code, labels in CODE_LABELS.items() if code in codes]
    return {
        "allowed": " ".join(code for code, _, _ in offered),
        "allowed_ja": "、".join(f"{code} {ja}" for code, ja, _ in offered) or "なし",
        "allowed_en": ", ".join(f"{code} {en.lower()}" for code, _, en in offered) or "none",
    }


def _written(raw: object) -> str | None:
    """A cell that is no text, as its text; None for what no spreadsheet shows as a text."""
    if isinstance(raw, bool):
        return str(raw).upper()
    if isinstance(raw, datetime) and (raw.hour, raw.minute, raw.second) == (0, 0, 0):
        return raw.date().isoformat()
    if isinstance(raw, date | time):
        return raw.isoformat()
    if isinstance(raw, timedelta):
        return str(raw)
    number = _cell_number(raw)
    return None if number is None or abs(number.adjusted()) > 400 else f"{_plain(number):f}"


def _clean(typed: str) -> str:
    """NFC for everything but compatibility ideographs: they stand in people's names and would be replaced."""
    text = typed.replace("_x000D_", "\n").replace("\r\n", "\n").translate(_INVISIBLE)
    text = _HALF_WIDTH_KANA.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text)
    pieces = _COMPATIBILITY_IDEOGRAPH.split(text)
    kept = (p if i % 2 else unicodedata.normalize("NFC", p) for i, p in enumerate(pieces))
    return "".join(kept).strip()


def _text_remark(text: str, allow_email: bool) -> tuple[str, dict[str, str]]:
    plain = unicodedata.normalize("NFKC", text)
    if "@" in plain and not allow_email and _EMAIL.search(plain):
        return PERSONAL_DATA, {"kind_ja": "メールアドレス", "kind_en": "an e-mail address"}
    if _ORCID.search(plain):
        return PERSONAL_DATA, {"kind_ja": "ORCID iD", "kind_en": "an ORCID iD"}
    if _TWELVE_DIGITS.search(_URL.sub(" ", plain)):
        return PERSONAL_DATA, {"kind_ja": "12桁の番号", "kind_en": "a 12-digit number"}
    if found := _PLATFORM.search(text):
        return PLATFORM_CHARACTER, {"char": found[0], "alt": unicodedata.normalize("NFKC", found[0])}
    return "", {}


def _choice_key(text: str) -> str:
    return text.strip() if _unsafe(text) else match_key(text.lstrip("'’‘＇"))


@lru_cache(maxsize=256)
def _choice_forms(choices: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[dict[str, str], dict[str, str]]:
    """Form as shown → code, and match key → code; a key that two choices share stands for neither."""
    forms: dict[str, str] = {}
    keys: dict[str, str] = {}
    for code, labels in choices:
        words = {*labels, *(" / ".join(labels[:n]) for n in range(2, len(labels) + 1))}
        for form in {code, *words, *(f"{code} {word}" for word in words)}:
            for table, key in ((forms, form), (keys, _choice_key(form))):
                table[key] = code if table.get(key, code) == code else ""
    for code, _ in choices:
        forms[code] = code
    return forms, keys


def _unknown_choice(typed: str, choices: Mapping[str, tuple[str, ...]], suggest: bool) -> Reading:
    shown = [" ".join([code, *labels[:1]]) for code, labels in choices.items()]
    labels = (label for labels in choices.values() for label in labels)
    near = nearest(typed, labels) if typed and suggest else None
    listed = "、".join(shown[:8]) + ("…" if len(shown) > 8 else "")
    return _problem(NOT_A_CHOICE, suggestion=near or "－", choices=listed)


def _year(text: str) -> int | None:
    if match := _YEAR.fullmatch(text):
        return int(match["year"]) if match["year"] else _western(match["era"], match["n"])
    if match := _TWO_YEARS.fullmatch(text):
        first, second = (_YEAR.fullmatch(match[part]) for part in ("first", "second"))
        if first and second and _year(first[0]) == _year(second[0]):
            return _year(first[0])
    return None


def _western(era: str, n: str) -> int | None:
    """Era year → western year; 平成31年 and 令和元年 are both 2019. Years that an era never had are None."""
    before, last = _ERA_START[_ERA_LETTER.get(era, era)]
    number = 1 if n == "元" else int(n)
    return before + number if 1 <= number <= last else None


def _day(year: int | None, month: int, day: int) -> date | None:
    try:
        return None if year is None else date(year, month, day)
    except (ValueError, TypeError):
        return None


def _dated(found: date | None, *, said: bool) -> Reading:
    if found is None or not _FIRST_DATE <= found <= _LAST_DATE:
        return _problem(NOT_A_DATE)
    return Reading(found, read_as=found.isoformat() if said else "")


def _number_date(number: Decimal | None, date_1904: bool) -> date | None:
    """A serial, or a day written as 20260501. ``_dated`` refuses days before 1950, so 2026 stays a year."""
    if number is None or not 0 < number < 10**8:
        return None
    if packed := _PACKED_DATE.fullmatch(str(int(number))):
        return _day(int(packed["y"]), int(packed["m"]), int(packed["d"]))
    if number >= 10**5:
        return None
    return (date(1904, 1, 1) if date_1904 else date(1899, 12, 30)) + timedelta(days=int(number))


def _text_date(text: str, date_1904: bool) -> date | None:
    doubled = re.match(r"(?P<first>[^()]+年)\((?P<second>[^()]+年)\)", text)
    if doubled and _year(doubled["first"]) == _year(doubled["second"]):
        text = doubled["first"] + text[doubled.end() :]
    if match := _DATE.fullmatch(text):
        year = _year(match["y"])
        found = _day(year, int(match["m"]), int(match["d"]))
        agrees = found is None or match["weekday"] in (None, "月火水木金土日"[found.weekday()])
        return found if agrees else None
    if _SERIAL.fullmatch(text) or _PACKED_DATE.fullmatch(text):
        return _number_date(Decimal(text), date_1904)
    return _named_month(text)


def _named_month(text: str) -> date | None:
    match = _NAMED_MONTH.fullmatch(text)
    if not match or bool(match["d"]) == bool(match["d2"]):
        return None
    months = [i for i, name in enumerate(_MONTHS, 1) if match["name"] in (name, name[:3], name[:4])]
    return _day(int(match["y"]), months[0], int(match["d"] or match["d2"])) if months else None
