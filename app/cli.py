"""``junkan``: the same use cases as the app, for the command line. Imports happen inside the commands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.checking import Checked
    from schemas.declaration import DeclarationError
    from schemas.intake import Refusal

FINE, USAGE, UNREADABLE, FINDINGS, BROKEN, NOT_ALLOWED = 0, 2, 10, 11, 12, 13
STDOUT = "-"
FORMS = ("core", "full", "centre")


class UsageProblem(Exception):
    """A command that cannot be carried out as given: the text key and its parameters."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


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
        return int(COMMANDS[options.command](options, language))
    except UsageProblem as problem:
        from app.texts import say

        print(say(f"cli.{problem.key}", language, **problem.params), file=sys.stderr)
        return USAGE
    except Exception as error:
        from schemas.declaration import DeclarationError

        if isinstance(error, DeclarationError):
            return _broken(error, language)
        from schemas.intake import Refusal

        if isinstance(error, Refusal):
            return _unreadable(error, language)
        raise


def _unreadable(refusal: Refusal, language: str) -> int:
    from app.submission import refusal_finding

    finding = refusal_finding(refusal.rule, refusal.params)
    print(f"{finding.message[language]} {finding.remedy[language]}", file=sys.stderr)
    return UNREADABLE


def _broken(error: DeclarationError, language: str) -> int:
    for fault in error.faults:
        print(f"{fault.file}:{fault.line}: {fault.what[language]} {fault.remedy[language]}", file=sys.stderr)
    return BROKEN


def read_input(path: Path) -> bytes:
    """The bytes of an input file. Raises UsageProblem when there is none."""
    if not path.is_file():
        raise UsageProblem("no_file", file=path)
    return path.read_bytes()


def checked_ending(option: str, given: str | Path | None, ending: str) -> None:
    """Raises UsageProblem unless an output name ends as it must."""
    if given is not None and str(given) != STDOUT and not str(given).endswith(ending):
        raise UsageProblem("bad_ending", option=option, ending=ending, given=given)


def write_text(target: str, text: str) -> None:
    """Writes to a file, creating its folders, or to standard output."""
    if target == STDOUT:
        print(text)
        return
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def as_json(value: object) -> str:
    """Readable JSON with Japanese left as it is."""
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)


def _progress(name: str, language: str) -> Any:
    from app.texts import say

    def show(step: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{name}: {say(f'cli.progress_{step}', language)}", end="", file=sys.stderr, flush=True)

    return show


def _end_progress() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def run_template(options: argparse.Namespace, language: str) -> int:
    """Issues a form for an institution of the register."""
    from app.forms_command import run_template as run

    return run(options, language)


def run_migrate(options: argparse.Namespace, language: str) -> int:
    """Carries an older form into the current edition."""
    from app.forms_command import run_migrate as run

    return run(options, language)


def run_published(options: argparse.Namespace, language: str) -> int:
    """Loads published figures of real institutions into a store."""
    from app.published_command import run_published as run

    return run(options, language)


def _check_files(options: argparse.Namespace, language: str, *, mark: bool = False) -> list[tuple[Path, Checked]]:
    from app.checking import check, pool

    given = getattr(options, "previous", None)
    last_round = read_input(given) if given else None
    workers = pool(spares=min(1, len(options.files) - 1))
    try:
        results = []
        for path in options.files:
            progress = _progress(path.name, language)
            results.append(
                (path, check(read_input(path), previous=lambda *_: last_round, mark=mark, progress=progress))
            )
            _end_progress()
        return results
    finally:
        workers.close()


def exit_code(results: Sequence[tuple[Path, Checked]]) -> int:
    """The highest of the files' codes."""
    codes = {"refused": UNREADABLE, "error": FINDINGS}
    return max((codes.get(str(checked.validation["status"]), FINE) for _, checked in results), default=FINE)


def run_validate(options: argparse.Namespace, language: str) -> int:
    """Findings on the terminal, as JSON, as CSV, and as the marked workbook."""
    checked_ending("--json", options.json, ".json")
    checked_ending("--csv", options.csv, ".csv")
    checked_ending("--marked", options.marked, ".xlsx")
    if options.marked and len(options.files) > 1:
        raise UsageProblem("marked_one_file")
    if options.marked and options.marked.resolve() in {path.resolve() for path in options.files}:
        raise UsageProblem("marked_is_input", given=options.marked)
    results = _check_files(options, language, mark=bool(options.marked))
    if options.json:
        one = results[0][1].validation
        many = {"files": [{"file": path.name, **checked.validation} for path, checked in results]}
        write_text(options.json, as_json(one if len(results) == 1 else many))
    if options.csv:
        write_findings_csv(Path(options.csv), results, language)
    if options.marked and results[0][1].marked:
        options.marked.parent.mkdir(parents=True, exist_ok=True)
        options.marked.write_bytes(results[0][1].marked)
    if options.json != STDOUT:
        show_findings(results, language)
    if options.previous_findings:
        show_comparison(options.previous_findings, results, language)
    return exit_code(results)


def show_comparison(earlier: Path, results: Sequence[tuple[Path, Checked]], language: str) -> None:
    """How many findings are mended, still there or new since an earlier JSON, on the error stream."""
    from app.findings_view import compare_findings, findings_of
    from app.texts import say

    try:
        before = findings_of(json.loads(read_input(earlier)))
    except ValueError:
        raise UsageProblem("no_findings_file", file=earlier) from None
    now = [finding for _, checked in results for finding in checked.validation["findings"]]
    compared = compare_findings(now, before)
    counts = {"mended": len(compared.mended), "still": len(compared.still_there), "new": len(compared.new)}
    print(say("upload.compared", language, **counts), file=sys.stderr)


def write_findings_csv(path: Path, results: Sequence[tuple[Path, Checked]], language: str) -> None:
    """One row a finding, UTF-8 with byte-order mark; texts that look like formulas are written as text."""
    import csv

    from app.csv_text import as_text

    path.parent.mkdir(parents=True, exist_ok=True)
    columns = ["id", "severity", "rule", "scope", "sheet", "cell", "count", "field", "row_key", "value"]
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["file", *columns, "message", "remedy"])
        for source, checked in results:
            for f in checked.validation["findings"]:
                texts = [f["message"][language], f["remedy"][language]]
                writer.writerow([as_text(v) for v in (source.name, *(f[column] for column in columns), *texts)])


