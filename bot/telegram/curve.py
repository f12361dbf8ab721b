"""Draws a loss curve that can be read on a phone: one picture, large type, dark ground."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from datanets.facts import Point

SIZE = (1280, 720)
EDGE = (110, 90, 40, 90)  # left, top, right, bottom
GROUND, GRID, INK, TRAINING, HELD_OUT = "#17212b", "#2b3a48", "#e8edf2", "#5eb5f7", "#ffb454"


def draw(points: Sequence[Point], title: str) -> bytes:
    """Return a PNG of the loss by step; training is a line, held-out losses are dots on a line."""
    image = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(image)
    small, large = ImageFont.load_default(28), ImageFont.load_default(38)
    pen.text((EDGE[0], 22), title, fill=INK, font=large)
    training = [(point.step, point.loss) for point in points if point.loss is not None]
    held_out = [(point.step, point.held_out_loss) for point in points if point.held_out_loss is not None]
    values = [loss for _, loss in training + held_out]
    if not values:
        pen.text((EDGE[0], SIZE[1] // 2), "waiting for the first step", fill=INK, font=small)
        return _png(image)
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or 0.1
    low, high = max(0.0, low - room), high + room
    last = max(step for step, _ in training + held_out) or 1

    def place(step: int, loss: float) -> tuple[float, float]:
        across = EDGE[0] + (SIZE[0] - EDGE[0] - EDGE[2]) * step / last
        return across, SIZE[1] - EDGE[3] - (SIZE[1] - EDGE[1] - EDGE[3]) * (loss - low) / (high - low)

    for share in range(5):
        loss = low + (high - low) * share / 4
        _, down = place(0, loss)
        pen.line([(EDGE[0], down), (SIZE[0] - EDGE[2], down)], fill=GRID, width=2)
        pen.text((EDGE[0] - 14, down), f"{loss:.2f}", fill=INK, font=small, anchor="rm")
    for share in range(5):
        step = round(last * share / 4)
        pen.text((place(step, low)[0], SIZE[1] - EDGE[3] + 14), str(step), fill=INK, font=small, anchor="ma")
    for series, colour, dots in ((training, TRAINING, 0), (held_out, HELD_OUT, 9)):
        spots = [place(step, loss) for step, loss in series]
        if len(spots) > 1:
            pen.line(spots, fill=colour, width=6, joint="curve")
        for across, down in spots if dots or len(spots) == 1 else []:
            pen.ellipse([across - 9, down - 9, across + 9, down + 9], fill=colour)
    pen.text((SIZE[0] - EDGE[2], 30), "training", fill=TRAINING, font=small, anchor="ra")
    if held_out:
        pen.text((SIZE[0] - EDGE[2] - 150, 30), "held out", fill=HELD_OUT, font=small, anchor="ra")
    return _png(image)


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()
