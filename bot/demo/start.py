"""Starts the demo, or the tour, on embedded parts only."""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from bot.app import run
from bot.config import BotSettings
from bot.demo.processes import (
    FIRST_SERVE_PORT,
    bring_weights,
    bring_weights_quietly,
    free_port,
    worker,
)
from bot.demo.seed import seed
from bot.demo.tour import Tour
from bot.desk import Desk
from bot.desk.serving import Serving
from datanets.core import Core
from datanets.refusals import ModelsAway, NoWorker
from migrations.upgrade import prepare

log = logging.getLogger(__name__)

DOCS = Path(__file__).resolve().parents[2] / "docs"


async def demo(settings: BotSettings, say: Callable[[str], None]) -> None:
    """Open the playground, and bring weights and worker in behind it; until cancelled."""
    settings = _settings(settings)
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    desk = Desk.open(core, settings)
    if await seed(core, desk):
        say("Set up three datanets with example files.")
    await desk.ask.close()
    ready = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run(settings, ready))
            tasks.create_task(_announce(settings, ready, say))
            tasks.create_task(_bring_worker(settings, core, say))
    finally:
        await core.close()


async def tour(settings: BotSettings, say: Callable[[str], None]) -> bool:
    """Walk the tour in a folder of its own, which goes away when the tour went well."""
    bases = settings.bases
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="tour-", dir=settings.data_dir))
    embedded = {"database_url": "", "blobs_url": "", "inference_url": "", "engine": "embedded"}
    # Four people bring everything here, more than a day's quota may hold for them in a real place.
    settings = settings.model_copy(update={"data_dir": folder, "bases_dir": bases, **embedded})
    environment = _environment(settings)
    if not bring_weights(environment):
        return False
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    desk = Desk.open(core, settings)
    try:
        async with worker(environment, folder / "logs" / "worker.log"):
            learned = await Tour(desk, say).walk()
    finally:
        await desk.ask.close()
        await desk.serving.close()
        await core.close()
    if learned:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say(f"Everything is kept in {folder} to look at.")
    return learned


async def _announce(settings: BotSettings, ready: asyncio.Event, say: Callable[[str], None]) -> None:
    await ready.wait()
    say(f"Potluck is open at http://{settings.host}:{settings.port}   (Ctrl-C ends it)")


async def _bring_worker(settings: BotSettings, core: Core, say: Callable[[str], None]) -> None:
    environment, logs = _environment(settings), settings.data_dir / "logs"
    if not (settings.bases / "smollm2-135m-instruct" / "weights.json").exists():
        say("Bringing the small real weights, about a minute the first time.")
    if not await bring_weights_quietly(environment, logs / "weights.log"):
        say(f"The weights could not be had, so nothing can be trained yet: see {logs / 'weights.log'}")
        await asyncio.Event().wait()
    async with worker(environment, logs / "worker.log"):
        serving = Serving.open(core.workshop, settings)
        while not await _can_train(serving):  # noqa: ASYNC110 - the worker is another process
            await asyncio.sleep(1)
        await serving.close()
        say("The worker is ready: models can be trained and talked to.")
        await asyncio.Event().wait()


async def _can_train(serving: Serving) -> bool:
    try:
        await serving.workshop.bases()
        return await (await serving.find()).ready()
    except (NoWorker, ModelsAway):
        return False


def _settings(settings: BotSettings) -> BotSettings:
    library = settings.gitbook_url or str(DOCS)
    return settings.model_copy(update={"playground": True, "gitbook_url": library})


def _environment(settings: BotSettings) -> dict[str, str]:
    """What the worker and its children must agree on with the bot."""
    given = os.environ.get("POTLUCK_SERVE_PORT")
    return {
        "POTLUCK_DATA_DIR": str(settings.data_dir.resolve()),
        "POTLUCK_BASES_DIR": str(settings.bases),
        "POTLUCK_DATABASE_URL": settings.database_url,
        "POTLUCK_BLOBS_URL": settings.blobs_url,
        "POTLUCK_INFERENCE_URL": settings.inference_url,
        "POTLUCK_ENGINE": settings.engine,
        "POTLUCK_SERVE_PORT": given or str(free_port(FIRST_SERVE_PORT)),
    }
