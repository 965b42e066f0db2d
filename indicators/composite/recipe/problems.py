"""What can be wrong with a recipe or a panel, said in both languages."""

from collections.abc import Iterable

from schemas.dictionary import declaration
from schemas.dictionary.match_key import nearest_word
from schemas.dictionary.user_facing_error import UserFacingError

NONE_NEAR = "–"
Text = dict[str, str]


class CompositeError(UserFacingError):
    """A computation that was not done; ``messages`` name each element and what to do next."""

    def __init__(self, messages: Iterable[Text]) -> None:
        super().__init__(declaration.Text(**message) for message in messages)


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
    return {"ja": "", "en": ""} if close == NONE_NEAR else {"ja": f"（近い列は {close}）", "en": f" (nearest: {close})"}


def unknown_word(what: Text, word: str, known: Iterable[str]) -> Text:
    """The sentence for a word that is not in a closed list, with the nearest one that is."""
    candidates = list(known)
    if not candidates:
        return {
            "ja": f"{what['ja']}「{word}」はここでは使えません。削除してください。",
            "en": f"{what['en']}: '{word}' cannot be used here. Please remove it.",
        }
    close = nearest(word, candidates)
    if close == NONE_NEAR:
        return {
            "ja": f"{what['ja']}「{word}」は見つかりません。使えるのは {join_words(candidates)} です。",
            "en": f"{what['en']}: '{word}' is not known. Please choose from {join_words(candidates)}.",
        }
    return {
        "ja": f"{what['ja']}「{word}」は見つかりません。「{close}」ではありませんか。綴りを確認してください。",
        "en": f"{what['en']}: '{word}' is not known. Did you mean '{close}'? Please check the spelling.",
    }


def join_words(words: Iterable[object], limit: int = 10) -> str:
    """Words in one line, the first ``limit`` of them, with the number of those left out."""
    shown = [str(word) for word in words]
    rest = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" … (+{rest})" if rest > 0 else "")
