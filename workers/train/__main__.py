"""`python -m workers.train RUN ATTEMPT`: the process of one attempt; it dies with its parent."""

import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from datanets.blobs import Blobs
from datanets.clock import SystemClock
from datanets.database import Database
from datanets.engine import Engine
from datanets.facts import Progress, RunOrder
from datanets.logs import set_up
from datanets.runs import Runs
from workers.config import WorkerSettings
from workers.lifeline import tie
from workers.train.link import NOT_OURS, Link

if TYPE_CHECKING:
    from workers.train.attempt import Outcome

log = logging.getLogger("workers.train")

AGAIN = 75  # the next attempt goes on from the checkpoint


def main(argv: list[str]) -> int:
    """Train one attempt. 0: the run is over; 3: it is another attempt's; 75: to be gone on with."""
    tie()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    settings = WorkerSettings()
    set_up([])
    return asyncio.run(_attend(settings, argv[0], int(argv[1])))


async def _attend(settings: WorkerSettings, run: str, attempt: int) -> int:
    database = Database.open(settings.database)
    runs = Runs(database, SystemClock(), Engine(settings.database))
    try:
        order = await runs.order(run, attempt)
        if order is None:
            log.warning("run %s is not attempt %d's any more", run, attempt)
            return NOT_OURS
        link = Link(runs, run, attempt)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, link.ending.set)
        carrying = asyncio.create_task(link.carry())
        try:
            return await _train(settings, order, link)
        finally:
            carrying.cancel()
            await asyncio.wait({carrying})
    finally:
        await database.close()


async def _train(settings: WorkerSettings, order: RunOrder, link: Link) -> int:
    folder = Path(tempfile.mkdtemp(prefix="adapter-", dir=_made(settings.data_dir)))
    try:
        blobs = Blobs(settings.blobs)
        outcome, failure = await asyncio.to_thread(_work, settings, order, link, blobs, folder)
        # The end closes the curve: whatever the last second brought has to be on it by then.
        await link.send()
        if failure:
            log.error("run %s cannot go on: %s", order.run, failure)
            return 0 if await link.runs.fail(order.run, order.attempt, failure) else NOT_OURS
        if outcome is None or outcome.adapter is None:
            return AGAIN
        link.tell(Progress(stage="saving", step=1, steps=1))
        await blobs.put_folder(f"adapters/{order.run}", outcome.adapter)
        stopped = outcome.end.value == "stopped"
        if not await link.runs.finish(order.run, order.attempt, outcome.result, stopped=stopped):
            return NOT_OURS
        shutil.rmtree(settings.data_dir / "runs" / order.run, ignore_errors=True)
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _work(
    settings: WorkerSettings, order: RunOrder, link: Link, blobs: Blobs, folder: Path
) -> tuple["Outcome | None", str]:
    """Train in this thread; the second value is the sentence of a failure that another attempt would meet."""
    from workers.bases import BaseAbsent
    from workers.catalog import UnknownBase
    from workers.machine import probe
    from workers.train.attempt import Workplace, carry_out
    from workers.train.failures import DISK_FULL, OUT_OF_MEMORY, CannotTrain, is_disk_full, is_out_of_memory

    def fetch(parent: str, into: Path) -> Path:
        return asyncio.run(blobs.fetch_folder(f"adapters/{parent}", into))

    runs = settings.data_dir / "runs"
    try:
        place = Workplace(probe(settings.threads), settings.bases, runs, blobs, fetch)
        return carry_out(order, place, link, link.tell, folder), ""
    except (CannotTrain, BaseAbsent, UnknownBase) as reason:
        return None, str(reason)
    except Exception as problem:
        if is_disk_full(problem):
            return None, DISK_FULL
        if is_out_of_memory(problem):
            batch, length = order.recipe.batch_size, order.recipe.max_length
            return None, OUT_OF_MEMORY.format(batch=batch, length=length)
        raise


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
