"""Every centre of all institutions of a year, as a reader may see it."""

import shutil
from pathlib import Path

from app.access import EDITOR, Actor
from app.results.institution_results import links
from app.results.nation.kept_results import edition
from app.results.nation.national_centres import KIND as CENTRES
from app.results.nation.national_centres import centres_of_year
from app.results.nation.national_values import KIND, national_values
from app.storage.database.kept_frames import keep_frame, states_of_year
from app.storage.database.tables import kept_frames
from app.storage.store import Store


def test_a_number_of_people_is_not_hidden_for_the_one_it_is_divided_by(demo_store_folder: Path) -> None:
    store = Store.open(demo_store_folder)
    told = [
        (one["institution"], need["standing"], need["verdict"])
        for one in centres_of_year(store, Actor(EDITOR, ()), 2026)
        for need in one["requirements"]
        if need["indicator"] == "researcher_number" and one["is_compared"]
    ]
    numbers = store.values(year=2026, indicator="researcher_number", level="centre").set_index("institution")
    store.close()
    assert ("DEMO-01", "judged", "met") in told and int(numbers.loc["DEMO-01", "numerator"]) > 70


def test_a_verdict_on_a_centre_is_hidden_with_its_value(demo_store_folder: Path, tmp_path: Path) -> None:
    store = Store.open(shutil.copytree(demo_store_folder, tmp_path / "demo"))
    told = {
        (one["institution"], one["unit"], need["indicator"]): (need["standing"], need["verdict"])
        for one in centres_of_year(store, Actor(EDITOR, ()), 2026)
        for need in one["requirements"]
        if one["is_compared"]
    }
    institution, unit, indicator = next(key for key, (_, verdict) in told.items() if verdict is not None)
    values = national_values(store, 2026, links())
    is_it = (values["institution"] == institution) & (values["unit"] == unit) & (values["indicator"] == indicator)
    states = states_of_year(store.engine, 2026)
    keep_frame(store.engine, KIND, 2026, edition(), states, values.assign(hidden=values["hidden"] | is_it))
    with store.engine.begin() as connection:
        connection.execute(kept_frames.delete().where(kept_frames.c.kind == CENTRES))
    (centre,) = [
        one
        for one in centres_of_year(store, Actor(EDITOR, ()), 2026)
        if (one["institution"], one["unit"]) == (institution, unit)
    ]
    (need,) = [one for one in centre["requirements"] if one["indicator"] == indicator]
    assert (need["standing"], need["verdict"]) == ("hidden", None), "its value is hidden for the sake of another count"
    store.close()
