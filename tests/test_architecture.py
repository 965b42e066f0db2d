"""The rooms are as drawn: small folders, one direction, no circle. Each rule is also shown to fail."""

from pathlib import Path

import pytest

from tests.support.architecture import (
    ROOMS,
    circles,
    demo_imports,
    forbidden_names,
    foreign_test_imports,
    full_folders,
    import_graph,
    private_uses,
    strange_libraries,
    unknown_rooms,
    upward_imports,
)
from tests.support.page_pointers import lost_pointers, outside_pages

ROOT = Path(__file__).parents[1]
GRAPH = import_graph(ROOT)
TESTS = import_graph(ROOT, (*ROOMS, "tests"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A made-up tree that breaks no rule."""
    write(tmp_path, "schemas/__init__.py")
    write(tmp_path, "schemas/dictionary/field.py")
    write(tmp_path, "schemas/checks/validate.py", "from schemas.dictionary import field")
    write(tmp_path, "indicators/engine/evaluate.py", "from schemas.checks.validate import validate")
    write(tmp_path, "app/storage/store.py", "import indicators.engine.evaluate")
    write(tmp_path, "app/submission/worker.py", "from app.storage.store import Store")
    write(tmp_path, "app/results/panel.py", "from app.storage.store import Store")
    write(tmp_path, "app/commands/operation/serve.py", "def run():\n    from app.demo.build import build")
    write(tmp_path, "app/demo/build.py", "from app.submission.worker import work")
    write(tmp_path, "tests/schemas/test_field.py", "from tests.support.forms import filled")
    write(tmp_path, "tests/support/forms.py", "from schemas.dictionary.field import Field")
    return tmp_path


def write(root: Path, name: str, text: str = "") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


# the product


def test_tests_reach_for_no_private_name() -> None:
    assert private_uses(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        "from app.storage.store import _keep",
        "import app\napp.store._blobs.keep()",
        'patch.setattr("app.store._LIMIT", 3)',
    ],
)
def test_a_test_that_reaches_for_a_private_name_is_told(tree: Path, text: str) -> None:
    write(tree, "tests/app/test_store.py", text)
    (found,) = private_uses(tree)
    assert found.startswith("tests/app/test_store.py:")


def test_no_folder_holds_more_than_one_can_take_in() -> None:
    assert full_folders(ROOT) == []


def test_no_module_under_app_hides_another_package() -> None:
    assert forbidden_names(ROOT) == []


def test_no_circle_of_imports() -> None:
    assert circles(GRAPH) == []


def test_every_module_stands_in_a_room() -> None:
    assert unknown_rooms(GRAPH) == []


def test_imports_run_down() -> None:
    assert upward_imports(GRAPH) == []


def test_only_app_knows_the_screen_and_the_database() -> None:
    assert strange_libraries(ROOT) == []


@pytest.mark.parametrize(("tests", "packages"), [("schemas", ("indicators", "app")), ("indicators", ("app",))])
def test_tests_of_a_package_reach_no_later_one(tests: str, packages: tuple[str, ...]) -> None:
    assert foreign_test_imports(TESTS, f"tests.{tests}", packages) == []


def test_the_product_does_not_import_the_demo() -> None:
    assert demo_imports(GRAPH) == []


def test_the_readme_shows_the_rooms_that_are() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for package, rooms in ROOMS.items():
        drawn = next(line for line in readme.splitlines() if line.startswith(f"{package}: "))
        assert drawn == f"{package}: {' → '.join(rooms)}"


def test_docstrings_point_to_pages_that_are_here() -> None:
    assert outside_pages(ROOT) == [] and lost_pointers(ROOT) == []


# each rule can fail


def test_a_sound_tree_has_no_fault(tree: Path) -> None:
    graph = import_graph(tree)
    assert not circles(graph) and not upward_imports(graph) and not demo_imports(graph) and not unknown_rooms(graph)
    assert not full_folders(tree) and not forbidden_names(tree)
    assert foreign_test_imports(import_graph(tree, (*ROOMS, "tests")), "tests.schemas", ("indicators", "app")) == []


def test_a_full_folder_is_found(tree: Path) -> None:
    for n in range(16):
        write(tree, f"schemas/checks/check_{n}.py")
        write(tree, f"schemas/fields/{n}.yaml")
    assert full_folders(tree) == ["schemas/checks has 17 entries"]


@pytest.mark.parametrize("name", ["app/storage/types.py", "app/secrets/__init__.py", "app/calendar.py"])
def test_a_hiding_name_is_found(tree: Path, name: str) -> None:
    write(tree, name)
    assert forbidden_names(tree) == [name.removesuffix("/__init__.py")]


@pytest.mark.parametrize(
    "text",
    [
        "from schemas.checks.validate import validate",
        "def late():\n    import schemas.checks.validate",
        "from ..checks import validate",
    ],
)
def test_a_circle_is_found(tree: Path, text: str) -> None:
    write(tree, "schemas/dictionary/field.py", text)
    assert circles(import_graph(tree))
    assert upward_imports(import_graph(tree)) == [
        "schemas.dictionary.field imports schemas.checks.validate, which stands above it"
    ]


def test_an_import_into_a_later_package_is_found(tree: Path) -> None:
    write(tree, "schemas/form/layout.py", "from app.storage.store import Store")
    assert len(upward_imports(import_graph(tree))) == 1


@pytest.mark.parametrize(("wing", "other"), [("submission", "results.panel"), ("results", "submission.worker")])
def test_a_wing_that_knows_the_other_is_found(tree: Path, wing: str, other: str) -> None:
    write(tree, f"app/{wing}/curious.py", f"import app.{other}")
    assert any("do not know each other" in fault for fault in upward_imports(import_graph(tree)))


def test_a_page_that_needs_the_demo_is_found(tree: Path) -> None:
    write(tree, "app/views/home.py", "def show():\n    from app.demo import build")
    assert demo_imports(import_graph(tree)) == ["app.views.home imports app.demo"]


def test_an_indicator_that_reads_excel_is_found(tree: Path) -> None:
    write(tree, "indicators/values/sums.py", "def late():\n    from openpyxl.styles import Font")
    assert strange_libraries(tree) == ["indicators.values.sums imports openpyxl"]


def test_a_module_without_room_is_found(tree: Path) -> None:
    write(tree, "schemas/utils.py")
    assert unknown_rooms(import_graph(tree)) == ["schemas.utils"]


@pytest.mark.parametrize("name", ["tests/schemas/test_more.py", "tests/support/forms.py", "tests/schemas/conftest.py"])
def test_a_test_that_reaches_too_far_is_found(tree: Path, name: str) -> None:
    write(tree, name, "from app.storage.store import Store")
    graph = import_graph(tree, (*ROOMS, "tests"))
    assert any("reaches app.storage.store" in f for f in foreign_test_imports(graph, "tests.schemas", ("app",)))


@pytest.mark.parametrize(
    "said",
    ["the table of DATA", "Wilson (METHODS 2)", "HOUSE 3 wants it", "as of issue C, item 3", "DATA's\n    ``values``"],
)
@pytest.mark.parametrize("text", ['"""Sums: {}."""', "N = 3  # {}", 'def add():\n    """Sum.\n\n    {}\n    """'])
def test_a_pointer_out_of_the_repository_is_found(tree: Path, said: str, text: str) -> None:
    write(tree, "indicators/values/sums.py", text.format(said if '"' in text else " ".join(said.split())))
    assert len(outside_pages(tree)) == 1


@pytest.mark.parametrize(
    ("pointer", "is_lost"),
    [
        ("methods.md 2", False),
        ("methods.md", False),
        ("methods.md 3", True),
        ("methods.md 2 and 9", True),
        ("no.md", True),
    ],
)
def test_a_pointer_to_a_section_that_is_not_there_is_found(tree: Path, pointer: str, is_lost: bool) -> None:
    write(tree, "docs/methods.md", "# Methods\n\n## 2 Interval\n")
    write(tree, "indicators/values/sums.py", f'"""Sums (docs/{pointer})."""')
    assert bool(lost_pointers(tree)) == is_lost


def test_a_constant_of_such_a_name_is_no_pointer(tree: Path) -> None:
    write(tree, "indicators/values/sums.py", 'METHODS = ("a", "DATA")')
    assert outside_pages(tree) == []
