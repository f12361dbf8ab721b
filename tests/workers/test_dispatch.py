"""The dispatcher: a queued run is carried out to one end, whatever falls over on the way."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from datanets.clock import SystemClock
from datanets.database import Database
from datanets.engine import Engine
from datanets.facts import Actor, Estimate, RunState
from datanets.recipe import Recipe
from datanets.runs import RunPlan, Runs
from datanets.sole import LOCK, work_alone
from tests.conftest import ROOT
from tests.workers.training import open_school
from workers.dispatch import attempts as attempts_module
from workers.dispatch.attempts import Attempt
from workers.dispatch.dispatcher import Dispatcher
from workers.dispatch.local import LocalAttempts

TRAINER = Path(__file__).parent / "quick_trainer.py"
HOLDS_THE_PLACE = f"pid IN (SELECT pid FROM pg_locks WHERE granted AND objid = {LOCK})"


@dataclass
class Kitchen:
    """One community with a release, and everything that a dispatcher needs."""

    url: str
    folder: Path
    runs: Runs
    engine: Engine
    actor: Actor
    release: str

    async def start(self) -> str:
        plan = RunPlan(self.release, Recipe(base="tiny"), "Tiny", "tiny", Estimate(1, 60.0, 1, fits=True))
        return (await self.runs.start(self.actor, plan)).id

    def attempts(self) -> list[tuple[int, int]]:
        file = self.folder / "attempts"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(a), int(b)) for a, b in (line.split() for line in lines)]

    @asynccontextmanager
    async def dispatching(self, behaviour: str = "finish", **changes: object) -> AsyncIterator[Dispatcher]:
        environment = {
            "POTLUCK_DATABASE_URL": self.url,
            "ATTEMPTS_FILE": str(self.folder / "attempts"),
            "BEHAVIOUR": behaviour,
            "STEP_SECONDS": str(changes.pop("step_seconds", 0.02)),
            "PYTHONPATH": str(ROOT),
        }
        local = LocalAttempts(self.folder / "logs", environment, (sys.executable, str(TRAINER)))
        stall = changes.pop("stall", timedelta(seconds=60))
        attempt = Attempt(self.runs, local, SystemClock(), stall=stall, watch_seconds=0.1)  # type: ignore[arg-type]
        dispatcher = Dispatcher(
            self.url, self.engine, self.runs, attempt, reconcile_seconds=0.3, poll_seconds=0.1, **changes
        )  # type: ignore[arg-type]
        task = asyncio.create_task(work_alone(self.url, dispatcher.serve, 0.1))
        try:
            yield dispatcher
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def until(self, run: str, fits: Callable[[RunState], bool], seconds: float = 40) -> RunState:
        for _ in range(int(seconds / 0.1)):
            state = (await self.runs.standing(run)).state
            if fits(state):
                return state
            await asyncio.sleep(0.1)
        raise AssertionError(f"the run is still {state}")


@pytest.fixture
async def kitchen(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Kitchen]:
    school = await open_school(database, database_url, tmp_path, [])
    engine = school.runs.queue
    assert isinstance(engine, Engine)
    yield Kitchen(database_url, tmp_path, school.runs, engine, school.actor, "release")
    await engine.close()


async def test_a_queued_run_is_trained_once(kitchen: Kitchen) -> None:
    run = await kitchen.start()
    async with kitchen.dispatching():
        assert await kitchen.until(run, lambda state: state.is_over) is RunState.SUCCEEDED
    assert [attempt for attempt, _ in kitchen.attempts()] == [1]


async def test_a_run_that_is_rolled_back_is_not_queued(kitchen: Kitchen) -> None:
    with pytest.raises(RuntimeError):
        async with kitchen.runs.db.begin() as session:
            await kitchen.engine.enqueue(session, "never")
            raise RuntimeError
    assert await kitchen.engine.unfinished() == frozenset()


async def test_a_crashed_attempt_is_followed_by_another(kitchen: Kitchen) -> None:
    run = await kitchen.start()
    async with kitchen.dispatching("crash_once"):
        assert await kitchen.until(run, lambda state: state.is_over) is RunState.SUCCEEDED
    assert [attempt for attempt, _ in kitchen.attempts()] == [1, 2]


async def test_a_run_that_always_crashes_fails_with_a_sentence(kitchen: Kitchen) -> None:
    run = await kitchen.start()
    async with kitchen.dispatching("crash"):
        assert await kitchen.until(run, lambda state: state.is_over) is RunState.FAILED
    view = await kitchen.runs.get(kitchen.actor.community, run)
    assert "ended 4 times" in view.failure
    assert [attempt for attempt, _ in kitchen.attempts()] == [1, 2, 3, 4]


async def test_an_attempt_without_progress_is_killed(kitchen: Kitchen) -> None:
    run = await kitchen.start()
    async with kitchen.dispatching("hang", stall=timedelta(seconds=1), patience=2):
        assert await kitchen.until(run, lambda state: state.is_over) is RunState.FAILED
    assert all(is_gone(process) for _, process in kitchen.attempts())


async def test_a_stop_is_taken_at_its_word(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts_module, "STOP_GRACE", timedelta(seconds=0.5))
    run = await kitchen.start()
    async with kitchen.dispatching("deaf"):
        while not kitchen.attempts():
            await asyncio.sleep(0.05)
        await kitchen.runs.stop(kitchen.actor, run)
        assert await kitchen.until(run, lambda state: state.is_over) is RunState.STOPPED
    assert all(is_gone(process) for _, process in kitchen.attempts())


async def test_a_run_stopped_in_the_queue_never_begins(kitchen: Kitchen) -> None:
    run = await kitchen.start()
    await kitchen.runs.stop(kitchen.actor, run)
    async with kitchen.dispatching():
        while await kitchen.engine.unfinished():
            await asyncio.sleep(0.1)
    assert kitchen.attempts() == []


async def test_a_restarted_dispatcher_goes_on(kitchen: Kitchen) -> None:
    run = await kitchen.start()
    async with kitchen.dispatching(step_seconds=60):
        await kitchen.until(run, lambda state: state is RunState.RUNNING)
        while not kitchen.attempts():
            await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        while not all(is_gone(process) for _, process in kitchen.attempts()):
            await asyncio.sleep(0.05)
    async with kitchen.dispatching():
        assert await kitchen.until(run, lambda state: state.is_over) is RunState.SUCCEEDED


async def test_a_run_that_the_engine_lost_is_queued_again(kitchen: Kitchen) -> None:
    run = await kitchen.start()
    await kitchen.engine.cancel(run)
    async with kitchen.dispatching():
        assert await kitchen.until(run, lambda state: state.is_over) is RunState.SUCCEEDED


async def test_a_second_dispatcher_waits_for_the_first(database_url: str) -> None:
    order: list[str] = []

    def dispatcher(name: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            order.append(f"{name} in")
            await asyncio.sleep(0.3)
            order.append(f"{name} out")

        return work

    await asyncio.gather(*(work_alone(database_url, dispatcher(name), 0.05) for name in "ab"))
    assert order in (["a in", "a out", "b in", "b out"], ["b in", "b out", "a in", "a out"])


async def test_a_dispatcher_whose_session_ended_stops_before_the_next_one_begins(postgres_url: str) -> None:
    order: list[str] = []

    def dispatcher(name: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            order.append(f"{name} in")
            try:
                await asyncio.sleep(3600)
            finally:
                order.append(f"{name} out")

        return work

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(work_alone(postgres_url, dispatcher("a"), 0.05))
        await reached(order, "a in")
        second = tasks.create_task(work_alone(postgres_url, dispatcher("b"), 0.05))
        await asyncio.sleep(0.2)
        await end_sessions(postgres_url, HOLDS_THE_PLACE)
        await reached(order, "b in")
        await end_sessions(postgres_url, HOLDS_THE_PLACE)
        await reached(order, "a in", times=2)
        first.cancel()
        second.cancel()
    assert order == ["a in", "a out", "b in", "b out", "a in", "a out"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_run_goes_on_after_a_restart_of_the_database(kitchen: Kitchen) -> None:
    run = await kitchen.start()
    async with kitchen.dispatching(step_seconds=0.5):
        while not kitchen.attempts():
            await asyncio.sleep(0.05)
        await end_sessions(kitchen.url, "true")
        assert await kitchen.until(run, lambda state: state.is_over) is RunState.SUCCEEDED
    assert [attempt for attempt, _ in kitchen.attempts()] == [1, 2]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_moment_without_the_runs_table_does_not_end_the_dispatcher(kitchen: Kitchen) -> None:
    async with kitchen.dispatching():
        for name, changed in (("runs", "away"), ("away", "runs")):
            async with kitchen.runs.db.begin() as session:
                await session.execute(text(f"ALTER TABLE {name} RENAME TO {changed}"))
            await asyncio.sleep(1)
        run = await kitchen.start()
        assert await kitchen.until(run, lambda state: state.is_over, 10) is RunState.SUCCEEDED


async def end_sessions(url: str, which: str) -> None:
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    async with await psycopg.AsyncConnection.connect(url.replace("+psycopg", "")) as connection:
        ended = await connection.execute(f"{ending} AND pid <> pg_backend_pid() AND {which}")
        assert await ended.fetchone() == (True,)


async def reached(order: list[str], moment: str, times: int = 1) -> None:
    while order.count(moment) < times:
        await asyncio.sleep(0.01)


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True
