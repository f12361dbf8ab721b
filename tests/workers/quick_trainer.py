"""A training process for tests of the dispatcher: real reports and a real result, no model.

BEHAVIOUR says what goes wrong: `finish`, `crash` (always), `crash_once`, `hang`, `deaf` (ignores a stop).
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from datanets.clock import SystemClock
from datanets.database import Database
from datanets.facts import Progress, Result
from datanets.fence import Fence
from workers.lifeline import tie

STEPS = 5


async def main(run: str, attempt: int) -> int:
    behaviour = os.environ.get("BEHAVIOUR", "finish")
    with Path(os.environ["ATTEMPTS_FILE"]).open("a") as file:
        file.write(f"{attempt} {os.getpid()}\n")
    url = os.environ["POTLUCK_DATABASE_URL"]
    database = Database.open(url)
    runs = Fence(database, SystemClock())
    if behaviour == "crash" or (behaviour == "crash_once" and attempt == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    for step in range(1, STEPS + 1):
        lease = await runs.report(run, attempt, Progress(stage="training", step=step, steps=STEPS))
        if not lease.held:
            return 3
        if lease.stop_requested and behaviour != "deaf":
            await runs.finish(run, attempt, Result(), stopped=True)
            return 0
        await asyncio.sleep(float(os.environ.get("STEP_SECONDS", "0.02")))
        if behaviour in {"hang", "deaf"} and step == 2:
            await asyncio.sleep(3600)
    return 0 if await runs.finish(run, attempt, Result(examples=1)) else 3


if __name__ == "__main__":
    tie()
    sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]))))
