"""What the tests of the whole share with those of the app."""

from tests.support.demo_fixtures import demo_store_folder, demo_workbooks, dictionary, processed, samples

__all__ = ["demo_store_folder", "demo_workbooks", "dictionary", "processed", "samples"]
