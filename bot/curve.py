"""The picture of a loss curve, for platforms that show pictures; each brings its own look."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from datanets.facts import Point

ROWS = 4


@dataclass(frozen=True)
class Look:
    """Size in pixels, type size, and colours."""

    size: tuple[int, int]
    type: int
    ground: str
    grid: str
    ink: str
    training: str
    held_out: str

    @property
    def edge(self) -> tuple[int, int, int, int]:
        """Room on the left, at the top, on the right and below."""
        return 4 * self.type, 3 * self.type, round(1.5 * self.type), round(2.6 * self.type)


@dataclass(frozen=True)
class Plot:
    """Where steps and losses come to lie."""

    look: Look
    low: float
    high: float
    last: int

    def spot(self, step: int, loss: float) -> tuple[float, float]:
        """Return the pixel of a point."""
        (wide, tall), (left, top, right, below) = self.look.size, self.look.edge
        across = left + (wide - left - right) * step / self.last
        return across, tall - below - (tall - top - below) * (loss - self.low) / (self.high - self.low)


def draw(points: Sequence[Point], look: Look, title: str = "") -> bytes:
    """Return a PNG of both losses over the steps; before the first one it says that it waits."""
    training = [(point.step, point.loss) for point in points if point.loss is not None]
    held_out = [(point.step, point.held_out_loss) for point in points if point.held_out_loss is not None]
    image = Image.new("RGB", look.size, look.ground)
    pen = ImageDraw.Draw(image)
    values = [loss for _, loss in training + held_out]
    if values:
        room = (max(values) - min(values)) * 0.08 or 0.1
        last = max(step for step, _ in training + held_out) or 1
        plot = Plot(look, max(0.0, min(values) - room), max(values) + room, last)
        _grid(pen, plot)
        _series(pen, plot, training, look.training, dots=False)
        _series(pen, plot, held_out, look.held_out, dots=True)
    else:
        middle = (look.size[0] / 2, look.size[1] / 2)
        font = ImageFont.load_default(look.type)
        pen.text(middle, "waiting for the first step", fill=look.ink, font=font, anchor="mm")
    _legend(pen, look, title, held_out=bool(held_out))
    out = BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _grid(pen: ImageDraw.ImageDraw, plot: Plot) -> None:
    look, font = plot.look, ImageFont.load_default(plot.look.type)
    wide, tall = look.size
    for row in range(ROWS + 1):
        loss, step = plot.low + (plot.high - plot.low) * row / ROWS, round(plot.last * row / ROWS)
        left, down = plot.spot(0, loss)
        pen.line((left, down, wide - look.edge[2], down), fill=look.grid, width=2)
        pen.text((left - look.type / 2, down), f"{loss:.2f}", fill=look.ink, font=font, anchor="rm")
        below = (plot.spot(step, plot.low)[0], tall - look.edge[3] + look.type / 2)
        pen.text(below, str(step), fill=look.ink, font=font, anchor="ma")


def _series(
    pen: ImageDraw.ImageDraw, plot: Plot, series: Sequence[tuple[int, float]], colour: str, *, dots: bool
) -> None:
    spots, radius = [plot.spot(step, loss) for step, loss in series], plot.look.type / 4
    if len(spots) > 1:
        pen.line(spots, fill=colour, width=round(plot.look.type / 5), joint="curve")
    for across, down in spots if dots or len(spots) == 1 else []:
        pen.ellipse((across - radius, down - radius, across + radius, down + radius), fill=colour)


def _legend(pen: ImageDraw.ImageDraw, look: Look, title: str, *, held_out: bool) -> None:
    font, line = ImageFont.load_default(look.type), look.type * 0.7
    right = look.size[0] - look.edge[2]
    pen.text((look.edge[0], line), title, fill=look.ink, font=font)
    pen.text((right, line), "training", fill=look.training, font=font, anchor="ra")
    if held_out:
        pen.text((right - 6 * look.type, line), "held out", fill=look.held_out, font=font, anchor="ra")
