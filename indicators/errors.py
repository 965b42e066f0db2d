"""What an analysis refuses, in both languages."""

from __future__ import annotations

from schemas.dictionary.declaration import Text
from schemas.dictionary.user_facing_error import UserFacingError


class InvalidInput(UserFacingError, ValueError):
    """Input that gives no right result; ``message`` names the element and what to do, in both languages."""

    def __init__(self, message: Text) -> None:
        super().__init__([message])

    @property
    def message(self) -> Text:
        """What is wrong with which element, and what to do."""
        return self.text
