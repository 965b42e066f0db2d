"""From the bytes of a form to its grouped findings, beside the time that calamine needs to read the same file."""

from __future__ import annotations

import atexit
import gc
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from time import process_time

from python_calamine import load_workbook

from app.demo.full_and_centre_forms import BASE, more_samples, sample_issues
from app.edition import catalogue
from app.storage.store import Store
from app.submission.background import NOTHING_KNOWN
from app.submission.finding_groups import group_findings
from app.submission.fork_server import RARELY
from app.submission.process_workbook import open_workbook
from app.submission.worker_pool import WorkerPool
from bench.row import Comparison
from schemas.checks.long_list_findings import record_findings
from schemas.checks.validate import validate
from schemas.explanations.explanation import apply_choices
from schemas.form.issue import Given, Issue
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.rules.finding import Finding
from schemas.rules.rule import load_rules
from schemas.template.write_template import write_template

TARGET = 2.5
BATCH, BATCH_LIMIT = 800, 20 * 60.0  # forms of a nation, and seconds of processor time for them
WARM_LIMIT, COLD_LIMIT = 0.5, 3.0  # seconds of processor time for a core form
HELP_TARGET = 0.5
FAULTY_EVERY = 5
WORDS = ["analysis", "structure", "dynamics", "quantum", "carbon", "neural", "protein", "surface", "magnetic"]
WORDS += ["synthesis", "optical", "response", "thermal", "network", "cell", "growth", "measurement", "model"]
COUNTRIES = ["US", "CN", "DE", "GB", "FR", "KR", "IN", "AU", "CA", "TH"]
Row = dict[str, Given]


def intake(papers: int, *, faulty: bool = False) -> Comparison:
    """A full form with a list of ``papers``; ``faulty``: one row in five holds a fault, of eight kinds in turn."""
    path = _paper_file(papers, faulty=faulty)
    _collect_as_workers_do()

    def ours() -> None:
        _grouped_findings(path)

    def reference() -> None:
        read_with_calamine(path)

    share = ", 20 % of them faulty," if faulty else ""
    what = f"a full form with {papers} papers{share} from file to grouped findings"
    return Comparison(what, ours, "python-calamine reads the same file", reference, TARGET, runs=5, clock=process_time)


