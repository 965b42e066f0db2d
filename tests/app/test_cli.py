"""The command line: outputs, exit codes, and one clear sentence for every misuse."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main


@pytest.fixture(scope="module")
def files(tmp_path_factory, samples) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("cli")
    paths = {name: folder / f"{name}.xlsx" for name in samples}
    for name, path in paths.items():
        path.write_bytes(samples[name])
    junk = folder / "junk.xlsx"
    junk.write_bytes(b"no workbook at all")
    return {**paths, "junk": junk}


def test_template_is_issued_for_a_real_institution(tmp_path, capsys):
    target = tmp_path / "made" / "form.xlsx"
    assert main(["template", "--institution", "F101110100010", "--year", "2026", "--out", str(target)]) == 0
    assert target.read_bytes()[:2] == b"PK"


def test_unknown_code_names_the_nearest(tmp_path, capsys):
    out = str(tmp_path / "f.xlsx")
    assert main(["--lang", "en", "template", "--institution", "F101110100011", "--year", "2026", "--out", out]) == 2
    assert "F101110100010" in capsys.readouterr().err
    assert not (tmp_path / "f.xlsx").exists()


@pytest.mark.parametrize("year", ["1999", "2100"])
def test_a_year_that_cannot_be_is_refused(tmp_path, capsys, year):
    arguments = ["template", "--institution", "F101110100010", "--year", year, "--out", str(tmp_path / "f.xlsx")]
    assert main(arguments) == 2
    assert year in capsys.readouterr().err


def test_validate_writes_json_csv_and_marked(tmp_path, files, capsys):
    names = {"--json": "a/f.json", "--csv": "a/f.csv", "--marked": "a/m.xlsx"}
    arguments = [part for option, name in names.items() for part in (option, str(tmp_path / name))]
    assert main(["validate", str(files["sample-faulty"]), *arguments]) == 11
    found = json.loads((tmp_path / "a/f.json").read_text())
    assert found["status"] == "error" and found["counts"]["error"] >= 10
    rows = list(csv.DictReader((tmp_path / "a/f.csv").open(encoding="utf-8-sig")))
    assert len(rows) == len(found["findings"])
    assert (tmp_path / "a/m.xlsx").read_bytes()[:2] == b"PK"
    assert "要修正" in capsys.readouterr().out


def test_json_without_a_name_goes_to_standard_output_alone(files, capsys):
    assert main(["validate", str(files["sample-strong"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["error"] == 0


def test_several_files_give_the_highest_exit_code(files, capsys):
    paths = [str(files[name]) for name in ("sample-strong", "sample-faulty", "junk")]
    assert main(["validate", *paths, "--json"]) == 11
    assert [f["status"] for f in json.loads(capsys.readouterr().out)["files"]][-1] == "refused"
    assert main(["validate", paths[0], paths[2], "--json"]) == 10


def test_score_is_always_a_list(files, capsys):
    paths = [str(files[name]) for name in ("sample-strong", "sample-average")]
    assert main(["score", paths[0], "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["scoreboards"]) == 1
    assert main(["score", *paths, "--json"]) == 0
    boards = json.loads(capsys.readouterr().out)["scoreboards"]
    assert len(boards) == 2 and boards[0]["institution"] != boards[1]["institution"]


def test_score_returns_the_rest_when_there_are_errors(files, tmp_path, capsys):
    assert main(["score", str(files["sample-faulty"]), "--json", "--csv", str(tmp_path / "out")]) == 11
    rows = json.loads(capsys.readouterr().out)["scoreboards"][0]["indicators"]
    statuses = {row["status"] for row in rows}
    assert "no_source" in statuses and "ok" in statuses
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"values.csv", "gaps.csv", "scores.csv", "value_cells.csv"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "{faulty}", "--json", "x.txt"],
        ["validate", "{faulty}", "--csv", "x.json"],
        ["validate", "{faulty}", "--marked", "{faulty}"],
        ["validate", "{faulty}", "{strong}", "--marked", "m.xlsx"],
        ["validate", "nowhere.xlsx"],
        ["score", "{strong}", "--json", "x.csv"],
        ["catalogue", "show", "foreign_reseacher_share"],
        ["scorecard", "{strong}", "--out", "o", "--format", "docx"],
    ],
)
def test_misuse_is_one_sentence_and_exit_two(files, arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = {"{faulty}": str(files["sample-faulty"]), "{strong}": str(files["sample-strong"])}
    assert main([named.get(a, a) for a in arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert said and "Traceback" not in said and len(said.splitlines()) == 1


def test_catalogue_rules_and_register(capsys):
    assert main(["catalogue", "check"]) == 0
    assert main(["catalogue", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    first = listed["indicators"][0]
    assert first["id"] == "foreign_researcher_share" and first["benchmarks"][0]["source"]
    assert main(["rules", "--json"]) == 0
    assert {"id", "severity", "text"} <= set(json.loads(capsys.readouterr().out)["rules"][0])
    assert main(["register", "find", "東北大学"]) == 0
    assert "F104110100856" in capsys.readouterr().out


def test_broken_declarations_are_listed_with_exit_twelve(tmp_path, capsys):
    import shutil

    from indicators import catalogue

    folder = tmp_path / "indicators"
    shutil.copytree(Path(catalogue.__file__).parent, folder)
    broken = folder / "definitions" / "researchers" / "foreign_pi_share.yaml"
    broken.write_text(broken.read_text().replace("unit: percent", "unti: percent"))
    assert main(["--lang", "en", "catalogue", "check", "--path", str(folder)]) == 12
    said = capsys.readouterr().err
    assert "foreign_pi_share.yaml:" in said and "'unit'" in said


def test_serve_refuses_any_address_but_this_machine(capsys):
    assert main(["--lang", "en", "serve", "--address", "0.0.0.0", "--port", "0"]) == 13
    assert "127.0.0.1" in capsys.readouterr().err


def test_help_does_not_load_the_program():
    code = (
        "import sys\nfrom app.cli import main\ntry: main(['--help'])\nexcept SystemExit: print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip().endswith("False")


def test_every_json_is_of_the_shape_the_schemas_fix(files, capsys):
    import jsonschema

    schemas = {
        "validate": json.loads(Path("schemas/findings.schema.json").read_text(encoding="utf-8")),
        "score": json.loads(Path("indicators/scoreboard.schema.json").read_text(encoding="utf-8")),
    }
    for command, schema in schemas.items():
        for name in ("sample-strong", "sample-faulty", "junk"):
            main([command, str(files[name]), "--json"])
            jsonschema.validate(json.loads(capsys.readouterr().out), schema)
