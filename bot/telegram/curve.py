"""The loss curve as it reads well on a phone: large type on a dark ground."""

from collections.abc import Sequence

from bot import curve
from datanets.facts import Point

LOOK = curve.Look(
    size=(1280, 720),
    type=30,
    ground="#17212b",
    grid="#2b3a48",
    ink="#e8edf2",
    training="#5eb5f7",
    held_out="#ffb454",
)


def draw(points: Sequence[Point], title: str) -> bytes:
    """Return a PNG of both losses over the steps."""
    return curve.draw(points, LOOK, title)
