"""The practice exchange on a real demo store: right counts, names only while consent stands, both languages."""

import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.charts.practice_charts import bounds_text, host_of, sentence_for_spread, spread_chart, spread_rows
from app.components.navigation import FILE_OF
from app.results.institution_results import items_of
from app.results.nation.national_practice import details_of_years, standing_levels
from app.storage.practice import consents, said_on_page, say_consent, standing_consents
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from indicators.comparison import practice_diffusion
from tests.support.page_tables import page_tables

MAIN = str(Path("app/main.py").resolve())
YES = "checklist_details.may_name"


@pytest.fixture
def folder(demo_store_folder, tmp_path):
    """A copy of the demo store that a test may change."""
    shutil.copytree(demo_store_folder, tmp_path / "store")
    return tmp_path / "store"


def run(folder: Path, **query: str) -> AppTest:
    """The page after its first run."""
    os.environ[STORE_VARIABLE] = str(folder)
    app = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(FILE_OF["practices"]).run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """Everything the page itself says outside the sidebar, tables included."""
    kinds = ("title", "subheader", "text", "markdown", "caption", "info")
    said = [str(element.value) for kind in kinds for element in getattr(app.main, kind)]
    return "\n".join([*said, *(frame.to_csv() for frame in page_tables(app))])


def change(folder: Path, statement: str, *values: str) -> int:
    """Changes the store beneath the program, which then knows nothing of what it had worked out before."""
    with sqlite3.connect(folder / "store.sqlite") as database:
        database.execute("delete from kept_frames")
        return database.execute(statement, values).rowcount


def named_pair(folder: Path) -> tuple[str, str]:
    """An institution and an item it has in place and agrees to be named for."""
    store = Store.open(folder)
    agreed, details = consents(store), details_of_years(store)
    for institution, item in sorted(agreed):
        found = practice_diffusion.practitioners(details, item, lambda code, at: (code, at) in agreed)
        if institution in set(found["institution"]):
            return institution, item
    raise AssertionError("the demo nation should have somebody who agrees to be named")


def other_than(institution: str) -> str:
    return "DEMO-12" if institution != "DEMO-12" else "DEMO-03"


# the store


def test_details_are_the_items_of_every_submission(demo_store_folder):
    store = Store.open(demo_store_folder)
    details = details_of_years(store)
    assert list(details.columns) == list(practice_diffusion.DETAILS)
    assert len(details) == 6 * 45
    assert details["wanted"].any() and details["since"].notna().any()
    for submission in store.submissions().itertuples():
        items = items_of(store, submission.id).set_index("item").sort_index()
        own = details[(details["institution"] == submission.institution) & (details["year"] == submission.year)]
        own = own.set_index("item").sort_index()
        for column in [f"{scope}_{kind}" for scope in practice_diffusion.SCOPES for kind in ("declared", "counted")]:
            assert list(own[column].fillna(-1)) == [-1 if pd.isna(v) else v for v in items[column]], column
        for column in ("binding", "learnt_from", "evidence", "contact_office"):
            given = items[column].where(items[column].notna(), None) if column in items else [None] * len(items)
            assert [v or None for v in own[column].where(own[column].notna(), None)] == [v or None for v in given]


@pytest.mark.parametrize(
    "narrow", [{"item": "E1"}, {"year": 2025}, {"institution": "DEMO-03"}, {"item": "A3", "year": 2026}]
)
def test_narrower_reading_gives_the_same_rows(demo_store_folder, narrow):
    store = Store.open(demo_store_folder)
    every = details_of_years(store)
    for column, value in narrow.items():
        every = every[every[column] == value]
    pd.testing.assert_frame_equal(details_of_years(store, **narrow), every.reset_index(drop=True))


def test_an_empty_store_has_the_same_columns_and_nobody_to_name(tmp_path):
    store = Store.open(tmp_path / "real", "real")
    details = details_of_years(store)
    assert details.empty and list(details.columns) == list(practice_diffusion.DETAILS)
    assert consents(store) == frozenset()
    assert practice_diffusion.diffusion(details).empty and practice_diffusion.what_came_before(details).empty


def test_the_latest_round_alone_says_who_may_be_named(folder):
    institution, item = named_pair(folder)
    latest = "select id from submissions where institution = ? and year = 2026"
    sql = f"update answers set normalised = ? where field = '{YES}' and row_key = ? and submission in ({latest})"
    for answer in ("no", ""):
        assert change(folder, sql, answer, item, institution) == 1
        assert (institution, item) not in consents(Store.open(folder))
    change(folder, sql, "yes", item, institution)
    earlier = sql.replace("2026", "2025")
    change(folder, earlier, "no", item, institution)
    assert (institution, item) in consents(Store.open(folder))


