"""``junkan``: the same use cases as the app, for the command line. Each command is imported when it is called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from app.command_line import BROKEN, STDOUT, UNREADABLE, USAGE, UsageProblem, warn
from app.command_line import FINE as FINE
from app.command_line import as_json as as_json
from app.command_line import checked_ending as checked_ending
from app.command_line import read_input as read_input
from app.command_line import write_text as write_text

if TYPE_CHECKING:
    from schemas.declaration import DeclarationError
    from schemas.intake import Refusal

FORMS = ("core", "full", "centre")
MODULES = {
    "template": "forms_command",
    "migrate": "forms_command",
    "published": "published_command",
    "validate": "command_validate",
    "score": "command_score",
    "scorecard": "command_score",
    "composite": "command_composite",
    "catalogue": "command_catalogue",
    "rules": "command_catalogue",
    "register": "command_catalogue",
}


def build_parser() -> argparse.ArgumentParser:
    """The command line of EXPERIENCE."""
    parser = argparse.ArgumentParser(prog="junkan", description="国際頭脳循環 toolkit")
    parser.add_argument("--lang", choices=("ja", "en"), default=None, help="language of messages (default: ja)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    template = commands.add_parser("template", help="issue a form, pre-filled from the register")
    template.add_argument("--form", choices=FORMS, default="core")
    template.add_argument("--institution", required=True, metavar="CODE")
    template.add_argument("--year", required=True, type=int)
    template.add_argument("--out", required=True, type=Path, metavar="FILE")
    template.add_argument("--previous", type=Path, metavar="FILE", help="last round's workbook")
    migrate = commands.add_parser("migrate", help="older form version to the current one")
    migrate.add_argument("old", type=Path, metavar="OLD")
    migrate.add_argument("--out", required=True, type=Path, metavar="NEW")
    migrate.add_argument("--form", choices=FORMS)
    migrate.add_argument("--year", type=int)
    validate = commands.add_parser("validate", help="findings of filled forms")
    validate.add_argument("files", nargs="+", type=Path, metavar="FILE")
    validate.add_argument("--previous", type=Path, metavar="FILE", help="last round's workbook")
    validate.add_argument("--previous-findings", type=Path, metavar="FILE", help="JSON of the last validate")
    validate.add_argument("--json", nargs="?", const=STDOUT, metavar="OUT")
    validate.add_argument("--csv", metavar="OUT")
    validate.add_argument("--marked", type=Path, metavar="OUT")
    score = commands.add_parser("score", help="values, gaps and scores")
    score.add_argument("files", nargs="+", type=Path, metavar="FILE")
    score.add_argument("--json", nargs="?", const=STDOUT, metavar="OUT")
    score.add_argument("--csv", metavar="DIR")
    card = commands.add_parser("scorecard", help="scorecards as documents")
    card.add_argument("files", nargs="+", type=Path, metavar="FILE")
    card.add_argument("--out", required=True, type=Path, metavar="DIR")
    card.add_argument("--format", default="pdf", metavar="pdf,xlsx")
    card.add_argument("--lang", dest="document_lang", choices=("ja", "en"), default="ja")
    composite = commands.add_parser("composite", help="composite indicators on any panel")
    for name in ("data", "meta", "recipe"):
        composite.add_argument(f"--{name}", required=True, type=Path, metavar="FILE")
    composite.add_argument("--out", required=True, type=Path, metavar="DIR")
    composite.add_argument("--robustness", type=int, metavar="N")
    composite.add_argument("--sobol", type=int, metavar="N")
    composite.add_argument("--seed", type=int, default=0, metavar="S")
    catalogue = commands.add_parser("catalogue", help="indicators and benchmarks")
    catalogue.add_argument("action", choices=("list", "show", "check", "export"))
    catalogue.add_argument("id", nargs="?")
    catalogue.add_argument("--path", type=Path, metavar="DIR")
    catalogue.add_argument("--out", type=Path, metavar="DIR")
    catalogue.add_argument("--json", nargs="?", const=STDOUT, metavar="OUT")
    rules = commands.add_parser("rules", help="the rules that findings come from")
    rules.add_argument("--json", nargs="?", const=STDOUT, metavar="OUT")
    rules.add_argument("--store", metavar="PATH|URL", help="with what became of each rule in a store")
    rules.add_argument("--files", type=Path, metavar="DIR", help="folder of the files, with a database URL")
    register = commands.add_parser("register", help="find a university in the register")
    register.add_argument("action", choices=("find",))
    register.add_argument("text")
    published = commands.add_parser("published", help="figures of real institutions")
    published.add_argument("action", choices=("load",))
    published.add_argument("file", type=Path, metavar="FILE")
    published.add_argument("--store", metavar="PATH|URL")
    published.add_argument("--files", type=Path, metavar="DIR", help="folder of the files, with a database URL")
    serve = commands.add_parser("serve", help="serve the app on this machine")
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument("--address", default="127.0.0.1")
    serve.add_argument("--store", metavar="PATH|URL", help="folder or database URL of a real store (default: the demo)")
    serve.add_argument("--files", type=Path, metavar="DIR", help="folder of the files, with a database URL")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code (0 fine, 2 usage, 10 unreadable, 11 findings, 12 declarations)."""
    options = build_parser().parse_args(arguments)
    language = options.lang or "ja"
    try:
        return run(options, language)
    except UsageProblem as problem:
        from app.texts import say

        warn(say(f"cli.{problem.key}", language, **problem.params))
        return USAGE
    except Exception as error:
        from schemas.declaration import DeclarationError

        if isinstance(error, DeclarationError):
            return _broken(error, language)
        from schemas.intake import Refusal

        if isinstance(error, Refusal):
            return _unreadable(error, language)
        raise


def run(options: argparse.Namespace, language: str) -> int:
    """Runs the command named by ``options.command`` from its module; returns its exit code."""
    if options.command == "serve":
        from app.serving import serve

        return serve(options.store, options.files, options.port, options.address, language)
    command = getattr(import_module(f"app.{MODULES[options.command]}"), f"run_{options.command}")
    return int(command(options, language))


def _unreadable(refusal: Refusal, language: str) -> int:
    from app.submission import refusal_finding

    finding = refusal_finding(refusal.rule, refusal.params)
    warn(f"{finding.message[language]} {finding.remedy[language]}")
    return UNREADABLE


def _broken(error: DeclarationError, language: str) -> int:
    for fault in error.faults:
        warn(f"{fault.file}:{fault.line}: {fault.what[language]} {fault.remedy[language]}")
    return BROKEN


if __name__ == "__main__":
    sys.exit(main())
