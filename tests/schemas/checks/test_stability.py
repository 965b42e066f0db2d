"""Clean tables written into a form read back equal, and what reading accepts stays as it is once written."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.dictionary.field import FORMS, NUMERIC, Field, Form
from schemas.form.issue import Given, Issue
from schemas.form.options import accepted_texts, options
from schemas.reading.normalise import COUNT_UNITS
from schemas.reading.read_submission import read_value
from schemas.template.write_template import write_template
from tests.support.form_answers import (
    DICTIONARY,
    LAYOUTS,
    LEAVE_OUT,
    LISTS,
    SLOTS,
    SOMEBODY,
    YEAR,
    assert_same,
    assert_same_tables,
    issues,
    listed_answers,
    read,
    switches,
    values_of,
)

# Each example writes and reads a workbook; shrinking would write hundreds more.
SLOW = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WIDE = str.maketrans("0123456789,.-/abcmABCM", "０１２３４５６７８９，．－／ａｂｃｍＡＢＣＭ")


# clean tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@SLOW
@given(data=st.data())
def test_any_clean_table_written_into_a_form_reads_back_equal(form: Form, data: st.DataObject) -> None:
    issue = data.draw(issues(form))
    found = read(write_template(DICTIONARY, issue))
    assert (found.form, found.year, found.institution) == (form, YEAR, SOMEBODY.code)
    assert not found.missing_sheets and not found.moved
    assert_same(issue, found)
    assert_same_tables(issue, found)


# what was typed ----------------------------------------------------------------------------------------------


def written_forms(f: Field, keys: Mapping[str, str], value: Given) -> st.SearchStrategy[object]:
    """Ways in which people may type a value, right ones and doubtful ones."""
    shown = options(DICTIONARY, f, dict(keys))
    if isinstance(value, str) and value in f.codes:
        return st.sampled_from([value, value.upper(), shown[value], shown[value].split(" / ")[0], f"　{value} "])
    if f.type in NUMERIC:
        plain = [str(value), f"{value:,}", f"{value} ", f"'{value}", f"▲{value}", f"約{value}", f"{value}〃"]
        units = [f"{value}{unit}" for unit in sorted(COUNT_UNITS)]
        return st.sampled_from([*plain, *units, *(text.translate(WIDE) for text in (*plain, *units)), value])
    if f.type == "year":
        era = int(str(value)) - 2018
        return st.sampled_from([value, str(value), f"{value}年度", f"R{era}", f"令和{era}年"])
    if isinstance(value, date):
        era = f"令和{value.year - 2018}年{value.month}月{value.day}日"
        texts = [value.isoformat(), f"{value:%Y/%m/%d}", f"{value:%Y.%m.%d}", f"{value:%Y年%m月%d日}"]
        return st.sampled_from([value, era, f"{value:%Y%m%d}", *texts, *(text.translate(WIDE) for text in texts)])
    if f.type in ("choice", "yes_no", "level"):
        known = list(accepted_texts(DICTIONARY, f, dict(keys))[str(value)])
        return st.sampled_from([*known, *(f" {text}　" for text in known), *(text.translate(WIDE) for text in known)])
    text = str(value)
    return st.sampled_from([text, f"　{text} ", f"{text}\u200b", f"ｶﾞｲﾄﾞ {text}", f"{text}\r\n{text}", f"が{text}"])


@st.composite
def typed_answers(draw: st.DrawFn, form: Form) -> dict[tuple[str, str], tuple[object, Given]]:
    """Typed text and the value it stands for, for some fixed answers of a form."""
    chosen = draw(st.lists(st.sampled_from(SLOTS[form]), unique_by=lambda s: s.name, min_size=20, max_size=60))
    found = {}
    for slot in chosen:
        if slot.field.id not in LEAVE_OUT and (slot.field.id, "") not in switches(form):
            value = draw(values_of(slot.field, slot.keys))
            typed = draw(written_forms(slot.field, slot.keys, value) | st.text(max_size=12))
            found[slot.field.id, slot.row_key] = typed, value
    return found


@pytest.mark.parametrize("form", FORMS)
@SLOW
@given(data=st.data())
def test_what_reading_accepts_is_stable_under_writing_and_reading(form: Form, data: st.DataObject) -> None:
    answers: dict[tuple[str, str], Given] = {}
    for key, (typed, _) in data.draw(typed_answers(form)).items():
        slot = LAYOUTS[form].slots[key]
        reading = read_value(DICTIONARY, slot.field, slot.keys, typed)
        if not reading.problem and (reading.value is not None or reading.code):
            answers[key] = reading.code or reading.value
    issue = Issue(form, YEAR, SOMEBODY, answers | switches(form))
    assert_same(issue, read(write_template(DICTIONARY, issue)))


@pytest.mark.parametrize("form", FORMS)
@SLOW
@given(data=st.data())
def test_typed_rows_of_lists_are_stable_too(form: Form, data: st.DataObject) -> None:
    lists: dict[str, list[dict[str, Given]]] = {}
    for block in LISTS[form]:
        row: dict[str, Given] = {}
        for f in block.fields:
            typed = data.draw(written_forms(f, {}, data.draw(values_of(f, {}))))
            reading = read_value(DICTIONARY, f, {}, typed)
            if not reading.problem:
                row[f.column] = reading.code or reading.value
        lists[block.id] = [row] if any(value is not None for value in row.values()) else []
    issue = Issue(form, YEAR, SOMEBODY, switches(form), lists)
    found = read(write_template(DICTIONARY, issue))
    assert_same(issue, found)
    assert any(listed_answers(issue, block) for block in LISTS[form])