def add_form(folder: Path, institution: str, form: str, received: str) -> None:
    """Copies the core submission of 2026 as one of another form, received later, with its checklist."""
    with sqlite3.connect(folder / "store.sqlite") as database:
        for table in ("submissions", "answers"):
            names = [row[1] for row in database.execute(f"pragma table_info({table})")]
            new = {"id": "'added'", "submission": "'added'", "form": f"'{form}'", "received_at": f"'{received}'"}
            new["current_since"] = "1000"
            chosen = ", ".join(new.get(name, f'"{name}"') for name in names)
            key = "id" if table == "submissions" else "submission"
            source = "select id from submissions where institution = ? and year = 2026 and form = 'core'"
            database.execute(
                f"insert into {table} select {chosen} from {table} where {key} in ({source})", (institution,)
            )


def test_the_form_of_the_centre_does_not_stand_for_the_whole_institution(folder):
    institution, item = named_pair(folder)
    before = details_of_years(Store.open(folder))
    received = Store.open(folder).submissions()["received_at"].max()
    add_form(folder, institution, "centre", "2026-09-01 00:00:00.000000")
    change(folder, "delete from answers where submission = 'added' and field like 'help_wanted.%'")
    change(folder, "update answers set normalised = '' where submission = 'added' and row_key like '%/institution'")
    store = Store.open(folder)
    assert store.submissions()["received_at"].max() > received
    pd.testing.assert_frame_equal(details_of_years(store), before)
    assert (institution, item) in consents(store)
    change(folder, f"update answers set normalised = 'no' where submission = 'added' and field = '{YES}'")
    assert institution not in {code for code, _ in consents(store)}


def test_of_two_forms_for_the_whole_institution_the_later_speaks(folder):
    institution, item = named_pair(folder)
    add_form(folder, institution, "full", "2026-09-01 00:00:00.000000")
    change(folder, "update answers set normalised = '0' where submission = 'added' and field = 'checklist.declared'")
    store = Store.open(folder)
    rows = details_of_years(store, institution=institution, year=2026)
    assert len(rows) == 45 and set(rows["institution_declared"].dropna()) == {0}
    assert (institution, item) in consents(store)


# the page


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_shows_its_parts_in_both_languages(demo_store_folder, language):
    app = run(demo_store_folder, lang=language, institution="DEMO-01", year="2026", item="E1")
    said = words(app)
    headings = {"ja": ("広がり", "取組のある機関", "計画とその後"), "en": ("How it has spread", "Who has it in place")}
    assert all(heading in said for heading in headings[language])
    assert ("監査" if language == "ja" else "not audited") in said
    assert not {"{", "}"} & set(said)


def test_a_deep_link_opens_an_item_and_the_address_keeps_it(demo_store_folder):
    app = run(demo_store_folder, lang="ja", institution="DEMO-01", year="2026", item="G6")
    assert app.selectbox(key="item").value == "G6"
    assert app.query_params["item"] == "G6"
    app.selectbox(key="item").set_value("B1").run()
    assert app.query_params["item"] == "B1"


def test_an_unknown_item_in_the_address_opens_the_first_one(demo_store_folder):
    app = run(demo_store_folder, lang="ja", institution="DEMO-01", year="2026", item="Z9")
    assert app.selectbox(key="item").value == "A1"


def test_the_level_here_stands_beside_its_wording(demo_store_folder, dictionary):
    details = details_of_years(Store.open(demo_store_folder), item="E1", year=2026, institution="DEMO-01").iloc[0]
    app = run(demo_store_folder, lang="ja", institution="DEMO-01", year="2026", item="E1")
    table = page_tables(app)[0]
    assert list(table["wording"]) == [text.ja for text in dictionary.checklist.item("E1").levels]
    for scope, word in (("institution", "全学"), ("centre", "比較拠点")):
        marked = [int(level) for level, here in zip(table["level"], table["here"], strict=True) if word in here]
        assert marked == [details[f"{scope}_counted"]]


