"""What the tests of the whole share with those of the app."""

from tests.support.demo_fixtures import demo_store_folder, demo_workbooks, dictionary, processed, samples
from tests.support.served_demo import address, address_with_rounds, browser, nation_with_rounds, page, visitor

__all__ = [
    "address",
    "address_with_rounds",
    "browser",
    "demo_store_folder",
    "demo_workbooks",
    "dictionary",
    "nation_with_rounds",
    "page",
    "processed",
    "samples",
    "visitor",
]
