"""Rubber-stampers weigh less than people who look; nobody is judged on a handful of ballots."""

import random

from datanets.reliability import Vote, weights


def votes(seed: int = 3) -> list[Vote]:
    """Six careful validators, two who accept everything, one who voted five times."""
    lots = random.Random(seed)
    cast = []
    for item in range(120):
        good = lots.random() < 0.6
        right = [lots.random() < 0.9 for _ in range(6)]
        cast += [Vote(str(item), f"careful-{name}", good == right[name]) for name in range(6)]
        cast += [Vote(str(item), f"stamp-{name}", True) for name in range(2)]
        if item < 5:
            cast.append(Vote(str(item), "newcomer", False))
    return cast


def test_who_accepts_everything_weighs_nearly_nothing() -> None:
    found = weights(votes())
    careful = [found[f"careful-{name}"] for name in range(6)]
    stamps = [found[f"stamp-{name}"] for name in range(2)]
    assert min(careful) > 0.6
    assert max(stamps) < 0.25


def test_a_newcomer_is_not_judged_yet() -> None:
    assert "newcomer" not in weights(votes())


def test_no_votes_weigh_nothing() -> None:
    assert weights([]) == {}
