"""Child processes: started with an environment of their own, ended for certain, kept alive when asked."""

import asyncio
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

# The name under which a parent tells its id to a child that wants to die with it.
PARENT = "POTLUCK_PARENT"

# Idle OpenMP threads spin by default, which doubles the time of a step when two processes share the cores.
QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
LOWEST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
STEADY_SECONDS = 120.0


@dataclass(frozen=True)
class Command:
    """What to start: arguments, additions to the environment, a log file, and how far to step back."""

    arguments: Sequence[str]
    log_file: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    nice: int = 0
    grace_seconds: float = 10.0


async def start(command: Command) -> asyncio.subprocess.Process:
    """Start the command; its output is appended to the log file."""
    command.log_file.parent.mkdir(parents=True, exist_ok=True)
    with command.log_file.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command.arguments,
            env={**os.environ, **QUIET_THREADS, PARENT: str(os.getpid()), **command.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    if command.nice:
        # From here and not in the child: code between fork and exec may deadlock beside our threads.
        os.setpriority(os.PRIO_PROCESS, process.pid, command.nice)
    return process


async def end(process: asyncio.subprocess.Process, grace_seconds: float) -> None:
    """Ask the process to end, and kill it when it does not within the grace."""
    if process.returncode is not None:
        return
    _send(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), grace_seconds)
    except TimeoutError:
        _send(process, signal.SIGKILL)
        await process.wait()


async def finish(command: Command) -> int:
    """Run the command to its end and return its exit code; cancelling ends the process first."""
    process = await start(command)
    try:
        return await process.wait()
    finally:
        await asyncio.shield(end(process, command.grace_seconds))


async def keep_alive(command: Command) -> None:
    """Run the command for ever, starting it again with growing pauses when it falls over.

    An exit with 0 is a clean stop: nothing is started again and the function returns.
    """
    pause = LOWEST_PAUSE
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        code = await finish(command)
        if code == 0:
            return
        pause = LOWEST_PAUSE if loop.time() - began > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
        log.warning("%s ended with %s, starting it again in %.0f s", command.arguments[2:], code, pause)
        await asyncio.sleep(pause)


def _send(process: asyncio.subprocess.Process, sign: signal.Signals) -> None:
    try:
        process.send_signal(sign)
    except ProcessLookupError:
        log.debug("process %s is gone already", process.pid)