def show_findings(results: Sequence[tuple[Path, Checked]], language: str) -> None:
    """The findings grouped by file, worst first, as a table on the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from app.findings_view import grouped
    from app.submission import summary_line
    from app.texts import say

    console = Console(highlight=False)
    colours = {"error": "red", "check": "yellow", "note": "blue"}
    for path, checked in results:
        validation = checked.validation
        refused = validation["status"] == "refused"
        line = summary_line(validation["counts"])[language == "en"]
        console.print(f"[bold]{escape(path.name)}[/bold]  {say('result.refused', language) if refused else line}")
        if not validation["findings"]:
            continue
        table = Table(show_lines=False, expand=True)
        for key, options in (
            ("severity", {"no_wrap": True}),
            ("rule", {"no_wrap": True}),
            ("cell", {}),
            ("text", {"ratio": 1}),
        ):
            table.add_column(say(f"cli.head_{key}", language), **options)
        for group in grouped(validation["findings"]):
            f = group.first
            place = f"{f['sheet']}!{f['cell']}" if f["cell"] else f["sheet"] or ""
            place += f" ×{group.count}" if group.count > 1 else ""
            word = f"[{colours[f['severity']]}]{say('severity.' + f['severity'], language)}[/]"
            what = f"{f['message'][language]} {f['remedy'][language]}"
            table.add_row(word, f["rule"], escape(place), escape(what))
        console.print(table)


def run_score(options: argparse.Namespace, language: str) -> int:
    """Values, gaps and scores as JSON, CSV, or a table on the terminal."""
    checked_ending("--json", options.json, ".json")
    results = _check_files(options, language)
    scored = [checked for _, checked in results if checked.refusal is None]
    from app.submission import versions_of_software

    boards = [board for checked in scored for board in checked.header["score"]["scoreboards"]]
    versions = scored[0].header["score"]["versions"] if scored else {"form": "", **versions_of_software()}
    document = {"scoreboards": boards, "versions": versions}
    if options.json:
        write_text(options.json, as_json(document))
    if options.csv:
        write_score_csv(Path(options.csv), scored)
    if options.json != STDOUT:
        show_scores(boards, language)
    show_refusals(results, language)
    return exit_code(results)


def show_refusals(results: Sequence[tuple[Path, Checked]], language: str) -> None:
    """Why files could not be read, on the error stream."""
    for path, checked in results:
        if checked.refusal is not None:
            message, remedy = checked.refusal.message[language], checked.refusal.remedy[language]
            print(f"{path.name}: {message} {remedy}", file=sys.stderr)


def write_score_csv(target: Path, scored: Sequence[Checked]) -> None:
    """values.csv, gaps.csv, scores.csv and value_cells.csv in a folder."""
    import pandas as pd

    from app.csv_text import write_csv

    target.mkdir(parents=True, exist_ok=True)
    for name in ("values", "gaps", "scores", "value_cells"):
        frames = [checked.frames[name] for checked in scored]
        if frames:
            write_csv(pd.concat(frames, ignore_index=True), target / f"{name}.csv")


def show_scores(boards: Sequence[dict[str, Any]], language: str) -> None:
    """The indicators with value, score and the largest comparable gap."""
    from rich.console import Console
    from rich.table import Table

    from app.submission import catalogue
    from app.texts import say

    console = Console(highlight=False)
    for board in boards:
        table = Table(title=f"{board['institution']}  {board['year']}", expand=True)
        for key in ("indicator", "level", "value", "score", "gap"):
            table.add_column(say(f"cli.{key}", language), overflow="fold")
        for row in board["indicators"]:
            label = catalogue().indicators[row["id"]].label[language]
            value = row["status"] if row["value"] is None else f"{row['value']:.1f}"
            points = "" if row["score"] is None else f"{row['score']:.0f} ({row['score_kind']})"
            people = [g["gap_people"] for g in row["gaps"] if g["gap_people"]]
            gap = "" if not people else f"{people[0]['replace']} {people[0]['of']}"
            table.add_row(label, f"{row['level']} {row['unit']}", value, points, gap)
        console.print(table)


def run_scorecard(options: argparse.Namespace, language: str) -> int:
    """Scorecards as documents, one set a file."""
    from app.scorecard import write_scorecards

    results = _check_files(options, language)
    formats = options.format.split(",")
    unknown = [name for name in formats if name not in ("pdf", "xlsx")]
    if unknown:
        raise UsageProblem("bad_ending", option="--format", ending="pdf, xlsx", given=", ".join(unknown))
    from app.texts import say

    for _, checked in results:
        if checked.refusal is None:
            for path in write_scorecards(checked, options.out, formats, options.document_lang):
                print(say("cli.written", language, file=path), file=sys.stderr)
    show_refusals(results, language)
    return exit_code(results)


def run_composite(options: argparse.Namespace, language: str) -> int:
    """Composite indicators on any panel; see docs/composite.md."""
    from app.composite_files import run_composite as run
    from indicators.composite import PanelError, RecipeError

    for path in (options.data, options.meta, options.recipe):
        read_input(path)
    try:
        run(
            options.data,
            options.meta,
            options.recipe,
            options.out,
            robustness=options.robustness,
            sobol=options.sobol,
            seed=options.seed,
            progress=lambda step, share: None,
        )
    except (RecipeError, PanelError) as error:
        for message in error.messages:
            print(message[language], file=sys.stderr)
        return BROKEN if isinstance(error, RecipeError) else UNREADABLE
    return FINE


def run_catalogue(options: argparse.Namespace, language: str) -> int:
    """Lists, shows, checks or exports the declared indicators."""
    if options.action == "export":
        from app.interchange import run_export

        return run_export(options, language)
    from app.catalogue_listing import catalogue_json, show_indicator, show_list
    from app.texts import say
    from indicators.catalogue import load_catalogue
    from schemas.declaration import nearest

    checked_ending("--json", options.json, ".json")
    catalogue = load_catalogue(options.path) if options.path else load_catalogue()
    if options.action == "show" and options.id not in catalogue.indicators:
        near = nearest(options.id or "", catalogue.indicators) or "－"
        raise UsageProblem("unknown_indicator", id=options.id, near=near)
    chosen = [catalogue.indicators[options.id]] if options.action == "show" else list(catalogue.indicators.values())
    if options.json:
        write_text(options.json, as_json({"indicators": [catalogue_json(i, catalogue) for i in chosen]}))
    elif options.action == "list":
        show_list(catalogue, language)
    elif options.action == "show":
        show_indicator(chosen[0], catalogue, language)
    if options.action == "check":
        fine = say("cli.catalogue_fine", language, count=len(catalogue.indicators), hash=catalogue.hash)
        print(fine, file=sys.stderr if options.json == STDOUT else sys.stdout)
    return FINE


def run_rules(options: argparse.Namespace, language: str) -> int:
    """Every rule with severity, text and remedy."""
    from app.catalogue_listing import rules_json, show_rules

    checked_ending("--json", options.json, ".json")
    if options.json:
        write_text(options.json, as_json({"rules": rules_json()}))
    else:
        show_rules(language)
    return FINE


def run_register(options: argparse.Namespace, language: str) -> int:
    """Universities whose code or name contains a text."""
    from app.texts import say
    from schemas.register import load_register

    found = load_register().find(options.text)
    for institution in found:
        print(f"{institution.code}\t{institution.name_ja}\t{institution.name_en}\t{institution.prefecture}")
    if not found:
        print(say("cli.nothing_found", language, text=options.text), file=sys.stderr)
    return FINE


def run_serve(options: argparse.Namespace, language: str) -> int:
    """Serves the app on this machine, preparing the demo store first."""
    from app.serving import serve

    return serve(options.store, options.files, options.port, options.address, language)


COMMANDS = {
    "template": run_template,
    "migrate": run_migrate,
    "published": run_published,
    "validate": run_validate,
    "score": run_score,
    "scorecard": run_scorecard,
    "composite": run_composite,
    "catalogue": run_catalogue,
    "rules": run_rules,
    "register": run_register,
    "serve": run_serve,
}

if __name__ == "__main__":
    sys.exit(main())
