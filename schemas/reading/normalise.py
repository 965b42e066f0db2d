"""What people really type into answer cells that ask for a number or a choice, read without guessing.

Each ``read_*`` function, here and in ``days`` and ``free_text``, takes one raw cell value and returns a ``Reading``.
Plain re-writings (full-width digits, separators, a unit, an era year) are read and reported in ``read_as``; whatever
could mean two things is a problem with a rule id and no value. None of them raises, reads files or looks at other
cells. The words come with the rules.
"""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from schemas.dictionary.declaration import read_yaml
from schemas.dictionary.field import Field
from schemas.dictionary.match_key import LONGEST, match_key, nearest
from schemas.reading.cell_text import ERROR_TEXT, cell_number, digits, is_blank, plain_number, tidy, unsafe
from schemas.reading.read_dates import ERA_YEAR
from schemas.reading.reading_outcome import (
    ABOVE_MAXIMUM,
    APPROXIMATE,
    BELOW_MINIMUM,
    BLANK,
    CELL_ERROR,
    CODE_NOT_OFFERED,
    DATE_IN_NUMBER,
    DITTO,
    FULL_TIME_EQUIVALENT,
    KANJI_NUMERAL,
    LETTER_FOR_DIGIT,
    LOGICAL,
    NEGATIVE,
    NOT_A_CHOICE,
    NOT_A_NUMBER,
    NOT_WHOLE,
    SEVERAL_NUMBERS,
    SHARE_OR_PERCENT,
    SIGN_FOR_NOTHING,
    SIZE_UNIT,
    UNSAFE_CHARACTER,
    Reading,
    problem,
)

CODE_LABELS: Mapping[str, tuple[str, str]] = {
    item["code"]: (item["label"]["ja"], item["label"]["en"])
    for item in read_yaml(Path(__file__).parent.parent / "codelists" / "answer_codes.yaml")["items"]
}


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


COUNT_UNITS = frozenset({""}) | _words(
    "人 名 件 校 機関 拠点 本 編 報 回 日 日間 か月 カ月 ヶ月 ケ月 ヵ月 か国 カ国 ヶ国 ケ国 ヵ国 国 社 種類 "
    "課程 組 冊 項目 か所 カ所 ヶ所 箇所 person persons people paper papers item items case cases staff"
)
_UNIT_WORDS = {
    "%": frozenset({"", "%", "パーセント", "percent"}),
    "人": frozenset({"", "人", "名", "fte"}),
    "千円": frozenset({"", "千円", "thousand yen"}),
    "円": frozenset({"", "円", "yen", "jpy"}),
}

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー─━﹣", "-") | dict.fromkeys("〜∼～", "~"))
_SMALLEST_EXPONENT = -6

