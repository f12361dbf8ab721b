"""Logits after the last token of each row, and of no other."""

from typing import Any

import torch
from torch import nn


class Head:
    """Hands a model's last layer one state a row.

    `logits_to_keep` would take the same place in every row, and what it cuts out of a longer prompt has
    strides that make torch copy the whole matrix of a frozen head: 90 ms for 49152 tokens of 576.
    """

    def __init__(self, model: Any) -> None:
        self._last: torch.Tensor | None = None
        model.get_output_embeddings().register_forward_pre_hook(self._pick)

    def after(self, last: torch.Tensor | None) -> None:
        """Which token of each row the next pass is to go on from, [rows]; None keeps all."""
        self._last = last

    def _pick(self, _: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...] | None:
        if self._last is None:
            return None
        states = inputs[0]
        rows = torch.arange(len(states), device=states.device)
        return (states[rows, self._last.to(states.device)][:, None],)
