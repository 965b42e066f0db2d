"""``junkan catalogue schema`` and the mechanisms of rules on the command line."""

import json
from pathlib import Path

import pytest

from app.cli import main
from app.documents.export import catalogue_json
from schemas.rules import rule as rules_module


def test_the_schema_of_a_table_is_json_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "schema", "researchers"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["table"] == "researchers" and schema["unique"] == ["row_key"]
    total = schema["columns"]["total"]
    assert total["dtype"] == "Int64" and {"rule": "R.VAL.005", "max_value": 100_000} in total["checks"]
    assert {"R.RES.001", "R.RES.101", "R.RES.013"} <= set(schema["rules"])


def test_an_unknown_table_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "en", "catalogue", "schema", "reserchers"]) == 2
    assert "researchers" in capsys.readouterr().err


def test_every_rule_names_its_mechanism(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--json"]) == 0
    named = {rule["id"]: rule["mechanism"] for rule in json.loads(capsys.readouterr().out)["rules"]}
    assert named["R.RES.001"] == "schema" and named["R.RES.007"] == "tables" and named["R.RES.011"] == "year"
    assert named["R.FMT.012"] == "package" and named["R.VAL.001"] == "reading" and named["R.RES.201"] == "values"


NO_MECHANISM = [("mechanism: schema", "mechanism: schemas", "schema")]
NOT_THERE = [  # each found once the rules themselves can be read
    ("mechanism: schema", "mechanism: year", "schema"),
    ("kind: part_of, table: hosted", "kind: part_of, table: host", "hosted"),
    ("table: degrees, pairs: [[foreign,", "table: degrees, pairs: [[foreing,", "foreign"),
]


@pytest.mark.parametrize("wrong", [NO_MECHANISM, NOT_THERE])
def test_a_rule_whose_mechanism_table_or_field_does_not_exist_ends_the_check_with_12(
    wrong: list[tuple[str, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "rules.yaml"
    text = rules_module.RULES_FILE.read_text(encoding="utf-8")
    for old, new, _ in wrong:
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogue_json, "RULES_FILE", path)
    monkeypatch.setattr(catalogue_json, "load_rules", lambda: rules_module.load_rules(path))
    assert main(["--lang", "en", "catalogue", "check"]) == 12
    error = capsys.readouterr().err
    told = [line for line in error.splitlines() if "rules.yaml:" in line]
    assert len(told) == len(wrong) and all(near in error for _, _, near in wrong)
