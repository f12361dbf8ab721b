"""A dispatcher of its own process over the quick trainer: `quick_dispatcher.py DATABASE_URL FOLDER`."""

import asyncio
import logging
import sys
from datetime import timedelta
from pathlib import Path

from datanets.clock import SystemClock
from datanets.database import Database
from datanets.engine import Engine
from datanets.fence import Fence
from datanets.sole import work_alone
from workers.dispatch.attempts import Attempt
from workers.dispatch.dispatcher import Dispatcher
from workers.dispatch.local import LocalAttempts

TRAINER = Path(__file__).with_name("quick_trainer.py")


async def main(url: str, folder: Path) -> None:
    clock, engine = SystemClock(), Engine(url)
    runs = Fence(Database.open(url), clock)
    local = LocalAttempts(folder / "logs", {}, (sys.executable, str(TRAINER)))
    attempt = Attempt(runs, local, clock, timedelta(seconds=60), watch_seconds=0.2)
    dispatcher = Dispatcher(url, engine, runs, attempt, reconcile_seconds=1, poll_seconds=0.1)
    await work_alone(url, dispatcher.serve, 0.1)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
