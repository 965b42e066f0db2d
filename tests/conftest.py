"""How hypothesis draws in every test. What a test needs of the product it gets from the conftest of its package."""

import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from openpyxl.worksheet._reader import WorksheetReader
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.merge import MergedCellRange
from openpyxl.worksheet.worksheet import Worksheet

# Files whose tests open the same server go to one worker, every other file to one of its own choosing.
SERVED = {"university_journeys": "rounds", "ministry_journeys": "rounds", "journey": "demo", "accessibility": "demo"}
# A long file at the end leaves the other workers waiting: these come first, by the processor time they take.
LONGEST = (
    *(*SERVED, "two_replicas", "sign_in", "rules", "cli", "read_submission", "round_trips", "one_trip", "upload_page"),
    *("scorecard", "views", "peers_page", "validate", "several_centres", "intake", "round_command", "bundle", "walk"),
    *("handbook", "centre_form", "storage", "stability", "pillars", "practices", "papers", "calibration", "sign_off"),
    *("file_faults", "migrate", "charts", "score_change", "context", "build_store", "exports", "import", "worker"),
)
FIRST = {f"test_{name}.py": place for place, name in enumerate(LONGEST)}

# A test makes many small objects and few cycles; looking for cycles as often as usual takes a tenth of the time.
gc.set_threshold(50_000, 20, 20)

# The machines are shared and slow at times, and a run must give the same verdict twice.
settings.register_profile("shared", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("shared")


@pytest.fixture(scope="session", autouse=True)
def borders_of_merged_cells_are_left() -> Iterator[None]:
    """Has openpyxl not work out the borders inside merged cells of what it opens, two thirds of the time and unused."""
    bind = WorksheetReader.bind_merged_cells

    def begin_at_first_cell(area: MergedCellRange, worksheet: Worksheet, coord: str) -> None:
        CellRange.__init__(area, range_string=coord)
        area.ws, area.start_cell = worksheet, worksheet.cell(area.min_row, area.min_col)

    def bind_without_borders(reader: WorksheetReader) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MergedCellRange, "format", lambda _: None)
            patch.setattr(MergedCellRange, "__init__", begin_at_first_cell)
            bind(reader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorksheetReader, "bind_merged_cells", bind_without_borders)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Gives each file to one worker, and files that open one server to the same."""
    from xdist.scheduler import LoadFileScheduling

    class ByServer(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return SERVED.get(file.rpartition("/test_")[2].removesuffix(".py"), file)

    return ByServer(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first, the others in their order behind them."""
    items.sort(key=lambda item: FIRST.get(item.path.name, len(FIRST)))
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
