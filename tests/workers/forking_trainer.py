"""Trains in forked children, so that twenty of them need torch only once; kills them as it is told.

Arguments: a folder with the base `tiny` in `bases`, the method, and the steps at which the child is killed.
Prints one line of JSON for each child.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from benchmarks.orders import order_of
from benchmarks.training import Silence, blobs_fetch
from datanets.blobs import Blobs
from datanets.facts import Point, Progress, RunOrder
from datanets.recipe import Method, Recipe
from workers.machine import Machine
from workers.train.attempt import Workplace, carry_out

PAIRS = [(f"What follows {n}?", f"{n + 1} follows it.") for n in range(28)]
MACHINE = Machine("cpu", "float32", 1, 1 << 34, 1e11)


def train(order: RunOrder, folder: Path, told: int) -> None:
    """Carry the attempt out, as the training process does, and tell every point through a pipe."""
    torch.set_num_threads(1)

    def tell(progress: Progress, points: tuple[Point, ...]) -> None:
        del progress
        for point in points:
            line = json.dumps([point.step, point.loss, point.held_out_loss])
            os.write(told, f"{line}\n".encode())

    blobs = Blobs(str(folder / "blobs"))
    place = Workplace(MACHINE, folder / "bases", folder / "runs", blobs, blobs_fetch)
    carry_out(order, place, Silence(), tell, folder / order.run)


def attend(order: RunOrder, folder: Path, kill_at: int, dice: random.Random) -> dict[str, object]:
    """Fork a child that trains, and kill it soon after it told of a step; 0 lets it live."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            train(order, folder, told)
            ended = 0
        finally:
            # Nothing of the parent's is this child's to tidy up.
            os._exit(ended)
    os.close(told)
    points: list[tuple[int, float | None, float | None]] = []
    with os.fdopen(heard) as lines:
        for line in lines:
            points.append(tuple(json.loads(line)))
            if kill_at and points[-1][0] >= kill_at:
                # Anywhere in the steps that follow, or while a checkpoint is written.
                time.sleep(dice.uniform(0, 0.04))
                os.kill(child, signal.SIGKILL)
                kill_at = 0
    _, status = os.waitpid(child, 0)
    return {"run": order.run, "ended": os.waitstatus_to_exitcode(status), "points": points}


def main(folder: Path, method: Method, seed: int, kills: list[int]) -> None:
    """One run without interruption, and one whose children are killed one after another."""
    recipe = Recipe(
        base="tiny",
        method=method,
        epochs=12,
        batch_size=4,
        max_length=64,
        dropout=0.1,
        learning_rate=2e-3,
    )
    dice, blobs = random.Random(seed), Blobs(str(folder / "blobs"))
    for run, steps in (("whole", [0]), ("killed", [*kills, 0])):
        for attempt, kill_at in enumerate(steps, 1):
            order = order_of(PAIRS, recipe, blobs, run=run, attempt=attempt)
            sys.stdout.write(json.dumps(attend(order, folder, kill_at, dice)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Method(sys.argv[2]), int(sys.argv[3]), [int(step) for step in sys.argv[4:]])
