"""``junkan``: the same use cases as the app, for the command line. Each command is imported when it is called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.exit_codes import BROKEN, STDOUT, UNREADABLE, USAGE, UsageProblem, warn

if TYPE_CHECKING:
    from schemas.dictionary.declaration import DeclarationError
    from schemas.xlsx.refusal import Refusal

FORMS = ("core", "full", "centre")
MODULES = {
    "template": "commands.forms",
    "migrate": "commands.forms",
    "published": "commands.published",
    "validate": "commands.validate",
    "score": "commands.score",
    "scorecard": "commands.score",
    "composite": "commands.composite",
    "catalogue": "commands.catalogue",
    "rules": "commands.catalogue",
    "register": "commands.register",
    "import": "commands.publications.import_command",
    "fetch": "commands.publications.fetch_command",
    "count": "commands.publications.count_command",
}


def build_parser() -> argparse.ArgumentParser:
    """The command line of EXPERIENCE."""
    parser = argparse.ArgumentParser(prog="junkan", description="国際頭脳循環 toolkit")
    parser.add_argument("--lang", choices=("ja", "en"), default=None, help="language of messages (default: ja)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _about_forms(commands)
    _about_results(commands)
    _about_declarations(commands)
    _about_stores(commands)
    _about_publications(commands)
    return parser


def _about_forms(commands: Any) -> None:
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
    _with_json(validate)
    validate.add_argument("--csv", metavar="OUT")
    validate.add_argument("--marked", type=Path, metavar="OUT")


def _about_results(commands: Any) -> None:
    score = commands.add_parser("score", help="values, gaps and scores")
    score.add_argument("files", nargs="+", type=Path, metavar="FILE")
    _with_json(score)
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


def _about_declarations(commands: Any) -> None:
    catalogue = commands.add_parser("catalogue", help="indicators and benchmarks")
    catalogue.add_argument("action", choices=("list", "show", "check", "export"))
    catalogue.add_argument("id", nargs="?")
    catalogue.add_argument("--path", type=Path, metavar="DIR")
    catalogue.add_argument("--out", type=Path, metavar="DIR")
    _with_json(catalogue)
    rules = commands.add_parser("rules", help="the rules that findings come from")
    _with_json(rules)
    _with_store(rules, "with what became of each rule in a store")
    register = commands.add_parser("register", help="find an institution in the register, or add some from a file")
    register.add_argument("action", choices=("find", "add"))
    register.add_argument("text", metavar="TEXT|FILE")


def _about_stores(commands: Any) -> None:
    published = commands.add_parser("published", help="figures of real institutions")
    published.add_argument("action", choices=("load",))
    published.add_argument("file", type=Path, metavar="FILE")
    _with_store(published, None)
    serve = commands.add_parser("serve", help="serve the app on this machine")
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument("--address", default="127.0.0.1")
    _with_store(serve, "folder or database URL of a real store (default: the demo)")


def _about_publications(commands: Any) -> None:
    papers = commands.add_parser("import", help="papers of bibliographic databases")
    papers.add_argument("--kind", required=True, choices=("openalex", "scopus", "wos", "list"))
    papers.add_argument("files", nargs="+", type=Path, metavar="FILE")
    papers.add_argument("--institution", metavar="ROR|CODE|NAME")
    papers.add_argument("--country", metavar="JP")
    papers.add_argument("--years", metavar="A-B")
    papers.add_argument("--out", required=True, type=Path, metavar="DIR")
    papers.add_argument("--engine", choices=("pandas", "duckdb", "spark"), default="pandas")
    papers.add_argument("--mapping", type=Path, metavar="FILE", help="decisions on name strings")
    types = ("article_review", "article_review_proceedings", "all")
    papers.add_argument("--types", choices=types, default=types[1], help="types of papers counted in the sheet")
    papers.add_argument("--extracted-on", metavar="DATE", help="day of the export")
    count = commands.add_parser("count", help="every institution of a country, from OpenAlex's partitions")
    count.add_argument("works", metavar="FOLDER|URL")
    count.add_argument("--country", default="JP", metavar="JP")
    count.add_argument("--years", required=True, metavar="A-B")
    count.add_argument("--out", required=True, type=Path, metavar="FILE")
    count.add_argument("--engine", choices=("pandas", "duckdb", "spark"), default="duckdb")
    count.add_argument("--types", choices=types, default=types[1], help="types of papers counted")
    fetch = commands.add_parser("fetch", help="works of a public database")
    fetch.add_argument("database", choices=("openalex",))
    fetch.add_argument("--ror", metavar="ROR")
    fetch.add_argument("--country", metavar="JP")
    fetch.add_argument("--years", metavar="A-B")
    fetch.add_argument("--out", required=True, type=Path, metavar="DIR")
    fetch.add_argument("--base-url", default="https://api.openalex.org", metavar="URL")
    fetch.add_argument("--mailto", metavar="ADDRESS", help="contact address told to OpenAlex")


def _with_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", nargs="?", const=STDOUT, metavar="OUT")


def _with_store(command: argparse.ArgumentParser, what: str | None) -> None:
    command.add_argument("--store", metavar="PATH|URL", help=what)
    command.add_argument("--files", type=Path, metavar="DIR", help="folder of the files, with a database URL")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code (0 fine, 2 usage, 10 unreadable, 11 findings, 12 declarations)."""
    options = build_parser().parse_args(arguments)
    language = options.lang or "ja"
    # Loaded only now: the help needs no declarations.
    from app.texts import say
    from schemas.dictionary.declaration import DeclarationError
    from schemas.xlsx.refusal import Refusal

    try:
        return run(options, language)
    except UsageProblem as problem:
        warn(say(f"cli.{problem.key}", language, **problem.params))
        return USAGE
    except DeclarationError as error:
        return _broken(error, language)
    except Refusal as refusal:
        return _unreadable(refusal, language)


def run(options: argparse.Namespace, language: str) -> int:
    """Runs the command named by ``options.command`` from its module; returns its exit code."""
    if options.command == "serve":
        from app.commands.serve import serve

        return serve(options.store, options.files, options.port, options.address, language)
    command = getattr(import_module(f"app.{MODULES[options.command]}"), f"run_{options.command}")
    return int(command(options, language))


def _unreadable(refusal: Refusal, language: str) -> int:
    from app.submission.process_workbook import refusal_finding

    finding = refusal_finding(refusal.rule, refusal.params)
    warn(f"{finding.message[language]} {finding.remedy[language]}")
    return UNREADABLE


def _broken(error: DeclarationError, language: str) -> int:
    for fault in error.faults:
        warn(f"{fault.file}:{fault.line}: {fault.what[language]} {fault.remedy[language]}")
    return BROKEN


if __name__ == "__main__":
    sys.exit(main())
