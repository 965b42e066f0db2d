"""Pointers of docstrings and comments to pages: to none outside the repository, and to sections that exist."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("schemas", "indicators", "app", "bench")
OUTSIDE = re.compile(
    r"(?<![\w/])(?:METHODS|CATALOGUE|TEMPLATE|EXPERIENCE|HOUSE|ARCHITECTURE|DATA)\b(?!_)|\b[Ii]ssue [A-Z]\d?\b"
)
POINTER = re.compile(r"\bdocs/([a-z_-]+)\.md(?: (\d+)(?:(?:,| and) (\d+))?)?")
SECTION = re.compile(r"^## (\d+) ", re.MULTILINE)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def outside_pages(root: Path) -> list[str]:
    """Docstrings and comments that name a page which the repository does not hold."""
    return [f"{where}: {said[0]}" for where, text in _words(root) for said in OUTSIDE.finditer(text)]


def lost_pointers(root: Path) -> list[str]:
    """Pointers to a page of docs/, or to a numbered section of one, that does not exist."""
    found = []
    for where, text in _words(root):
        for pointer in POINTER.finditer(text):
            page = root / "docs" / f"{pointer[1]}.md"
            sections = set(SECTION.findall(page.read_text("utf-8"))) if page.is_file() else None
            if sections is None or not {number for number in pointer.groups()[1:] if number} <= sections:
                found.append(f"{where}: {pointer[0]}")
    return found


def _words(root: Path) -> Iterator[tuple[str, str]]:
    """Each docstring and each comment of the packages, with the file and line where it stands."""
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py")):
        name, source = path.relative_to(root).as_posix(), path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, DOCUMENTED) and (said := ast.get_docstring(node)):
                yield f"{name}:{node.body[0].lineno}", " ".join(said.split())
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield f"{name}:{token.start[0]}", token.string