def test_a_name_is_shown_while_consent_stands_and_gone_at_once_when_withdrawn(folder):
    institution, item = named_pair(folder)
    row = details_of_years(Store.open(folder), item=item, institution=institution).iloc[-1]
    name = Store.open(folder).institutions().set_index("code").loc[institution, "name_ja"]
    app = run(folder, lang="ja", institution=other_than(institution), year="2026", item=item)
    said = words(app)
    assert name in said and row["evidence"] in said and row["contact_office"] in said
    store = Store.open(folder)
    for code, agreed in standing_consents(store):
        if code == institution:
            say_consent(store, code, agreed, given=False, by="test", at=datetime.now(UTC))
    store.close()
    app.run()
    assert not app.exception
    gone = words(app)
    assert name not in gone and row["evidence"] not in gone and row["contact_office"] not in gone


def test_nobody_is_named_where_nobody_agrees(folder):
    change(folder, f"update answers set normalised = 'no' where field = '{YES}'")
    app = run(folder, lang="ja", institution="DEMO-12", year="2026", item="E1")
    said = words(app)
    for other in ("デモ国立第一大学", "デモ国立第三大学"):
        assert other not in said
    assert "同意している機関は、まだありません" in said


def test_three_institutions_are_too_few_to_count(demo_store_folder):
    app = run(demo_store_folder, lang="ja", institution="DEMO-01", year="2026", item="E1")
    spread = next(f for f in page_tables(app) if list(f.columns) == ["scope", "year", "answered", "reached"])
    assert set(spread["answered"]) == {"<5"} and set(spread["reached"]) == {"0～4"}


def test_an_item_asked_for_the_whole_institution_only_has_no_column_for_the_centre(folder):
    change(folder, "update answers set normalised = '2' where field = 'checklist.declared'")
    change(folder, "update answers set normalised = 'rule' where field = 'checklist_details.evidence_kind'")
    change(folder, "update answers set normalised = '要項' where field = 'checklist_details.evidence'")
    for item, columns in (("G1", ["institution"]), ("E1", ["institution", "centre"])):
        app = run(folder, lang="ja", institution="DEMO-01", year="2026", item=item)
        sources = next(f for f in page_tables(app) if list(f.columns[:2]) == ["question", "answer"])
        assert list(sources.columns[2:]) == columns


def test_an_evidence_with_markup_stays_plain_text(folder):
    institution, item = named_pair(folder)
    text = "**太字** <script>alert(1)</script> [リンク](https://example.ac.jp)"
    change(
        folder,
        "update answers set normalised = ? where field = 'checklist_details.evidence' and row_key = ?",
        text,
        item,
    )
    app = run(folder, lang="ja", institution=other_than(institution), year="2026", item=item)
    assert any(text in frame.to_csv(quoting=3, escapechar="\\") for frame in page_tables(app))
    assert not any("<script>alert" in str(element.value) for element in app.markdown)


def test_an_empty_store_says_what_to_do(tmp_path):
    Store.open(tmp_path / "real", "real").close()
    app = run(tmp_path / "real", lang="ja")
    assert "様式をダウンロード" in words(app)


def test_a_role_that_may_nothing_sees_nothing(demo_store_folder, monkeypatch):
    from app import access
    from app.components import session

    monkeypatch.setattr(session, "LOCAL", access.Actor("nobody", None))
    app = run(demo_store_folder, lang="en", institution="DEMO-01", year="2026")
    assert not page_tables(app) and "does not allow" in app.error[0].value


# words and chart


@pytest.mark.parametrize(
    ("evidence", "host"),
    [
        ("https://www.example.ac.jp/a", "www.example.ac.jp"),
        ("https://www.example.ac.jp@other.example/a", "other.example"),
        ("HTTP://例え.example/", "xn--r8jz45g.example"),
        ("就業規則（英語版）", ""),
        ("javascript:alert(1)", ""),
        ("https://[", ""),
        (None, ""),
    ],
)
def test_the_host_is_the_one_an_address_leads_to(evidence, host):
    assert host_of(evidence) == host


def test_counts_in_words():
    assert [bounds_text(7, 7, "ja"), bounds_text(1, 4, "ja"), bounds_text(8, 11, "ja")] == ["7", "<5", "8～11"]
    assert bounds_text(1, 4, "en", sign=False) == "1–4"


def many(reached: int, whole: int = 20) -> pd.DataFrame:
    """The spread of an item that ``reached`` of ``whole`` institutions have in place, none of which has a centre."""
    rows = [
        dict.fromkeys(practice_diffusion.DETAILS) | {"institution": f"U{n}", "year": 2026, "item": "A1"}
        for n in range(whole)
    ]
    frame = pd.DataFrame(rows).astype(dict.fromkeys(practice_diffusion.NUMBERS, "Int64")).assign(wanted=False)
    frame["institution_counted"] = pd.array([2] * reached + [0] * (whole - reached), dtype="Int64")
    return spread_rows(practice_diffusion.diffusion(frame))


