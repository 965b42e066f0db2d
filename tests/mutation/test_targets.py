"""What the mutation tests declare is there: files, functions, tests, and the texts that named changes replace."""

import ast

import pytest
import yaml

from tests.mutation.mutants import ROOT

TARGETS = yaml.safe_load((ROOT / "tests" / "mutation" / "targets.yaml").read_text("utf-8"))
ASKED = {"gaps", "verdicts", "suppression", "formula_guard", "normalise", "trend"}


def test_every_module_that_must_be_tried_has_its_name() -> None:
    assert set(TARGETS) == ASKED


@pytest.mark.parametrize("name", TARGETS)
def test_files_functions_and_texts_are_there(name: str) -> None:
    target = TARGETS[name]
    for file, names in target.get("only", {}).items():
        defined = {getattr(node, "name", "") for node in ast.parse((ROOT / file).read_text("utf-8")).body}
        assert file in target["files"] and set(names) <= defined
    assert all((ROOT / file).is_file() for file in target["files"])
    assert all((ROOT / test).is_file() for test in target["tests"] if not test.startswith("-"))
    for change in target.get("required", ()):
        source = (ROOT / change["file"]).read_text("utf-8")
        assert source.count(change["before"]) == 1 and change["before"] != change["after"]
