"""The one door to the database: SQLite or PostgreSQL, transactions that undo themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Executable, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from datanets.recent import Recent

Insert = sqlite.Insert | postgresql.Insert


@dataclass(frozen=True)
class Database:
    """Engines on one database: `begin` writes, `read` looks without taking the write lock."""

    writer: AsyncEngine
    reader: AsyncEngine
    single: AsyncEngine
    recent: Recent = field(default_factory=Recent)

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect lazily to a SQLAlchemy async URL."""
        if make_url(url).get_backend_name() == "sqlite":
            return cls(_sqlite(url, "BEGIN IMMEDIATE"), _sqlite(url, "BEGIN"), _sqlite(url, None))
        engine = create_async_engine(url, pool_size=10, pool_pre_ping=True)
        return cls(engine, engine, engine.execution_options(isolation_level="AUTOCOMMIT"))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that commits at the end of the block and rolls back when it raises."""
        async with self._writing() as session, session.begin():
            yield session
        self.recent.drop()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction for looking only."""
        async with self._reading() as session, session.begin():
            yield session

    async def one(self, statement: Executable, values: dict[str, Any]) -> Any:
        """Return the row that one statement finds, or None; no transaction, the quickest way to look.

        Worth it for a statement that is built once, with bound parameters in the place of `values`.
        """
        async with self.single.connect() as connection:
            return (await connection.execute(statement, values)).one_or_none()

    async def close(self) -> None:
        """Give all connections back."""
        await self.writer.dispose()
        await self.reader.dispose()
        await self.single.dispose()

    # A maker builds a class of its own, which costs more than most questions to the database.
    @cached_property
    def _writing(self) -> async_sessionmaker[AsyncSession]:
        return async_sessionmaker(self.writer, expire_on_commit=False)

    @cached_property
    def _reading(self) -> async_sessionmaker[AsyncSession]:
        return async_sessionmaker(self.reader, expire_on_commit=False)


def insert(session: AsyncSession, table: Any) -> Any:
    """Return the dialect's own INSERT, the one that knows ON CONFLICT."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def _sqlite(url: str, begin: str | None) -> AsyncEngine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    plain = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True, "pool_reset_on_return": None}
    engine = create_async_engine(
        url, pool_size=5, max_overflow=0, pool_timeout=60, pool_use_lifo=True, **({} if begin else plain)
    )

    # The driver's own transaction handling would start deferred transactions, in which two writers
    # that both read first can only fail; BEGIN IMMEDIATE makes the second one wait instead.
    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    if begin:

        @event.listens_for(engine.sync_engine, "begin")
        def start(connection: Any) -> None:
            connection.exec_driver_sql(begin)

    return engine