_NUMBER = re.compile(
    r"(?P<yen>[¥\\]?)(?P<sign>[-+▲△]?) ?(?P<digits>[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)"
    r"(?P<fraction>\.[0-9]+)? ?(?P<unit>\D*)"
)
_KANJI = "〇零一二三四五六七八九十百千万億兆壱弐参拾廿"
_DITTO = re.compile(
    r"^(同上|〃|″|′′|\"|''|々|〟|仝|同[左右]|同じ|(上記?|左記?|右記?|前年度?|昨年度?|前回)[にと]?同[じ様数]|以下同じ|ditto|"
    r"same as above|do\.)$"
)
_CODE_AND_MORE = re.compile(r"(a|m|c|nc) ?[.:;、,(「\[※*-].*")
_LETTERS, _MEANT = "o〇○li|", "000111"
# One number as it is written in groups or with a fraction: with something beside it, it is still one.
_ONE_NUMBER = re.compile(r"(?<![0-9.,])(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+\.[0-9]+)(?![0-9.,])")
_POINTS_FOR_COMMAS = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+")  # 1.234, as some countries write 1,234
_FTE = re.compile(
    r"[0-9] ?(人|名)? ?\(? ?(fte|換算|常勤換算|専従換算|(人|名)分|人[年月日工]|エフォート)"
    r"|[0-9] ?(person|man)[- ]?(year|month)"
    r"|(fte|換算|エフォート)率?[:: ]* ?[0-9]"
)
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (LOGICAL, re.compile(r"^(true|false)$")),
    (NOT_WHOLE, re.compile(r"^[-+]?[0-9]+(\.[0-9]+)?(e|\^|[×x*]10\^?)[-+]?[0-9]+$")),
    (
        SIGN_FOR_NOTHING,
        re.compile(
            r"^[(「\[]?([-?*…・.,、。※/~_×○◯✓]+|なし|無し?|ナシ|(該当|在籍|対象|実績|制度|回答)?者?(なし|無し?)|無回答|n\.?/?[ad]\.?|不明|不詳|未定|"
            r"(該当|対象)?(せず|しない|しません)|非該当|(該当|対象)外|適用外|除外|非公[開表]|不開示|非開示|マル?秘|秘匿?|部外秘|内部情報|"
            r"未(回答|集計|把握|調査|確定|確認|記入|入力|収集|実施)|(集計|調査|確認|照会|計算|作業|問合せ)中|調査せず|後日(回答|提出)?|別[紙添表](参照|のとおり)?|省略|空欄|保留|(回答|記入)(拒否|保留|省略)|"
            r"(デ[-ー]タ|記録|統計|資料|情報)(なし|無し?)|"
            r"(回答|集計|把握|算出|公[開表]|開示|提供)を?(不可|不能|でき(ず|ない|ません)|し(ない|ません|ていない|ていません)|せず|控える|差し?控え(る|ます)?)|"
            r"none|nil|null|no|unknown|tb[dac]|pending|omitted|see (attached|attachment|annex|above|below)|"
            r"not (applicable|available|known|disclosed|collected|relevant|published|provided|recorded|public|yet)|"
            r"no (data|answer|record)|confidential|withheld|undisclosed|out of scope)(です|のため)?[)」\]]?$"
        ),
    ),
    (
        DATE_IN_NUMBER,
        re.compile(
            rf"^([0-9]{{4}}|{ERA_YEAR.pattern})[-/.年] ?[0-9]{{1,2}}[-/.月] ?[0-9]{{1,2}}日?$"
            r"|^[0-9]{1,2}月[0-9]{1,2}日$"
        ),
    ),
    (
        APPROXIMATE,
        re.compile(
            r"約|およそ|おおよそ|おおむね|概ね|凡そ|ほぼ|だいたい|大体|程度|くらい|ぐらい|ほど|前後|以上|以下|以内|未満|超|"
            r"から|数[十百千人名件]|[0-9][人名件]? ?(弱|強|余|位)|見込|推[計定]|概[算数]|暫定|予定|"
            r"最[大小高低]|若干|[<>≦≧≤≥≒≈±~]|[0-9] ?\+$|"
            r"approx|about|around|circa|\bca\b|over|under|than|at least|up to|\bto\b|"
            r"estimat|provisional|expected|several|\bm(ax|in)\b|"
            r"^[0-9][0-9,.]*[人名件]? ?- ?[0-9][0-9,.]*[人名件]?$"
        ),
    ),
    (
        SIZE_UNIT,
        re.compile(r"[0-9] ?[百千万億兆円]|[0-9] ?(k|mn?|thousand|million|billion|yen|jpy)\b|[¥\\$]|ドル"),
    ),
    (KANJI_NUMERAL, re.compile(rf"^([{_KANJI}][{_KANJI} ]*|ゼロ) ?[人名件校回日本]?$")),
    (SEVERAL_NUMBERS, re.compile(r"[0-9][^0-9]+[0-9]")),
)


YES_LABEL, NO_LABEL = "はい / Yes", "いいえ / No"
_YES = _words("はい yes y true 有 有り あり ある ○ 〇 ◯ ✓ ✔ ☑ 1 はい/yes 有/yes あり/yes")
_NO = _words("いいえ no n false 無 無し なし ない × ✕ ✗ ☐ 0 いいえ/no 無/no なし/no")
_PLAIN_YES_NO = frozenset(
    {form for label in (YES_LABEL, NO_LABEL) for form in (label, label.lower(), *label.lower().split(" / "))}
)


def read_count(raw: object, *, maximum: int, codes: frozenset[str], unit: str = "", is_people: bool = False) -> Reading:
    """A whole number from 0 to ``maximum``, or a code; ``unit`` may be written, like ``COUNT_UNITS``.

    ``is_people``: a number above 1 with decimals is taken for full-time equivalents, of which the problem speaks.
    """
    if is_people and isinstance(raw, str) and _FTE.search(tidy(raw)):
        return problem(FULL_TIME_EQUIVALENT)
    if isinstance(raw, str) and _POINTS_FOR_COMMAS.fullmatch(tidy(raw)):
        return problem(SEVERAL_NUMBERS)
    number = _number(raw, codes, COUNT_UNITS | _unit_words(unit), NOT_WHOLE)
    if isinstance(number, Reading):
        return number
    if is_people and number > 1 and number != number.to_integral_value():
        return problem(FULL_TIME_EQUIVALENT)
    if number < 0:
        return problem(NEGATIVE)
    if number > maximum:
        return problem(ABOVE_MAXIMUM, maximum=f"{maximum:,}")
    if number != number.to_integral_value():
        return problem(NOT_WHOLE)
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
        return problem(NEGATIVE) if number < 0 <= minimum else problem(BELOW_MINIMUM, minimum=f"{minimum:,f}")
    if number > maximum:
        return problem(ABOVE_MAXIMUM, maximum=f"{maximum:,f}")
    if number != 0 and number.adjusted() < _SMALLEST_EXPONENT:
        return problem(NOT_A_NUMBER)
    value = plain_number(number)
    is_bare = not isinstance(raw, str) or tidy(raw)[-1].isdigit()
    if unit == "%" and 0 < value <= 1 and is_bare:
        return problem(SHARE_OR_PERCENT, low=f"{value:f}", high=f"{plain_number(value * 100):f}")
    return Reading(value, read_as=f"{value:f}" if isinstance(raw, str) else "")


