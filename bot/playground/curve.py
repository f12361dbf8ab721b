"""The loss curve of a run as an SVG that follows the page's colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from bot.languages import tr
from datanets.facts import Point

WIDTH, HEIGHT = 620, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 10, 26


@dataclass(frozen=True)
class Tick:
    """A labelled line of the grid."""

    at: float
    label: str


@dataclass(frozen=True)
class Curve:
    """What the template draws: two lines as `x,y` pairs, the grid, and a sentence for screen readers."""

    train: str
    held: str
    held_dots: tuple[tuple[float, float], ...]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def curve(points: Sequence[Point], steps: int, locale: str = "en") -> Curve | None:
    """Lay out the two losses; None while there are fewer than two points."""
    train = [(point.step, point.loss) for point in points if point.loss is not None]
    held = [(point.step, point.held_out_loss) for point in points if point.held_out_loss is not None]
    losses = [value for _, value in (*train, *held)]
    if len(losses) < 2:
        return None
    last = max(steps, *(step for step, _ in (*train, *held)), 1)
    rows = _ticks(min(losses), max(losses))
    low, high = rows[0], rows[-1]

    def place(step: int, value: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * step / last
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)
        return round(x, 1), round(y, 1)

    held_at = tuple(place(*point) for point in held)
    return Curve(
        train=_path([place(*point) for point in train]),
        held=_path(held_at),
        held_dots=held_at,
        rows=tuple(Tick(place(0, value)[1], f"{value:.4g}") for value in rows),
        columns=tuple(Tick(place(step, low)[0], str(step)) for step in sorted({0, last // 2, last})),
        words=_words(train, held, locale),
    )


def _ticks(low: float, high: float) -> list[float]:
    """Choose about four round values around the losses."""
    spread = max(high - low, 1e-3)
    raw = spread / 3
    power = 10.0 ** floor(log10(raw))
    pace = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    first, last = floor(low / pace), ceil(high / pace)
    return [round(pace * count, 10) for count in range(first, max(last, first + 1) + 1)]


def _path(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _words(train: list[tuple[int, float]], held: list[tuple[int, float]], locale: str) -> str:
    named = ((tr(locale, "Training loss"), train), (tr(locale, "Held-out loss"), held))
    return ", ".join(f"{name} {seen[0][1]:.2f} → {seen[-1][1]:.2f}" for name, seen in named if seen)
