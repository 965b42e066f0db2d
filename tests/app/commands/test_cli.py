"""The command line: outputs, exit codes, and one clear sentence for every misuse."""

import csv
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from app.cli import COMMANDS, LANGUAGES, build_commands, main
from app.commands.score import score_words
from app.commands.spoken_command import option_help, text_name
from app.documents.export.machine_readability import failures
from indicators.plausibility.plausibility_rules import all_rules
from schemas.dictionary.declaration import DeclarationError
from schemas.dictionary.dictionary import load_dictionary
from schemas.explanations.explanation import lines_of
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.register.groups import read_groups
from schemas.xlsx.read_workbook import read_workbook
from tests.support import hostile
from tests.support.csv_rules import check_csv


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


def test_the_language_after_the_command_is_told_where_it_belongs(capsys):
    assert main(["validate", "--lang", "en", "form.xlsx"]) == 2
    assert "コマンドの前" in capsys.readouterr().err


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


ISSUED = ("--institution", "F101110100010", "--year", "2026")


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
        ["validate", "{faulty}", "--previous", "{strong}", "--marked", "{strong}"],
        ["validate", "{faulty}", "--previous", "{strong}"],
        ["validate", "{faulty}", "--previous", "{faulty}"],
        ["migrate", "{strong}", "--out", "{strong}"],
        ["migrate", "{strong}", "--out", "{faulty}"],
        ["template", *ISSUED, "--out", "{strong}"],
        ["template", *ISSUED, "--previous", "{strong}", "--out", "{strong}"],
        ["validate", "nowhere.xlsx"],
        ["score", "{strong}", "--json", "x.csv"],
        ["catalogue", "show", "foreign_reseacher_share"],
        ["scorecard", "{strong}", "--out", "o", "--format", "docx"],
    ],
)
def test_misuse_is_one_sentence_and_exit_two(files, arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = {"{faulty}": str(files["sample-faulty"]), "{strong}": str(files["sample-strong"])}
    before = {path: path.read_bytes() for path in files.values()}
    assert main([named.get(a, a) for a in arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert said and "Traceback" not in said and len(said.splitlines()) == 1
    assert {path: path.read_bytes() for path in files.values()} == before  # also where an output was named like it


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
    folder, broken = copied_catalogue(tmp_path)
    broken.write_text(broken.read_text().replace("unit: percent", "unti: percent"))
    assert main(["--lang", "en", "catalogue", "check", "--path", str(folder)]) == 12
    said = capsys.readouterr().err
    assert "foreign_pi_share.yaml:" in said and "'unit'" in said


WRONG_MEANINGS = [
    ("foreign_pi: 5}]}, expect: 20", "foreign_pi: 5}]}, expect: 21", "The worked example gives"),
    ("part: {sum: researchers.foreign_pi}", "part: {sum: researchers.foreign}", "has changed since its version 1"),
]


def test_wrong_examples_and_silent_changes_of_meaning_exit_twelve(tmp_path, capsys):
    folder, file = copied_catalogue(tmp_path)
    text = file.read_text(encoding="utf-8")
    for old, new, _ in WRONG_MEANINGS:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    assert main(["--lang", "en", "catalogue", "check", "--path", str(folder), "--json"]) == 12
    told = capsys.readouterr()
    assert told.out == "" and all(said in told.err for _, _, said in WRONG_MEANINGS)
    assert told.err.count("foreign_pi_share.yaml:") >= len(WRONG_MEANINGS)
    assert main(["catalogue", "list", "--path", str(folder)]) == 0, "only the check runs the examples"


def test_a_group_of_an_unknown_code_is_refused_with_the_nearest(tmp_path, capsys):
    folder, _ = copied_catalogue(tmp_path)
    codes = ("F104110100857", "東北大学")
    rows = ["group,code,from,until,status", *(f"ru11,{code},2010,,member" for code in codes)]
    (folder / "groups.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert main(["--lang", "en", "catalogue", "check", "--path", str(folder)]) == 12
    said = capsys.readouterr().err
    for line, code in enumerate(codes, 2):
        (told,) = [text for text in said.splitlines() if f"groups.csv:{line}" in text]
        assert code in told
    assert said.count("F104110100856") >= len(codes)
    with pytest.raises(DeclarationError, match="F104110100856"):
        read_groups(folder / "groups.csv", load_register())


def copied_catalogue(folder: Path) -> tuple[Path, Path]:
    """A copy of the shipped catalogue, and the file of one of its indicators."""
    import shutil

    from indicators.catalogue.load_catalogue import HERE

    copy = folder / "indicators"
    shutil.copytree(HERE, copy)
    return copy, copy / "definitions" / "researchers" / "foreign_pi_share.yaml"


def test_serve_refuses_any_address_but_this_machine(capsys):
    assert main(["--lang", "en", "serve", "--address", "0.0.0.0", "--port", "0"]) == 13
    assert "127.0.0.1" in capsys.readouterr().err


def test_help_does_not_load_the_program():
    code = "import sys; from app.cli import main; print(main(['--help']), {'pandas', 'rich'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip().endswith("0 set()")


def test_every_command_has_a_module_that_runs_it():
    for name, (module, _) in COMMANDS.items():
        assert callable(getattr(import_module(f"app.{module}"), f"run_{text_name(name)}"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_in_the_language_and_names_every_option(capsys, language, name):
    assert main(["--lang", language, name, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith({"ja": "使い方：", "en": "Usage: "}[language])
    assert bool(re.search("[ぁ-ん]", said)) == (language == "ja")
    for param in build_commands().commands[name].params:
        assert option_help(name, param, language).split()[0] in said
        assert (param.metavar if isinstance(param, click.Argument) else param.opts[0]) in said


MISUSES = {
    "frob": "catalogue",
    "validte x.xlsx": "validate",
    "serve --port 99999": "65535",
    "serve --port twelve": "65535",
    "validate x.xlsx --jsno": "--json",
    "template --form whole": "core, full, centre",
    "template --out": "--out",
    "template": "--institution",
    "catalogue show": "ID",
    "catalogue frob": "list, show, check, export",
    "register find x y": "y",
    "scorecard nowhere.xlsx --out o --format docx": "pdf, xlsx",
    "score nowhere.xlsx --csv -": "--csv",
    "validate - - --json": "-",
    "--lang fr rules": "ja, en",
}


@pytest.mark.parametrize("arguments", MISUSES)
def test_a_wrong_word_gets_one_sentence_that_names_the_right_one(capsys, arguments):
    for language in LANGUAGES if "--lang" not in arguments else ("ja",):
        before = ["--lang", language] if "--lang" not in arguments else []
        assert main([*before, *arguments.split()]) == 2
        told = capsys.readouterr()
        assert told.out == "" and MISUSES[arguments] in told.err and len(told.err.strip().splitlines()) == 1
        assert bool(re.search("[ぁ-ん]", told.err)) == (language == "ja")


# pipes and locales -------------------------------------------------------------------------------------------------


def piped(*arguments, data=b"", **environment):
    started = [sys.executable, "-m", "app.cli", *arguments]
    return subprocess.run(started, input=data, capture_output=True, env={**os.environ, **environment})


def test_standard_input_is_a_file_like_any_other(samples):
    done = piped("validate", "-", "--json", data=samples["sample-strong"])
    assert done.returncode == 0 and json.loads(done.stdout)["counts"]["error"] == 0


def test_a_reader_that_stops_early_ends_a_command_without_a_word():
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "rules", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        started.stdout.close()
        assert started.stderr.read() == b""
        assert started.wait() == 0


def test_through_a_pipe_nothing_is_cut_or_wrapped():
    lines = piped("--lang", "en", "rules", COLUMNS="20").stdout.decode().splitlines()
    assert lines[0].split("\t") == ["Rule", "Severity", "What and how to mend"]
    assert [line.split("\t")[2] for line in lines[1:]] == [rule.text.format().en for rule in all_rules().values()]


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}],
)
def test_no_locale_stops_a_command(locale):
    done = piped("register", "find", "F104110100856", **locale)
    assert done.returncode == 0 and "東北大学" in done.stdout.decode()
    done = piped("register", "find", "東北大学", **locale)
    assert done.returncode == 0 and "F104110100856" in done.stdout.decode()
    done = piped("validate", "無い様式.xlsx", **locale)
    assert done.returncode == 2 and "無い様式.xlsx" in done.stderr.decode()


def test_no_control_character_of_a_file_reaches_terminal_or_csv(tmp_path, files, samples, capsys):
    named = tmp_path / "bad\x1b[31m\x9b.xlsx"
    named.write_bytes(samples["sample-faulty"])
    main(["validate", str(named), "--csv", str(tmp_path / "f.csv")])
    main(["validate", str(tmp_path / "no\x1b[2J.xlsx")])
    main(["validate", str(named), "--json"])
    told = capsys.readouterr()
    assert "bad\\x1b[31m\\x9b.xlsx" in told.out and "no\\x1b[2J.xlsx" in told.err
    for text in (told.out, told.err, (tmp_path / "f.csv").read_text("utf-8-sig")):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


def test_started_as_a_module_misuse_is_one_sentence_too(tmp_path):
    arguments = ["template", "--institution", "F101110100011", "--year", "2026", "--out", str(tmp_path / "f.xlsx")]
    done = subprocess.run([sys.executable, "-m", "app.cli", *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stdout, len(done.stderr.strip().splitlines())) == (2, "", 1)


def test_an_unknown_format_is_refused_before_any_file_is_read(capsys):
    assert main(["--lang", "en", "scorecard", "nowhere.xlsx", "--out", "o", "--format", "docx"]) == 2
    assert "docx" in capsys.readouterr().err


def test_every_json_is_of_the_shape_the_schemas_fix(files, capsys):
    import jsonschema

    schemas = {
        "validate": json.loads(Path("schemas/rules/findings.schema.json").read_text(encoding="utf-8")),
        "score": json.loads(Path("indicators/engine/scoreboard.schema.json").read_text(encoding="utf-8")),
    }
    for command, schema in schemas.items():
        for names in (("sample-strong",), ("sample-faulty",), ("junk",), ("sample-strong", "junk")):
            main([command, *(str(files[name]) for name in names), "--json"])
            jsonschema.validate(json.loads(capsys.readouterr().out), schema)


# files of users are opened by a worker only ----------------------------------------------------------------------

UNREADABLE = {
    "junk": b"no workbook at all",
    "legacy": hostile.ole2("Workbook"),
    "bomb": hostile.bomb(500 * 2**20),
    "dtd": hostile.with_dtd("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]>'),
    "other": hostile.package(hostile.parts()),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("command", ["template", "migrate"])
def test_a_file_that_cannot_be_read_is_refused_with_one_sentence(tmp_path, capsys, command, name):
    given, out = tmp_path / f"{name}.xlsx", tmp_path / "out.xlsx"
    given.write_bytes(UNREADABLE[name])
    arguments = ["--institution", "F101110100010", "--year", "2026", "--previous", str(given)]
    arguments = arguments if command == "template" else [str(given)]
    assert main(["--lang", "en", command, *arguments, "--out", str(out)]) == 10
    told = capsys.readouterr()
    assert told.out == "" and len(told.err.strip().splitlines()) == 1 and "Traceback" not in told.err
    assert not out.exists()


def test_the_process_of_the_command_never_opens_the_file(tmp_path, files, capsys, monkeypatch):
    import schemas.xlsx.read_workbook

    monkeypatch.setattr(schemas.xlsx.read_workbook, "read_workbook", None)
    out = str(tmp_path / "out.xlsx")
    assert main(["migrate", str(files["sample-strong"]), "--out", out]) == 0
    given = ["--institution", "F101110100010", "--year", "2027", "--previous", str(files["sample-strong"])]
    assert main(["template", *given, "--out", str(tmp_path / "next.xlsx")]) == 2
    assert "DEMO-S1" in capsys.readouterr().err


def test_last_rounds_form_fills_the_next_and_lists_its_explanations(tmp_path, demo_issue_explained, capsys):
    given, out = tmp_path / "last.xlsx", tmp_path / "next.xlsx"
    given.write_bytes(demo_issue_explained)
    arguments = ["template", "--institution", "F101110100010", "--year", "2027", "--previous", str(given)]
    assert main([*arguments, "--out", str(out)]) == 0
    found = read_submission(read_workbook(out.read_bytes()), load_dictionary())
    assert (found.form, found.year, found.institution) == ("core", 2027, "F101110100010")
    assert [line.quoted for line in lines_of(found)] == ["組織の改編によるものです"]


@pytest.fixture
def demo_issue_explained(dictionary):
    from dataclasses import replace

    from app.demo.filled_forms import sample_issues
    from schemas.register import load_register
    from schemas.template.write_template import write_template

    issue = replace(sample_issues(dictionary)["sample-strong"], institution=load_register().get("F101110100010"))
    line = {"finding": "0123456789ab", "question": "?", "explanation": "組織の改編によるものです"}
    return write_template(dictionary, replace(issue, lists={**issue.lists, "explanations": [line]}))


# what stands on the terminal is words ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ja", "en"])
def test_scores_on_the_terminal_are_words_in_the_language(processed, language):
    rows = processed["DEMO-01", 2026].header["score"]["scoreboards"][0]["indicators"]
    for row in rows:
        said = " ".join(score_words(row, language))
        assert "_" not in said and "institution" not in said.split() and "{" not in said


def test_findings_as_csv_pass_the_self_check(tmp_path, files):
    target = tmp_path / "findings.csv"
    main(["--lang", "en", "validate", str(files["sample-faulty"]), "--csv", str(target)])
    assert failures(check_csv(target.read_bytes())) == []
