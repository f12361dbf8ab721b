"""A loopback Telegram for every test; what the bot sent is checked against the Bot API's own description."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.servers.telegram import TelegramServer

SPEC = Path(os.environ.get("POTLUCK_SPEC_DIR", Path(__file__).parents[2].parent / "shared"))


@pytest.fixture
def wire_log(tmp_path: Path) -> Iterator[Path]:
    """Where the server writes each request; after the test all of them must be lawful."""
    log = tmp_path / "telegram.jsonl"
    yield log
    if log.exists():
        assert_lawful(log)


@pytest.fixture
async def telegram(wire_log: Path) -> AsyncIterator[TelegramServer]:
    """A running server."""
    async with TelegramServer(wire_log) as server:
        yield server


def assert_lawful(log: Path) -> None:
    """Let the checker read a log, where it is present."""
    checker = SPEC / "check" / "telegram_requests.py"
    if not checker.exists():
        return
    spec = SPEC / "spec" / "telegram_api.json"
    command = [sys.executable, str(checker), str(log), "--spec", str(spec), "--errors-only", "--json"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, [fault["message"] for fault in json.loads(found.stdout)]