def growth(papers: int, parts: int) -> Comparison:
    """One long list beside as many papers in several forms: not above 1 where time grows no faster than rows."""
    whole, part = _paper_file(papers), _paper_file(papers // parts)

    def ours() -> None:
        _grouped_findings(whole)

    def reference() -> None:
        for _ in range(parts):
            _grouped_findings(part)

    what = f"a full form with {papers} papers from file to grouped findings"
    return Comparison(
        what, ours, f"{parts} forms with {papers // parts} papers each", reference, 1.0, runs=3, clock=process_time
    )


def _paper_file(papers: int, *, faulty: bool = False) -> Path:
    """A form on disk until the process ends."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    path = Path(folder, "full.xlsx")
    # In a process of its own: the memory that making the form takes would hide what reading it takes.
    with ProcessPoolExecutor(1, get_context("spawn")) as maker:
        path.write_bytes(maker.submit(paper_form, papers, faulty=faulty).result())
    return path


def _collect_as_workers_do() -> None:
    """What is loaded is never looked at again, and garbage of a file is collected as rarely as beside uploads."""
    gc.freeze()
    gc.set_threshold(*RARELY)


def _grouped_findings(path: Path) -> None:
    group_findings([finding.as_json() for finding in findings(path.read_bytes())])


def findings(data: bytes) -> list[Finding]:
    """What reading and the rules find in a form: everything that an upload does before its indicators."""
    dictionary = catalogue().dictionary
    plain, book = open_workbook(data)
    submission = apply_choices(read_submission(book, dictionary), dictionary)
    validated = validate(submission, dictionary, load_register(), book=book, data=plain)
    return [*validated.findings, *record_findings(submission, load_rules())]


def read_with_calamine(path: Path) -> int:
    """How many rows all sheets of a file have, with every cell read."""
    with load_workbook(str(path)) as book:
        return sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)


def paper_form(papers: int, *, faulty: bool = False) -> bytes:
    """A filled full form with a publication list."""
    dictionary = catalogue().dictionary
    full = more_samples(dictionary)["sample-full"]
    answers = {**full.answers, ("profile.has_publication_list", ""): "yes"}
    rows = list(paper_rows(papers, full.year, faulty=faulty))
    return write_template(dictionary, replace(full, answers=answers, lists={**full.lists, "publication_list": rows}))


def paper_rows(papers: int, round_year: int, *, faulty: bool) -> Iterator[Row]:
    """Invented papers of the five years that a round asks for."""
    rng, dictionary = random.Random(papers), catalogue().dictionary
    kinds, groups = list(dictionary.labels("paper_types")), list(dictionary.labels("field_groups"))
    for number in range(papers):
        row = _paper(rng, number, round_year)
        row |= {"document_type": rng.choice(kinds), "field_group": rng.choice(groups)}
        is_faulty = faulty and number % FAULTY_EVERY == 0
        yield {**row, **_fault(number // FAULTY_EVERY, row)} if is_faulty else row


def _paper(rng: random.Random, number: int, round_year: int) -> Row:
    year, is_international = rng.randint(round_year - 5, round_year - 1), rng.random() < 0.35
    abroad = rng.sample(COUNTRIES, rng.randint(1, 3)) if is_international else []
    return {
        "year": year,
        "identifier": f"10.{rng.randint(1000, 9999)}/{rng.choice(WORDS)}.{year}.{number:06}",
        "title": " ".join(rng.choices(WORDS, k=rng.randint(5, 11))).capitalize(),
        "authors": rng.randint(2, 14),
        "own_fraction": Decimal(rng.randint(1, 100)) / 100,
        "countries": ";".join(["JP", *abroad]),
        "international": "yes" if is_international else "no",
        "domestic": "yes" if not is_international and rng.random() < 0.4 else "no",
        "corresponding_own": rng.choice(["yes", "no"]),
        "top10": "yes" if rng.random() < 0.1 else "no",
    }


def _fault(number: int, row: Row) -> Row:
    """One slip as people make them; several are different in every row."""
    slips: tuple[Row, ...] = (
        {"year": f"令和{number % 5 + 3}年度"},
        {"year": None},
        {"international": "たぶん"},
        {"authors": f"約{number}人"},
        {"title": f"{row['title']} a{number}@example.ac.jp"},
        {"identifier": "10.1000/182"},
        {"own_fraction": f"{number % 200 + 101}%"},
        {"countries": f"{row['countries']}；Ｆｒ"},
    )
    return slips[number % len(slips)]


def warm_worker() -> Comparison:
    """A core form through a worker of a fork server that has judged an empty form before."""
    data, workers = _core_form(), WorkerPool(rehearsed=True)
    used = [0.0]

    def ours() -> None:
        with workers.open(data) as trip:
            assert trip.process(NOTHING_KNOWN).refusal is None
            used[0] += trip.processor_s

    what = "a core form through a warm worker: read, checked, evaluated"
    return Comparison(
        what,
        ours,
        f"{WARM_LIMIT:g} s of processor time",
        None,
        target=1.0,
        runs=5,
        limit_s=WARM_LIMIT,
        processor_s=lambda: used[0],
        limits_processor=True,
    )


def batch(forms: int) -> Comparison:
    """``junkan intake`` of core forms of as many universities into a new store: once, every process that it starts.

    Of all universities of the register where it has fewer.
    """
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    (folder / "forms").mkdir()
    with ProcessPoolExecutor(1, get_context("spawn")) as maker:
        made = maker.submit(core_forms, forms).result()
    for code, data in made:
        (folder / "forms" / f"{code}.xlsx").write_bytes(data)
    store = folder / "store"

    def ours() -> None:
        command = [Path(sys.executable).with_name("junkan"), "intake", folder / "forms", "--store", store]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with closing(Store.open(store)) as opened:
            assert len(opened.submissions()) == len(made)

    limit = BATCH_LIMIT * len(made) / BATCH
    what = f"junkan intake of {len(made)} core forms into a new store"
    reference = f"{limit:g} s of processor time, {BATCH_LIMIT / 60:g} minutes for {BATCH} forms"
    return Comparison(what, ours, reference, None, 1.0, runs=1, limit_s=limit, limits_processor=True, uncounted=0)


def core_forms(count: int) -> list[tuple[str, bytes]]:
    """The filled core form of a sample under the codes of as many universities that are open."""
    dictionary = catalogue().dictionary
    sample = sample_issues(dictionary)["sample-average"]
    bodies = [one for one in load_register().institutions.values() if one.kind == "university" and not one.valid_until]
    issues = (replace(sample, institution=one, is_demo=False) for one in bodies[:count])
    return [(issue.institution.code, write_template(dictionary, issue)) for issue in issues]


def cold_validate() -> Comparison:
    """``junkan validate`` of a core form as a process, with every process that it starts."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    path = Path(folder, "core.xlsx")
    path.write_bytes(_core_form())
    command = [Path(sys.executable).with_name("junkan"), "validate", path]

    def ours() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    return Comparison(
        "junkan validate of a core form",
        ours,
        f"{COLD_LIMIT:g} s of processor time",
        None,
        target=1.0,
        runs=3,
        limit_s=COLD_LIMIT,
        limits_processor=True,
    )


def _core_form() -> bytes:
    dictionary = catalogue().dictionary
    core: Issue = sample_issues(dictionary)[BASE]
    return write_template(dictionary, core)


def command_line() -> Comparison:
    """``junkan --help`` as a process beside a process that imports pandas."""

    def ours() -> None:
        subprocess.run([Path(sys.executable).with_name("junkan"), "--help"], check=True, stdout=subprocess.DEVNULL)

    def reference() -> None:
        subprocess.run([sys.executable, "-c", "import pandas"], check=True)

    return Comparison("junkan --help", ours, "import pandas", reference, HELP_TARGET, runs=15)
