"""Long tables put together from parts at once: a text that holds for many rows is stored once until the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, Any]
Part = Mapping[str, Any]  # by column an array, or one value for all rows of the part
WIDEST = 8  # bytes of the widest kind of number
SHORT = np.int32  # type of years, versions and other numbers that are never large: a nation has millions of them
TEXT: Any = pd.StringDtype("pyarrow", na_value=np.nan)


@dataclass(frozen=True)
class DictionaryColumn:
    """A text for each row, as its position in a short list of texts (None: no text)."""

    codes: Array
    texts: Sequence[str | None]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Array | slice) -> DictionaryColumn:
        return DictionaryColumn(self.codes[rows], self.texts)

    def decode(self) -> Array:
        """The texts as an array of objects."""
        return np.array(self.texts, dtype=object)[self.codes]


@dataclass(frozen=True)
class NullableInts:
    """Whole numbers, and where there is none."""

    numbers: Array
    is_gap: Array


def assemble_frame(
    parts: Sequence[Part], columns: Sequence[str], entities: pd.DataFrame, *, order: Array | None = None
) -> pd.DataFrame:
    """One frame of ``columns`` from ``parts``, each column made once and in its final order.

    ``entity`` of each part says for each row which row of ``entities`` gives the columns that the parts lack.
    ``order`` are the positions of the rows, counted through the parts; as they come where it is left out.
    """
    own = set(parts[0]) if parts else set(columns) - set(entities)
    # Most indicators of a form that does not ask for them have no row; one part stays so that columns keep their kind.
    parts = [part for part in parts if len(part["entity"])] or parts[:1]
    counts = [len(part["entity"]) for part in parts]
    entity = np.concatenate([np.zeros(0, dtype=np.int64), *(part["entity"] for part in parts)])
    which = np.arange(len(parts)).repeat(counts)
    if order is not None:
        entity, which = entity.take(order), which.take(order)
    place = _Place(len(entity), len(columns))
    table = {
        name: _column([part[name] for part in parts], counts, which, order, place)
        if name in own
        else _of_entities(entities[name], entity, place)
        for name in columns
    }
    return pd.DataFrame(table, copy=False)


class _Place:
    """Memory for all columns of a frame in one piece: systems hand out one large piece sooner than many small ones."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows = rows
        # A column that may have gaps takes two; what is never written costs nothing.
        self._piece = np.empty(rows * 2 * columns * WIDEST, dtype=np.uint8)
        self._used = 0
        # The parts of one column after the other, before they are put in order: the same memory for each column.
        self._joined = np.empty(rows * WIDEST, dtype=np.uint8)

    def take(self, given: Array, which: Array) -> Array:
        """The elements of ``given`` at the positions ``which``, one a row."""
        if given.dtype.hasobject:
            return given.take(which)
        # The positions are known to be there; checked ones would be written twice.
        return given.take(which, out=self._column(given.dtype), mode="clip")

    def join(self, arrays: Sequence[Array], order: Array | None) -> Array:
        """The arrays one after the other, which are one element a row, in this order of rows."""
        kind = np.result_type(*arrays)
        if kind.hasobject:
            return np.concatenate(arrays) if order is None else np.concatenate(arrays).take(order)
        if order is None:
            return np.concatenate(arrays, out=self._column(kind))
        return self.take(np.concatenate(arrays, out=self._joined[: self._rows * kind.itemsize].view(kind)), order)

    def _column(self, kind: np.dtype[Any]) -> Array:
        first, self._used = self._used, self._used + -(-self._rows * kind.itemsize // WIDEST) * WIDEST
        return self._piece[first : first + self._rows * kind.itemsize].view(kind)


def _of_entities(column: pd.Series, entity: Array, place: _Place) -> Any:
    known = encode_texts(column) if column.dtype == TEXT else column
    if isinstance(known.dtype, pd.CategoricalDtype):
        return _categories(place.take(known.cat.codes.to_numpy(), entity), known.dtype)
    return place.take(known.to_numpy(), entity) if isinstance(known.dtype, np.dtype) else known.array.take(entity)


def encode_texts(column: pd.Series) -> pd.Series:
    """The same texts as categories, in the order in which they first come."""
    codes, texts = pd.factorize(column.array)
    return pd.Series(_categories(codes.astype(_narrow(len(texts))), _kind(texts)), column.index)


def _column(values: Sequence[Any], counts: Sequence[int], which: Array, order: Array | None, place: _Place) -> Any:
    """One column from its parts, ``which`` of them each row is from; texts stay positions in a list of categories."""
    if not values:
        return np.array([], dtype=object)
    if isinstance(values[0], NullableInts):
        gaps = place.join([value.is_gap for value in values], order)
        return pd.arrays.IntegerArray(place.join([value.numbers for value in values], order), gaps)
    if all(value is None or isinstance(value, str) for value in values):
        known: dict[str, int] = {}
        codes = [-1 if text is None else known.setdefault(text, len(known)) for text in values]
        return _categories(place.take(np.array(codes, dtype=_narrow(len(known))), which), _kind_of(*known))
    if all(isinstance(value, int) for value in values):
        return place.take(np.array(values, dtype=SHORT), which)
    if all(_is_text(value) for value in values):
        codes_by_part, texts = _join_columns(values, counts)
        return _categories(place.join(codes_by_part, order), _kind_of(*texts))
    arrays = [v if isinstance(v, np.ndarray) else np.full(n, v) for v, n in zip(values, counts, strict=True)]
    return place.join(arrays, order)


def _categories(codes: Array, kind: pd.CategoricalDtype) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, dtype=kind, validate=False)


