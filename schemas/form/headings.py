"""The texts beside and above answer cells, and how a question is called in a sentence.

The writer prints them, the reader finds lost cells by them, findings name questions with them.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.dictionary.field import Block, Field
from schemas.form.guide import load_guide


def two_lines(text: Text) -> str:
    """Japanese over English."""
    return f"{text.ja}\n{text.en}"


def scope_label(scope: str) -> Text | None:
    """The zone or scope a column or row belongs to, in words."""
    guide = load_guide()
    return {WHOLE: guide.whole, "institution": guide.whole, CENTRE: guide.centre}.get(scope)


def column_heading(f: Field, across: str = "") -> str:
    """Heading of a grid column: both languages, the scope it is asked for, and the unit."""
    guide = load_guide()
    scope = scope_label(across)
    ja = f"{scope.ja}の{f.label.ja}" if scope else f.label.ja
    en = f"{f.label.en}, {scope.en.lower()}" if scope else f.label.en
    unit = guide.units[f.unit].ja if f.unit not in ("none", "items", "years") else ""
    return f"{ja}{f'（{unit}）' if unit else ''}\n{en}"


def row_heading(dictionary: DataDictionary, block: Block, keys: Mapping[str, str]) -> tuple[str, str]:
    """The two heading texts of a grid row."""
    if "unit" in keys:
        zone = scope_label(keys["unit"])
        label = dictionary.labels("positions")[keys["position"]]
        return two_lines(zone) if zone else keys["unit"], two_lines(label)
    if "year" in keys:
        return keys["year"], f"{keys['year']}年 / {keys['year']}"
    code = next(iter(keys.values()))
    return code, two_lines(dictionary.labels(block.rows[0].code_list or "")[code])


def question(dictionary: DataDictionary, block: Block, f: Field, keys: Mapping[str, str]) -> Text:
    """How a sentence calls this question: its label, and the row it belongs to."""
    parts: list[Text] = []
    for key, value in keys.items():
        if key in ("unit", "scope"):
            label = scope_label(value) or Text(ja=value, en=value)
        elif key == "year":
            label = Text(ja=f"{value}年", en=value)
        elif key == "row":
            label = Text(ja=f"{value}行目", en=f"row {value}")
        else:
            code_list = next((rows.code_list for rows in block.rows if rows.key == key), None)
            name = dictionary.labels(code_list)[value] if code_list else Text(ja=value, en=value)
            label = Text(ja=f"{value} {name.ja}", en=f"{value} {name.en}") if key == "item" else name
        if label:
            parts.append(label)
    if not parts:
        return f.label
    return Text(
        ja=f"{f.label.ja}（{'・'.join(part.ja for part in parts)}）",
        en=f"{f.label.en} ({', '.join(part.en for part in parts)})",
    )
