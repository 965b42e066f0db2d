"""Mutants of a module: one small change each, drawn by the operators of Cosmic Ray, and how each fares in tests."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).parents[2]
# One stand-in for each operator: what another would change is nearly always found by the same test.
OPERATORS = (
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Eq_NotEq", "NotEq_Eq")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_GtE", "GtE_Lt", "Gt_LtE", "LtE_Gt", "Is_IsNot", "IsNot_Is")),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul")),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Mod_FloorDiv", "Pow_Mul", "BitAnd_BitOr", "BitOr_BitAnd")),
    *("ReplaceUnaryOperator_USub_UAdd", "ReplaceUnaryOperator_Delete_Invert", "ReplaceUnaryOperator_Delete_Not"),
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ExceptionReplacer", "NumberReplacer"),
    "ZeroIterationForLoop",
)
GUARDS = ("strict", "frozen")  # keywords that only guard against slips of ours
SLOWER = 10  # times the processor time of the unchanged module, after which a mutant counts as found
FOUND, SURVIVED = 1, 0


@dataclass(frozen=True)
class Mutant:
    """A changed module: the file, its whole changed source, and the changed line before and after."""

    file: str
    source: str
    line: int
    before: str
    after: str


def drawn_mutants(file: str, only: Sequence[str] = ()) -> Iterator[Mutant]:
    """Every mutant of a file that means something else; within the functions and classes named in ``only``, if any."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.operators.provider import OperatorProvider

    source, operators = (ROOT / file).read_text("utf-8"), OperatorProvider()
    lines, seen = _lines_of(source, only), {_meaning(source)}
    for name in OPERATORS:
        count = 0
        while (changed := mutate_code(source, operators[name](), count)) is not None:
            count += 1
            try:
                meaning = _meaning(changed)
            except SyntaxError:  # the star of an argument is no multiplication
                continue
            if meaning not in seen:
                seen.add(meaning)
                mutant = changed_file(file, source, changed)
                if mutant.line in lines:
                    yield mutant


def changed_file(file: str, source: str, changed: str) -> Mutant:
    """The mutant that a changed source is; Cosmic Ray leaves the lines where they were."""
    pairs = zip(source.splitlines(), changed.splitlines(), strict=False)
    line, (before, after) = next((at, pair) for at, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    return Mutant(file, changed, line, before.strip(), after.strip())


def _lines_of(source: str, only: Sequence[str]) -> set[int]:
    """The lines of the functions and classes named, of the whole source where none is."""
    if not only:
        return set(range(1, source.count("\n") + 2))
    named = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return {line for name in only for line in range(named[name].lineno, (named[name].end_lineno or 0) + 1)}


def _meaning(source: str) -> str:
    """The tree of a source without what never runs: annotations, and texts that stand alone."""
    return ast.dump(_Running().visit(ast.parse(source)))


class _Running(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns, args = None, node.args
        # Whether an argument may be given by its place only or by its name only is no matter of what is computed.
        args.posonlyargs, args.args, args.kwonlyargs = [], [*args.posonlyargs, *args.args, *args.kwonlyargs], []
        args.defaults += [default for default in args.kw_defaults if default is not None]
        args.kw_defaults = []
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg in GUARDS:
            node.value = ast.Constant(None)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)


class _ChangedModule(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from a changed source."""

    def __init__(self, file: str, code: CodeType) -> None:
        self._name, self._path, self._code = file.removesuffix(".py").replace("/", "."), ROOT / file, code

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        found = importlib.util.spec_from_file_location(name, self._path, loader=self) if name == self._name else None
        return found

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def fate(mutant: Mutant | None, tests: Sequence[str], seconds: int) -> int:
    """``SURVIVED`` or ``FOUND`` in a process of its own, which may take so many seconds of processor time.

    No mutant: the module as it is, which must survive.
    """
    child = os.fork()
    if child == 0:
        os._exit(_tested(mutant, tests, seconds))
    _, status = os.waitpid(child, 0)
    return FOUND if os.WIFSIGNALED(status) or os.WEXITSTATUS(status) else SURVIVED


def _tested(mutant: Mutant | None, tests: Sequence[str], seconds: int) -> int:
    import pytest
    from hypothesis import Phase, settings

    # One example that fails is enough to find a mutant; the smallest one would take long to look for.
    settings.register_profile("found", deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
    settings.load_profile("found")
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if mutant is not None:
        sys.meta_path.insert(0, _ChangedModule(mutant.file, compile(mutant.source, mutant.file, "exec")))
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        code = pytest.main(["-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests])
    return SURVIVED if code == 0 else FOUND