@lru_cache(maxsize=500)  # the declared lists of texts return in many columns; to check one anew takes longer than a sum
def _kind_of(*texts: str) -> pd.CategoricalDtype:
    return _kind(texts)


def _kind(texts: Any) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(pd.Index(texts, dtype=TEXT))


def _narrow(count: int) -> np.dtype[Any]:
    """The narrowest whole numbers that hold the positions of ``count`` texts, and -1."""
    return np.result_type(np.int8, np.min_scalar_type(-max(count, 1)))


def _is_text(value: Any) -> bool:
    is_texts = isinstance(value, DictionaryColumn) or (isinstance(value, np.ndarray) and value.dtype == object)
    return is_texts or value is None or isinstance(value, str)


def _join_columns(values: Sequence[Any], counts: Sequence[int]) -> tuple[list[Array], list[str]]:
    """(by part the positions of its texts, -1 where there is none; the list of the texts of all parts)."""
    known: dict[str, int] = {}
    words = [_words(value) for value in values]
    positions_by_part = [
        [-1 if text is None else known.setdefault(text, len(known)) for text in own.texts] for own in words
    ]
    narrow = _narrow(len(known))
    codes = [
        np.array(position, dtype=narrow).take(own.codes if len(own) == count else own.codes.repeat(count))
        for position, own, count in zip(positions_by_part, words, counts, strict=True)
    ]
    return codes, list(known)


def _words(value: Any) -> DictionaryColumn:
    if isinstance(value, DictionaryColumn):
        return value
    if not isinstance(value, np.ndarray):
        return DictionaryColumn(np.zeros(1, dtype=np.int32), [value])
    if value.size and value.strides == (0,):  # one text broadcast to all rows
        return DictionaryColumn(np.zeros(1, dtype=np.int32), [value[0]])
    codes, different = pd.factorize(value, use_na_sentinel=False)
    return DictionaryColumn(codes, [None if pd.isna(text) else text for text in different.tolist()])


def positions(texts: pd.Series, known: Sequence[str]) -> Array:
    """Where each text stands in ``known``; -1 where it does not, nor where there is none."""
    if texts.dtype == TEXT:
        return _positions(pa.array(texts.array), known)
    codes, different = pd.factorize(texts)
    position = pd.Index(known).get_indexer(pd.Index(different))
    return np.append(position, -1)[codes]


def positions_of_runs(texts: pd.Series, known: Sequence[str]) -> Array:
    """The same as ``positions``; sooner where equal texts follow each other, since each run of them is looked up once.

    Tables hold the rows of one submission after the other, and mostly in the order of the rounds.
    """
    if texts.dtype != TEXT or not len(texts) or texts.hasnans:
        return positions(texts, known)
    rows, known = _in_one_piece(texts), _as_texts(known)
    is_other = pc.not_equal(rows.slice(1), rows.slice(0, len(rows) - 1)).to_numpy(zero_copy_only=False)
    first = np.append(0, np.flatnonzero(is_other) + 1)
    runs = rows.take(pa.array(first))
    position = np.arange(len(known)) if runs.equals(known) else _positions(runs, known)
    return position.repeat(np.diff(first, append=len(rows)))


def _positions(texts: Any, known: Sequence[str]) -> Array:
    found = pc.index_in(texts, value_set=_as_texts(known))
    position: Array = (found.fill_null(-1) if found.null_count else found).to_numpy()
    return position


def _in_one_piece(texts: pd.Series) -> Any:
    """The texts as Arrow keeps them; those of tables that were put together from several lie in several pieces."""
    rows = pa.array(texts.array, pa.large_string())
    return rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows


def _as_texts(known: Sequence[str]) -> Any:
    return known if isinstance(known, pa.Array) else pa.array(known, pa.large_string())


def chosen_positions(is_chosen: Array) -> Array | slice:
    """What takes the chosen rows out of an array; where they follow each other, without a copy."""
    rows = np.flatnonzero(is_chosen)
    return slice(rows[0], rows[-1] + 1) if len(rows) and rows[-1] - rows[0] + 1 == len(rows) else rows


def is_text(texts: pd.Series, wanted: str) -> Array:
    """Whether each text is the one that is wanted."""
    if texts.dtype == TEXT:
        found: Array = pc.equal(pa.array(texts.array), wanted).fill_null(False).to_numpy(zero_copy_only=False)
        return found
    return (texts == wanted).fillna(False).to_numpy(bool)


def filled_positions(texts: pd.Series) -> Array:
    """The positions at which there is a text that is not empty."""
    if texts.dtype == TEXT and not texts.hasnans:
        rows = _in_one_piece(texts)
        begins = np.frombuffer(rows.buffers()[1], dtype=np.int64)[rows.offset : rows.offset + len(rows) + 1]
        return np.flatnonzero(begins[1:] != begins[:-1])
    return np.flatnonzero((texts.notna() & (texts != "")).to_numpy(bool))


def decode_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with plain texts in the place of categories; a column without any text is one of None."""
    coded = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)]
    plain: dict[str, Any] = {}
    for name in coded:
        texts, codes = frame[name].cat.categories.tolist(), frame[name].cat.codes.to_numpy()
        plain[str(name)] = take_texts([*texts, None], np.where(codes < 0, len(texts), codes))
    return frame.assign(**plain)


def take_texts(texts: Sequence[str | None], which: Array) -> Any:
    """The texts at these positions; a column without any text is one of None."""
    return _as_column(pa.array(texts, pa.large_string()).take(pa.array(which)))


def _as_column(rows: Any) -> Any:
    return np.full(len(rows), None, dtype=object) if rows.null_count == len(rows) else TEXT.__from_arrow__(rows)
