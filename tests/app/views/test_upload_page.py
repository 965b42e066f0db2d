"""The upload page: points to check are explained in place, undone, and last year's explanation is offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.access import LOCAL
from app.storage.store import Store
from app.submission.explain_findings import explain, points_of
from tests.app.submission.test_explain_findings import RULE, handed_in, judged, point, workbook
from tests.app.views.test_views import run, words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = "全員が研修を受けたため"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A demo store with last year's form, one point of which was explained."""
    store = Store.open(tmp_path / "demo", "demo")
    data = workbook(2025)
    result = judged(data)
    submission = handed_in(store, data, result)
    explain(store, LOCAL, submission, point(result), TEXT, "人事課")
    store.close()
    return tmp_path / "demo"


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [one for one in app.button if one.label == label]
    app = button.click().run(timeout=60)
    assert not app.exception, app.exception
    return app


def choose(app: AppTest, finding: str) -> AppTest:
    (box,) = [one for one in app.selectbox if str(one.key).startswith("explain_pick")]
    return box.set_value(finding).run(timeout=60)


def states(folder: Path, year: int) -> dict[str, str]:
    store = Store.open(folder)
    submission = store.current("DEMO-01", year)
    assert submission is not None
    found = {str(p.finding["rule"]): p.state for p in points_of(store, submission)}
    store.close()
    return found


def test_a_point_is_explained_in_place_and_every_step_can_be_undone(folder: Path) -> None:
    app = run(folder, "upload", lang="ja", institution="DEMO-01", year="2025")
    said = words(app)
    assert "要確認の事項の説明" in said and "1件が説明済みです" in said
    other = next(rule for rule, state in states(folder, 2025).items() if state == "open")
    app.text_area[0].set_value("  ")
    app = press(app, "説明を保存")
    assert "説明が空欄です" in words(app) and states(folder, 2025)[other] == "open"
    app.text_area[0].set_value("制度の改正によるものです")
    app = press(app, "説明を保存")
    assert states(folder, 2025)[other] == "explained" and "説明を保存しました" in words(app)
    app = press(app, "元に戻す")
    assert states(folder, 2025)[other] == "open"
    assert app.text_area[0].value == "制度の改正によるものです", "the words are not lost"


def test_an_explanation_is_taken_back_and_brought_back(folder: Path) -> None:
    app = run(folder, "upload", lang="en", institution="DEMO-01", year="2025")
    app = choose(app, str(point(judged(workbook(2025)))["id"]))
    assert app.text_area[0].value == TEXT
    app = press(app, "Take the explanation back")
    assert states(folder, 2025)[RULE] == "open" and "taken back" in words(app)
    app = press(app, "Undo")
    assert states(folder, 2025)[RULE] == "explained"


def test_after_an_upload_last_years_explanation_is_filled_in_and_counts_once_saved(folder: Path) -> None:
    app = run(folder, "upload", lang="ja")
    app = app.file_uploader(key="upload_file").upload("記入.xlsx", workbook(2026, 96), XLSX).run(timeout=120)
    assert not app.exception, app.exception
    assert states(folder, 2026)[RULE] == "offered" and "前回の説明を使える事項が1件" in words(app)
    frame = next(one.value for one in app.dataframe if "explained" in one.value)
    assert set(frame["explained"]) == {"未説明", "前回の説明あり"}
    app = choose(app, str(point(judged(workbook(2026, 96)))["id"]))
    assert app.text_area[0].value == TEXT
    app = press(app, "説明を保存")
    assert states(folder, 2026)[RULE] == "explained"
    frame = next(one.value for one in app.dataframe if "explained" in one.value)
    assert "説明済み" in set(frame["explained"])


def test_words_of_users_stay_plain_text(folder: Path) -> None:
    app = run(folder, "upload", lang="ja", institution="DEMO-01", year="2025")
    app.text_area[0].set_value("**太字** <b>x</b> [a](http://x)")
    app = press(app, "説明を保存")
    assert not [one for one in app.markdown if "<b>" in str(one.value) or "**太字**" in str(one.value)]
