"""Brings a database to the newest revision; several processes may try at once."""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from datanets.database import Database
from datanets.engine import Engine

FOLDER = Path(__file__).parent
REVISION = re.compile(r"^(revision|down_revision) = [\"'](\w+)[\"']", re.MULTILINE)


async def prepare(database: Database, engine: Engine) -> None:
    """Bring our tables and the engine's to their newest form."""
    await upgrade(database)
    await engine.prepare()


async def upgrade(database: Database) -> None:
    """Run every migration that is missing, in one transaction."""
    if not await is_newest(database):
        async with database.writer.connect() as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()


async def is_newest(database: Database) -> bool:
    """Whether every migration has been run, without running any."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(_made) == newest()


def newest() -> str:
    """Return the revision that no other one follows."""
    texts = "\n".join(path.read_text() for path in (FOLDER / "versions").glob("*.py"))
    named = [revision for _, revision in REVISION.findall(texts)]
    (last,) = (revision for revision in named if named.count(revision) == 1)
    return last


def _made(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _upgrade(connection: Connection) -> None:
    # Most starts find nothing to do, and Alembic stays in memory with all that it imports: 8 MB.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
