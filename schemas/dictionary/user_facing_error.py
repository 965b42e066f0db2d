"""What a person is told when something cannot be done."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.dictionary.declaration import Text


class UserFacingError(Exception):
    """Something cannot be done; ``messages`` say what happened, where, and what to do next, in both languages."""

    def __init__(self, messages: Iterable[Text]) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(f"{message.ja} / {message.en}" for message in self.messages))

    @property
    def text(self) -> Text:
        """The first message."""
        return self.messages[0]
