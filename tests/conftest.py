"""How hypothesis draws in every test. What a test needs of the product it gets from the conftest of its package."""

import gc
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings
from openpyxl.worksheet._reader import WorksheetReader
from openpyxl.worksheet.merge import MergedCellRange

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
settings.register_profile("shared", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("shared")


@pytest.fixture(scope="session", autouse=True)
def borders_of_merged_cells_are_left() -> Iterator[None]:
    """Has openpyxl not work out the borders inside merged cells of what it opens, two thirds of the time and unused."""
    bind = WorksheetReader.bind_merged_cells

    def bind_without_borders(reader: WorksheetReader) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MergedCellRange, "format", lambda _: None)
            bind(reader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorksheetReader, "bind_merged_cells", bind_without_borders)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of the whole and the longest files first, the others in their order behind them."""
    items.sort(key=lambda item: (item.path.parent.name != "whole", item.path.name not in LONGEST))
    gc.collect()
    gc.freeze()  # what was loaded stays: no search for cycles walks through it again


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says for how many seconds the tests of each room kept a worker."""
    spent: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                spent[report.nodeid.split("/")[1].partition("::")[0]] += report.duration
    terminalreporter.write_line(", ".join(f"{room} {seconds:.0f} s" for room, seconds in spent.most_common()))
