"""What an analysis refuses, in both languages."""

from __future__ import annotations

from schemas.dictionary.declaration import Text


class InvalidInput(ValueError):
    """Input that gives no right result; ``message`` names the element and what to do, in both languages."""

    def __init__(self, message: Text) -> None:
        self.message = message
        super().__init__(f"{message.ja} / {message.en}")
