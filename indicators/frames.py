"""Long tables put together from parts at once: a text that holds for a whole part is stored once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

Part = Mapping[str, Any]  # by column an array, or one value for all rows of the part


def assembled(parts: Sequence[Part], columns: Sequence[str], counts: Sequence[int]) -> pd.DataFrame:
    """One frame of ``columns`` from ``parts`` with ``counts`` rows each, in their order."""
    return pd.DataFrame({name: _column([part[name] for part in parts], counts) for name in columns})


def _column(values: Sequence[Any], counts: Sequence[int]) -> Any:
    if not values:
        return np.array([], dtype=object)
    if all(_is_text(value) for value in values):
        return repeated(values, counts)
    if any(isinstance(value, pd.arrays.IntegerArray) for value in values):
        return pd.concat([pd.Series(value) for value in values], ignore_index=True).array
    arrays = [v if isinstance(v, np.ndarray) else np.full(n, v) for v, n in zip(values, counts, strict=True)]
    if all(array.dtype == object for array in arrays):
        codes, known = pd.factorize(np.concatenate(arrays), use_na_sentinel=False)
        return taken([None if pd.isna(text) else text for text in known.tolist()], codes)
    return np.concatenate(arrays)


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def repeated(texts: Sequence[str | None], counts: Sequence[int]) -> Any:
    """Each text as often as its count says."""
    known = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return taken(list(known), np.repeat([known[text] for text in texts], counts))


def positions(texts: pd.Series, known: Sequence[str]) -> np.ndarray[Any, Any]:
    """Where each text stands in ``known``; -1 where it does not. Each different text is looked up once."""
    codes, different = pd.factorize(texts)
    place: np.ndarray[Any, Any] = pd.Index(known).get_indexer(pd.Index(different))
    return np.append(place, -1)[codes]


def taken(texts: Sequence[str | None], which: np.ndarray[Any, Any]) -> Any:
    """The texts at these positions."""
    is_any_text = any(text is not None for text in texts)
    return pd.array(list(texts), dtype="str" if is_any_text else object).take(which)
