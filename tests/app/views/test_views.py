"""Each page by itself, on a real demo store, and on an empty one: no exception, the right words, both languages."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.components.navigation import FILE_OF
from app.components.navigation import NAMES as PAGES
from app.demo.filled_forms import demo_institutions, demo_issue
from app.demo.full_and_centre_forms import more_samples
from app.documents.export.machine_readability import failures
from app.edition import catalogue
from app.storage.store import Store, Upload
from app.storage.store_location import STORE_VARIABLE
from app.submission.process_workbook import process
from app.submission.result import outcome_of
from app.texts import texts
from schemas.dictionary.dictionary import DataDictionary
from schemas.register import PREFECTURES
from schemas.template.write_template import write_template
from tests.support.csv_rules import check_csv
from tests.support.downloads import offered_files
from tests.support.page_tables import page_tables, table_with

MAIN = str(Path("app/main.py").resolve())


def run(folder: Path, page: str, *, role: str | None = None, scope: str | None = None, **query: str) -> AppTest:
    """A page as its address opens it, in a role held for an institution where one is given."""
    os.environ[STORE_VARIABLE] = str(folder)
    app = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.session_state["role"], app.session_state["acting_for"] = role, scope
    if page == "home":
        app.run()
    else:
        app.switch_page(FILE_OF[page]).run()
        app.switch_page(FILE_OF[page])  # fails unless the role has that page
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """Everything a page says."""
    kinds = ("title", "subheader", "text", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


# In the small demo nothing is published, imported or asked in a round, nobody moved, and three are too few to combine.
EMPTY_THERE = ("context", "round", "review", "people", "papers", "movers", "composite")
OPEN_TO_EVERYBODY = ("form", "exports", "analyst")  # what they offer holds nothing that has to be allowed or logged
WITHOUT_TABLE = ("home", "scorecard", "form", "analyst", *EMPTY_THERE)


@pytest.fixture(scope="module")
def nothing_known(tmp_path_factory: pytest.TempPathFactory, dictionary: DataDictionary) -> Path:
    """A store of one institution that knows none of its numbers and levels, in two rounds."""
    folder = tmp_path_factory.mktemp("nothing") / "demo"
    store = Store.open(folder, "demo")
    institution = demo_institutions()[0]
    for year in (2025, 2026):
        issue = demo_issue(institution, year, dictionary)
        unknown = {key for key in issue.answers if "m" in dictionary.fields[key[0]].codes}
        data = write_template(dictionary, replace(issue, answers={**issue.answers, **dict.fromkeys(unknown, "m")}))
        result = process(data)
        upload = Upload(data, "form.xlsx", "demo", datetime(year, 6, 10, tzinfo=UTC))
        store.keep(upload, outcome_of(result), result.header["institution_row"])
    store.close()
    return folder


def test_the_value_of_a_centre_alone_is_not_called_the_institutions(tmp_path: Path, dictionary: DataDictionary) -> None:
    store = Store.open(tmp_path / "demo", "demo")
    data = write_template(dictionary, more_samples(dictionary)["sample-centre"])
    result = process(data)
    upload = Upload(data, "form.xlsx", "demo", datetime(2026, 6, 10, tzinfo=UTC))
    store.keep(upload, outcome_of(result), result.header["institution_row"])
    store.close()
    own = {"lang": "ja", "institution": result.header["institution"], "year": "2026"}
    said = words(run(tmp_path / "demo", "indicator", **own))
    assert "デモ宇宙数理国際拠点の値は" in said and "貴大学の外国人研究者比率は" not in said


OF_ONE = ("overview", "indicator", "comparison", "peers", "change", "whatif", "items", "next_steps", "scorecard")


@pytest.mark.parametrize("page", OF_ONE)
def test_every_page_runs_for_an_institution_without_any_value(nothing_known: Path, page: str) -> None:
    """Two charts that both say that there is nothing, and a table without rows, once broke overview and change."""
    said = words(run(nothing_known, page, lang="ja", institution="DEMO-01", year="2026"))
    assert "表示できませんでした" not in said
    assert "まだデータがありません" not in said, "a form was handed in"
    if page == "overview":
        assert "判定できない要件が4件" in said and "要件4件のうち" not in said
        assert "前年度と今年度の両方に値のある指標がない" in said, "there is a last round, but nothing to compare"
    if page == "indicator":
        assert "外国人研究者比率（全学）は値がありません" in said and "比べる基準がありません" not in said


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_in_both_languages_with_the_demo_mark_and_offers_files_for_machines(
    demo_store_folder, page, language, monkeypatch
):
    offered = offered_files(monkeypatch)
    app = run(demo_store_folder, page, lang=language, institution="DEMO-01", year="2026")
    tables = {one.name: one.data for one in offered if one.name.endswith(".csv") and one.data}
    assert [one.name for one in offered if one.data and not one.is_logged] == [] or page in OPEN_TO_EVERYBODY
    assert bool(tables) == (page not in WITHOUT_TABLE)
    if language == "ja":
        assert {name: failures(check_csv(data)) for name, data in tables.items()} == {name: [] for name in tables}
    said = words(app)
    assert ("デモデータ" if language == "ja" else "Demo data") in said
    assert app.title[0].value
    assert not {"{", "}"} & set(said.replace("{year}", ""))
    assert not any(one.allow_html for one in (*app.markdown, *app.caption)), "no text of a page is HTML"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_an_empty_store_says_what_to_do(tmp_path, page):
    Store.open(tmp_path / "real", "real").close()
    app = run(tmp_path / "real", page, lang="ja")
    said = words(app)
    assert "デモデータ" not in said
    if page in ("home", "overview", "indicator", "comparison", "change", "items", "scorecard"):
        assert "様式をダウンロード" in said


def test_a_deep_link_keeps_institution_year_indicator_and_language(demo_store_folder):
    query = {"lang": "en", "institution": "DEMO-03", "year": "2025", "indicator": "foreign_pi_share"}
    app = run(demo_store_folder, "indicator", **query)
    assert "Demo National University Three" in words(app)
    assert {key: app.query_params[key] for key in query} == query


def test_switching_the_language_keeps_the_place(demo_store_folder):
    app = run(demo_store_folder, "overview", lang="ja", institution="DEMO-03", year="2025")
    app.session_state["lang"] = "en"
    app.run()
    assert "Overview of gaps" in words(app) and "Round 2025" in words(app)


def test_choices_are_told_to_the_browser_anew_in_the_other_language(demo_store_folder):
    own = {"institution": "DEMO-03", "year": "2025", "indicator": "foreign_pi_share"}
    app = run(demo_store_folder, "indicator", lang="ja", **own)
    app.button_group(key="lang_choice").set_value("en").run()
    assert not app.exception
    for key, label in {
        "institution": "Demo National University Three (fictional)　DEMO-03",
        "year": "Round 2025",
        "indicator": "Foreign share of PIs",
    }.items():
        proto = app.selectbox(key=key).proto
        assert proto.set_value and proto.raw_value == label
    assert {key: app.query_params[key] for key in own} == own


def test_looking_a_number_up_in_the_handbook_keeps_the_place(demo_store_folder):
    own = {"institution": "DEMO-03", "year": "2025", "indicator": "foreign_pi_share"}
    app = run(demo_store_folder, "indicator", lang="en", **own)
    app.button(key="book_indicators_foreign_pi_share").click().run()
    assert app.title[0].value == "Handbook" and app.subheader[0].value == "Foreign share of PIs"
    assert {key: app.query_params[key] for key in own} == own
    assert app.selectbox(key="institution").value == "DEMO-03"


def test_small_counts_of_others_are_hidden_but_not_ones_own(demo_store_folder):
    def shown(own: str) -> dict[str, str]:
        app = run(
            demo_store_folder, "comparison", lang="ja", institution=own, year="2026", indicator="foreign_pi_share"
        )
        frame = page_tables(app)[0]
        return dict(zip(frame["name"].str.replace("◇ ", ""), frame["value"], strict=True))

    store = Store.open(demo_store_folder)
    values = store.values(year=2026, indicator="foreign_pi_share", level="institution").set_index("institution")
    few = [code for code, row in values.iterrows() if row["numerator"] and 0 < int(row["numerator"]) < 5]
    assert few, "the demo nation should have an institution with fewer than five foreign PIs"
    name = store.institutions().set_index("code").loc[few[0], "name_ja"]
    other = next(code for code in values.index if code != few[0])
    assert shown(other)[name] == "x"
    assert shown(few[0])[name] != "x"


def test_a_role_that_may_nothing_sees_nothing(demo_store_folder, monkeypatch):
    from app import access
    from app.components import session

    monkeypatch.setattr(session, "LOCAL", access.Actor("nobody", None))
    app = run(demo_store_folder, "home", lang="en")
    assert "does not allow" in words(app)
    assert not page_tables(app)


def test_an_upload_is_kept_marked_and_shown(demo_store_folder, tmp_path, samples):
    import shutil

    folder = tmp_path / "store"
    shutil.copytree(demo_store_folder, folder)
    app = run(folder, "upload", lang="ja")
    app.file_uploader(key="upload_file").upload(
        "記入済み.xlsx", samples["sample-faulty"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ).run(timeout=90)
    assert not app.exception, app.exception
    said = words(app)
    assert "まだ保存していません" in said and "選択中の大学は" in said, "another institution is selected"
    assert Store.open(folder).submissions("DEMO-S3").empty
    app.button(key="replace_keep").click().run(timeout=90)
    assert not app.exception, app.exception
    said = words(app)
    assert "要修正" in said and "受付番号" in said
    (kept,) = Store.open(folder).submissions("DEMO-S3")["id"]
    assert app.query_params["receipt"] == kept


@pytest.mark.parametrize("data", [b"", b"x" * 5_000_000])
def test_a_file_that_cannot_be_read_is_explained_and_kept(tmp_path, data):
    Store.open(tmp_path / "demo", "demo").close()
    app = run(tmp_path / "demo", "upload", lang="ja")
    app.file_uploader(key="upload_file").upload("a.xlsx", data, "application/octet-stream").run(timeout=90)
    assert not app.exception, app.exception
    assert "受け付けられませんでした" in words(app)
    assert len(Store.open(tmp_path / "demo").refused()) == 1


def test_a_demo_form_is_refused_by_a_real_store(tmp_path, samples):
    Store.open(tmp_path / "real", "real").close()
    app = run(tmp_path / "real", "upload", lang="en")
    app.file_uploader(key="upload_file").upload("a.xlsx", samples["sample-strong"], "application/octet-stream").run(
        timeout=90
    )
    assert "demo" in words(app).lower()
    store = Store.open(tmp_path / "real")
    assert store.submissions().empty and len(store.refused()) == 1


def test_a_name_with_markup_stays_plain_text(demo_store_folder, tmp_path):
    import shutil
    import sqlite3

    folder = tmp_path / "store"
    shutil.copytree(demo_store_folder, folder)
    name = "**太字** <script>alert(1)</script> [リンク](https://example.ac.jp)"
    with sqlite3.connect(folder / "store.sqlite") as database:
        database.execute("update institutions set name_ja = ? where code = 'DEMO-01'", (name,))
    app = run(folder, "overview", lang="ja", institution="DEMO-01", year="2026")
    assert any(name in str(element.value) for element in app.text)
    assert not any("<script>alert" in str(element.value) for element in app.markdown)


def test_the_list_of_institutions_names_units_and_prefectures_in_the_language_of_the_page(demo_store_folder):
    app = run(demo_store_folder, "ministry", lang="en", year="2026")
    table = table_with(app, "prefecture")
    assert set(table["prefecture"]) <= {text.en for key, text in texts().items() if key.startswith("prefecture.")}
    shares = [text for text in table["foreign_researcher_share"] if text[0].isdigit()]
    assert shares and all(text.endswith(" %") for text in shares)
    app.multiselect(key="ministry_prefecture").set_value(["宮城県"]).run()
    assert set(table_with(app, "prefecture")["prefecture"]) == {"Miyagi"}


def test_prefectures_are_named_in_the_order_of_the_register():
    named = [texts()[f"prefecture.{number:02}"].ja for number in range(1, 48)]
    assert named == PREFECTURES


def test_counts_are_written_with_thousands_separated_and_changes_with_their_unit(demo_store_folder):
    own = {"lang": "en", "institution": "DEMO-01", "year": "2026"}
    table = table_with(run(demo_store_folder, "overview", **own), "formula")
    values = dict(zip(table["indicator"], table["value"], strict=True))
    assert values["Researchers at the centre"] == "153", "people have no decimals"
    formulas = table["formula"]
    assert any("," in text for text in formulas) and not any(re.search(r"\d{4}", text) for text in formulas)
    moves = table_with(run(demo_store_folder, "change", **own), "change")["change"]
    assert any(text.endswith(" points") for text in moves)


def test_an_indicator_tells_how_it_stands_to_the_official_definition(demo_store_folder):
    official = catalogue().indicators["foreign_pi_share"].official
    assert official is not None
    app = run(demo_store_folder, "indicator", lang="en", institution="DEMO-01", indicator="foreign_pi_share")
    assert official.en in words(app)


FACULTY = {"indicator": "foreign_faculty_share", "institution": "DEMO-01", "year": "2026"}


@pytest.mark.parametrize(
    ("definition", "indicator", "key"),
    [
        ("nationality", "foreign_faculty_share", "nationality"),
        ("foreign_degree", "foreign_faculty_share", "foreign_degree"),
        ("sgu", "foreign_faculty_wide_share", "sgu"),
        ("nonsense", "foreign_faculty_share", "nationality"),
    ],
)
def test_the_definition_switch_shows_the_value_of_each_reading(demo_store_folder, definition, indicator, key):
    app = run(demo_store_folder, "indicator", lang="ja", definition=definition, **FACULTY)
    values = Store.open(demo_store_folder).values(institution="DEMO-01", year=2026, indicator=indicator)
    row = values[values["definition"] == key].iloc[0]
    assert [metric.value for metric in app.metric] == [f"{float(row['value']):.1f}％"]
    assert f"{int(row['numerator']):,} ÷ {int(row['denominator']):,}" in words(app)
    assert app.query_params["definition"] == key
    table = next(frame for frame in page_tables(app) if "reading" in frame)
    assert len(table) == 3 and table["value"].nunique() == 3


def test_the_mark_of_definitions_stands_on_indicator_overview_and_ministry_page(demo_store_folder):
    values = Store.open(demo_store_folder).values(year=2026, indicator="foreign_faculty_share")
    marked = {
        code: "depends_on_definition" in list(flags)
        for code, flags in zip(values["institution"], values["flags"], strict=True)
    }
    assert any(marked.values()), "the demo nation should have an institution whose reading decides"
    for code, is_marked in marked.items():
        own = {**FACULTY, "institution": code}
        assert (
            "定義によって変わります" in [w.value for w in run(demo_store_folder, "indicator", lang="ja", **own).warning]
        ) is is_marked
        profile = table_with(run(demo_store_folder, "overview", lang="ja", **own), "formula").set_index("indicator")
        assert ("（定義による）" in profile.loc["外国人教員比率", "value"]) is is_marked
    app = run(demo_store_folder, "ministry", lang="ja", year="2026")
    app.multiselect(key="ministry_indicators").set_value(["foreign_faculty_share"]).run()
    cells = table_with(app, "foreign_faculty_share")["foreign_faculty_share"]
    shown = {code: "x" not in text for code, text in zip(sorted(marked), cells, strict=True)}
    assert sum("（定義による）" in text for text in cells) == sum(marked[code] and shown[code] for code in marked)


@pytest.mark.parametrize("definition", ["nationality", "foreign_degree"])
def test_an_institution_stands_once_whichever_definition_is_chosen(demo_store_folder, definition):
    app = run(demo_store_folder, "comparison", lang="en", definition=definition, **FACULTY)
    assert page_tables(app)[0]["name"].is_unique
    assert not run(demo_store_folder, "peers", lang="en", definition=definition, **FACULTY).exception
    profile = table_with(run(demo_store_folder, "overview", lang="en", definition=definition, **FACULTY), "formula")
    assert not profile.duplicated(["indicator", "level"]).any()


def test_one_page_tells_hires_from_net_and_names_only_what_may_be_shown(demo_store_folder):
    app = run(demo_store_folder, "overview", lang="en", institution="DEMO-01", year="2026")
    said = words(app)
    row = Store.open(demo_store_folder).values(
        year=2026, institution="DEMO-01", indicator="foreign_researcher_share", level="institution"
    )
    part, whole = int(row["numerator"].iloc[0]), int(row["denominator"].iloc[0])
    lacking = -(-3 * whole // 10) - part
    assert f"amount to {lacking:,} " in said
    hires = int(
        re.search(r"Until then ([\d,]+) foreign people are hired; net of those who leave", said)[1].replace(",", "")
    )
    assert hires > lacking, "people leave on the way, so more are hired than stay"
    moved = table_with(app, "2025").set_index(["indicator", "level"])
    assert list(moved.columns) == ["2025", "2026", "change"]
