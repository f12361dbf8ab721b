"""Lets one dispatcher at a time work on a database; a second one waits."""

import asyncio
import fcntl
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]

LOCK = 7078
ANSWER_SECONDS = 10.0


async def work_alone(database: str, work: Work, poll_seconds: float = 1.0) -> None:
    """Wait until no other dispatcher works on this database, then do the work in its place.

    The place falls free with the process that holds it, however that process ends: a lock on a file
    beside a SQLite database, a session lock in PostgreSQL. A session can also end by itself: the work
    is cancelled then, and begins again once the place is won again.
    """
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        async with _file_lock(Path(f"{url.database}.dispatcher"), poll_seconds):
            return await work()
    while True:
        try:
            done = await _in_session(url, work, poll_seconds)
        except (DBAPIError, TimeoutError) as error:
            log.warning("the dispatcher has lost its place, or the database is away: %s", error)
            await asyncio.sleep(poll_seconds)
        else:
            return done.result()


async def _in_session(url: URL, work: Work, poll_seconds: float) -> "asyncio.Future[None]":
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await _take(connection, poll_seconds)
        working = asyncio.ensure_future(work())
        try:
            while not (await asyncio.wait({working}, timeout=poll_seconds))[0]:
                # The lock lives as long as its session, and a session that answers lives.
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.execute(text("SELECT 1"))
        finally:
            working.cancel()
            await asyncio.wait({working})
    return working


async def _take(connection: AsyncConnection, poll_seconds: float) -> None:
    longer = 0.0
    while not await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}):
        # Whoever holds it may lose it with the session, and takes a moment to see that and to stop.
        longer = 3 * poll_seconds
        await asyncio.sleep(poll_seconds)
    await asyncio.sleep(longer)


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
