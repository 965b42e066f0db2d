"""Mergers, renamings, changes of founder and closures of institutions, each with its date and source."""

from __future__ import annotations

import csv
import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from schemas.dictionary.counting_day import counting_day
from schemas.dictionary.declaration import Text

ChangeKind = Literal["merger", "founder_change", "renaming", "closing"]
KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)
SAYS = {
    "merger": Text(ja="{before}は、{date}に{after}へ統合されました", en="{before} became part of {after} in {date}"),
    "founder_change": Text(
        ja="{before}は、{date}に設置者が変わり、{after}となりました",
        en="{before} changed its founder in {date} and is now {after}",
    ),
    "renaming": Text(ja="{before}は、{date}に{after}へ名称を変更しました", en="{before} was renamed {after} in {date}"),
    "closing": Text(ja="{before}は、{date}に閉校します", en="{before} closes in {date}"),
}


@dataclass(frozen=True)
class RegisterChange:
    """One change: the codes before, the code after (empty for a closure), and the names as the source gives them.

    ``date`` is written as the source gives it (``2024``, ``2024-10``, ``2024-10-01``, or empty where it gives none).
    ``state`` is ``done``, ``approved`` or ``announced``; ``seen`` how the source was read.
    """

    kind: ChangeKind
    codes_before: tuple[str, ...]
    names_before: tuple[str, ...]
    code_after: str
    name_after: str
    name_after_en: str
    date: str
    state: str
    seen: str
    source_title: str
    source_url: str

    def is_in_force(self, year: int) -> bool:
        """Whether it had taken effect on 1 May of a round; never without a date, nor while only announced."""
        return bool(self.date) and self.state in ("done", "approved") and first_day(self.date) <= counting_day(year)

    @property
    def sentence(self) -> Text:
        """What changed and when, in one sentence without a full stop."""
        words = {"before": "・".join(self.names_before), "after": self.name_after, "date": self.date}
        return SAYS[self.kind].format(**words)


def first_day(text: str) -> datetime.date:
    """The first day that a date with or without month and day can mean; ValueError when it is none."""
    year, month, day = ([int(part) for part in text.split("-")] + [1, 1])[:3]
    return datetime.date(year, month, day)


def load_changes(folder: Path) -> tuple[RegisterChange, ...]:
    """Every change of ``changes.csv`` in a folder, in the order of the file."""
    with (folder / "changes.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            RegisterChange(
                KINDS[KINDS.index(cast(ChangeKind, row["kind"]))],
                tuple(filter(None, row["from"].split(";"))),
                tuple(row["from_names_ja"].split(";")),
                row["to"],
                row["to_name_ja"],
                row["to_name_en"],
                row["date"],
                row["state"],
                row["seen"],
                row["source_title"],
                row["source_url"],
            )
            for row in csv.DictReader(lines)
        )
