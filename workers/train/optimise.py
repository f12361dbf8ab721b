"""The optimiser and its learning rate, which depends on the step alone: a resumed run goes on exactly."""

import math

import torch
from torch import nn

from datanets.recipe import Recipe

LARGEST_GRADIENT = 1.0


def optimiser(trainable: dict[str, nn.Parameter], recipe: Recipe) -> torch.optim.AdamW:
    """AdamW without decay; with LoRA+ the B matrices learn `loraplus` times as fast."""
    slow = [p for name, p in trainable.items() if "lora_B" not in name or not recipe.loraplus]
    fast = [p for name, p in trainable.items() if "lora_B" in name and recipe.loraplus]
    groups = [{"params": slow, "ratio": 1.0}]
    if fast:
        groups.append({"params": fast, "ratio": recipe.loraplus})
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, weight_decay=0.0, fused=True)


def set_rate(adam: torch.optim.AdamW, recipe: Recipe, step: int, steps: int) -> None:
    """Set the learning rate of one step, counted from 0."""
    for group in adam.param_groups:
        group["lr"] = recipe.learning_rate * group["ratio"] * share(recipe, step, steps)


def share(recipe: Recipe, step: int, steps: int) -> float:
    """The part of the full learning rate at a step: rising in the warm-up, then falling by the schedule."""
    warm = round(recipe.warmup * steps)
    if step < warm:
        return (step + 1) / (warm + 1)
    gone = (step - warm) / max(1, steps - warm)
    if recipe.scheduler == "cosine":
        return 0.5 * (1 + math.cos(math.pi * gone))
    return 1 - gone if recipe.scheduler == "linear" else 1.0
