"""The keys and values of every running reply, one row each, all in one block of memory a layer.

transformers' own cache copies everything at each step and wants all rows equally long. Here a row's
tokens start at position 0, a step writes one position a row, and attention reads a view.
"""

import math
import mmap
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin


@dataclass
class Span:
    """Which rows the next forward pass is for, and where it writes.

    `at` is None while prompts are read: the tokens of the rows from `first` on then start at `past`. While
    replies grow, `at` has the position of each row's token and `past` is the longest of them.
    """

    first: int = 0
    count: int = 1
    past: int = 0
    at: torch.Tensor | None = None
    index: torch.Tensor | None = None

    def read(self, first: int, count: int, past: int) -> None:
        """Prepare to read a piece of a prompt into each of some rows, all from the same place."""
        self.first, self.count, self.past, self.at, self.index = first, count, past, None, None

    def grow(self, at: torch.Tensor, longest: int) -> None:
        """Prepare to add one token to each of the first rows; `at` has shape [rows]."""
        self.first, self.count, self.past, self.at = 0, len(at), longest, at
        self.index = torch.arange(len(at), device=at.device)


def lazy_zeros(shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    """Zeros that take memory only where they are written to, as far as the system allows."""
    if like.device.type != "cpu":
        return torch.zeros(shape, dtype=like.dtype, device=like.device)
    # torch.zeros writes every page, numpy's come two megabytes at a time; a short row needs few of either.
    memory = mmap.mmap(-1, math.prod(shape) * like.element_size())
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return torch.frombuffer(memory, dtype=like.dtype).view(shape)


class RowLayer(CacheLayerMixin):
    """One layer's block, [rows, heads, context, width]; made when the first keys arrive."""

    is_sliding = False

    def __init__(self, span: Span, rows: int, context: int) -> None:
        super().__init__()
        self.span, self.rows, self.context = span, rows, context

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Make the block; keys and values may differ in width (DeepSeek's do)."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self.keys, self.values = (
            lazy_zeros((self.rows, new.shape[1], self.context, new.shape[3]), new)
            for new in (key_states, value_states)
        )
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write what is new and return views of all that the span's rows hold."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        span = self.span
        last, reach = span.first + span.count, span.past + key_states.shape[2]
        if span.at is None:
            self.keys[span.first : last, :, span.past : reach] = key_states
            self.values[span.first : last, :, span.past : reach] = value_states
        else:
            self.keys[span.index, :, span.at] = key_states[:, :, 0]
            self.values[span.index, :, span.at] = value_states[:, :, 0]
        return self.keys[span.first : last, :, :reach], self.values[span.first : last, :, :reach]

    def get_seq_length(self) -> int:
        """Positions before the ones that are being written."""
        return self.span.past

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of what `update` returns."""
        return self.span.past + query_length, 0

    def get_max_length(self) -> int:
        """Positions a row can have."""
        return self.context


# What one conversation left behind: keys and values of each layer, [heads, length, width].
Kept = list[tuple[torch.Tensor, torch.Tensor]]


class Rows(Cache):
    """The blocks of all layers, in the form that transformers' models expect of a cache."""

    def __init__(self, layers: int, rows: int, context: int) -> None:
        self.span = Span()
        super().__init__(layers=[RowLayer(self.span, rows, context) for _ in range(layers)])

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` positions of one row over another."""
        for layer in self._made():
            layer.keys[target, :, :length] = layer.keys[source, :, :length]
            layer.values[target, :, :length] = layer.values[source, :, :length]

    def keep(self, row: int, length: int) -> Kept:
        """A copy of a row that outlives it."""
        return [
            (layer.keys[row, :, :length].clone(), layer.values[row, :, :length].clone())
            for layer in self._made()
        ]

    def restore(self, kept: Kept, row: int, length: int) -> None:
        """Write the first `length` positions of a kept row into a row."""
        for layer, (keys, values) in zip(self._made(), kept, strict=True):
            layer.keys[row, :, :length] = keys[:, :length]
            layer.values[row, :, :length] = values[:, :length]

    def _made(self) -> list[RowLayer]:
        return [layer for layer in self.layers if layer.is_initialized]
