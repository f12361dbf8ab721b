"""The one dispatcher: a durable workflow for every run, and a reconciler that leaves none behind."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from typing import Any

from dbos import DBOS, DBOSConfig

from datanets.engine import QUEUE, WORKFLOW, Engine, engine_url
from datanets.fence import Fence
from workers.dispatch.attempts import Attempt, Ended

log = logging.getLogger(__name__)

# Fixed, because the engine hands a pending workflow only to the executor and version that began it:
# the defaults change with every deploy and would strand runs.
EXECUTOR = "dispatcher"
VERSION = "1"
RECOVERIES = 10_000

PAUSE_SECONDS = 1.0
MOST_ATTEMPTS = 50
GAVE_UP = (
    "The training process ended {times} times without getting any further; last: {how}. "
    "Try a smaller batch or a shorter length, or ask the operator for the log."
)


@dataclass(frozen=True)
class Dispatcher:
    """Works through the queue until it is cancelled; there must be one of it in a deployment."""

    database: str
    engine: Engine
    runs: Fence
    attempt: Attempt
    at_once: int = 1
    patience: int = 4
    reconcile_seconds: float = 60.0
    poll_seconds: float = 0.5

    async def serve(self) -> None:
        """Recover what was pending, take what is queued, put back what was lost."""
        register(self, asyncio.get_running_loop())
        DBOS(config=self._config())
        launching = asyncio.create_task(asyncio.to_thread(DBOS.launch))
        try:
            await asyncio.shield(launching)
            await asyncio.to_thread(
                lambda: DBOS.register_queue(
                    QUEUE,
                    worker_concurrency=self.at_once,
                    polling_interval_sec=self.poll_seconds,
                    on_conflict="always_update",
                )
            )
            log.info("dispatcher ready, %s at once", self.at_once)
            while True:
                try:
                    await self.reconcile()
                except Exception:
                    # The database may be away for a moment, which is no reason to end what trains here.
                    log.exception("the queue could not be compared with the runs")
                await asyncio.sleep(self.reconcile_seconds)
        finally:
            # A thread cannot be cancelled: an engine that is still being launched would outlive this.
            await asyncio.wait({launching})
            await asyncio.to_thread(lambda: DBOS.destroy(destroy_registry=True))

    async def reconcile(self) -> tuple[str, ...]:
        """Queue again every unfinished run that the engine has lost; returns them.

        The runs are read first: one that ends in between is queued for nothing, and its workflow sees
        that it is over. The other order could start a run twice.
        """
        ours = await self.runs.unfinished()
        theirs = await self.engine.unfinished()
        lost = tuple(run for run in ours if run not in theirs)
        for run in lost:
            log.warning("run %s was lost by the engine, queuing it again", run)
            await self.engine.requeue(run)
        return lost

    def _config(self) -> DBOSConfig:
        return {
            "name": "potluck",
            "system_database_url": engine_url(self.database),
            "executor_id": EXECUTOR,
            "application_version": VERSION,
            "log_level": "WARNING",
        }


def register(dispatcher: Dispatcher, home: asyncio.AbstractEventLoop) -> None:
    """Tell the engine our workflow and its two steps.

    The engine runs them on a loop of its own; the work is sent home, to the loop that owns the database
    connections and, being the main thread, the children that die with their parent thread.
    """

    async def at_home(work: Coroutine[Any, Any, Any]) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, home))

    @DBOS.step(preemptible=True)
    async def attempt(run: str) -> dict[str, Any]:
        return asdict(await at_home(dispatcher.attempt.carry_out(run)))

    @DBOS.step()
    async def give_up(run: str, failure: str) -> None:
        await at_home(dispatcher.runs.give_up(run, failure))

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=RECOVERIES)
    async def dispatch_run(run: str) -> str:
        stuck, furthest, ended = 0, -1, Ended(over=False, step=0, how="")
        for _ in range(MOST_ATTEMPTS):
            ended = Ended(**await attempt(run))
            if ended.over:
                return ended.how
            # Only attempts that get no further count: a machine that is restarted often still finishes.
            stuck = 0 if ended.step > furthest else stuck + 1
            furthest = max(furthest, ended.step)
            if stuck + 1 >= dispatcher.patience:
                break
            await DBOS.sleep_async(PAUSE_SECONDS)
        await give_up(run, GAVE_UP.format(times=dispatcher.patience, how=ended.how))
        return ended.how
