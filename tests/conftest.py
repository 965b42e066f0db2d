"""How hypothesis draws in every test. What a test needs of the product it gets from the conftest of its package."""

import gc
from collections import Counter

import pytest
from hypothesis import settings

# Files that take longest by the processor. With one file a worker, such a one at the end leaves the other waiting.
LONGEST = {
    f"test_{name}.py"
    for name in (
        *("storage", "scorecard", "one_trip", "validate", "read_submission", "stability", "load_catalogue", "exports"),
        *("several_centres", "walk", "migrate", "table_schema", "score_change", "centre_form", "bundle", "worker"),
        *("sign_off", "intake", "papers", "context", "practices", "charts", "cli", "import", "round_command"),
        *("prefill_from_store", "build_store", "handbook"),
    )
}

# A test makes many small objects and few cycles; looking for cycles as often as usual takes a tenth of the time.
gc.set_threshold(50_000, 20, 20)

# The machines are shared and slow at times, and a run must give the same verdict twice.
settings.register_profile("shared", deadline=None, derandomize=True)
settings.load_profile("shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of the whole and the longest files first, the others in their order behind them."""
    items.sort(key=lambda item: (item.path.parent.name != "whole", item.path.name not in LONGEST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says for how many seconds the tests of each room kept a worker."""
    spent: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                spent[report.nodeid.split("/")[1].partition("::")[0]] += report.duration
    terminalreporter.write_line(", ".join(f"{room} {seconds:.0f} s" for room, seconds in spent.most_common()))
