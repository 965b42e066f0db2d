"""``junkan``: the same use cases as the app, for the command line. Each command is imported when it is called."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from app.commands.exit_codes import (
    BROKEN,
    FINE,
    INTERRUPTED,
    NOT_ALLOWED,
    STDOUT,
    UNREADABLE,
    USAGE,
    Options,
    UsageProblem,
    path_problem,
    warn,
)
from app.commands.spoken_command import FILE, OneOf, SpokenCommand, SpokenGroup, WholeNumber, sentence_of, text_name
from app.documents.formats import FORMATS
from app.texts import say
from schemas.dictionary.declaration import DeclarationError
from schemas.dictionary.user_facing_error import UserFacingError
from schemas.xlsx.refusal import Refusal

LANGUAGES = ("ja", "en")
FORMS = OneOf("core", "full", "centre", "short")
YEAR = WholeNumber(2020, 2099)
COUNT = WholeNumber(1, 10**9)


def option(name: str, kind: Any = FILE, metavar: str = "FILE", **more: Any) -> click.Option:
    """An option with a value."""
    return click.Option([name], type=kind, metavar=metavar, **more)


def flag(name: str) -> click.Option:
    """An option that is given or not."""
    return click.Option([name], is_flag=True)


def argument(name: str, kind: Any = str, **more: Any) -> click.Argument:
    """A word that stands without a name."""
    return click.Argument([name], type=kind, metavar=more.pop("metavar", name.upper()), **more)


FILES = argument("files", FILE, nargs=-1, required=True, metavar="FILE...")
OUT = option("--out", required=True)
FOLDER = option("--out", metavar="DIR", required=True)
JSON = option("--json", str, "[OUT]", is_flag=False, flag_value=STDOUT)
PREVIOUS = option("--previous")
COMPUTED = option("--papers", metavar="DIR|FILE")
STORE_FILES = click.Option(["--files", "store_files"], type=str, metavar="DIR|URL")
STORE = (option("--store", str, "PATH|URL"), STORE_FILES)
CALENDAR_YEARS = (option("--country", str, "JP"), option("--years", str, "A-B"))
ENGINES = OneOf("pandas", "duckdb", "spark")
PAPER_TYPES = ("article_review", "article_review_proceedings", "all")

# command -> the module that runs it (``run_<command>``), and its options
COMMANDS: dict[str, tuple[str, list[click.Parameter]]] = {
    "template": (
        "commands.forms",
        [
            option("--form", FORMS, default="core"),
            option("--institution", str, "CODE", required=True),
            option("--centre", str, "CODE|NAME"),
            option("--year", YEAR, "YEAR", required=True),
            OUT,
            PREVIOUS,
            COMPUTED,
        ],
    ),
    "migrate": (
        "commands.forms",
        [argument("old", FILE), OUT, option("--form", FORMS), option("--year", YEAR, "YEAR")],
    ),
    "validate": (
        "commands.validate",
        [
            FILES,
            PREVIOUS,
            option("--previous-findings"),
            JSON,
            option("--csv", str, "OUT"),
            option("--marked"),
            COMPUTED,
        ],
    ),
    "score": ("commands.score", [FILES, JSON, option("--csv", str, "DIR")]),
    "scorecard": (
        "commands.score",
        [
            FILES,
            FOLDER,
            option("--format", str, ",".join(FORMATS), default=FORMATS[0]),
            click.Option(["--lang", "document_lang"], type=OneOf(*LANGUAGES)),
        ],
    ),
    "verify": ("commands.verify", [argument("file", FILE), JSON]),
    "composite": (
        "commands.composite",
        [
            *(option(f"--{name}", required=True) for name in ("data", "meta", "recipe")),
            FOLDER,
            option("--robustness", COUNT, "N"),
            option("--sobol", COUNT, "N"),
            option("--seed", WholeNumber(-(10**9), 10**9), "S", default=0),
        ],
    ),
    "catalogue": (
        "commands.catalogue",
        [
            argument("action", OneOf("list", "show", "check", "export", "schema")),
            argument("id", required=False),
            option("--path", metavar="DIR"),
            option("--out", metavar="DIR"),
            JSON,
        ],
    ),
    "rules": ("commands.catalogue", [JSON, *STORE]),
    "register": (
        "commands.register",
        [argument("action", OneOf("find", "add")), argument("text", metavar="TEXT|FILE")],
    ),
    "published": ("commands.published", [argument("action", OneOf("load")), argument("file", FILE), *STORE]),
    "import": (
        "commands.publications.import_command",
        [
            option("--kind", OneOf("openalex", "scopus", "wos", "list"), required=True),
            FILES,
            option("--institution", str, "ROR|CODE|NAME"),
            *CALENDAR_YEARS,
            FOLDER,
            option("--engine", ENGINES, default="pandas"),
            option("--mapping"),
            option("--types", OneOf(*PAPER_TYPES), default=PAPER_TYPES[1]),
            option("--extracted-on", str, "DATE"),
        ],
    ),
    "papers": (
        "commands.publications.papers_command",
        [
            argument("action", OneOf("load", "compare")),
            argument("files", FILE, nargs=-1, required=True, metavar="DIR|FILE..."),
            COMPUTED,
            JSON,
            *STORE,
        ],
    ),
    "fetch": (
        "commands.publications.fetch_command",
        [
            argument("database", OneOf("openalex")),
            option("--ror", str, "ROR"),
            *CALENDAR_YEARS,
            FOLDER,
            option("--base-url", str, "URL", default="https://api.openalex.org"),
            option("--mailto", str, "ADDRESS"),
        ],
    ),
    "count": (
        "commands.publications.count_command",
        [
            argument("works", metavar="FOLDER|URL"),
            option("--country", str, "JP", default="JP"),
            option("--years", str, "A-B", required=True),
            OUT,
            option("--engine", ENGINES, default="duckdb"),
            option("--types", OneOf(*PAPER_TYPES), default=PAPER_TYPES[1]),
            option("--extracted-on", str, "DATE"),
        ],
    ),
    "intake": (
        "commands.operation.intake",
        [
            argument("files", FILE, nargs=-1, required=True, metavar="FILES..."),
            option("--store", str, "PATH|URL", required=True),
            STORE_FILES,
            option("--round", YEAR, "Y"),
            flag("--demo"),
            flag("--replace"),
            JSON,
        ],
    ),
    "admin": (
        "commands.operation.admin",
        [
            argument("action", OneOf("init", "check", "backup", "restore", "log", "user", "erase")),
            argument("words", nargs=-1, required=False, metavar="…"),
            option("--store", str, "PATH|URL", required=True),
            STORE_FILES,
            option("--out", str, "DIR|URL"),
            click.Option(["--from", "source"], type=str, metavar="DIR|URL"),
            flag("--demo"),
            flag("--mend"),
            option("--institution", str, "CODE"),
            option("--role", str, "ROLE"),
            option("--submission", str, "ID"),
            option("--reason", str, "TEXT"),
            option("--csv", str, "OUT"),
            JSON,
        ],
    ),
    "admin round": (
        "commands.operation.round_command",
        [
            argument(
                "act",
                OneOf(
                    "open",
                    "extend",
                    "close",
                    "reopen",
                    "accept",
                    "return",
                    "publish",
                    "status",
                    "forms",
                    "letters",
                    "edition",
                    "recompute",
                ),
            ),
            option("--store", str, "PATH|URL", required=True),
            STORE_FILES,
            option("--year", YEAR, "YEAR"),
            option("--deadline", str, "MOMENT"),
            option("--opens", str, "MOMENT"),
            click.Option(["--forms", "--form"], type=str, metavar="FORM,...", multiple=True),
            click.Option(["--kinds", "--kind"], type=str, metavar="KIND,...", multiple=True),
            click.Option(["--without"], type=str, metavar="CODE,...", multiple=True),
            click.Option(["--with", "besides"], type=str, metavar="CODE,...", multiple=True),
            click.Option(["--peers"], type=OneOf("named", "anonymous"), default="named"),
            option("--institution", str, "CODE"),
            option("--until", str, "MOMENT"),
            option("--reason", str, "TEXT"),
            option("--by", str, "NAME"),
            option("--out", metavar="DIR|ZIP"),
            click.Option(["--state"], type=str, metavar="STATE,...", multiple=True),
            JSON,
            option("--csv", str, "OUT", is_flag=False, flag_value=STDOUT),
        ],
    ),
    "monitor": (
        "commands.operation.monitor",
        [
            option("--port", WholeNumber(0, 65_535), "PORT", default=8600),
            option("--store", str, "PATH|URL", required=True),
            STORE_FILES,
        ],
    ),
    "serve": (
        "commands.operation.serve",
        [
            option("--port", WholeNumber(0, 65_535), "PORT", default=8501),
            option("--address", str, "ADDRESS", default="127.0.0.1"),
            *STORE,
        ],
    ),
}


def build_commands() -> SpokenGroup:
    """All commands, each calling its module; the context's object is the language."""
    language = click.Option(["--lang"], type=OneOf(*LANGUAGES), default="ja")
    group = SpokenGroup("junkan", params=[language], callback=lambda lang: None, no_args_is_help=True)
    for name, (module, options) in COMMANDS.items():
        group.add_command(SpokenCommand(name, params=list(options), callback=_runner(name, module)))
    return group


