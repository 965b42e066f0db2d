"""Why a file is not read, and the limits it is held to."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.dictionary.declaration import Text

MIB = 1 << 20
MAX_PACKED_MIB = 20
MAX_UNPACKED_MIB = 400
MAX_RATIO = 200
RATIO_FLOOR = 1 * MIB
MAX_MEMBERS = 1_000
MAX_CELLS = 12_000_000
# Written cells, blank ones with a format included: more take longer to look at than a refusal may take.
MAX_CELL_ELEMENTS = 5_000_000
MAX_SHARED_STRINGS = 2_000_000
MAX_STRUCTURE_MIB = 8
MAX_DEPTH = 64


class Refusal(ValueError):
    """The file is not read. `rule` is the id of the text to show, `params` fill the places in that text."""

    def __init__(self, rule: str, params: Mapping[str, str | int | Text] | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.params: dict[str, str | int | Text] = dict(params or {})


def local_name(name: str) -> str:
    """Return an element's or attribute's name without its prefix."""
    return name.rpartition(":")[2]
