"""The dictionary, as the tests of ``indicators`` share it."""

import pytest

from schemas.dictionary.dictionary import DataDictionary, load_dictionary


@pytest.fixture(scope="session")
def dictionary() -> DataDictionary:
    return load_dictionary()
