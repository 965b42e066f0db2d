"""What the first start of the demo has ready before anybody opens a page."""

import shutil
from pathlib import Path

from sqlalchemy import select

from app.commands.operation.serve import work_out_rounds
from app.storage.database.tables import kept_frames
from app.storage.store import Store


def test_the_rows_of_all_institutions_of_every_round_are_there_before_the_first_page(
    tmp_path: Path, demo_store_folder: Path, capsys
) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(demo_store_folder, folder)
    store = Store.open(folder)
    years = store.years()
    with store.engine.begin() as connection:
        connection.execute(kept_frames.delete())
    store.close()
    work_out_rounds(str(folder), years, "ja")
    assert "全国の結果を計算しています" in capsys.readouterr().out
    with Store.open(folder).engine.connect() as connection:
        found = connection.execute(select(kept_frames.c.kind, kept_frames.c.year)).all()
    kinds = {kind for kind, _ in found}
    assert len(kinds) >= 4 and len(years) == 2
    assert {(kind, year) for kind in kinds for year in years} == set(map(tuple, found))
