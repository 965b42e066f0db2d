"""How hypothesis draws in every test. What a test needs of the product it gets from the conftest of its package."""

import pytest
from hypothesis import settings

# Files that take longest by the processor. With one file a worker, such a one at the end leaves the other waiting.
LONGEST = {
    f"test_{name}.py"
    for name in (
        *("one_trip", "bundle", "intake", "several_centres", "storage", "score_change", "centre_form", "scorecard"),
        *("exports", "prefill_from_store", "worker", "import", "sign_off", "build_store", "walk", "practices"),
    )
}

# The machines are shared and slow at times, and a run must give the same verdict twice.
settings.register_profile("shared", deadline=None, derandomize=True)
settings.load_profile("shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first, the others in their order behind them."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
