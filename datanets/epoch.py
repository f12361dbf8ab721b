"""Which contributions a run holds out and in which order an epoch reads: training and estimate agree."""

import hashlib
import math
import random
from collections.abc import Iterable


def held_out(keys: Iterable[str], share: float, seed: int) -> set[str]:
    """Choose about a share of the keys, at least one and never all; the same ones for the same seed.

    The order comes from a hash of each key, so one more or less moves no other.
    """
    ranked = sorted(set(keys), key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).hexdigest())
    return set(ranked[: min(max(1, math.floor(share * len(ranked) + 0.5)), len(ranked) - 1)])


def dice_of(seed: int, epoch: int) -> random.Random:
    """Return the chance that shuffles an epoch, and nothing else before."""
    return random.Random(f"{seed}:{epoch}")
