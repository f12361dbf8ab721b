"""The rooms: who imports whom, what the bot never loads, and names that no file may have."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

HEAVY = ("torch", "transformers", "peft", "bitsandbytes", "trl", "datasets", "workers")
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "common", "base", "misc"}

START = """
import asyncio, sys
from bot.app import run
from bot.config import BotSettings

async def main():
    ready = asyncio.Event()
    bot = asyncio.create_task(run(BotSettings(), ready))
    await asyncio.wait_for(ready.wait(), 60)
    while sys.argv[1] and sys.argv[1] not in sys.modules:
        await asyncio.sleep(0.1)
    bot.cancel()
    await asyncio.wait({bot})

asyncio.run(main())
print(",".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def modules_of_a_started_bot(folder: Path, port: int, last: str = "", **settings: str) -> set[str]:
    """What a bot has imported when it serves and `last`, if given, is there."""
    environment = {"PATH": "/usr/bin:/bin", "POTLUCK_DATA_DIR": str(folder), "PORT": str(port), **settings}
    started = subprocess.run(
        [sys.executable, "-c", START, last],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    return set(started.stdout.split()[-1].split(","))


@pytest.mark.slow
def test_a_bot_that_serves_has_not_loaded_torch(tmp_path: Path, unused_tcp_port: int) -> None:
    # The agent's graph comes last of what a bot loads in the background.
    last = "langgraph.checkpoint.sqlite.aio"
    loaded = modules_of_a_started_bot(tmp_path, unused_tcp_port, last, POTLUCK_PLAYGROUND="true")
    assert {"starlette", "llama_index"} <= loaded
    assert not loaded & set(HEAVY)


@pytest.mark.slow
def test_a_bot_without_a_platform_loads_no_platform(tmp_path: Path, unused_tcp_port: int) -> None:
    loaded = modules_of_a_started_bot(tmp_path, unused_tcp_port)
    assert not loaded & {"discord", "telegram", "starlette", *HEAVY}


def test_imports_keep_to_the_rooms() -> None:
    linter = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert linter.returncode == 0, linter.stdout


def test_no_file_is_named_for_its_shape() -> None:
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    stems = {Path(name).stem.strip("_") for name in files.stdout.split()}
    assert not stems & FORBIDDEN_NAMES
