"""The page for analysts: what it shows to copy runs as it stands."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.app.views.test_views import run, words

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_names_files_schemas_commands_and_python(demo_store_folder: Path, language: str) -> None:
    app = run(demo_store_folder, "analyst", lang=language)
    code = [block.value for block in app.code]
    assert any("junkan composite" in text for text in code) and any("import pandas" in text for text in code)
    assert ("引用" if language == "ja" else "cite") in words(app)


def test_commands_and_python_of_the_page_run_as_they_are_copied(demo_store_folder: Path, tmp_path: Path) -> None:
    code = [block.value for block in run(demo_store_folder, "analyst", lang="en").code]
    (tmp_path / "templates").symlink_to(ROOT / "templates")
    environment = {"PYTHONPATH": str(ROOT), "PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin"}
    score = next(text for text in code if text.startswith("junkan score"))
    subprocess.run(shlex.split(score), cwd=tmp_path, env=environment, check=True, capture_output=True)
    schema = json.loads((ROOT / "indicators/engine/scoreboard.schema.json").read_text())
    jsonschema.validate(json.loads((tmp_path / "score.json").read_text()), schema)
    python = next(text for text in code if text.startswith("import pandas"))
    done = subprocess.run(
        [sys.executable, "-c", python], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert "foreign_researcher_share" in done.stdout
