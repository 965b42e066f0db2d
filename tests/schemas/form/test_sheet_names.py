"""The sheets that the toolkit puts into a workbook."""

from schemas.dictionary.dictionary import load_dictionary
from schemas.form.guide import load_guide
from schemas.form.sheet_names import EXPLANATION_SHEET, LISTS_SHEET, META_SHEET, RESULT_SHEET


def test_explanations_are_given_on_a_sheet_of_the_form_and_no_other_name_is_one() -> None:
    names = {sheet.id: sheet.name for sheet in load_dictionary().sheets}
    assert names["explanations"] == EXPLANATION_SHEET
    assert not {META_SHEET, LISTS_SHEET, RESULT_SHEET} & {*names.values(), load_guide().sheet}
