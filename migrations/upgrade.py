"""Brings a database to the newest revision; several processes may try at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from datanets.database import Database
from datanets.engine import Engine


async def prepare(database: Database, engine: Engine) -> None:
    """Bring our tables and the engine's to their newest form."""
    await upgrade(database)
    await engine.prepare()


async def upgrade(database: Database) -> None:
    """Run every migration that is missing, in one transaction."""
    async with database.writer.connect() as connection:
        await connection.run_sync(_upgrade)
        await connection.commit()


async def is_newest(database: Database) -> bool:
    """Whether every migration has been run, without running any."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(_is_newest)


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _is_newest(connection: Connection) -> bool:
    made = MigrationContext.configure(connection).get_current_heads()
    return set(made) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
