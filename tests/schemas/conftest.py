"""The dictionary and the filled samples, as the tests of ``schemas`` share them."""

import pytest

from schemas.dictionary.dictionary import DataDictionary, load_dictionary
from tests.support.sample_forms import CORE_SAMPLES, sample_bytes
from tests.support.texts_of_worker import texts_are_kept_as_in_a_worker

__all__ = ["dictionary", "samples", "texts_are_kept_as_in_a_worker"]


@pytest.fixture(scope="session")
def dictionary() -> DataDictionary:
    return load_dictionary()


@pytest.fixture(scope="session")
def samples() -> dict[str, bytes]:
    """The three filled core forms that the project ships."""
    return {name: sample_bytes(name) for name in CORE_SAMPLES}
