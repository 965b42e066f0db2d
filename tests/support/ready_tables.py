"""New stores of tests get the tables that the migrations make without walking through the migrations each time.

The migrations themselves run once in each test process, in every command that is a process of its own, in the
store that is killed while it is made, and in the tests of the migrations.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection

from app.storage import store_location
from app.storage.database.connection import engine_for, transaction
from app.storage.database.migrate import migrate
from tests.support.postgresql import new_database

TABLES = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
READY = "ready"


@cache
def statements_of_tables() -> Sequence[str]:
    """What makes the tables and indexes of a store in SQLite, and says which revision they are of."""
    with tempfile.TemporaryDirectory() as folder:
        made_in = Path(folder) / "made"
        made_in.touch()
        engine = engine_for(URL.create("sqlite", database=str(made_in)))
        with transaction(engine, rebuilds_tables=True) as connection:
            migrate(connection, Path(folder))
            made = [str(row[0]) for row in connection.exec_driver_sql(TABLES)]
            revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        engine.dispose()
    return [*made, f"INSERT INTO alembic_version VALUES ('{revision}')"]


def make_or_migrate(connection: Connection, backups: Path) -> str | None:
    """Makes the tables in an empty SQLite database; migrates any other."""
    is_new = connection.dialect.name == "sqlite" and not connection.exec_driver_sql(TABLES).first()
    if not is_new:
        return migrate(connection, backups)
    for statement in statements_of_tables():
        connection.exec_driver_sql(statement)
    return None


@pytest.fixture(scope="session", autouse=True)
def new_stores_are_ready() -> Iterator[None]:
    """Lets every store that this process makes take its tables from the statements."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_location, "migrate", make_or_migrate)
        yield


@pytest.fixture(scope="session")
def ready_database(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database that holds the tables of a store and no store yet, to be copied."""
    engine = engine_for(new_database(postgresql_server, READY))
    with transaction(engine, rebuilds_tables=True) as connection:
        migrate(connection, tmp_path_factory.mktemp(READY))
    engine.dispose()  # a database that somebody is connected to cannot be copied
    return READY
