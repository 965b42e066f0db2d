"""Faults of a source tree against the picture of the rooms: full folders, circles, imports that run up."""

import ast
from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

# Rooms from the ground up: each may import those before it in its package, and any room of an earlier package.
ROOMS: Mapping[str, tuple[str, ...]] = {
    "schemas": (
        "dictionary", "register", "form", "xlsx", "rules", "reading", "bibliography", "template", "marking", "checks",
        "explanations", "migration",
    ),
    "indicators": (
        "errors", "catalogue", "values", "scoring", "published", "engine", "comparison", "plausibility", "change",
        "composite", "publications",
    ),
    "app": (
        "texts", "access", "edition", "storage", "rounds", "submission", "results", "charts", "documents", "commands",
        "cli", "components", "views", "main", "demo",
    ),
}  # fmt: skip
# Folders of declarations, texts and files.
DECLARATIONS = (
    "schemas/fields", "schemas/codelists", "schemas/register", "indicators/definitions/*",
    "indicators/benchmark_values", "indicators/published", "indicators/catalogue/released", "app/static",
    "app/texts", "app/storage/database/migrations",
    "app/storage/database/migrations/*",
)  # fmt: skip
STRANGERS = (("app.submission", "app.results"),)  # the writing and the reading wing know only the store
DEMO = "app.demo"
DEMO_BUILDERS = ("app.commands.operation.serve",)  # entry points that may build the demo
# Streamlit puts app/ first on the import path, where these would hide a package or a module of the library.
FORBIDDEN_NAMES = frozenset(
    {
        "schemas", "indicators", "types", "logging", "statistics", "secrets", "calendar", "numbers", "json", "csv",
        "email", "random", "select", "string", "struct", "time", "code", "copy", "html", "http", "queue", "signal",
        "site", "tests",
    }
)  # fmt: skip
MOST_ENTRIES = 16
MARKS = ("__pycache__", "__init__.py")  # nothing that one has to take in
STRANGE_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "schemas": ("streamlit", "sqlalchemy", "altair"),
    "indicators": ("streamlit", "sqlalchemy", "altair", "openpyxl", "xlsxwriter", "python_calamine"),
}
Graph = Mapping[str, Collection[str]]


def full_folders(root: Path, most: int = MOST_ENTRIES) -> list[str]:
    """Folders of the packages with more entries than one can take in, declaration folders apart."""
    folders = [f for package in ROOMS for f in (root / package, *(root / package).rglob("*")) if f.is_dir()]
    plain = [f for f in folders if not any(f.relative_to(root).match(pattern) for pattern in DECLARATIONS)]
    counts = {
        f.relative_to(root).as_posix(): sum(entry.name not in MARKS for entry in f.iterdir())
        for f in plain
        if f.name != "__pycache__"
    }
    return [f"{folder} has {n} entries" for folder, n in sorted(counts.items()) if n > most]


def forbidden_names(root: Path) -> list[str]:
    """Modules and folders under app/ that bear a name which another package needs."""
    found = (path for path in (root / "app").rglob("*") if path.is_dir() or path.suffix == ".py")
    return sorted(p.relative_to(root).as_posix() for p in found if p.stem in FORBIDDEN_NAMES)


def import_graph(root: Path, folders: Collection[str] = tuple(ROOMS)) -> dict[str, set[str]]:
    """Module -> modules of the same folders that it imports anywhere in its text, functions included."""
    files = {_name(path.relative_to(root)): path for folder in folders for path in (root / folder).rglob("*.py")}
    return {name: (_imports(path, name, files) & files.keys()) - {name} for name, path in files.items()}


