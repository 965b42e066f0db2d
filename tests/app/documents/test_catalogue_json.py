"""The catalogue as JSON and on the terminal, and what ``catalogue check`` looks at beyond the declarations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.commands.catalogue import show_indicator, show_list
from app.documents.export.catalogue_json import catalogue_json, check_catalogue
from indicators.catalogue.load_catalogue import Catalogue, load_catalogue
from schemas.dictionary.declaration import DeclarationError
from tests.support.edited_catalogue import copied, edit

CATALOGUE = load_catalogue()


def listed(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(json.dumps(catalogue_json(CATALOGUE.indicators[name], CATALOGUE)))
    return found


@pytest.mark.parametrize("name", CATALOGUE.indicators)
def test_every_indicator_has_all_keys_and_survives_json(name: str) -> None:
    found = listed(name)
    assert {"id", "label", "levels", "unit", "direction", "benchmarks", "definition", "official", "pitfalls"} <= set(
        found
    )
    assert set(found) == set(listed("foreign_researcher_share"))
    entries = [entry for b in CATALOGUE.benchmarks.get(name, []) for entry in b.entries]
    benchmarks = found["benchmarks"]
    assert isinstance(benchmarks, list) and len(benchmarks) == len(entries)
    for row in benchmarks:
        assert {"kind", "level", "value", "source", "seen", "from", "last_confirmed", "why"} <= set(row)
        assert row["source"] in CATALOGUE.sources
        assert (row["value"] is None) == (row["words"] is not None)


def test_exact_numbers_are_text_and_words_stand_for_a_missing_value() -> None:
    goalposts = listed("foreign_researcher_share")["goalposts"]
    assert goalposts["centre"] | {"why": None} == {  # type: ignore[index]
        "floor": "0", "benchmark": "wpi_requirement", "scale_end": None, "kind": "score", "why": None,
    }  # fmt: skip
    first = listed("english_admin_score")["benchmarks"][0]  # type: ignore[index]
    assert first["value"] is None and first["words"]["ja"] == "言語は事務部門も含め英語"
    assert [v["definition_key"] for v in listed("foreign_faculty_share")["variants"]] == ["foreign_degree"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_indicator_is_shown_with_definition_official_source_and_last_confirmation(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    indicator = CATALOGUE.indicators["foreign_pi_share"]
    show_indicator(indicator, CATALOGUE, language)
    said = "".join(capsys.readouterr().out.split())
    for text in (indicator.definition, indicator.official, indicator.pitfalls):
        assert text is not None and "".join(text[language].split()) in said
    assert "2009-05-01" in said and "MANA" in said
    assert said.endswith("".join({"ja": "確認できた最新：2009-05-01", "en": "Latestconfirmed:2009-05-01"}[language]))


def test_the_list_names_every_indicator_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show_list(CATALOGUE, "en")
    said = capsys.readouterr().out
    assert [name for name in CATALOGUE.indicators if f"{name}\t" not in said] == []


def edited(folder: Path, file: str, old: str, new: str) -> Catalogue:
    edit(copied(folder), file, old, new)
    return load_catalogue(folder, CATALOGUE.dictionary)


def test_the_shipped_catalogue_passes_the_check() -> None:
    check_catalogue(CATALOGUE)


def test_wrong_examples_and_changed_meanings_come_together(tmp_path: Path) -> None:
    share = "definitions/researchers/foreign_researcher_share.yaml"
    with pytest.raises(DeclarationError) as refused:
        check_catalogue(edited(tmp_path, share, "part: {sum: researchers.foreign}", "part: {sum: researchers.female}"))
    faults = refused.value.faults
    share_too = "researchers/zone_gap_researchers.yaml"  # the difference of two such shares
    assert {fault.file for fault in faults} == {"researchers/foreign_researcher_share.yaml", share_too}
    assert any("has changed since its version 1" in fault.what.en for fault in faults)
    assert any("The worked example gives" in fault.what.en for fault in faults)
    assert [(fault.file, fault.line) for fault in faults] == sorted((fault.file, fault.line) for fault in faults)
