"""What number formats make of a number, by the section that shows it."""

from schemas.dictionary.dictionary import load_dictionary
from schemas.reading.normalise import is_unit_of
from schemas.xlsx.number_formats import effect_of_format, words_of_format
from tests.support.each_case import for_each

ACCOUNTS = '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ '
FIELDS = load_dictionary().fields


@for_each("code, value, effect", [
        ("General", 5, None), ("#,##0", 5, None), ("0.00", 5, None), ("[Red]0", 5, None), ("@", 5, None),
        ("#,##0,", 5, "scales"), ("0.0,,", 5, "scales"), ("0%", 5, "scales"), ("#,##0.0,\"百万円\"", 5, "scales"),
        ("[>=1000]#,##0,;0", 5, None), ("[>=1000]#,##0,;0", 5000, "scales"), ("0;0;", 0, "hides"), ("0;0;", 5, None),
        ("0;;0", -5, "hides"), (";;;", 5, "hides"), ("[=0]\"\";0", 5, None), ("[=0]\"\";0", 0, "hides"),
        ("\"該当なし\"", 5, "hides"), ("0\"百万円\"", 5, "words"), ("0百万円", 5, "words"), ("0万", 5, "words"),
        ("General\"人\"", 5, "words"), ("[$千円]#,##0", 5, "words"), ("[$¥-411]#,##0", 5, None),
        ("0\"a;b\"", 5, "words"), ("yyyy/m/d", 45000, None), ("0_ ;-0_ ", 5, None),
        (ACCOUNTS, 0, None), (ACCOUNTS, 5, None), ("\"-\"", 5, "hides"), ("0;0;\"なし\"", 0, "hides"),
    ])  # fmt: skip
def test_what_a_format_shows(code: str, value: float, effect: str | None) -> None:
    assert effect_of_format(code, value) == effect


def test_without_a_value_any_section_may_have_an_effect() -> None:
    assert effect_of_format("[>=1000]#,##0,;0") == "scales"
    assert effect_of_format("0;-0") is None


@for_each(
    "field, code, own",
    [
        ("researchers.total", '#,##0"人"', True),
        ("researchers.total", '0" 名"', True),
        ("researchers.total", '0"千人"', False),
        ("profile.external_income", '#,##0"千円"', True),
        ("profile.external_income", '#,##0"百万円"', False),
        ("profile.external_income", "#,##0円", False),
        ("publications.papers", '0"件"', True),
        ("profile.founded", '0"年"', True),
    ],
)
def test_the_unit_of_the_question_itself_changes_nothing(field: str, code: str, own: bool) -> None:
    assert is_unit_of(FIELDS[field], words_of_format(code, 5)) is own
