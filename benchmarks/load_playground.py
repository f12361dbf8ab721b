"""Votes on the playground's page, as its buttons send them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import aiohttp

from benchmarks.load import House, Vote


@asynccontextmanager
async def open_voters(house: House) -> AsyncIterator[Sequence[Vote]]:
    """Two validators with a browser each."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{house.environment['PORT']}") as session:
        yield [partial(_vote, session, person) for person in ("ben", "chika")]


async def _vote(session: aiohttp.ClientSession, person: str, contribution: str, up: bool) -> None:
    values = {"room": "review", "contribution": contribution, "way": "up" if up else "none"}
    async with session.post(f"/{person}/do/vote", json=values) as answer:
        changes = await answer.json()
    if answer.status != 200 or any(change["op"] == "no" for change in changes):
        raise RuntimeError(f"the vote was refused: {changes}")