def test_sentence_and_chart_tell_the_same_and_no_more_than_may_be_told():
    assert "20機関中8機関" in sentence_for_spread(many(8), "ja")
    assert "20機関中1～4機関" in sentence_for_spread(many(3), "ja")
    chart = spread_chart(many(3), "A1", "ja").to_dict()
    drawn = [row for rows in chart["datasets"].values() for row in rows]
    assert {(row["low"], row["high"], row["shown"]) for row in drawn} == {(1, 4, "20機関中 <5")}
    assert chart["description"] == sentence_for_spread(many(3), "ja")
    assert "まだありません" in sentence_for_spread(many(3).iloc[:0], "ja")


# Consent by a button


def buttons(app: AppTest) -> dict[str, object]:
    """The buttons of the page by key."""
    return {button.key: button for button in app.button}


def test_consent_is_given_withdrawn_and_undone_by_a_button_at_once(folder):
    own, item = "DEMO-01", in_place(folder, "DEMO-01")
    query = {"lang": "ja", "institution": own, "year": "2026", "item": item}
    store = Store.open(folder)
    was_named = (own, item) in standing_consents(store)
    for step in range(3):
        app = run(folder, **query)
        stands = (own, item) in standing_consents(store)
        assert stands is (was_named if step % 2 == 0 else not was_named)
        name = store.institutions().set_index("code").loc[own, "name_ja"]
        assert any(name in text for text in named_on(app)) is stands
        buttons(app)[f"consent_{item}"].click().run()
        assert not app.exception, app.exception
        assert any(name in text for text in named_on(app)) is not stands
    buttons(app)[f"consent_undo_{item}"].click().run()
    assert ((own, item) in standing_consents(store)) is was_named
    assert len(said_on_page(store)) == 1


def in_place(folder: Path, institution: str) -> str:
    """An item that an institution has at level 2 or more in its latest round."""
    rows = practice_diffusion.latest(details_of_years(Store.open(folder), institution=institution))
    levels = rows[["institution_counted", "centre_counted"]].max(axis=1)
    return str(rows.loc[levels >= 2, "item"].iloc[0])


def named_on(app: AppTest) -> list[str]:
    """The names in the table of those who have the item."""
    return [name for frame in page_tables(app) if "office" in frame for name in frame["name"]]


def test_a_form_does_not_give_back_what_was_withdrawn_on_the_page_and_a_later_no_ends_what_was_given(folder):
    store = Store.open(folder)
    given = sorted(consents(store))[0]
    early = datetime(2020, 1, 1, tzinfo=UTC)
    say_consent(store, *given, given=False, by="office", at=early)
    assert given not in standing_consents(store)
    with sqlite3.connect(folder / "store.sqlite") as database:
        key = (YES, given[1], given[0])
        database.execute(
            "update answers set normalised = 'no' where field = ? and row_key = ? and submission in "
            "(select id from submissions where institution = ?)", key,
        )  # fmt: skip
    say_consent(store, *given, given=True, by="office", at=early)
    assert given in standing_consents(store), "said on the page after the form"
    change(folder, "update submissions set current_since = 1000 where institution = ?", given[0])
    assert given not in standing_consents(store), "a no in a form that became current later"


def test_consent_of_an_institution_that_never_handed_in_is_refused(folder):
    with pytest.raises(StoreError):
        say_consent(Store.open(folder), "NOBODY", "A1", given=True, by="x", at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        say_consent(Store.open(folder), "DEMO-01", "A1", given=True, by="x", at=datetime(2026, 1, 1))


@pytest.mark.parametrize("years", [(2025, 2026), (2024, 2025), (2030, 2031)])
def test_the_short_reading_of_all_levels_leads_to_the_same_as_the_long_one(demo_store_folder, years):
    store = Store.open(demo_store_folder)
    every = details_of_years(store)
    long = practice_diffusion.latest(every[every["year"].isin(years)])
    for own in store.institutions()["code"]:
        short = standing_levels(store, years, own)
        for found in (
            lambda rows, own=own: practice_diffusion.solved_by_peers(
                rows, own, ["DEMO-12", "DEMO-01"], lambda code, item: True
            ),
            lambda rows, own=own: practice_diffusion.asked_of(rows, own, lambda code, item: item < "D"),
        ):
            pd.testing.assert_frame_equal(found(short), found(long))
