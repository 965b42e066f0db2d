"""The texts of drop-downs, and which texts are read back as which code. One home for both directions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import Field


def option_text(label: Text, code: str = "") -> str:
    """A drop-down text: both languages, after the code where the code itself is meaningful."""
    return f"{code} {label.ja} / {label.en}".strip()


# Lists whose codes people know and type; elsewhere the code stays out of sight.
_SHOW_CODE = frozenset({"checklist", "answer_codes", "flags"})


@lru_cache(maxsize=256)
def choice_options(dictionary: DataDictionary, code_list: str) -> Mapping[str, str]:
    """Code -> drop-down text of a code list."""
    together = (
        {item.code for item in dictionary.code_lists[code_list].items if item.stands_for}
        if (code_list in dictionary.code_lists)
        else set()
    )
    return MappingProxyType(
        {
            code: option_text(label, code if code_list in _SHOW_CODE else "")
            for code, label in dictionary.labels(code_list).items()
            if code not in together
        }
    )


def answer_code_options(dictionary: DataDictionary, codes: list[str]) -> dict[str, str]:
    """Answer code -> drop-down text, for the codes a field offers."""
    every = choice_options(dictionary, "answer_codes")
    return {code: every[code] for code in codes}


@lru_cache(maxsize=1_024)
def level_options(dictionary: DataDictionary, item: str) -> Mapping[str, str]:
    """Level ("0".."3") -> drop-down text with the wording of that level for the item."""
    return MappingProxyType(
        {
            str(level): option_text(wording, str(level))
            for level, wording in enumerate(dictionary.checklist.item(item).levels)
        }
    )


def options(dictionary: DataDictionary, field: Field, keys: dict[str, str] | None = None) -> Mapping[str, str]:
    """Code -> drop-down text for a field (answer codes included); empty where anything may be typed."""
    codes = answer_code_options(dictionary, field.codes)
    if field.type == "level":
        return {**level_options(dictionary, (keys or {})["item"]), **codes}
    if field.type == "yes_no":
        return choice_options(dictionary, "yes_no")
    if field.type == "choice" and field.code_list:
        return {**choice_options(dictionary, field.code_list), **codes}
    return codes


def accepted_texts(
    dictionary: DataDictionary, field: Field, keys: dict[str, str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Code -> every text read as that code: the drop-down text, either language alone, the code itself."""
    if field.type == "level":
        return _accepted_levels(dictionary, (keys or {})["item"])
    code_list = "yes_no" if field.type == "yes_no" else field.code_list
    return {} if code_list is None else _accepted_choices(dictionary, code_list)


@lru_cache(maxsize=1_024)
def _accepted_levels(dictionary: DataDictionary, item: str) -> dict[str, tuple[str, ...]]:
    return {
        str(level): (option_text(wording, str(level)), f"{level} {wording.ja}", wording.ja, wording.en, f"段階{level}")
        for level, wording in enumerate(dictionary.checklist.item(item).levels)
    }


@lru_cache(maxsize=256)
def _accepted_choices(dictionary: DataDictionary, code_list: str) -> dict[str, tuple[str, ...]]:
    aliases = dictionary.aliases(code_list)
    return {
        code: (
            option_text(label),
            option_text(label, code),
            label.ja,
            label.en,
            f"{code} {label.ja}",
            code,
            *aliases.get(code, ()),
        )
        for code, label in dictionary.labels(code_list).items()
    }
