"""Whatever is refused is said in the reader's language, and one base tells it apart from a fault of ours."""

import errno
import resource
from pathlib import Path

import pytest

from app.access import Forbidden
from app.cli import main
from app.commands.exit_codes import NOT_ALLOWED, USAGE, write_bytes
from app.storage import problems
from indicators.errors import InvalidInput
from indicators.published import PublishedError
from schemas.dictionary.declaration import Text
from schemas.dictionary.user_facing_error import UserFacingError

TOLD = Text(ja="できません。確認してください。", en="This cannot be done. Please check.")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InvalidInput(TOLD), ValueError),
        (problems.StoreError(TOLD), ValueError),
        (Forbidden(TOLD), PermissionError),
        (PublishedError([TOLD, TOLD]), ValueError),
    ],
)
def test_each_error_says_its_text_in_both_languages(error: UserFacingError, kind: type[Exception]) -> None:
    assert isinstance(error, UserFacingError) and isinstance(error, kind)
    assert error.text == TOLD and set(error.messages) == {TOLD}
    assert TOLD.ja in str(error) and TOLD.en in str(error)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_error_of_the_store_is_a_sentence_and_an_exit_code(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> int:
        raise problems.StoreError(TOLD)

    monkeypatch.setattr("app.commands.register.run_register", refuse)
    assert main(["--lang", language, "register", "find", "京都大学"]) == NOT_ALLOWED
    assert TOLD[language] in capsys.readouterr().err


def test_no_temporary_folder_is_a_sentence(tmp_path: Path, monkeypatch, capsys) -> None:
    def refuse() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", refuse)
    assert (
        main(["--lang", "en", "import", "--kind", "list", "x.csv", "--country", "JP", "--out", str(tmp_path)]) == USAGE
    )
    assert "No temporary folder can be written to" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_to_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", "utf-8")
    for words in (
        ["fetch", "openalex", "--country", "JP", "--base-url", "http://127.0.0.1:9", "--out", str(taken)],
        ["admin", "init", "--store", str(taken)],
        ["catalogue", "export", "--out", str(taken / "below")],
    ):
        assert main(["--lang", "en", *words]) == USAGE
        assert "A file stands where a folder is needed" in capsys.readouterr().err, words
    (tmp_path / "rules.json").mkdir()
    assert main(["--lang", "ja", "rules", "--json", str(tmp_path / "rules.json")]) == USAGE
    assert "ファイル名まで指定してください" in capsys.readouterr().err
    assert taken.read_text("utf-8") == "mine"


def test_what_stood_there_stays_where_there_is_no_room_for_what_is_written(tmp_path: Path, capsys) -> None:
    kept = tmp_path / "rules.json"
    write_bytes(kept, b"kept")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        assert main(["--lang", "en", "rules", "--json", str(kept)]) == USAGE
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert f"no room left ({kept})" in capsys.readouterr().err
    assert kept.read_bytes() == b"kept" and list(tmp_path.iterdir()) == [kept]
    link, own = tmp_path / "link.json", tmp_path / "own.json"
    link.symlink_to(kept)
    own.write_bytes(b"")
    own.chmod(0o640)
    write_bytes(link, b"new")
    write_bytes(own, b"new")
    assert link.is_symlink() and kept.read_bytes() == b"new" and own.stat().st_mode & 0o777 == 0o640