def strange_libraries(root: Path) -> list[str]:
    """Modules of the lower packages that know Excel, a database or the screen where they must not."""
    return sorted(
        f"{_name(path.relative_to(root))} imports {library}"
        for package, libraries in STRANGE_LIBRARIES.items()
        for path in (root / package).rglob("*.py")
        for library in libraries
        if any(_in(other, library) for other in _imports(path, _name(path.relative_to(root)), ()))
    )


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imports(path: Path, name: str, modules: Collection[str]) -> set[str]:
    """Everything that a file imports; a name out of ``modules`` that comes from a package is that module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            base = ".".join(part for part in (above, node.module) if part)
            names += [f"{base}.{a.name}" if f"{base}.{a.name}" in modules else base for a in node.names]
        found.update(names)
    return found


def circles(graph: Graph) -> list[str]:
    """A circle of imports, if there is one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" -> ".join(error.args[1])]
    return []


def _height(module: str) -> tuple[int, int] | None:
    package, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    return (tuple(ROOMS).index(package), ROOMS[package].index(room)) if room in ROOMS[package] else None


def unknown_rooms(graph: Graph) -> list[str]:
    """Modules that stand in no room of the picture."""
    return sorted(module for module in graph if module not in ROOMS and _height(module) is None)


def upward_imports(graph: Graph) -> list[str]:
    """Imports from a room into one that stands above it, and between wings that do not know each other."""
    faults = []
    for module, imported in graph.items():
        for other in imported:
            low, high = _height(module), _height(other)
            if low and high and low < high and not (module in DEMO_BUILDERS and _in(other, DEMO)):
                faults.append(f"{module} imports {other}, which stands above it")
            if any({_wing(module, pair), _wing(other, pair)} == set(pair) for pair in STRANGERS):
                faults.append(f"{module} imports {other}: the two wings do not know each other")
    return sorted(faults)


def _in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _wing(module: str, wings: tuple[str, str]) -> str:
    return next((wing for wing in wings if _in(module, wing)), "")


def demo_imports(graph: Graph) -> list[str]:
    """Modules of the product that import the demo, its entry points apart."""
    wrong = (m for m, imported in graph.items() if any(_in(other, DEMO) for other in imported) and not _in(m, DEMO))
    return sorted(f"{module} imports {DEMO}" for module in wrong if module not in DEMO_BUILDERS)


def foreign_test_imports(graph: Graph, folder: str, packages: Collection[str]) -> list[str]:
    """Tests below ``folder`` (dotted) that reach one of ``packages``, also by way of another module of the tests."""
    return sorted(
        f"{module} reaches {other}"
        for module in graph
        if _in(module, folder)
        for other in _reached(graph, module)
        if any(_in(other, package) for package in packages)
    )


def _reached(graph: Graph, module: str) -> set[str]:
    """What a module of the tests imports, and what the modules of the tests import that it imports."""
    found: set[str] = set()
    waiting = [module, *_conftests(graph, module)]
    while waiting:
        for other in graph.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting += [other] if _in(other, "tests") else []
    return found


def _conftests(graph: Graph, module: str) -> list[str]:
    parts = module.split(".")
    above = (".".join([*parts[:n], "conftest"]) for n in range(1, len(parts)))
    return [name for name in above if name in graph]


PUBLIC_ANYWAY = frozenset({"_asdict", "_fields", "_replace", "_exit"})  # of named tuples, and how a forked child ends


def private_uses(root: Path) -> list[str]:
    """Private names of others that tests reach for: imports, attributes, and names given to ``setattr``."""
    return sorted(
        f"{path.relative_to(root)}:{line} {name}"
        for path in (root / "tests").rglob("*.py")
        for line, name in _private_names(ast.parse(path.read_text("utf-8")))
    )


def _private_names(tree: ast.AST) -> list[tuple[int, str]]:
    nodes = list(ast.walk(tree))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and _is_self(node.value)}
    found = []
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.Attribute) and not _is_self(node.value):
            found.append((node.lineno, node.attr))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("setattr"):
            named = [part.value for part in node.args[:2] if isinstance(part, ast.Constant)]
            found += [(node.lineno, str(text).rpartition(".")[2]) for text in named]
    return [(line, name) for line, name in found if _is_private(name) and name not in own | PUBLIC_ANYWAY]


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
