"""A loopback Discord for each test; what went over its wire is checked against Discord's description."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.servers.discord import DiscordServer

SPEC_DIR = Path(os.environ.get("POTLUCK_SPEC_DIR") or Path(__file__).resolve().parents[2].parent / "shared")


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    """A Discord on loopback. A breach of Discord's description on either side fails the test."""
    async with DiscordServer() as running:
        yield running
        violations = running.record.violations(SPEC_DIR, running.gateway.events)
    if violations is None:
        print("Discord's description is not at hand: requests were not checked against it")  # noqa: T201
    assert not violations, "\n".join(violations)
