"""Which examples make a step: the same ones for the same seed, whatever happened before."""

from collections.abc import Sequence

from datanets.epoch import dice_of
from workers.train.rows import Encoded

# Batches are cut from windows of so many, sorted by length: neighbours are alike, the order still changes.
WINDOW = 16


def batches(
    examples: Sequence[Encoded], size: int, *, seed: int, epoch: int, sort: bool
) -> list[list[Encoded]]:
    """All batches of an epoch; `sort` puts examples of like length together where rows must be padded."""
    dice = dice_of(seed, epoch)
    order = list(examples)
    dice.shuffle(order)
    if sort:
        windows = [order[at : at + WINDOW * size] for at in range(0, len(order), WINDOW * size)]
        order = [
            example for window in windows for example in sorted(window, key=lambda one: -len(one.tokens))
        ]
    cut = [order[at : at + size] for at in range(0, len(order), size)]
    if sort:
        dice.shuffle(cut)
    return cut


def steps_in(examples: int, batch_size: int, accumulation: int, epochs: int) -> int:
    """How often the weights move in all."""
    batches_an_epoch = -(-examples // batch_size)
    return -(-batches_an_epoch // accumulation) * epochs
