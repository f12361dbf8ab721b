"""kill -9 at ten moments, of the trainer, the dispatcher and the bot: one end, one model, credit once."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.demo.processes import free_port
from datanets.clock import SystemClock
from datanets.database import Database
from datanets.facts import Account, Caller, Place, Role, RunState
from datanets.members import Members
from datanets.recipe import Recipe
from datanets.tables import LedgerTransaction, NewsRow, RunRow
from tests.workers.training import ROOT, School, open_school, pairs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
MOMENTS = [0.05 + 0.12 * number for number in range(10)]
RECIPE = Recipe(base="tiny")


@pytest.fixture
async def school(sqlite_url: str, tmp_path: Path) -> AsyncIterator[School]:
    database = Database.open(sqlite_url)
    school = await open_school(database, sqlite_url, tmp_path, pairs(2))
    caller = Caller(Account("playground", "zoe"), Place("playground", "here"), frozenset({Role.ADMIN}), "Zoe")
    # Somebody else's run: nobody earns by training on their own files.
    yield replace(school, actor=await Members(database, SystemClock()).actor(caller))
    await database.close()


def environment(school: School, **changes: str) -> dict[str, str]:
    return {
        **os.environ,
        "POTLUCK_DATABASE_URL": school.url,
        "POTLUCK_DATA_DIR": str(school.folder),
        "ATTEMPTS_FILE": str(school.folder / "attempts"),
        "STEP_SECONDS": "0.2",
        "PYTHONPATH": str(ROOT),
        **changes,
    }


async def dispatcher(school: School, **changes: str) -> asyncio.subprocess.Process:
    script = Path(__file__).with_name("quick_dispatcher.py")
    return await asyncio.create_subprocess_exec(
        sys.executable, script, school.url, school.folder, env=environment(school, **changes), cwd=ROOT
    )


@asynccontextmanager
async def dispatching(school: School, **changes: str) -> AsyncIterator[None]:
    process = await dispatcher(school, **changes)
    try:
        yield
    finally:
        await kill(process)


async def kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def attempts(school: School, at_least: int) -> list[int]:
    """The process ids of all attempts so far, once there are enough of them."""
    file = school.folder / "attempts"
    for _ in range(600):
        lines = file.read_text().splitlines() if file.exists() else []
        if len(lines) >= at_least:
            return [int(line.split()[1]) for line in lines]
        await asyncio.sleep(0.05)
    raise AssertionError(f"attempt {at_least} never began")


async def over(school: School, run: str) -> RunState:
    for _ in range(1200):
        state = (await school.runs.standing(run)).state
        if state.is_over:
            return state
        await asyncio.sleep(0.05)
    raise AssertionError("the run never ended")


async def ended_once(school: School, run: str) -> bool:
    """One succeeded run with a model, one credit for its use, one word that it is over."""
    async with school.runs.db.read() as session:
        row = await session.get_one(RunRow, run)
        key = LedgerTransaction.key == f"use:{run}"
        credits_ = await session.scalar(select(func.count()).where(key))
        over_news = select(NewsRow.revision).where(NewsRow.kind == "run_over", NewsRow.subject == run)
        told = list(await session.scalars(over_news))
    return (row.state, row.has_model, credits_, told) == (RunState.SUCCEEDED, True, 1, [1])


async def test_a_trainer_killed_at_any_moment_is_followed_by_one_that_ends_the_run(school: School) -> None:
    async with dispatching(school):
        begun = 0
        for moment in MOMENTS:
            run = await school.order(RECIPE)
            trainer = (await attempts(school, begun + 1))[-1]
            await asyncio.sleep(moment)
            with suppress(ProcessLookupError):
                os.kill(trainer, signal.SIGKILL)
            assert await over(school, run) is RunState.SUCCEEDED
            assert await ended_once(school, run)
            begun = len(await attempts(school, begun + 1))
    assert begun > len(MOMENTS)


async def test_a_dispatcher_killed_ten_times_in_one_run_still_ends_it_once(school: School) -> None:
    run = await school.order(RECIPE)
    for number, moment in enumerate(MOMENTS):
        process = await dispatcher(school)
        if number > 1:
            # The first two die while they start, the others while their trainer works.
            await attempts(school, number - 1)
        await asyncio.sleep(moment)
        await kill(process)
    trainers = await attempts(school, 8)
    for _ in range(100):
        if not any(map(is_alive, trainers)):
            break
        await asyncio.sleep(0.05)
    assert not any(map(is_alive, trainers))
    async with dispatching(school):
        assert await over(school, run) is RunState.SUCCEEDED
    assert await ended_once(school, run)


async def test_a_bot_killed_ten_times_changes_nothing_about_a_run(school: School) -> None:
    run = await school.order(RECIPE)
    changes = {"PORT": str(free_port(18400)), "STEP_SECONDS": "5"}
    async with dispatching(school, **changes):
        for moment in MOMENTS:
            arguments = ("-m", "bot", "bot", "--playground")
            bot = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                env=environment(school, **changes),
                cwd=ROOT,
                stderr=asyncio.subprocess.DEVNULL,
            )
            await asyncio.sleep(0.5 + 2 * moment)
            await kill(bot)
        assert await over(school, run) is RunState.SUCCEEDED
    assert await ended_once(school, run)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False
