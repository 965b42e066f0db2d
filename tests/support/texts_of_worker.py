"""Forms are judged in tests with the texts of tables kept as the workers keep them, which takes a tenth less."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest


@pytest.fixture(scope="module", autouse=True)
def texts_are_kept_as_in_a_worker() -> Iterator[None]:
    """Has pandas keep texts as Python objects, as ``load_program`` of a worker does."""
    with pd.option_context("mode.string_storage", "python"):
        yield