def read_choice(
    raw: object, choices: Mapping[str, tuple[str, ...]], codes: frozenset[str], *, suggest: bool = True
) -> Reading:
    """The code of the choice whose code, label or drop-down text (``code ja / en``) was typed.

    One of ``codes`` is a reading without value. Anything else is a problem; ``params["suggestion"]`` is the
    nearest label, or "". Looking for it takes most of the time; without ``suggest`` it is always "".
    """
    if is_blank(raw):
        return BLANK
    typed = raw if isinstance(raw, str) else digits(raw)
    if typed is None:
        return _unknown_choice("", choices, suggest)
    forms, keys = _choice_forms(tuple((code, tuple(labels)) for code, labels in choices.items()))
    plain = typed.strip()
    if found := forms.get(plain):
        return Reading(found)
    if found := keys.get(_choice_key(typed)):
        return Reading(found, read_as=" ".join([found, *choices[found][:1]]))
    if found := _earlier_wording(plain, keys, choices):
        return Reading(found, read_as=" ".join([found, *choices[found][:1]]))
    text = tidy(typed)
    if ERROR_TEXT.fullmatch(text):
        return problem(CELL_ERROR)
    if not unsafe(typed) and (code := _code(text)):
        return _code_reading(typed, code, codes)
    if _DITTO.fullmatch(text):
        return problem(DITTO)
    if codes and text.strip("○◯✓") and _says_nothing(text):
        return problem(SIGN_FOR_NOTHING, zero="0" if "0" in choices else "", **_allowed_codes(codes))
    return _unknown_choice(plain, choices, suggest)


def read_yes_no(raw: object, codes: frozenset[str] = frozenset()) -> Reading:
    """True or False for はい / いいえ, 有 / 無, ○ / ×, yes / no, TRUE / FALSE, 1 / 0; else a code or a problem."""
    if is_blank(raw):
        return BLANK
    if isinstance(raw, bool):
        return Reading(raw)
    typed = raw if isinstance(raw, str) else digits(raw)
    key = "" if typed is None or unsafe(typed) else tidy(typed).replace(" ", "")
    if codes and (code := _code(key)):
        return _code_reading(str(typed), code, codes)
    if typed is None or key not in _YES | _NO:
        rule = CELL_ERROR if ERROR_TEXT.fullmatch(key) else DITTO if _DITTO.fullmatch(key) else NOT_A_CHOICE
        return problem(rule, suggestion="", choices=f"{YES_LABEL}、{NO_LABEL}")
    plain = typed.strip() in _PLAIN_YES_NO
    return Reading(key in _YES, read_as="" if plain else (YES_LABEL if key in _YES else NO_LABEL))


def is_unit_of(f: Field, text: str) -> bool:
    """Whether a text is the unit in which a question is asked (人, 件, 千円), which changes no number."""
    word = tidy(text)
    if f.type == "year":
        return word in ("年", "年度")
    return word in (_UNIT_WORDS["千円"] if f.unit == "thousand_yen" else COUNT_UNITS)


def _unit_words(unit: str) -> frozenset[str]:
    return _UNIT_WORDS.get(unit, frozenset({"", tidy(unit)}))


def _number(raw: object, codes: frozenset[str], units: frozenset[str], otherwise: str) -> Decimal | Reading:
    """The number, or the reading that ends the matter: blank, a code, a problem (else ``otherwise``)."""
    if is_blank(raw):
        return BLANK
    if isinstance(raw, bool):
        return problem(LOGICAL)
    if isinstance(raw, date | time | timedelta):
        return problem(DATE_IN_NUMBER)
    if isinstance(raw, str):
        return _text_number(raw, codes, units, otherwise)
    number = cell_number(raw)
    return problem(otherwise) if number is None else number


