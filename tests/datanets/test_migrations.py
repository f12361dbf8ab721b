"""One history for both databases: up, checked, down and up again; several at once do no harm."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from datanets.database import Database
from datanets.upgrade import upgrade
from tests.conftest import ROOT


async def in_alembic(database: Database, act: str, *args: str) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "migrations"))
        config.attributes["connection"] = connection
        getattr(command, act)(config, *args)

    async with database.writer.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()


async def test_the_tables_are_those_of_the_newest_revision(database: Database) -> None:
    await in_alembic(database, "check")


async def test_the_newest_revision_can_be_taken_back_and_made_again(database: Database) -> None:
    await in_alembic(database, "downgrade", "-1")
    await in_alembic(database, "upgrade", "head")
    await in_alembic(database, "check")


async def test_four_that_migrate_at_once_all_succeed(tmp_path: Path) -> None:
    databases = [Database.open(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}") for _ in range(4)]
    await asyncio.gather(*(upgrade(database) for database in databases))
    await in_alembic(databases[0], "check")
    for database in databases:
        await database.close()
