"""What can be wrong with a recipe or a panel, said in both languages."""

from collections.abc import Iterable

from schemas.dictionary.declaration import Text
from schemas.dictionary.match_key import nearest_word
from schemas.dictionary.sentences import Sentences
from schemas.dictionary.user_facing_error import UserFacingError

NONE_NEAR = "–"
message = Sentences(__file__)


class CompositeError(UserFacingError):
    """A computation that was not done; ``messages`` name each element and what to do next."""


class RecipeError(CompositeError):
    """The recipe cannot be followed as written."""


class PanelError(CompositeError):
    """The data or their metadata do not allow the step that was asked for."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was most likely meant, or a dash where none is clearly near."""
    return nearest_word(word, known) or NONE_NEAR


def near_column(name: str, known: Iterable[str]) -> Text:
    """The column that was likely meant, in brackets; empty where none is clearly near."""
    close = nearest(name, known)
    return Text(ja="", en="") if close == NONE_NEAR else message("near_column", close=close)


def unknown_word(what: Text, word: str, known: Iterable[str]) -> Text:
    """The sentence for a word that is not in a closed list, with the nearest one that is."""
    candidates = list(known)
    if not candidates:
        return message("unusable_word", what=what, word=word)
    close = nearest(word, candidates)
    if close == NONE_NEAR:
        return message("unknown_word", what=what, word=word, known=join_words(candidates))
    return message("misspelt_word", what=what, word=word, close=close)


def join_words(words: Iterable[object], limit: int = 10) -> str:
    """Words in one line, the first ``limit`` of them, with the number of those left out."""
    shown = [str(word) for word in words]
    rest = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" … (+{rest})" if rest > 0 else "")
