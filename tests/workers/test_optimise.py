"""LoRA+ lets the B matrices learn faster by its ratio, and nothing else."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from datanets.recipe import Recipe
from workers.train.optimise import optimiser, set_rate

RECIPE = Recipe(base="tiny", learning_rate=1e-3, scheduler="constant", warmup=0.0)


def moved(recipe: Recipe) -> dict[str, float]:
    """How far a step moves each matrix whose gradients are all one."""
    names = ("layer.0.lora_A.weight", "layer.0.lora_B.weight")
    trainable = {name: nn.Parameter(torch.zeros(3, 2)) for name in names}
    adam = optimiser(trainable, recipe)
    set_rate(adam, recipe, 0, 10)
    for matrix in trainable.values():
        matrix.grad = torch.ones_like(matrix)
    adam.step()
    return {name[8:14]: -float(matrix.detach().mean()) for name, matrix in trainable.items()}


@pytest.mark.parametrize("ratio", [4.0, 16.0])
def test_a_step_moves_b_further_than_a_by_the_ratio(ratio: float) -> None:
    steps = moved(replace(RECIPE, loraplus=ratio))
    assert steps["lora_A"] == pytest.approx(1e-3, rel=1e-4)
    assert steps["lora_B"] == pytest.approx(ratio * 1e-3, rel=1e-4)


def test_without_the_switch_both_learn_alike() -> None:
    steps = moved(RECIPE)
    assert steps["lora_A"] == steps["lora_B"] == pytest.approx(1e-3, rel=1e-4)


def test_the_ratio_holds_at_every_step_of_the_schedule() -> None:
    recipe = replace(RECIPE, loraplus=16.0, scheduler="cosine", warmup=0.2)
    adam = optimiser({name: nn.Parameter(torch.zeros(2)) for name in ("lora_A", "lora_B")}, recipe)
    for step in range(10):
        set_rate(adam, recipe, step, 10)
        slow, fast = (group["lr"] for group in adam.param_groups)
        assert fast == pytest.approx(16 * slow)
        assert slow > 0
