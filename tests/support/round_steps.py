"""A round over a store of the tests, and forms that are handed in to it with made-up results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.rounds.admission import RoundAdmission
from app.rounds.round_control import open_round
from app.rounds.round_record import Round
from app.storage.store import Store, Upload
from schemas.register import load_register
from schemas.rules.finding import finding_id
from tests.app.storage.test_storage import FINDING, outcome

CODES = ("F101110100010", "F101110100029", "F101110100038")
OPENS = datetime(2026, 5, 1, tzinfo=UTC)
CLOSES = datetime(2026, 6, 30, 8, tzinfo=UTC)  # Tuesday, 17:00 in Japan
IN_TIME, LATE = datetime(2026, 6, 1, 12, tzinfo=UTC), CLOSES + timedelta(minutes=1)
OWN_ID = finding_id(str(FINDING["rule"]), str(FINDING["field"]), str(FINDING["row_key"]))
CHECK = {**FINDING, "id": OWN_ID, "severity": "check", "value": "12"}


def begin(store: Store, codes: Sequence[str] = CODES, **more: Any) -> Round:
    """The round of 2026 for some institutions, open from 1 May to 30 June."""
    given: dict[str, Any] = {"year": 2026, "opens": OPENS, "closes": CLOSES, "kinds": (), "besides": codes}
    return open_round(store, "ministry", OPENS, **given | more)[0]


def hand_in(
    store: Store,
    data: bytes = b"PK one",
    code: str = CODES[0],
    now: datetime = IN_TIME,
    admission: RoundAdmission | None = None,
    **more: Any,
) -> str:
    """The id of a form that is handed in; without findings unless they are given."""
    made = outcome(**{"institution": code, "status": "ok", "findings": []} | more)
    known = load_register().institutions[code]
    owner = {"code": code, "name_ja": known.name_ja, "name_en": known.name_en}
    asked = admission or RoundAdmission("university", now)
    return store.keep(Upload(data, "form.xlsx", "university", now), made, owner, admission=asked)
