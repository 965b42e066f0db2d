"""Closed answers: code lists, and the checklist whose items carry the wording of each level."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Default

from schemas.dictionary.declaration import Text
from schemas.dictionary.field import Declared


class CodeItem(Declared):
    """One closed answer. ``aliases`` are other words that are read as it, former names among them.

    ``since``: the first month (``2023-03``) or year in which it can have begun, by ``sources`` (keys of sources.yaml);
    None where that is not known.
    ``stands_for``: the codes that it holds together, in a form that does not ask for them one by one; elsewhere it
    is neither a row nor offered.
    """

    code: str
    label: Text
    help: Text | None = None
    group: str | None = None
    region: str | None = None
    offered: bool = True
    stands_for: list[str] = Default(default_factory=list)
    aliases: list[str] = Default(default_factory=list)
    since: str | None = None
    sources: list[str] = Default(default_factory=list)


class CodeList(Declared):
    """Closed answers in the order in which the drop-down shows them, after those of the list that it ``extends``."""

    id: str
    label: Text
    help: Text | None = None
    source: str | None = None
    extends: str | None = None
    items: list[CodeItem]

    def codes(self) -> list[str]:
        """The codes in drop-down order, those that stand for others left out."""
        return [item.code for item in self.items if not item.stands_for]

    def item(self, code: str) -> CodeItem:
        """The item with this code. Raises KeyError."""
        return next(item for item in self.items if item.code == code)


class Level(Declared):
    """One of the four general levels of the checklist."""

    level: int
    label: Text
    help: Text


class ChecklistGroup(Declared):
    """A group of checklist items and the score it belongs to."""

    code: str
    label: Text
    part_of: Literal["english_admin_score", "research_environment_score"]


class ChecklistItem(CodeItem):
    """One practice of an international research environment, with the wording of its four levels."""

    scopes: list[Literal["centre", "institution"]]
    weight: int
    basis: list[Literal["requirement", "practice", "elsewhere", "inferred"]]
    sources: list[str]
    levels: list[Text]


class ProposedItem(ChecklistItem):
    """An item proposed for a coming edition of the catalogue: no form asks for it, nothing scores or counts it.

    ``sources`` are keys of sources.yaml. When the edition takes it over it moves to the items, and the scores of its
    group get a new version; answers of earlier rounds stay scored by the items of their own edition.
    """

    for_edition: int
    reason: Text


class Checklist(Declared):
    """The 45 items, their groups and the four general levels (docs/catalogue-decisions.md 4), and what is proposed."""

    id: str
    label: Text
    notice: Text
    levels: list[Level]
    groups: list[ChecklistGroup]
    items: list[ChecklistItem]
    proposals: list[ProposedItem] = Default(default_factory=list)

    def item(self, code: str) -> ChecklistItem:
        """The item with this code. Raises KeyError."""
        return next(item for item in self.items if item.code == code)
