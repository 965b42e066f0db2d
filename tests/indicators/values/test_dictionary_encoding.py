"""Columns put together from parts: the same texts and numbers as written out row by row, in the order asked for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.values.dictionary_encoding import (
    DictionaryColumn,
    NullableInts,
    assemble_frame,
    chosen_positions,
    decode_texts,
    is_text,
    positions,
    positions_of_runs,
    take_texts,
)
from indicators.values.dictionary_encoding import filled_positions as given_texts

TEXTS = ["a", None, "", "長い語", "b" * 40]
PLACES = pd.DataFrame({"submission": pd.array(["s", "t", "u"], dtype="str"), "year": [2026, 2027, 2028]})


@given(st.lists(st.integers(0, len(TEXTS) - 1)))
def test_taken_are_the_texts_at_the_positions(which: list[int]) -> None:
    found = pd.Series(take_texts(TEXTS, np.array(which, dtype=np.int64)))
    assert found.astype(object).where(found.notna(), None).tolist() == [TEXTS[entity] for entity in which]


def test_decoded_texts_are_those_of_the_categories() -> None:
    words = ["x", None, "", "x"]
    frame = pd.DataFrame({"word": pd.Categorical(words), "none": pd.Categorical([None] * 4), "number": range(4)})
    found = decode_texts(frame)
    assert found["word"].astype(object).where(found["word"].notna(), None).tolist() == words
    assert found["none"].tolist() == [None] * 4
    assert found["word"].dtype == "str"
    assert found["number"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("dtype", ["str", object])
def test_positions_and_given_are_the_same_for_every_kind_of_text(dtype: object) -> None:
    texts = pd.Series(["m", "", None, "zz", "a", "m"], dtype=dtype)
    assert positions(texts, ["a", "m"]).tolist() == [1, -1, -1, -1, 0, 1]
    assert given_texts(texts).tolist() == [0, 3, 4, 5]
    assert is_text(texts, "m").tolist() == [True, False, False, False, False, True]


@given(
    st.lists(st.lists(st.sampled_from(["a", "m", "", "zz", None]), max_size=6), max_size=4),
    st.permutations(["a", "m", "", "b"]),
    st.integers(0, 3),
)
def test_runs_of_texts_in_several_pieces_are_found_as_one_by_one(
    pieces: list[list[str | None]], known: list[str], start: int
) -> None:
    parts = [pd.Series(piece, dtype="str") for piece in pieces] or [pd.Series([], dtype="str")]
    texts = pd.concat(parts, ignore_index=True).iloc[start:]
    place = {text: position for position, text in enumerate(known)}
    wanted = [place.get(text, -1) for text in texts.astype(object)]
    assert positions_of_runs(texts, known).tolist() == wanted
    assert given_texts(texts).tolist() == [
        n for n, text in enumerate(texts.astype(object)) if isinstance(text, str) and text
    ]


def test_runs_in_the_order_of_the_known_texts_are_numbered_through() -> None:
    texts = pd.Series(["s", "s", "t", "u", "u"], dtype="str")
    assert positions_of_runs(texts, ["s", "t", "u"]).tolist() == [0, 0, 1, 2, 2]
    with_gap = pd.Series(["s", None], dtype="str")
    assert positions_of_runs(with_gap, ["s"]).tolist() == [0, -1]


@given(st.permutations(range(5)))
def test_parts_stand_in_the_order_asked_for(order: list[int]) -> None:
    parts = [
        {"entity": np.array([0, 2]), "word": "x", "kind": DictionaryColumn(np.array([1, 0]), (None, "k")),
         "number": 1.5,
         "version": 2, "whole": NullableInts(np.array([7, 8]), np.array([False, True]))},
        {"entity": np.array([1, 0, 2]), "word": None, "kind": np.array(["k", None, "l"], dtype=object),
         "number": np.array([2.0, 3.0, np.nan]), "version": 1,
         "whole": NullableInts(np.array([1, 2, 3]), np.zeros(3, dtype=bool))},
    ]  # fmt: skip
    columns = ["submission", "year", "word", "kind", "number", "version", "whole"]
    rows = [
        ("s", 2026, "x", "k", 1.5, 2, 7), ("u", 2028, "x", None, 1.5, 2, None), ("t", 2027, None, "k", 2.0, 1, 1),
        ("s", 2026, None, None, 3.0, 1, 2), ("u", 2028, None, "l", None, 1, 3),
    ]  # fmt: skip
    for found, expected in (
        (assemble_frame(parts, columns, PLACES, order=np.array(order)), [rows[entity] for entity in order]),
        (assemble_frame(parts, columns, PLACES), rows),
    ):
        written = found.astype(object).where(found.notna(), None)
        assert list(written.itertuples(index=False, name=None)) == expected


@given(st.lists(st.booleans()))
def test_chosen_places_take_what_is_chosen(chosen: list[bool]) -> None:
    entities = chosen_positions(np.array(chosen, dtype=bool))
    assert np.arange(len(chosen))[entities].tolist() == [entity for entity, is_so in enumerate(chosen) if is_so]


def test_a_column_without_any_text_is_one_of_none() -> None:
    assert take_texts([None, "a"], np.zeros(3, dtype=np.int64)).tolist() == [None] * 3
    assert list(assemble_frame([], ["submission", "word"], PLACES).columns) == ["submission", "word"]
