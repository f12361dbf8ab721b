"""Many adapters at once: each row of the batch carries its own low-rank matrices.

The matrices of all rows lie side by side, so a layer needs two batched products however many adapters
are in the batch, and no gathering at each step. peft loops over adapters inside every layer instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear

from workers.serve.adapters import Adapter
from workers.serve.rows import Span, lazy_zeros

RANK_STEP = 8
# Tokens up to which one thread alone is quicker.
FEW = 128


@dataclass
class Site:
    """One adapted layer: `a` is [rows, rank, in], `b` is [rows, rank, out] with the scale inside.

    `gain` is [rows, 1, out] once a DoRA adapter was seen, else None. `used` has the rank in each row.
    """

    module: nn.Module
    a: torch.Tensor
    b: torch.Tensor
    used: list[int]
    gain: torch.Tensor | None = None
    gained: list[bool] = field(default_factory=list)


class Stack:
    """Adds every row's adapter to the layers of one base model."""

    def __init__(self, model: nn.Module, rows: int, span: Span) -> None:
        self.rows, self.span = rows, span
        self.seated: list[str] = [""] * rows
        self._modules = dict(model.named_modules())
        self._sites: dict[str, Site] = {}

    def seat(self, row: int, adapter: Adapter | None) -> None:
        """Give a row its adapter's matrices; None is the plain base."""
        wanted = adapter.id if adapter else ""
        if self.seated[row] == wanted:
            return
        parts = adapter.parts if adapter else {}
        for name, part in parts.items():
            site = self._site(name, part.a)
            rank = part.a.shape[0]
            site.a[row, :rank] = part.a
            site.b[row, :rank] = part.b
            # Zero rows of b silence whatever an earlier adapter of higher rank left in a.
            site.b[row, rank : site.used[row]] = 0
            site.used[row] = rank
            self._set_gain(site, row, part.gain)
        for name, site in self._sites.items():
            if name not in parts and site.used[row]:
                site.b[row] = 0
                site.used[row] = 0
                self._set_gain(site, row, None)
        self.seated[row] = wanted

    def _site(self, name: str, like: torch.Tensor) -> Site:
        rank = like.shape[0]
        site = self._sites.get(name)
        if site is not None and site.a.shape[1] >= rank:
            return site
        wide = -(-rank // RANK_STEP) * RANK_STEP
        module = self._modules[name]
        fan_in, fan_out = fans(module)
        a = lazy_zeros((self.rows, wide, fan_in), like)
        b = lazy_zeros((self.rows, wide, fan_out), like)
        if site is None:
            site = self._sites[name] = Site(module, a, b, [0] * self.rows, gained=[False] * self.rows)
            module.register_forward_hook(self._adder(site))
            return site
        old = site.a.shape[1]
        a[:, :old] = site.a
        b[:, :old] = site.b
        site.a, site.b = a, b
        return site

    def _set_gain(self, site: Site, row: int, gain: torch.Tensor | None) -> None:
        site.gained[row] = gain is not None
        if gain is not None and site.gain is None:
            site.gain = torch.ones((self.rows, 1, len(gain)), dtype=gain.dtype, device=gain.device)
        if site.gain is not None:
            site.gain[row, 0] = 1 if gain is None else gain

    def _adder(self, site: Site) -> Any:
        span = self.span
        bias = getattr(site.module, "bias", None)

        def add(_: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
            first, last = span.first, span.first + span.count
            if not any(site.used[first:last]):
                return output
            # DeepSeek's latent keys come with a head dimension; rows stay the first one.
            given = inputs[0].reshape(span.count, -1, inputs[0].shape[-1]).to(site.a.dtype)
            flat = output.view(span.count, -1, output.shape[-1])
            if span.count == 1:
                # A prompt: a plain product is quicker than a batch of one.
                with one_thread(given[0]):
                    flat[0].add_(torch.mm(linear(given[0], site.a[first]), site.b[first]))
            else:
                flat.add_(torch.bmm(torch.bmm(given, site.a[first:last].transpose(1, 2)), site.b[first:last]))
            if site.gain is None or not any(site.gained[first:last]):
                return output
            gain = site.gain[first:last]
            # DoRA scales the adapted weight, never the bias.
            flat.mul_(gain) if bias is None else flat.sub_(bias).mul_(gain).add_(bias)
            return output

        return add


@contextmanager
def one_thread(given: torch.Tensor) -> Iterator[None]:
    """Compute here without waking other threads, which costs a short prompt as much as its products."""
    threads = torch.get_num_threads()
    if given.device.type != "cpu" or len(given) > FEW or threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def fans(module: nn.Module) -> tuple[int, int]:
    """Width of a layer's input and output, also of GPT-2's transposed Conv1D."""
    if isinstance(module, nn.Linear):
        return module.in_features, module.out_features
    rows, columns = module.weight.shape
    return int(rows), int(columns)
