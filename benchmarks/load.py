"""The worst round trip of a vote while a run trains on the same machine.

Starts a real worker and a real bot, seeds the example datanets, trains on real weights, and lets two
validators vote and take their vote back all the time. A platform is a file `benchmarks/load_NAME.py` with
an async context manager `open_voters(house)` that yields one `vote(contribution, up)` for each voter.
"""

import argparse
import asyncio
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot.config import BotSettings
from bot.demo.processes import free_port
from bot.demo.seed import ADMIN, VALIDATORS, seed
from bot.desk import Desk
from bot.desk.finetune import TrainingPlan
from datanets.children import Command, end, start
from datanets.core import Core
from datanets.facts import RunView
from datanets.refusals import BaseAway, NoWorker
from migrations.upgrade import prepare

Vote = Callable[[str, bool], Awaitable[None]]
BASE = "smollm2-135m-instruct"
RECIPE = {"epochs": 20, "learning_rate": 1e-4, "batch_size": 8}
PATIENCE_SECONDS = 180


@dataclass
class House:
    """What is being measured; `environment` is what the bot is started with, for a platform to add to."""

    folder: Path
    settings: BotSettings
    core: Core
    desk: Desk
    environment: dict[str, str]
    contributions: list[str] = field(default_factory=list)


def main(argv: list[str]) -> int:
    """Measure; the exit code is 0 whatever the figures are."""
    options = argparse.ArgumentParser(prog="load")
    options.add_argument("--platform", default="playground")
    options.add_argument("--seconds", type=float, default=30.0)
    wanted = options.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder), wanted.platform, wanted.seconds))
    return 0


async def _measure(folder: Path, platform: str, seconds: float) -> None:
    given = BotSettings()
    settings = given.model_copy(update={"data_dir": folder, "database_url": "", "bases_dir": given.bases})
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    house = House(folder, settings, core, Desk.open(core, settings), _environment(settings))
    await seed(core, house.desk)
    house.contributions = [card.contribution.id for card in await house.desk.reviewing.queue(VALIDATORS[0])]
    driver = importlib.import_module(f"benchmarks.load_{platform}")
    async with AsyncExitStack() as stack:
        voters: Sequence[Vote] = await stack.enter_async_context(driver.open_voters(house))
        # The page is a platform of its own: nobody who runs the bot for another one opens it.
        page = ["--playground"] if platform == "playground" else []
        await _run(stack, house, "bot", ["-m", "bot", "bot", *page])
        await _until_ready(house)
        print(json.dumps({"part": "quiet", **await _vote(house, voters, 5.0)}), flush=True)
        await _run(stack, house, "worker", ["-m", "workers"])
        run = await _train(house)
        busy = await _vote(house, voters, seconds)
        print(json.dumps({"part": "training", **busy}), flush=True)
        if hasattr(driver, "burst"):
            busy = {**busy, **await driver.burst(house)}
            print(json.dumps(busy), flush=True)
        trained = await house.desk.training.run(ADMIN, run.id)
        steps = trained.progress.step - run.progress.step
        facts = {"platform": platform, "steps": steps, "trained_to_the_end": not trained.state.is_over}
        print(json.dumps({"summary": "load", **facts, "aim_ms": 1000, **busy}))
    await house.desk.serving.close()
    await core.close()


async def _run(stack: AsyncExitStack, house: House, name: str, arguments: Sequence[str]) -> None:
    log = house.folder / "logs" / f"{name}.log"
    process = await start(Command([sys.executable, *arguments], log, house.environment))
    stack.push_async_callback(end, process, 20.0)


async def _until_ready(house: House) -> None:
    import aiohttp

    until = time.monotonic() + PATIENCE_SECONDS
    async with aiohttp.ClientSession(f"http://127.0.0.1:{house.environment['PORT']}") as session:
        while time.monotonic() < until:
            try:
                async with session.get("/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError("the bot was never ready")


async def _train(house: House) -> RunView:
    """Start a run and wait until it has made its first steps."""
    until = time.monotonic() + PATIENCE_SECONDS
    finetune = house.desk.finetune
    plan = TrainingPlan("saltmarrow", await finetune.recipe(ADMIN, "saltmarrow", BASE, values=RECIPE))
    run: RunView | None = None
    while time.monotonic() < until:
        try:
            run = run or await finetune.start(ADMIN, plan)
            run = await house.desk.training.run(ADMIN, run.id)
            if run.progress.step >= 2:
                return run
        except (NoWorker, BaseAway):
            print("no worker yet", file=sys.stderr)
        await asyncio.sleep(1)
    raise TimeoutError(f"the run never trained: {run}")


async def _vote(house: House, voters: Sequence[Vote], seconds: float) -> Mapping[str, float]:
    """Vote and take back, one voter after the other, pausing as people do; times in milliseconds."""
    until, trips = time.monotonic() + seconds, []
    while time.monotonic() < until:
        for contribution in house.contributions:
            for up in (True, False):
                for vote in voters:
                    began = time.perf_counter()
                    await vote(contribution, up)
                    trips.append(1000 * (time.perf_counter() - began))
                    await asyncio.sleep(0.02)
    ordered = sorted(trips)
    return {
        "votes": len(trips),
        "median_ms": round(statistics.median(trips), 1),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "worst_ms": round(ordered[-1], 1),
    }


def _environment(settings: BotSettings) -> dict[str, str]:
    return {
        **os.environ,
        "POTLUCK_DATA_DIR": str(settings.data_dir),
        "POTLUCK_BASES_DIR": str(settings.bases),
        "POTLUCK_DATABASE_URL": "",
        "POTLUCK_SERVE_PORT": str(free_port(18600)),
        "PORT": str(free_port(18500)),
    }
