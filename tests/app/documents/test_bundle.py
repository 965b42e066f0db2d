"""A bundle recomputes number for number, and whatever was changed in it afterwards is found and named."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import main
from app.components.people.bundle_download import bundle_of_submission
from app.documents.bundle.archive import (
    BESIDE,
    BESIDES,
    CATALOGUE,
    MANIFEST,
    PARTS,
    RESULTS,
    WORKBOOK,
    archive_of,
    changed_parts,
    json_bytes,
    manifest_of,
    parts_of,
)
from app.documents.bundle.verify_bundle import Number, verify_bundle
from app.storage.store import Store
from app.storage.store_location import ROOT
from app.submission.worker_pool import worker_pool

SAMPLES = ROOT / "templates" / "xlsx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles of a full form and the form of its centre, made by the command."""
    out = tmp_path_factory.mktemp("bundles")
    files = [str(SAMPLES / f"sample-{name}.xlsx") for name in ("full", "centre")]
    assert main(["scorecard", *files, "--format", "bundle", "--out", str(out)]) in (0, 11)
    return out


@pytest.fixture(scope="module")
def bundle(folder: Path) -> bytes:
    """That of the full form, with the form of its centre beside it."""
    (path,) = folder.glob("*_full_bundle.zip")
    return path.read_bytes()


