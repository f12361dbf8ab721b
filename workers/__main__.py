"""`potluck worker`: the dispatcher, the inference server beside it, and a heartbeat of what it offers."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from datanets.children import Command, keep_alive
from datanets.clock import SystemClock
from datanets.database import Database
from datanets.engine import Engine
from datanets.facts import WorkerView
from datanets.fence import Fence
from datanets.logs import set_up
from datanets.sole import work_alone
from datanets.workshop import Workshop
from migrations.upgrade import prepare
from workers.config import WorkerSettings
from workers.dispatch.attempts import Attempt, Attempts
from workers.dispatch.dispatcher import Dispatcher
from workers.dispatch.local import LocalAttempts
from workers.dispatch.ray import RayAttempts
from workers.lifeline import tie
from workers.offer import measure, offers
from workers.paces import Paces

log = logging.getLogger(__name__)

BEAT_SECONDS = 20.0


def main() -> int:
    """Work until told to stop."""
    tie()
    settings = WorkerSettings()
    set_up(settings.secrets)
    asyncio.run(_until_told(work(settings)))
    return 0


async def work(settings: WorkerSettings) -> None:
    """Run the three parts until cancelled; none of them may end before the others."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.database)
    engine = Engine(settings.database)
    await prepare(database, engine)
    runs = Fence(database, SystemClock())
    try:
        async with asyncio.TaskGroup() as parts:
            parts.create_task(_dispatch(settings, engine, runs))
            parts.create_task(_report(settings, Workshop(database, SystemClock())))
            if not settings.inference_url:
                parts.create_task(_serve(settings))
    finally:
        await engine.close()
        await database.close()


async def _dispatch(settings: WorkerSettings, engine: Engine, runs: Fence) -> None:
    stall = timedelta(seconds=settings.stall_seconds)
    dispatcher = Dispatcher(
        settings.database,
        engine,
        runs,
        Attempt(runs, attempts(settings), SystemClock(), stall),
        at_once=settings.trainings_at_once,
        patience=settings.attempts,
    )
    await work_alone(settings.database, dispatcher.serve)


def attempts(settings: WorkerSettings) -> Attempts:
    """Choose where attempts are carried out: `embedded`, or `ray+http://head:8265`."""
    if settings.engine == "embedded":
        return LocalAttempts(settings.data_dir / "logs")
    token = settings.engine_token.get_secret_value() if settings.engine_token else ""
    environment = {"POTLUCK_DATABASE_URL": settings.database, "POTLUCK_BLOBS_URL": settings.blobs}
    head = settings.engine.removeprefix("ray+")
    return RayAttempts(head, token, gpus=settings.gpus_a_run, environment=environment)


async def _serve(settings: WorkerSettings) -> None:
    command = Command([sys.executable, "-m", "workers.serve"], settings.data_dir / "logs" / "serve.log")
    await keep_alive(command)
    log.warning("the inference server was stopped on purpose and stays so")
    await asyncio.Event().wait()


async def _report(settings: WorkerSettings, workshop: Workshop) -> None:
    machine = await measure(settings.threads)
    log.info("%s, %s, %d threads", machine.device, machine.precision, machine.threads)
    paces = Paces(settings.data_dir / "paces", settings.bases, machine)
    async with asyncio.TaskGroup() as both:
        both.create_task(_beat(settings, workshop, paces))
        both.create_task(_practise(settings, paces))


async def _practise(settings: WorkerSettings, paces: Paces) -> None:
    while True:
        # Whoever has just started the worker wants it to answer first.
        await asyncio.sleep(BEAT_SECONDS)
        for offer in offers(settings.bases):
            await paces.practise(offer)


async def _beat(settings: WorkerSettings, workshop: Workshop, paces: Paces) -> None:
    while True:
        try:
            await workshop.beat(_view(settings, paces))
        except Exception:
            # One missed beat is no reason to end what trains and serves here.
            log.exception("the heartbeat failed")
        await asyncio.sleep(BEAT_SECONDS)


def _view(settings: WorkerSettings, paces: Paces) -> WorkerView:
    machine = paces.machine
    return WorkerView(
        id=settings.worker_id,
        url=settings.inference_url or f"http://{settings.serve_host}:{settings.serve_port}/v1",
        seen_at=datetime.now(UTC),
        device=machine.device,
        memory_bytes=machine.memory_bytes,
        training_flops=machine.flops,
        precision=machine.precision,
        bases=tuple(paces.told(offer) for offer in offers(settings.bases)),
    )


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    sys.exit(main())
