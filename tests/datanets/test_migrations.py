"""One history for both databases: up, checked, down and up again; several at once do no harm."""

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from datanets.database import Database
from migrations.upgrade import is_newest, newest, upgrade
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


async def test_every_revision_can_be_taken_back_and_made_again(database: Database) -> None:
    await in_alembic(database, "downgrade", "base")
    await in_alembic(database, "upgrade", "head")
    await in_alembic(database, "check")


async def test_what_is_newest_is_what_alembic_calls_so(database: Database, tmp_path: Path) -> None:
    assert ScriptDirectory(str(ROOT / "migrations")).get_heads() == [newest()]
    assert await is_newest(database)
    await in_alembic(database, "downgrade", "-1")
    assert not await is_newest(database)
    await upgrade(database)
    assert await is_newest(database)
    empty = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    assert not await is_newest(empty)
    await empty.close()


MIGRATE = """
import asyncio, sys
from datanets.database import Database
from migrations.upgrade import upgrade
asyncio.run(upgrade(Database.open(sys.argv[1])))
"""


async def test_three_processes_that_migrate_at_once_all_succeed(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, url, cwd=ROOT) for _ in range(3)
    ]
    assert [await process.wait() for process in started] == [0, 0, 0]
    database = Database.open(url)
    await in_alembic(database, "check")
    await database.close()
