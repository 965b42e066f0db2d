"""The rounds of the demo: earlier ones published, the last one open from the day it was built, each state somewhere."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.demo.demo_rounds import keep_rounds
from app.rounds.round_record import rounds_of
from app.rounds.tracker import track_round
from app.storage.store import Store

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_earlier_rounds_are_published_and_the_last_is_open_for_two_months(demo_store_folder: Path, tmp_path: Path):
    shutil.copytree(demo_store_folder, tmp_path / "demo")
    store = Store.open(tmp_path / "demo")
    keep_rounds(store, (2025, 2026), NOW)
    states = {one.year: one for one in rounds_of(store.engine)}
    assert states[2026].phase(NOW) == "open" == states[2026].phase(NOW + timedelta(days=59))
    earlier = track_round(store, 2025, NOW).counts()
    assert earlier["published"] > 0 and earlier["signed_off"] == 0
    last = track_round(store, 2026, NOW).counts()
    assert last["published"] == 0 and sum(last.values()) == 3
    assert store.check() == []