@pytest.fixture(scope="module")
def core_bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle of one form, which is worked out in a third of the time."""
    out = tmp_path_factory.mktemp("core")
    assert main(["scorecard", str(SAMPLES / "sample-average.xlsx"), "--format", "bundle", "--out", str(out)]) == 0
    (path,) = out.iterdir()
    return path.read_bytes()


def verified(capsys: pytest.CaptureFixture[str], data: bytes, tmp_path: Path) -> tuple[int, str, str]:
    """Exit code, standard output and error stream of ``junkan verify``, in English."""
    path = tmp_path / "given.zip"
    path.write_bytes(data)
    code = main(["--lang", "en", "verify", str(path)])
    told = capsys.readouterr()
    return code, told.out, told.err


def resealed(data: bytes, **changed: bytes) -> bytes:
    """A bundle with other parts under hashes that fit, as a forger would make it."""
    parts = parts_of(data)[0]
    versions = json.loads(parts.pop(MANIFEST))["versions"]
    parts |= {name: changed.get(name.split(".")[0], part) for name, part in parts.items()}
    return archive_of({MANIFEST: manifest_of(parts, versions), **parts})


def test_every_number_of_a_bundle_agrees_beside_the_form_of_the_centre(bundle, tmp_path, capsys):
    assert set(parts_of(bundle)[0]) == {MANIFEST, *PARTS} - set(BESIDES[1:]), "one form was judged beside it"
    code, said, told = verified(capsys, bundle, tmp_path)
    lines = said.splitlines()
    assert code == 0 and len(lines) > 1000 and all(line.startswith("agrees") for line in lines)
    assert any("foreign_researcher_share/institution/00/nationality/-/numerator" in line for line in lines)
    assert f"{len(lines)} of {len(lines)} agree" in told


def test_the_same_workbook_gives_the_same_bytes(folder, bundle, tmp_path):
    files = [str(SAMPLES / f"sample-{name}.xlsx") for name in ("full", "centre")]
    main(["scorecard", *files, "--format", "bundle,xlsx", "--out", str(tmp_path)])
    (again,) = tmp_path.glob("*_full_bundle.zip")
    assert again.read_bytes() == bundle and len(list(tmp_path.iterdir())) == 4


@settings(max_examples=60)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_changed_byte_is_found(bundle_bytes: bytes, place: float, bit: int) -> None:
    at = int(place * len(bundle_bytes))
    data = bytearray(bundle_bytes)
    data[at] ^= 1 << bit
    try:
        parts, damaged = parts_of(bytes(data))
    except ValueError:
        return  # no bundle any more, and said so
    assert changed_parts(bytes(data), parts, damaged)


@pytest.fixture(scope="module")
def bundle_bytes(bundle: bytes) -> bytes:
    return bundle


@pytest.mark.parametrize("part", [WORKBOOK, CATALOGUE, RESULTS, MANIFEST, BESIDE])
def test_a_changed_byte_is_named_by_its_part(request, part, tmp_path, capsys):
    bundle = request.getfixturevalue("bundle" if part == BESIDE else "core_bundle")
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        entry = archive.getinfo(part)
    data = bytearray(bundle)
    data[entry.header_offset + 30 + len(part) + entry.file_size // 2] ^= 1
    code, _, told = verified(capsys, bytes(data), tmp_path)
    assert code in (11, 12) and f"{part} is not as it was written" in told


def test_a_forged_number_disagrees_and_is_named(core_bundle, tmp_path, capsys):
    results = json.loads(parts_of(core_bundle)[0][RESULTS])
    row = results["scoreboards"][0]["indicators"][0]
    row["numerator"] += 1
    code, said, told = verified(capsys, resealed(core_bundle, results=json_bytes(results)), tmp_path)
    place = "/".join(row[name] for name in ("id", "level", "unit", "definition", "counting"))
    (line,) = [line for line in said.splitlines() if line.startswith("DISAGREES")]
    assert code == 11 and f"{place}/numerator" in line and "Every part" not in told


def test_a_forged_catalogue_or_name_is_named(core_bundle, tmp_path, capsys):
    parts = parts_of(core_bundle)[0]
    document = json.loads(parts[CATALOGUE])
    document["indicators"][0]["weight"] = 99
    code, _, told = verified(capsys, resealed(core_bundle, catalogue=json_bytes(document)), tmp_path)
    assert code == 11 and "catalogue.json" in told
    parameters = json.loads(parts["parameters.json"]) | {"institution": "another"}
    code, _, told = verified(capsys, resealed(core_bundle, parameters=json_bytes(parameters)), tmp_path)
    assert code == 11 and "parameters.json" in told


def test_an_older_catalogue_is_said_and_the_numbers_are_compared_all_the_same(core_bundle, tmp_path, capsys):
    parts = parts_of(core_bundle)[0]
    versions = json.loads(parts.pop(MANIFEST))["versions"] | {"catalogue": "0" * 16, "software": "0.0.9"}
    code, said, told = verified(capsys, archive_of({MANIFEST: manifest_of(parts, versions), **parts}), tmp_path)
    assert code == 12 and "another catalogue of indicators (0000000000000000)" in told and "0.0.9" in told
    assert said.count("agrees") > 1000


def test_what_is_no_bundle_is_said_in_a_sentence(bundle, tmp_path, capsys):
    foreign = io.BytesIO()
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    for data, words in (
        (b"", "no bundle"),
        (b"hello", "no bundle"),
        (bundle[: len(bundle) // 2], "cut short"),
        (bundle[:-1], "cut short"),
        (foreign.getvalue(), "no bundle: it lacks"),
        ((SAMPLES / "sample-average.xlsx").read_bytes(), "no bundle: it lacks"),
    ):
        code, said, told = verified(capsys, data, tmp_path)
        assert code == 10 and words in told and not said
    assert main(["verify", str(tmp_path / "nowhere.zip")]) == 2


def test_a_bundle_whose_workbook_is_none_is_refused(core_bundle, tmp_path, capsys):
    code, _, told = verified(capsys, resealed(core_bundle, workbook=b"PK no workbook"), tmp_path)
    assert code == 10 and told


def test_the_json_says_of_each_number_whether_it_agrees(core_bundle, tmp_path):
    path = tmp_path / "one.zip"
    path.write_bytes(core_bundle)
    assert main(["verify", str(path), "--json", str(tmp_path / "out.json")]) == 0
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["exit"] == 0 and not document["changed"] and all(one["agrees"] for one in document["numbers"])


def test_numbers_agree_to_the_last_digits_only() -> None:
    assert Number("x", 0.1 + 0.2, 0.3).agrees and not Number("x", 0.3, 0.300001).agrees
    assert not Number("x", None, 0.0).agrees and not Number("x", "met", "not_met").agrees


def test_a_bundle_of_a_kept_submission_verifies(demo_store_folder) -> None:
    store = Store.open(demo_store_folder)
    submission = store.submission_of_record("DEMO-01", 2026)
    data, name = bundle_of_submission(store, str(submission))
    found = verify_bundle(data, worker_pool())
    assert name == "DEMO-01_2026_core_bundle.zip" and found.numbers
    assert not found.changed and not found.versions and not found.disagreeing
