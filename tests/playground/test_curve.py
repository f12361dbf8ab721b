"""The loss curve stays inside its frame and says in words what it shows."""

import pytest

from bot.playground.curve import HEIGHT, WIDTH, curve
from datanets.facts import Point


def test_one_point_is_no_curve_yet() -> None:
    assert curve([Point(1, loss=2.0)], steps=10) is None


FALLING = [Point(step, loss=3.0 / step, held_out_loss=2.5 if step == 4 else None) for step in range(1, 9)]
EQUAL = [Point(step, loss=1.0) for step in range(1, 9)]


@pytest.mark.parametrize("points", [FALLING, EQUAL], ids=["falling", "equal"])
def test_every_point_lies_inside_the_frame(points: list[Point]) -> None:
    drawn = curve(points, steps=8)

    assert drawn is not None
    assert len(drawn.train.split()) == 8
    for pair in f"{drawn.train} {drawn.held}".split():
        x, y = (float(part) for part in pair.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def test_falling_losses_fall_on_the_picture() -> None:
    drawn = curve([Point(1, loss=3.0), Point(2, loss=1.0)], steps=2)

    assert drawn is not None
    first, last = (float(pair.split(",")[1]) for pair in drawn.train.split())
    assert first < last


def test_the_words_name_both_losses() -> None:
    drawn = curve([Point(1, loss=3.0, held_out_loss=3.1), Point(9, loss=0.5, held_out_loss=0.7)], steps=9)

    assert drawn is not None
    assert drawn.words == "Training loss 3.00 → 0.50, Held-out loss 3.10 → 0.70"