def _text_number(raw: str, codes: frozenset[str], units: frozenset[str], otherwise: str) -> Decimal | Reading:
    if character := unsafe(raw):
        return problem(UNSAFE_CHARACTER, char=character)
    text = tidy(raw)
    if len(text) > LONGEST:
        return problem(otherwise)
    if ERROR_TEXT.fullmatch(text):
        return problem(CELL_ERROR)
    if code := _code(text):
        return _code_reading(raw, code, codes)
    if _DITTO.fullmatch(text):
        return problem(DITTO)
    dashed = text.translate(_DASHES)
    match = _NUMBER.fullmatch(dashed[:1] + text[1:])
    if match and match["unit"] in units and (not match["yen"] or "円" in units):
        sign = "-" if match["sign"] in ("-", "▲", "△") else ""
        return Decimal(sign + match["digits"].replace(",", "") + (match["fraction"] or ""))
    if codes and _CODE_AND_MORE.fullmatch(text):
        return problem(CODE_NOT_OFFERED, code=raw.strip(), **_allowed_codes(codes))
    if found := _letter_for_digit(raw, dashed, units):
        return found
    bare = _ONE_NUMBER.sub("0", dashed)
    rule = next((rule for rule, shape in _SHAPES if shape.search(bare)), otherwise)
    if rule == SIGN_FOR_NOTHING:
        return problem(rule, zero="0", **_allowed_codes(codes))
    return problem(otherwise if rule == NOT_WHOLE else rule)


def _letter_for_digit(raw: str, text: str, units: frozenset[str]) -> Reading | None:
    """The problem of a number in which letters stand for the digits 0 and 1 (1,2O3 · l2 · 1〇); else None."""
    meant = _NUMBER.fullmatch(text.translate(str.maketrans(_LETTERS, _MEANT)))
    character = next((c for c in raw if tidy(c) and tidy(c) in _LETTERS), "")
    if not character or meant is None or meant["unit"] not in units or not any(c.isdigit() for c in text):
        return None
    return problem(LETTER_FOR_DIGIT, char=character, likely=meant["digits"] + (meant["fraction"] or ""))


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
        return problem(CODE_NOT_OFFERED, code=code, **_allowed_codes(codes))
    plain = raw.strip() in _code_forms()[0]
    return Reading(None, code, read_as="" if plain else f"{code} {CODE_LABELS[code][0]}")


def _allowed_codes(codes: frozenset[str]) -> dict[str, str]:
    offered = [(code, *labels) for code, labels in CODE_LABELS.items() if code in codes]
    return {
        "allowed": " ".join(code for code, _, _ in offered),
        "allowed_ja": "、".join(f"{code} {ja}" for code, ja, _ in offered) or "なし",
        "allowed_en": ", ".join(f"{code} {en.lower()}" for code, _, en in offered) or "none",
    }


def _choice_key(text: str) -> str:
    return text.strip() if unsafe(text) else match_key(text.lstrip("'’‘＇"))


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


def _earlier_wording(typed: str, keys: Mapping[str, str], choices: Mapping[str, tuple[str, ...]]) -> str:
    """The choice of a drop-down text, ``code ja / en`` or ``ja / en``, of which one language has been reworded since.

    One half must be a present label, and neither the other half nor the code before it may name another choice.
    "" where that does not hold.
    """
    halves = typed.split(" / ")
    if len(halves) != 2 or unsafe(typed):
        return ""
    before, _, after = halves[0].partition(" ")
    coded = before if after and before in choices else ""
    named = {keys.get(_choice_key(half), "") for half in (*halves, after if coded else "")} - {""}
    return named.pop() if len(named) == 1 and coded in ("", *named) else ""


def is_ditto(text: str) -> bool:
    """Whether a text only says that it is the same as above, beside or last year."""
    return _DITTO.fullmatch(tidy(text)) is not None


def _says_nothing(text: str) -> bool:
    """Whether a tidied text says none or not known, without saying which."""
    return any(shape.search(text) for rule, shape in _SHAPES if rule == SIGN_FOR_NOTHING)


def _unknown_choice(typed: str, choices: Mapping[str, tuple[str, ...]], suggest: bool) -> Reading:
    shown = [" ".join([code, *labels[:1]]) for code, labels in choices.items()]
    meanings = {label: code for code, labels in choices.items() for label in labels}
    near = nearest(typed, meanings) if typed and suggest else None
    listed = "、".join(shown[:8]) + ("…" if len(shown) > 8 else "")
    return problem(NOT_A_CHOICE, suggestion=near or "", choices=listed)
