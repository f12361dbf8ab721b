"""The one door to the database: SQLite or PostgreSQL, transactions that undo themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Insert = sqlite.Insert | postgresql.Insert


@dataclass(frozen=True)
class Database:
    """Two engines on one database: `begin` writes, `read` looks without taking the write lock."""

    writer: AsyncEngine
    reader: AsyncEngine

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect lazily to a SQLAlchemy async URL."""
        if make_url(url).get_backend_name() == "sqlite":
            return cls(_sqlite(url, "BEGIN IMMEDIATE"), _sqlite(url, "BEGIN"))
        engine = create_async_engine(url, pool_size=10, pool_pre_ping=True)
        return cls(engine, engine)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that commits at the end of the block and rolls back when it raises."""
        async with _sessions(self.writer)() as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction for looking only."""
        async with _sessions(self.reader)() as session, session.begin():
            yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.writer.dispose()
        await self.reader.dispose()


def insert(session: AsyncSession, table: Any) -> Any:
    """Return the dialect's own INSERT, the one that knows ON CONFLICT."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def _sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False)


def _sqlite(url: str, begin: str) -> AsyncEngine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_size=5, max_overflow=0, pool_timeout=60)

    # The driver's own transaction handling would start deferred transactions, in which two writers
    # that both read first can only fail; BEGIN IMMEDIATE makes the second one wait instead.
    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
