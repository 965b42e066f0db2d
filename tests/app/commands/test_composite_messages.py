"""What `junkan composite` says of tables that come from other programs: one message a cause, naming it."""

from pathlib import Path

import pandas as pd
import pytest

from app.cli import main
from app.commands.composite_input import read_tables
from indicators.composite import PanelError, follow, parse_recipe, read_panel
from tests.support.each_case import for_each

META = """Level,iCode,iName,Direction,Weight,Parent,Type
1,a,A,1,1,T,Indicator
1,b,B,1,1,T,Indicator
2,T,T,1,1,,Aggregate
"""

NORMALISE = {"normalise": {"method": "min_max"}}


def tables(tmp_path: Path, data: str, meta: str = META) -> tuple[Path, Path]:
    paths = tmp_path / "data.csv", tmp_path / "meta.csv"
    for path, text in zip(paths, (data, meta), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def refused(tmp_path: Path, data: str) -> list[str]:
    with pytest.raises(PanelError) as found:
        read_tables(*tables(tmp_path, data))
    return [message["en"] for message in found.value.messages]


def test_decimal_commas_are_one_message_with_their_count_and_first_place(tmp_path: Path) -> None:
    rows = "".join(f'u{n},"{n},5","{n},25"\n' for n in range(500))
    (message,) = refused(tmp_path, "uCode,a,b\n" + rows)
    assert message.startswith("Row 2, column a: '0,5'") and "1000 cells" in message and "decimal mark" in message


def test_words_for_no_value_and_grouped_digits_are_named_each_by_its_cause(tmp_path: Path) -> None:
    found = refused(tmp_path, 'uCode,a,b\nu1,NA,"1,234,567"\nu2,NA,2\nu3,x,3\n')
    assert len(found) == 3
    assert "'NA'" in found[0] and "2 cells" in found[0] and "leave the cell empty" in found[0]
    assert "'x'" in found[1] and "'1,234,567'" in found[2] and "group digits" in found[2]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("uCode;a;b\nu1;1,5;2\n", "semicolons"),
        ("sep=;\nuCode;a;b\nu1;1,5;2\n", "semicolons"),
        ("uCode\ta\tb\nu1\t1\t2\n", "tabs"),
    ],
)
def test_other_separators_are_named(tmp_path: Path, data: str, name: str) -> None:
    (message,) = refused(tmp_path, data)
    assert name in message and "comma delimited" in message and "group digits" not in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04rest", "a spreadsheet workbook, not a CSV file"),
        (b"\xd0\xcf\x11\xe0rest", "a spreadsheet workbook, not a CSV file"),
        ("uCode\ta\tb\nu1\t1\t2\n".encode("utf-16"), "separated by tabs"),
    ],
)
def test_a_file_that_is_no_table_is_told_as_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    data, meta = tables(tmp_path, "")
    data.write_bytes(content)
    with pytest.raises(PanelError) as found:
        read_tables(data, meta)
    (message,) = found.value.messages
    assert said in message["en"]


def test_utf_16_with_its_mark_is_read(tmp_path: Path) -> None:
    data, meta = tables(tmp_path, "")
    data.write_bytes("uCode,a,b\n東,1,2\n西,3,4\n".encode("utf-16"))
    assert set(read_tables(data, meta).units) == {"東", "西"}


@pytest.mark.parametrize("head", ["ａ", "A", "а"])
def test_a_column_that_looks_like_the_code_is_named_as_the_nearest(tmp_path: Path, head: str) -> None:
    meta = META.replace(",a,A", ",a1,A")
    with pytest.raises(PanelError) as found:
        read_tables(*tables(tmp_path, f"uCode,{head}1,b\nu1,1,2\nu2,3,4\n", meta))
    (message,) = found.value.messages
    assert f"no column a1 (nearest: {head}1)" in message["en"]


def test_percent_signs_are_one_cause(tmp_path: Path) -> None:
    (message,) = refused(tmp_path, "uCode,a,b\nu1,12%,2\nu2,3.5 ％,3\n")
    assert "2 cells" in message and "percent sign" in message


def test_a_column_of_the_metadata_that_is_missing_is_named_once(tmp_path: Path) -> None:
    meta = "\n".join(",".join(cell for n, cell in enumerate(line.split(",")) if n != 3) for line in META.splitlines())
    with pytest.raises(PanelError) as found:
        read_tables(*tables(tmp_path, "uCode,a,b\nu1,1,2\n", meta))
    assert [message["en"] for message in found.value.messages] == [
        "iMeta has no column Direction. Please add it or mend the heading."
    ]
    with pytest.raises(PanelError) as found:
        read_tables(*tables(tmp_path, "uCode,a,b\nu1,1,2\n", META.replace("iCode", "Icode")))
    assert "iCode (nearest: Icode)" in found.value.messages[0]["en"]


def test_what_the_report_warns_of_is_said_on_the_error_stream_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("steps:\n  - normalise: {method: min_max}\n  - aggregate: {method: arithmetic}\n", "utf-8")
    data, meta = tables(tmp_path, "uCode,a,b\nU1,1,2\nＵ１,2,3\nU3,3,1\n")
    given = ["--meta", str(meta), "--recipe", str(recipe), "--out", str(tmp_path / "out")]
    assert main(["--lang", "en", "composite", "--data", str(data), *given]) == 0
    assert "U1, Ｕ１ differ by kinds of characters" in capsys.readouterr().err
    assert main(["--lang", "en", "composite", "--data", str(tmp_path), *given]) == 2
    assert "A folder stands where a file is needed" in capsys.readouterr().err


