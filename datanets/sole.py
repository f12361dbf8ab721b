"""Lets one dispatcher at a time work on a database; a second one waits, or is told."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

LOCK = 7078


@asynccontextmanager
async def sole_dispatcher(database: str, poll_seconds: float = 1.0) -> AsyncIterator[None]:
    """Wait until no other dispatcher works on this database, then hold its place.

    The place falls free with the process that holds it, however that process ends: a lock on a file
    beside a SQLite database, a session lock in PostgreSQL.
    """
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        async with _file_lock(Path(f"{url.database}.dispatcher"), poll_seconds):
            yield
        return
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        yield


@asynccontextmanager
async def _file_lock(path: Path, poll_seconds: float) -> AsyncIterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(poll_seconds)
        yield
