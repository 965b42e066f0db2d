"""What came first is told by the count of writes, not by the clock; what is to be done is put down with its cause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from app.access import LOCAL
from app.storage import problems
from app.storage.practice import MAY_NAME, consents, said_on_page, say_consent, standing_consents
from app.storage.store import Store
from app.storage.versions import Outcome, Outdated
from tests.app.storage.test_storage import NOON, keep, outcome, owner, upload

PAIR = ("0001", "A1")


def keep_at(store: Store, data: bytes, moment: datetime, made: Outcome) -> str:
    return store.keep(upload(data, received_at=moment), made, owner(made.institution))


def naming(answer: str, form: str = "core") -> Outcome:
    """A form that says yes or no to being named for one item."""
    row = {"field": MAY_NAME, "row_key": PAIR[1], "normalised": answer}
    row |= dict.fromkeys(("raw", "code", "flag", "remark", "sheet", "cell", "read_as", "problem"), "")
    row |= {"applies": True, "blocked": False}
    return outcome(form=form, answers=pd.DataFrame([row]), value_cells=pd.DataFrame())


def test_a_clock_set_back_does_not_let_the_older_form_speak(store: Store) -> None:
    keep_at(store, b"PK core", NOON, outcome())
    full = keep_at(store, b"PK full", NOON - timedelta(days=400), outcome(form="full"))
    assert store.submission_of_record("0001", 2026) == full
    assert store.submissions(of_record_only=True)["id"].tolist() == [full]
    assert store.values()["submission"].tolist() == [full]


def test_the_form_that_is_handed_in_again_or_made_current_speaks_again(store: Store) -> None:
    core = keep_at(store, b"PK core", NOON, outcome())
    full = keep_at(store, b"PK full", NOON, outcome(form="full"))
    assert keep_at(store, b"PK core", NOON, outcome()) == core
    assert store.submission_of_record("0001", 2026) == core
    store.make_current(full, LOCAL)
    assert store.submission_of_record("0001", 2026) == full


def test_a_later_no_in_a_form_ends_a_consent_also_when_the_clock_was_set_back(store: Store) -> None:
    keep_at(store, b"PK 1", NOON, naming(""))
    say_consent(store, *PAIR, given=True, by="office", at=NOON + timedelta(days=30))
    assert standing_consents(store) == {PAIR}
    keep_at(store, b"PK 2", NOON - timedelta(days=30), naming("no"))
    assert standing_consents(store) == frozenset()
    say_consent(store, *PAIR, given=True, by="office", at=datetime(2000, 1, 1, tzinfo=UTC))
    assert standing_consents(store) == {PAIR}, "what is said after the form counts, whatever the clock says"
    say_consent(store, *PAIR, given=False, by="office", at=datetime(1999, 1, 1, tzinfo=UTC))
    assert standing_consents(store) == frozenset() and said_on_page(store)[PAIR].at.year == 1999


def test_a_no_that_is_made_current_again_ends_a_consent(store: Store) -> None:
    first = keep_at(store, b"PK 1", NOON, naming("no"))
    keep_at(store, b"PK 2", NOON, naming("yes"))
    assert consents(store) == {PAIR} == standing_consents(store)
    store.make_current(first, LOCAL)
    assert standing_consents(store) == frozenset()


def test_every_kept_version_can_be_made_current_again(store: Store) -> None:
    kept = [keep(store, b"PK %d" % n) for n in range(3)]
    for chosen in (kept[0], kept[1], kept[1], kept[2]):
        store.make_current(chosen, LOCAL)
        history = store.submissions("0001", 2026, all_versions=True)
        assert history.loc[history["state"] == "current", "id"].tolist() == [chosen]
        assert store.values()["submission"].tolist() == [chosen] and store.pending()[-1] == chosen
    assert [store.bytes_of(one) for one in kept] == [b"PK 0", b"PK 1", b"PK 2"]
    assert history["sequence"].tolist() == [1, 2, 3]
    with pytest.raises(problems.StoreError) as refused:
        store.make_current("f" * 16, LOCAL)
    assert refused.value.text == problems.UNKNOWN_SUBMISSION


def test_what_rests_on_a_form_is_put_down_with_it_and_is_gone_when_done(store: Store) -> None:
    core, full = keep(store), keep(store, form="full")
    keep(store, institution="0002")
    assert store.pending() == []
    keep(store, b"PK centre", form="centre")
    assert sorted(store.pending()) == sorted([core, full])
    store.renew_results(core, outcome(status="check"))
    assert store.pending() == [full]
    assert store.submissions().set_index("id").loc[core, "status"] == "check"
    centre = store.current("0001", 2026, "centre")
    keep(store, b"PK another", form="full")
    assert store.pending() == [centre], "a form judged beside the new one has nothing to catch up on; the centre's has"
    keep(store, b"PK core 2")
    assert store.pending() == [centre]


def test_what_was_judged_beside_the_new_form_is_kept_with_it(store: Store) -> None:
    core = keep(store)
    store.keep(upload(b"PK centre"), outcome(form="centre"), owner(), renewed={core: outcome(status="ok")})
    assert store.pending() == [] and store.submissions().set_index("id").loc[core, "status"] == "ok"
    broken = outcome(gaps=pd.concat([outcome().gaps] * 2))
    with pytest.raises(problems.StoreError):
        store.keep(upload(b"PK centre 2"), outcome(form="centre"), owner(), renewed={core: broken})
    assert len(store.submissions(all_versions=True)) == 2, "all of it or nothing"
    assert store.submissions().set_index("id").loc[core, "status"] == "ok"


def test_a_form_judged_beside_one_that_was_replaced_meanwhile_is_not_kept(store: Store) -> None:
    centre = keep(store, b"PK centre", form="centre")
    beside = {(2026, "centre", ""): centre, (2025, "core", ""): ""}
    assert store.keep(upload(b"PK core"), outcome(), owner(), beside=beside)
    keep(store, b"PK centre 2", form="centre")
    with pytest.raises(Outdated):
        store.keep(upload(b"PK core 2"), outcome(), owner(), beside=beside)
    assert store.current_forms("0001")[2026, "core", ""] == store.recognise(outcome(), b"PK core")


def test_the_marked_workbook_is_kept_with_its_results(store: Store) -> None:
    marked = keep(store, marked=b"PK marked")
    plain = keep(store, b"PK two")
    assert store.marked_of(marked) == b"PK marked" and store.marked_of(plain) is None and store.check() == []
    store.renew_results(marked, outcome(marked=b"PK marked anew"))
    assert store.marked_of(marked) == b"PK marked anew"
    assert store.check() == [] and store.bytes_of(marked) == b"PK one", "the copy with the marks of before is gone"
    store.renew_results(marked, outcome())
    assert store.marked_of(marked) is None and store.check() == []


def test_orphans_and_half_written_files_are_named_and_cleared_and_nothing_else(store: Store, tmp_path: Path) -> None:
    place, kept = tmp_path / "store", keep(store)
    store.refuse(upload(b"refused"), "FMT-41", problems.UNREADABLE)
    left = ["blobs/" + "f" * 64, "blobs/.part-x", "refused/.part-y", ".part-z"]
    for name in left:
        (place / name).write_bytes(b"half")
        (place / name).chmod(0o600)
    named = store.check()
    assert len(named) == 4 and all(any(line.en.endswith(name) for line in named) for name in left)
    assert {*store.mend(LOCAL)} == {problems.line(problems.REMOVED, name) for name in left}
    assert store.check() == [] and store.mend(LOCAL) == []
    assert store.bytes_of(kept) == b"PK one" and store.refused()[0]["kept"]


def test_the_forms_of_two_centres_stand_side_by_side(store: Store) -> None:
    one, other = (keep(store, b"PK %d" % n, form="centre", unit=f"WPI{n}") for n in (1, 2))
    assert store.current("0001", 2026, "centre", "WPI1") == one and store.check() == []
    assert store.current("0001", 2026, "centre", "WPI2") == other == store.current("0001", 2026, "centre")
    again = keep(store, b"PK 3", form="centre", unit="WPI1")
    history = store.submissions("0001", 2026, all_versions=True)
    assert history[["id", "unit", "sequence", "state"]].to_numpy().tolist() == [
        [one, "WPI1", 1, "superseded"],
        [again, "WPI1", 2, "current"],
        [other, "WPI2", 1, "current"],
    ]
    store.make_current(one, LOCAL)
    assert set(store.submissions()["id"]) == {one, other}
    assert store.submission_of_record("0001", 2026) == one, "one of them speaks while there is no form of the whole"
    core = keep(store)
    assert store.submission_of_record("0001", 2026) == core
    assert keep(store, b"PK 1", form="centre", unit="WPI2") not in (one, other), "the same bytes for another centre"
