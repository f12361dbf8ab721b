"""The picture of a loss curve, drawn outside the event loop."""

import asyncio
import io
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFont

from datanets.facts import Point

WIDTH, HEIGHT = 960, 400
LEFT, TOP, RIGHT, BOTTOM = 76, 44, 28, 46
PLATE, INK, SOFT, TRAIN, HELD = "#2B2D31", "#DBDEE1", "#41434A", "#E8A33D", "#4CC38A"
ROWS = 4

Series = list[tuple[int, float]]
Spot = Callable[[int, float], tuple[float, float]]


async def draw(points: Sequence[Point]) -> bytes | None:
    """Return a PNG of both losses over the steps, or None while there is nothing to draw."""
    loss = [(p.step, p.loss) for p in points if p.loss is not None]
    held = [(p.step, p.held_out_loss) for p in points if p.held_out_loss is not None]
    if len(loss) + len(held) < 2:
        return None
    return await asyncio.to_thread(_draw, loss, held)


def _draw(loss: Series, held: Series) -> bytes:
    values = [value for _, value in loss + held]
    room = (max(values) - min(values)) * 0.08 or 0.1
    low, high = max(0.0, min(values) - room), max(values) + room
    last = max(step for step, _ in loss + held) or 1
    image = Image.new("RGB", (WIDTH, HEIGHT), PLATE)
    pen = ImageDraw.Draw(image)

    def spot(step: int, value: float) -> tuple[float, float]:
        across = LEFT + (WIDTH - LEFT - RIGHT) * step / last
        return across, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low)

    _grid(pen, spot, low, high, last)
    for series, colour in ((loss, TRAIN), (held, HELD)):
        line = [spot(step, value) for step, value in series]
        if len(line) > 1:
            pen.line(line, fill=colour, width=4, joint="curve")
        if series is held or len(line) == 1:
            for across, down in line:
                pen.ellipse((across - 5, down - 5, across + 5, down + 5), fill=colour)
    font = ImageFont.load_default(20)
    pen.text((LEFT, 12), "training loss", fill=TRAIN, font=font)
    if held:
        pen.text((LEFT + 160, 12), "held-out loss", fill=HELD, font=font)
    buffer = io.BytesIO()
    image.quantize(48).save(buffer, "PNG")
    return buffer.getvalue()


def _grid(pen: ImageDraw.ImageDraw, spot: Spot, low: float, high: float, last: int) -> None:
    font = ImageFont.load_default(18)
    for row in range(ROWS + 1):
        value = low + (high - low) * row / ROWS
        _, down = spot(0, value)
        pen.line((LEFT, down, WIDTH - RIGHT, down), fill=SOFT, width=1)
        pen.text((LEFT - 10, down), f"{value:.2f}", fill=INK, font=font, anchor="rm")
        step = round(last * row / ROWS)
        pen.text((spot(step, low)[0], HEIGHT - BOTTOM + 12), str(step), fill=INK, font=font, anchor="ma")
