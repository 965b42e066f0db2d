"""What cannot be done in a round, said in both languages with what to do next."""

from __future__ import annotations

from datetime import datetime

from app.rounds.moments import moment_text
from app.storage.problems import StoreError
from app.texts import texts
from schemas.dictionary.declaration import Text


class RoundError(StoreError):
    """A step of a round that cannot be done now; ``key`` names the reason, ``text`` says it."""

    is_fault = False

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(round_text(key, **params))
        self.key = key


def round_text(key: str, **params: object) -> Text:
    """The text ``round.<key>`` in both languages; moments among ``params`` are written in Japan's time."""
    moments = {name: moment for name, moment in params.items() if isinstance(moment, datetime)}
    told = {name: Text(ja=moment_text(at, "ja"), en=moment_text(at, "en")) for name, at in moments.items()}
    return texts()[f"round.{key}"].format(**{**params, **told})