def _runner(name: str, module: str) -> Callable[..., int]:
    def run(**given: Any) -> int:
        command = getattr(import_module(f"app.{module}"), f"run_{text_name(name)}")
        _refuse_unfit_files(given)
        try:
            return int(command(Options(**given), click.get_current_context().obj))
        except OSError as error:
            if error.errno == errno.ENOENT and error.filename is None:  # how Python says it of all temporary folders
                raise UsageProblem("no_temporary_folder") from None
            error.filename = error.filename or given.get("out") or given.get("csv")  # a full disk names no file
            raise

    return run


def _refuse_unfit_files(given: dict[str, Any]) -> None:
    """Raises UsageProblem for standard input read twice, and for an output that would overwrite what is read."""
    read = [given.get(name) for name in ("previous", "previous_findings", "old", "data", "meta", "recipe", "file")]
    read += given.get("files") or ()
    if sum(path == Path(STDOUT) for path in read) > 1:
        raise UsageProblem("one_standard_input")
    inputs = {path.resolve() for path in read if path is not None and path.is_file()}
    for name in ("out", "marked", "csv", "json"):
        if given.get(name) and Path(given[name]).resolve() in inputs:
            raise UsageProblem("output_is_input", option=f"--{name}", given=given[name])


def language_of(arguments: Sequence[str]) -> str:
    """The language asked for before the command; Japanese when none is."""
    for n, word in enumerate(arguments):
        if not word.startswith("--lang"):
            break
        asked = word.partition("=")[2] or (arguments[n + 1] if n + 1 < len(arguments) else "")
        return asked if asked in LANGUAGES else "ja"
    return "ja"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code (see ``app.commands.exit_codes``)."""
    if arguments is None:
        _read_arguments_as_utf8()
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    _prepare_streams()
    # A command says by itself what could not be done; the log, in both languages, is the server's.
    logging.getLogger("junkan").addHandler(logging.NullHandler())
    try:
        code = run_command(given, language_of(given))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is still buffered must not raise at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


def _read_arguments_as_utf8() -> None:
    """Starts anew where the locale knows ASCII alone: names and paths in Japanese would be read as single bytes."""
    if sys.getfilesystemencoding() == "ascii" and not sys.flags.utf8_mode:
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _prepare_streams() -> None:
    """Whatever the locale, no character of a text stops a command."""
    for stream in (sys.stdout, sys.stderr):
        is_ascii = stream.encoding.lower() in ("ascii", "ansi_x3.4-1968", "us-ascii")
        stream.reconfigure(errors="backslashreplace", **({"encoding": "utf-8"} if is_ascii else {}))  # type: ignore[union-attr]


def run_command(arguments: Sequence[str], language: str) -> int:
    """Runs one command in a language; what cannot be done is one sentence on the error stream and its exit code."""
    group = build_commands()
    try:
        with group.make_context("junkan", [*arguments], obj=language) as context:
            return int(group.invoke(context) or FINE)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        warn(error.ctx.get_help() if error.ctx else "")
        return USAGE
    except click.UsageError as error:
        problem = sentence_of(error, [*COMMANDS])
    except UsageProblem as found:
        problem = found
    except DeclarationError as broken:
        return _tell_faults(broken, language)
    except Refusal as refusal:
        return _tell_refusal(refusal, language)
    except UserFacingError as error:
        for message in error.messages:
            warn(message[language])
        return NOT_ALLOWED
    except OSError as error:
        told = path_problem(error)
        if told is None:
            raise
        problem = told
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    warn(say(f"cli.{problem.key}", language, **problem.params))
    return USAGE


def _tell_refusal(refusal: Refusal, language: str) -> int:
    from app.submission.process_workbook import refusal_finding

    finding = refusal_finding(refusal.rule, refusal.params)
    warn(f"{finding.message[language]} {finding.remedy[language]}")
    return UNREADABLE


def _tell_faults(error: DeclarationError, language: str) -> int:
    for fault in error.faults:
        warn(f"{fault.file}:{fault.line}: {fault.what[language]} {fault.remedy[language]}")
    return BROKEN


if __name__ == "__main__":
    sys.exit(main())
