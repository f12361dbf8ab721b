"""Preference training: pairs in, an adapter that leans towards the better answers out."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.orders import order_of
from benchmarks.tiny import TINY, save_tiny
from benchmarks.training import Silence, blobs_fetch
from datanets.blobs import Blobs
from datanets.facts import Point, Progress
from datanets.recipe import Recipe
from workers.machine import Machine
from workers.train.attempt import Workplace, carry_out
from workers.train.failures import CannotTrain

LLAMA = next(tiny for tiny in TINY if tiny.family == "llama")
PAIRS = tuple((f"What follows {n}?", f"{n + 1} does.", "I do not know.") for n in range(12))
RECIPE = Recipe(
    base="tiny",
    objective="preferences",
    packing=False,
    epochs=4,
    batch_size=4,
    max_length=128,
    learning_rate=1e-2,
)


def place(folder: Path) -> Workplace:
    save_tiny(LLAMA, folder / "bases" / "tiny")
    machine = Machine("cpu", "float32", 2, 1 << 34, 1e11)
    return Workplace(machine, folder / "bases", folder / "runs", Blobs(str(folder / "blobs")), blobs_fetch)


@pytest.mark.slow
def test_a_model_learns_to_prefer_the_better_answers(tmp_path: Path) -> None:
    here, curve = place(tmp_path), []

    def tell(_progress: Progress, points: tuple[Point, ...]) -> None:
        curve.extend(points)

    order = replace(order_of([("a", "b")], RECIPE, here.blobs), pairs=PAIRS)
    outcome = carry_out(order, here, Silence(), tell, tmp_path / "adapter")
    assert outcome.result.loss_before == pytest.approx(0.693, abs=0.01)
    assert outcome.result.loss_after < 0.6
    assert len(curve) == 12
    assert (tmp_path / "adapter" / "adapter_model.safetensors").is_file()


def test_too_few_pairs_are_refused_with_their_number(tmp_path: Path) -> None:
    here = place(tmp_path)
    order = replace(order_of([("a", "b")], RECIPE, here.blobs), pairs=PAIRS[:3])
    with pytest.raises(CannotTrain, match=r"at least 8 pairs .* there are 3"):
        carry_out(order, here, Silence(), lambda _progress, _points: None, tmp_path / "adapter")
