"""A run that was interrupted ends as one that was not."""

import random
from pathlib import Path

import pytest
import torch

from benchmarks.tiny import TINY
from datanets.facts import Point, Progress
from datanets.recipe import Recipe
from workers.train.checkpoints import Checkpoints
from workers.train.failures import CannotTrain, is_disk_full, is_out_of_memory
from workers.train.loop import End, Loop
from workers.train.prepare import attach, learner
from workers.train.rows import Encoded

LLAMA = next(tiny for tiny in TINY if tiny.family == "llama")
RECIPE = Recipe(base="tiny", epochs=4, batch_size=3, dropout=0.1, learning_rate=2e-3, early_stop=False)
STEPS = 40


class Killed(Exception):
    """Stands for SIGKILL: nothing after it happens."""


class Outside:
    def __init__(self, stop_at: int = 0) -> None:
        self.stop_at, self.asked = stop_at, 0

    def stop_requested(self) -> bool:
        self.asked += 1
        return self.asked == self.stop_at

    def interrupted(self) -> bool:
        return False


def examples(count: int = 30) -> list[Encoded]:
    dice = random.Random(1)
    made = []
    for _ in range(count):
        tokens = tuple(dice.randrange(250) for _ in range(dice.randrange(6, 20)))
        made.append(Encoded("c", tokens, (False,) * 3 + (True,) * (len(tokens) - 3)))
    return made


def school(
    folder: Path, recipe: Recipe = RECIPE, attempt: int = 1, killed_at: int = 0
) -> tuple[Loop, list[Point]]:
    torch.manual_seed(9)
    model = LLAMA.build().requires_grad_(False)
    curve: list[Point] = []

    def tell(progress: Progress, points: tuple[Point, ...]) -> None:
        curve.extend(points)
        if killed_at and progress.step == killed_at:
            raise Killed

    pupil = learner(attach(model, recipe, None), recipe, checkpoint_layers=False, device="cpu")
    loop = Loop(pupil, recipe, examples(), examples(6), Checkpoints(folder, attempt), tell, save_steps=3)
    saved = loop.checkpoints.newest()
    if saved:
        loop.restore(saved)
    return loop, curve


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loop, list[Point]]:
    loop, curve = school(tmp_path_factory.mktemp("whole"))
    assert loop.run(Outside()) is End.DONE
    return loop, curve


@pytest.mark.parametrize("killed_at", random.Random(3).sample(range(1, STEPS), 4))
def test_a_killed_run_ends_with_the_same_losses_and_the_same_adapter(
    killed_at: int, tmp_path: Path, uninterrupted: tuple[Loop, list[Point]]
) -> None:
    loop, curve = school(tmp_path, killed_at=killed_at)
    with pytest.raises(Killed):
        loop.run(Outside())
    again, rest = school(tmp_path, attempt=2)
    assert killed_at - again.standing.step <= 3
    assert again.run(Outside()) is End.DONE
    whole, expected = uninterrupted
    seen = {(point.step, point.held_out_loss is None): point for point in (*curve, *rest)}
    for point in expected:
        assert seen[point.step, point.held_out_loss is None] == point
    for name, parameter in whole.trainable.items():
        assert torch.equal(parameter, again.trainable[name]), name


def test_a_torn_checkpoint_is_never_seen(tmp_path: Path) -> None:
    loop, _ = school(tmp_path, killed_at=7)
    with pytest.raises(Killed):
        loop.run(Outside())
    torn = tmp_path / "1" / ".step-0000009"
    torn.mkdir()
    (torn / "state.json").write_text("{")
    newest = Checkpoints(tmp_path, 2).newest()
    assert newest is not None
    assert newest.standing.step == 6


def test_only_the_last_checkpoints_are_kept(tmp_path: Path) -> None:
    loop, _ = school(tmp_path)
    loop.run(Outside())
    assert len(list((tmp_path / "1").iterdir())) == 2


def test_stop_ends_with_the_best_adapter(tmp_path: Path) -> None:
    from dataclasses import replace

    loop, _ = school(tmp_path, replace(RECIPE, early_stop=True))
    assert loop.run(Outside(stop_at=23)) is End.STOPPED
    assert loop.standing.step == 23
    assert loop.best
    assert all(torch.equal(parameter, loop.best[name]) for name, parameter in loop.trainable.items())


def test_a_run_that_gains_nothing_stops_early(tmp_path: Path) -> None:
    from dataclasses import replace

    recipe = replace(RECIPE, early_stop=True, epochs=20, learning_rate=1e-2, dropout=0.0)
    loop, _ = school(tmp_path, recipe)
    loop.held_out = [Encoded("c", (1, 2, 3, 4, 5, 6), (False,) * 3 + (True,) * 3)]
    assert loop.run(Outside()) is End.EARLY
    assert loop.standing.step < loop.steps


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    from dataclasses import replace

    loop, _ = school(tmp_path, replace(RECIPE, learning_rate=1e-2))
    with torch.no_grad():
        next(iter(loop.trainable.values())).fill_(float("nan"))
    loop.standing.loss_before = 1.0
    with pytest.raises(CannotTrain, match=r"step 1\. The learning rate of 0\.01 .* try 0\.0025"):
        loop.run(Outside())


def test_a_full_disk_is_told_from_other_troubles(tmp_path: Path) -> None:
    loop, _ = school(tmp_path)
    with pytest.raises(OSError, match="No space left") as caught:
        Path("/dev/full").write_bytes(b"x")
    assert is_disk_full(caught.value)
    assert not is_disk_full(ValueError("other"))
    with pytest.raises(RuntimeError) as asked:
        torch.empty(1 << 60)
    assert is_out_of_memory(asked.value)
    assert not is_out_of_memory(ValueError("other"))
    assert loop.standing.step == 0
