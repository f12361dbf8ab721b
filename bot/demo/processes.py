"""The demo's processes: weights first, then a worker beside the bot, both ended with it."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from datanets.children import Command, finish, keep_alive

log = logging.getLogger(__name__)

FIRST_SERVE_PORT = 8090


def bring_weights(environment: Mapping[str, str]) -> bool:
    """Provide the small real weights, or check that they are whole; its progress goes to standard error."""
    arguments = [sys.executable, "-m", "workers.weights"]
    return subprocess.run(arguments, env={**os.environ, **environment}, check=False).returncode == 0


async def bring_weights_quietly(environment: Mapping[str, str], log_file: Path) -> bool:
    """Do the same beside a running bot."""
    arguments = [sys.executable, "-m", "workers.weights"]
    return await finish(Command(arguments, log_file, environment)) == 0


@asynccontextmanager
async def worker(environment: Mapping[str, str], log_file: Path) -> AsyncIterator[None]:
    """Keep a worker alive while the block runs."""
    arguments = [sys.executable, "-m", "workers"]
    task = asyncio.create_task(keep_alive(Command(arguments, log_file, environment, grace_seconds=30)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(first: int, free: Callable[[int], bool] = is_free) -> int:
    """Return the first port from `first` on where nobody listens; raises OSError after a hundred."""
    for port in range(first, first + 100):
        if free(port):
            return port
    raise OSError(f"no free port from {first} to {first + 99}")
