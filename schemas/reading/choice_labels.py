"""How sentences name choices: by their labels in the reader's language, never by the codes that are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.dictionary.country_names import COUNTRY_LISTS, country_aliases
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import NUMERIC, Field
from schemas.dictionary.match_key import nearest
from schemas.form.options import accepted_texts
from schemas.reading.answer import Answer, Submission
from schemas.reading.normalise import CODE_LABELS
from schemas.reading.reading_outcome import NOT_A_CHOICE, UNREAD_COUNTRY, Reading
from schemas.reading.records import Records

CODES = "answer_codes"
LISTED = 8
WORDS_LISTED, WORD_LENGTH = 8, 40
NO_SUGGESTION = Text(ja="", en="")
CHOSEN = ("choice", "level", "yes_no")


def in_words(submission: Submission, dictionary: DataDictionary) -> Submission:
    """The submission whose problems and re-readings name choices by their labels, in cells and in long lists."""
    answers = [_answer_in_words(answer, dictionary) for answer in submission.answers]
    records = {name: _records_in_words(listed, dictionary) for name, listed in submission.records.items()}
    return replace(submission, answers=answers, records=records)


def choice_label(dictionary: DataDictionary, f: Field, keys: Mapping[str, str], code: str) -> Text | None:
    """The label of an answer code or of a choice of ``f``; levels and checklist items keep their short code."""
    codes = dictionary.labels(CODES)
    if code in f.codes and code in codes:
        return _code_and_label(code, codes[code])
    return choice_labels(dictionary, f, keys).get(code)


def choice_labels(dictionary: DataDictionary, f: Field, keys: Mapping[str, str]) -> dict[str, Text]:
    """The label of each choice of ``f`` by code; empty where anything may be typed."""
    if f.type == "level" and "item" in keys:
        levels = dictionary.checklist.item(keys["item"]).levels
        return {str(level): _code_and_label(str(level), wording) for level, wording in enumerate(levels)}
    code_list = "yes_no" if f.type == "yes_no" else f.code_list if f.type == "choice" else None
    if code_list is None:
        return {}
    labels = dictionary.labels(code_list)
    return (
        {code: _code_and_label(code, label) for code, label in labels.items()} if code_list == "checklist" else labels
    )


def _code_and_label(code: str, label: Text) -> Text:
    return Text(ja=f"{code} {label.ja}", en=f"{code} {label.en}")


def _answer_in_words(answer: Answer, dictionary: DataDictionary) -> Answer:
    f = answer.field
    if not (answer.problem or answer.read_as) or not (f.type in CHOSEN or answer.code):
        return answer
    words = _words(dictionary, f, answer.keys, answer, answer.typed)
    return replace(answer, params={**answer.params, **words}) if words else answer


def _words(
    dictionary: DataDictionary, f: Field, keys: Mapping[str, str], read: Answer | Reading, typed: str
) -> dict[str, Text]:
    """Texts for the places of a message about what ``typed`` was read as."""
    if read.problem in (NOT_A_CHOICE, UNREAD_COUNTRY):
        return _offered_choices(dictionary, f, keys, typed)
    if read.read_as and not read.problem:
        label = choice_label(dictionary, f, keys, read.code or _code_of(read.value))
        return {"read_as": label} if label else {}
    return {}


def _code_of(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _offered_choices(dictionary: DataDictionary, f: Field, keys: Mapping[str, str], typed: str) -> dict[str, Text]:
    labels = choice_labels(dictionary, f, keys)
    if not labels:
        return {}
    codes = {word: code for code, words in accepted_texts(dictionary, f, dict(keys)).items() for word in words}
    if f.code_list in COUNTRY_LISTS:
        codes |= country_aliases()
    near = nearest(typed.strip(), codes) if typed.strip() else None
    offered = [*labels.values(), *offered_codes(f)]
    return {"choices": list_labels(offered), "suggestion": labels[codes[near]] if near else NO_SUGGESTION}


def what_to_fill_in(f: Field, labels: Mapping[str, Text]) -> dict[str, str | Text]:
    """What may stand in a blank cell of ``f``, for the places of a message; "" for what may not.

    ``labels``: of its choices, as ``choice_labels`` gives them.
    """
    listed = offered_codes(f)
    return {
        "zero": "0" if f.type in NUMERIC else "",
        "choices": list_labels(list(labels.values())) if labels else "",
        "codes": list_labels(listed) if listed else "",
    }


def offered_codes(f: Field) -> list[Text]:
    """The answer codes of ``f``, each with its meaning."""
    codes = [code for code in CODE_LABELS if code in f.codes]
    return [Text(ja=f"{code} {CODE_LABELS[code][0]}", en=f"{code} {CODE_LABELS[code][1].lower()}") for code in codes]


def list_labels(labels: Sequence[Text]) -> Text:
    """The first labels as one text; the ellipsis says that there are more."""
    more = "…" if len(labels) > LISTED else ""
    return Text(
        ja="、".join(label.ja for label in labels[:LISTED]) + more,
        en=", ".join(label.en for label in labels[:LISTED]) + more,
    )


def quote_words(words: Sequence[str]) -> Text:
    """The first words in quotation marks; the ellipsis says that there are more."""
    more = "…" if len(words) > WORDS_LISTED else ""
    first = [word[:WORD_LENGTH] for word in words[:WORDS_LISTED]]
    ja, en = "".join(f"「{word}」" for word in first), ", ".join(f'"{word}"' for word in first)
    return Text(ja=ja + more, en=en + more)


def _records_in_words(records: Records, dictionary: DataDictionary) -> Records:
    faults = []
    for fault in records.faults:
        f = fault.field
        words = _words(dictionary, f, {}, fault.reading, fault.value) if f.type in CHOSEN else {}
        params: dict[str, str | Text] = {**fault.reading.params, **words}
        faults.append(replace(fault, reading=replace(fault.reading, params=params)) if words else fault)
    return replace(records, faults=faults)
