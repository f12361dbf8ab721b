"""Runs migrations on a connection that `migrations.upgrade` passes in, or on POTLUCK_DATABASE_URL."""

import asyncio
from typing import Literal

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from datanets.config import CoreSettings
from datanets.tables import Base, Moment

OWN_TABLES = frozenset(Base.metadata.tables)


def ours(name: str | None, kind: str, _: object) -> bool:
    """Leave the engine's tables, which may live in the same database, alone."""
    return kind != "table" or name in OWN_TABLES


def plainly(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write our own column type as the plain one, so that old revisions need no code of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run(connection: Connection) -> None:
    """Upgrade or downgrade in one transaction that no second process can enter."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        include_name=ours,
        render_item=plainly,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7077)"))
        context.run_migrations()


async def connect_and_run() -> None:
    """Open a connection of our own, for the alembic command line."""
    engine = create_async_engine(CoreSettings().database, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(connect_and_run())
else:
    run(given)
