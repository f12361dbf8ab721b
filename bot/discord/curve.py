"""The loss curve in Discord's colours, drawn outside the event loop."""

import asyncio
from collections.abc import Sequence

from bot import curve
from datanets.facts import Point

LOOK = curve.Look(
    size=(960, 400),
    type=20,
    ground="#2B2D31",
    grid="#41434A",
    ink="#DBDEE1",
    training="#E8A33D",
    held_out="#4CC38A",
)


async def draw(points: Sequence[Point]) -> bytes | None:
    """Return a PNG of both losses over the steps, or None while there is nothing to draw."""
    if len(points) < 2:
        return None
    return await asyncio.to_thread(curve.draw, points, LOOK)
