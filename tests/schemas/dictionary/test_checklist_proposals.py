"""Proposed items of the checklist stand apart: asked by no form, and told from the 45 by their code."""

from pathlib import Path

import pytest

from schemas.dictionary.declaration import DeclarationError
from schemas.dictionary.dictionary import HERE, load_dictionary
from schemas.dictionary.field import FORMS

DICTIONARY = load_dictionary()


def test_two_items_are_proposed_and_the_45_stay() -> None:
    checklist = DICTIONARY.checklist
    assert len(checklist.items) == 45
    assert [item.code for item in checklist.proposals] == ["F6", "F7"]
    for item in checklist.proposals:
        assert len(item.levels) == 4 and item.sources and item.for_edition > 4


@pytest.mark.parametrize("form", FORMS)
def test_no_form_asks_for_a_proposal(form: str) -> None:
    proposed = {item.code for item in DICTIONARY.checklist.proposals}
    assert not [slot for slot in DICTIONARY.slots(form, 2026) if proposed & set(slot.keys.values())]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [('code: "F7"', 'code: "F6"', "stands twice"), ('code: "F6"', 'code: "A1"', "stands twice")],
)
def test_a_proposal_with_the_code_of_another_item_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    for name in ("fields", "codelists"):
        (tmp_path / name).mkdir()
        for file in (HERE / name).glob("*.yaml"):
            (tmp_path / name / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "codelists" / "checklist.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(DeclarationError, match=said):
        load_dictionary(tmp_path)


@pytest.mark.parametrize("name", ["戦略的国際科学技術協力推進事業", "e-ASIA JRP"])
def test_a_former_name_of_a_programme_is_read_as_it(name: str) -> None:
    assert name in DICTIONARY.aliases("joint_programmes")["sicorp"]