@pytest.mark.parametrize(("weight", "said"), [("", "No weight is given for a, b"), ("0", "The weight 0 of a, b")])
def test_weights_that_fail_alike_are_one_message(tmp_path: Path, weight: str, said: str) -> None:
    panel = read_tables(*tables(tmp_path, "uCode,a,b\nu1,1,2\nu2,3,4\n", META.replace(",1,1,T", f",1,{weight},T")))
    with pytest.raises(PanelError) as found:
        follow(panel, parse_recipe({"steps": [NORMALISE, {"aggregate": {"method": "arithmetic"}}]}))
    (message,) = found.value.messages
    assert said in message["en"]


def test_one_unit_alone_is_one_message_for_all_indicators(tmp_path: Path) -> None:
    panel = read_tables(*tables(tmp_path, "uCode,a,b\nu1,1,2\n"))
    with pytest.raises(PanelError) as found:
        follow(panel, parse_recipe({"steps": [NORMALISE]}))
    (message,) = found.value.messages
    assert message["en"].startswith("Each of the 2 indicators a, b has the same value everywhere, or a single value")


def test_a_line_that_names_the_comma_is_passed_over(tmp_path: Path) -> None:
    panel = read_tables(*tables(tmp_path, "sep=,\nuCode,a,b\nu1,1,2\nu2,3,4\n"))
    assert panel.units == ("u1", "u2")


MANY = range(1000)


@for_each(
    "data, said",
    [
        ("uCode,a,b\n" + "".join(f'u{n},"0,{n}","{n}"\n' for n in MANY), ("'0,0'", "1000 cells", "decimal mark")),
        ("uCode,a,b\n" + "".join(f"u{n},1,5,2,25\n" for n in MANY), ("Line 2", "5 columns", "1000 such lines")),
        ("uCode,a,b\nu1,NA,-\nu2,n/a,**\nu3,1,2\n", ("Row 2, column a", "4 cells", "NA, n/a, -, **", "empty")),
        ("uCode,a,b\nu1,▲0.5,(2)\nu2,−3,1\n", ("'▲0.5'", "3 cells", "plain '-'")),
        ("uCode，a，b\nu1，1，2\n", ("full-width commas",)),
        ("表1,,\n,,\nuCode,a,b\nu1,1,2\n", ("line 3", "lines above")),
        ('uCode,a,b\nu1,1,2\nu2,"1,2\nu3,1,2\n', ("line 3", "not closed")),
        ("uCode,x,y\nu1,1,2\n", ("no columns a, b.",)),
        ("code,a,b\nu1,1,2\n", ("no column uCode (nearest: code).",)),
    ],
)
def test_a_cause_is_one_sentence_that_names_it_and_its_first_place(
    tmp_path: Path, data: str, said: tuple[str, ...]
) -> None:
    (message,) = refused(tmp_path, data)
    assert all(part in message for part in said) and "–" not in message, message


@for_each(
    "above, line",
    [("\n\n", 4), (",,\n", 3), ("sep=,\n", 3), ('"sep=,"\r\n\r\n', 4)],
)
def test_lines_are_counted_from_the_first_of_the_file(tmp_path: Path, above: str, line: int) -> None:
    assert f"Row {line}, column b: 'x'" in refused(tmp_path, f"{above}uCode,a,b\nu1,1,x\n")[0]


def test_columns_of_type_other_are_accepted_and_not_used() -> None:
    meta = pd.DataFrame(
        [
            {"Level": 1, "iCode": "a", "Direction": 1, "Weight": 1, "Parent": "T", "Type": "Indicator"},
            {"Level": 2, "iCode": "T", "Direction": 1, "Weight": 1, "Parent": "", "Type": "Aggregate"},
            {"Level": None, "iCode": "pop", "Direction": None, "Weight": None, "Parent": "", "Type": "Other"},
        ]
    )
    panel = read_panel(pd.DataFrame({"uCode": ["x", "y"], "a": [1, 2], "pop": [9, 9]}), meta)
    assert panel.codes == ("a",) and "pop" not in panel.denominators


def panel_of(units: list[str], low: float | None = None):  # type: ignore[no-untyped-def]
    meta = pd.DataFrame(
        [
            {"Level": 1, "iCode": "a", "Direction": 1, "Weight": 1, "Parent": "T", "Type": "Indicator",
             "GoalLower": 1 if low is None else low, "GoalUpper": 10},
            {"Level": 2, "iCode": "T", "Direction": 1, "Weight": 1, "Parent": "", "Type": "Aggregate",
             "GoalLower": None, "GoalUpper": None},
        ]
    )  # fmt: skip
    return read_panel(pd.DataFrame({"uCode": units, "a": [1.0, 5.0, 9.0][: len(units)]}), meta)


def warnings(units: list[str], method: str) -> list[str]:
    recipe = parse_recipe({"steps": [{"normalise": {"method": method}}, {"aggregate": {"method": "geometric"}}]})
    return [warning["en"] for warning in follow(panel_of(units), recipe).report.warnings]


def test_codes_that_look_alike_are_a_warning() -> None:
    for one, other in (("A大学", "Ａ大学"), ("u-1", "u−1"), ("u-1", "u‐1"), ("髙大", "高大"), ("u 1", "U1")):
        assert any(one in text and other in text for text in warnings([one, other, "B大学"], "min_max")), one
    assert not any("kinds of characters" in text for text in warnings(["A大学", "B大学", "C大学"], "min_max"))


def test_goalposts_are_not_told_to_mend_min_max() -> None:
    said = [text for text in warnings(["x", "y", "z"], "goalposts") if "is 0 by geometric" in text]
    assert said and all("GoalLower" in text and "min_max" not in text for text in said)
