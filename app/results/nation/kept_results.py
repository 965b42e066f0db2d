"""Rows of all institutions of a year, each worked out once from its results and kept in the store."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from app.edition import catalogue
from app.storage.database.kept_frames import KeptFrame, keep_frame, read_kept, states_of_kept, states_of_year
from app.storage.store import Store
from app.storage.versions import software

SHAPE = 1  # of what is kept; another one is worked out anew
FEW = 40  # institutions that are worked out one by one; of more, all of the year at once
_WORKING = threading.RLock()  # one session works a year out, the others wait for it

WorkOut = Callable[[str | None], pd.DataFrame]


def edition() -> str:
    """What kept rows rest on besides the results: software, catalogue, and the shape of what is kept."""
    return f"{software()}|{catalogue().hash}|{SHAPE}"


def digest_of(states: Mapping[str, str]) -> str:
    """A short text that changes with the results of any institution of a year."""
    return hashlib.sha256(json.dumps([edition(), sorted(states.items())]).encode()).hexdigest()[:16]


def rows_of_nation(
    store: Store, kind: str, year: int, work_out: WorkOut, order: Sequence[str] = ("institution",)
) -> KeptFrame:
    """The rows of a kind of every institution of a year, as kept; those of changed results are worked out anew.

    ``work_out`` gives the rows of an institution, or of all where it is given none, with a column ``institution``;
    ``order``: the columns that its rows are ordered by; without any the rows are about no single institution, and all
    of them are worked out anew.
    """
    states = states_of_year(store.engine, year)
    kept = read_kept(store.engine, kind, year, edition())
    if kept is not None and kept.states == states:
        return kept
    with _WORKING:
        kept = read_kept(store.engine, kind, year, edition())
        if kept is not None and kept.states == states:
            return kept
        frame = _renewed(kept, states, work_out, order)
        return keep_frame(store.engine, kind, year, edition(), states, frame)


def are_current(store: Store, year: int, kinds: Iterable[str]) -> bool:
    """Whether the kept rows of these kinds rest on the results that all institutions have now, without reading them."""
    states, kept = states_of_year(store.engine, year), states_of_kept(store.engine, year, edition())
    return all(kept.get(kind) == states for kind in kinds)


def _renewed(
    kept: KeptFrame | None, states: Mapping[str, str], work_out: WorkOut, order: Sequence[str]
) -> pd.DataFrame:
    """The kept rows of unchanged institutions with those of changed ones worked out anew, by institution."""
    before = {} if kept is None else kept.states
    changed = [code for code, state in states.items() if before.get(code) != state]
    if kept is None or not order or len(changed) > FEW:
        return work_out(None)
    frame = kept.frame()
    unchanged = frame[~frame["institution"].isin(changed) & frame["institution"].isin(list(states))]
    parts = [part for part in (unchanged, *map(work_out, changed)) if len(part)]
    if not parts:
        return unchanged
    return pd.concat(parts, ignore_index=True).sort_values(list(order), kind="stable", ignore_index=True)
