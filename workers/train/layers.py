# ruff: noqa: D102 - forward and backward of an autograd function are named by torch.
"""Layers that compute what a frozen base with an adapter needs, and nothing else.

The general layers keep what full training would need and cross memory once for each small operation.
These keep what the adapter's gradient needs, recompute what is cheap, and work in place. The results are
the same up to rounding; `tests/workers/test_layers.py` compares both.
"""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

from workers.train.rows import Row, Span

ATTENTION = "potluck_rows"
# Up to this length whole matrices of scores are small enough to be faster than the fused kernel.
PRODUCTS_PAY = 1024
# Products of bfloat16 are compiled for each shape and kept, about 3 MB for each length of a row: lengths
# are filled up to a multiple.
LIKE_LENGTHS = 32


class AdaptedLinear(torch.autograd.Function):
    """x W' + s (m x A') B' for a frozen W: one product with W each way, and thin ones for A and B.

    `mask` m is dropout's, in x's shape and already scaled, or None. A W held in 4 bits is unpacked for
    each product and forgotten again.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        a: Tensor,
        b: Tensor,
        scale: float,
        mask: Tensor | None,
    ) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        thin_a, thin_b = a.to(x.dtype), (b * scale).to(x.dtype)
        mask = mask if mask is None else mask.view_as(flat)
        narrow = (flat if mask is None else flat * mask) @ thin_a.t()
        out = F.linear(flat, unpacked(weight, x.dtype), bias).addmm_(narrow, thin_b.t())
        ctx.save_for_backward(flat, narrow, thin_a, thin_b, mask)
        # Not among the saved tensors: saving would turn 4-bit parameters into plain ones.
        ctx.weight, ctx.scale = weight, scale
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        flat, narrow, thin_a, thin_b, mask = ctx.saved_tensors
        weight, grad = ctx.weight, grads[0]
        out = grad.reshape(-1, grad.shape[-1])
        narrow_grad = out @ thin_b
        grad_b = (out.t() @ narrow).float().mul_(ctx.scale)
        grad_a = (narrow_grad.t() @ (flat if mask is None else flat * mask)).float()
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = out @ unpacked(weight, out.dtype)
            if mask is None:
                grad_x.addmm_(narrow_grad, thin_a)
            else:
                grad_x.addcmul_(narrow_grad @ thin_a, mask)
            grad_x = grad_x.view(*grad.shape[:-1], -1)
        return grad_x, None, None, grad_a, grad_b, None, None


class PackedLinear(torch.autograd.Function):
    """x W' for a W in 4 bits that has no adapter.

    bitsandbytes' own layer repacks W for the processor when it is first used without training, after which
    a resumed run would no longer compute what an uninterrupted one does.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.weight = weight
        return F.linear(x, unpacked(weight, x.dtype), bias)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        return grads[0] @ unpacked(ctx.weight, grads[0].dtype), None, None


def unpacked(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """The weight as a matrix, [out, in]."""
    state = getattr(weight, "quant_state", None)
    if state is None:
        return weight
    from bitsandbytes.functional import dequantize_4bit

    return dequantize_4bit(weight.data, state).to(dtype)


class Gate(torch.autograd.Function):
    """silu(gate) * up, keeping only its two inputs."""

    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        ctx.save_for_backward(gate, up)
        return F.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        gate, up = ctx.saved_tensors
        grad_up = F.silu(gate).mul_(grads[0])
        grad_gate = torch.ops.aten.silu_backward(grads[0] * up, gate)
        return grad_gate, grad_up


class RootMeanSquareNorm(torch.autograd.Function):
    """x / rms(x) * w with a frozen w, in the precision of x except for the sum of squares."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        square = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32).square_()
        factor = square.div_(x.shape[-1]).add_(epsilon).rsqrt_()
        normal = x * factor.to(x.dtype)
        ctx.save_for_backward(normal, factor, weight)
        return normal * weight

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        normal, factor, weight = ctx.saved_tensors
        grad = grads[0] * weight
        along = (grad * normal).sum(-1, keepdim=True, dtype=torch.float32).div_(normal.shape[-1])
        grad.addcmul_(normal, along.to(grad.dtype), value=-1)
        return grad.mul_(factor.to(grad.dtype)), None, None


class RowAttention(torch.autograd.Function):
    """Causal attention of each example with itself and the prefix; q, k, v are 1 x heads x row x size."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, row: Row, scale: float) -> Tensor:
        out = torch.empty_like(q, memory_format=torch.contiguous_format)
        kept: list[Tensor] = []
        for number, span in enumerate(row.spans):
            places = slice(span.start, span.stop)
            part_q, part_k, part_v = (_take(t, row.shared, span) for t in (q, k, v))
            part, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
                part_q, part_k, part_v, 0.0, True, scale=scale
            )
            kept += [part, sums]
            if number == 0:
                out[:, :, : row.shared] = part[:, :, : row.shared]
            out[:, :, places] = part[:, :, row.shared :]
        ctx.save_for_backward(q, k, v, *kept)
        ctx.row, ctx.scale = row, scale
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, *kept = ctx.saved_tensors
        row, grad = ctx.row, grads[0]
        out = tuple(torch.zeros_like(t, memory_format=torch.contiguous_format) for t in (q, k, v))
        for number, span in enumerate(row.spans):
            part_grad = _take(grad, row.shared, span)
            if number and row.shared:
                # The prefix's own output was taken from the first example only.
                part_grad[:, :, : row.shared] = 0
            taken = tuple(_take(t, row.shared, span) for t in (q, k, v))
            if q.dtype is torch.bfloat16 and taken[0].shape[2] <= PRODUCTS_PAY:
                parts = _backward_by_products(part_grad, taken, ctx.scale)
            else:
                parts = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
                    part_grad, *taken, kept[2 * number], kept[2 * number + 1], 0.0, True, scale=ctx.scale
                )
            for whole, part in zip(out, parts, strict=True):
                whole[:, :, : row.shared] += part[:, :, : row.shared]
                whole[:, :, span.start : span.stop] = part[:, :, row.shared :]
        return *out, None, None


def _backward_by_products(
    grad: Tensor, taken: tuple[Tensor, ...], scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of causal attention by whole matrices; all are 1 x heads x length x size.

    The fused kernel computes bfloat16 in pieces of float32, which takes several times as long.
    """
    own = grad.shape[2]
    # What is filled up has no gradient and comes last, where nobody looks at it.
    missing = -own % LIKE_LENGTHS
    g, q, k, v = (F.pad(whole[0], (0, 0, 0, missing)) for whole in (grad, *taken))
    length = own + missing
    hidden = torch.full((length, length), -torch.inf, dtype=q.dtype).triu_(1).expand(q.shape[0], -1, -1)
    chances = torch.softmax(torch.baddbmm(hidden, q, k.transpose(1, 2), alpha=scale), -1)
    value_grad = torch.bmm(chances.transpose(1, 2), g)
    scores_grad = torch._softmax_backward_data(torch.bmm(g, v.transpose(1, 2)), chances, -1, q.dtype)
    scores_grad.mul_(scale)
    query_grad = torch.bmm(scores_grad, k)
    key_grad = torch.bmm(scores_grad.transpose(1, 2), q)
    return query_grad[None, :, :own], key_grad[None, :, :own], value_grad[None, :, :own]


def _take(whole: Tensor, shared: int, span: Span) -> Tensor:
    own = whole[:, :, span.start : span.stop]
    return torch.cat((whole[:, :, :shared], own), dim=2) if shared else own


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    row: Row,
    scaling: float | None = None,
    dropout: float = 0.0,
    **others: Any,
) -> tuple[Tensor, None]:
    """Attention of transformers' interface over a row; q is 1 x heads x row x size."""
    del module, attention_mask, others, dropout
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    if query.is_cpu and query.shape[-1] == value.shape[-1]:
        out = RowAttention.apply(query, key, value, row, scale)
    else:
        out = _attend_by_parts(query, key, value, row, scale)
    return out.transpose(1, 2), None


def _attend_by_parts(query: Tensor, key: Tensor, value: Tensor, row: Row, scale: float) -> Tensor:
    parts = []
    for number, span in enumerate(row.spans):
        q, k, v = (_take(t, row.shared, span) for t in (query, key, value))
        part = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
        parts.append(part if number == 0 else part[:, :, row.shared :])
    return torch.cat(parts, dim=2)


class VocabularyLoss(torch.autograd.Function):
    """Summed cross-entropy of some places' states, a slice of places at a time; the head is frozen.

    The gradient is made in the forward pass, while the slice's logits are at hand.
    """

    SLICE = 64

    @staticmethod
    def forward(ctx: Any, states: Tensor, head: Tensor, bias: Tensor | None, targets: Tensor) -> Tensor:
        needed = ctx.needs_input_grad[0]
        grad = torch.empty_like(states) if needed else None
        total = torch.zeros((), dtype=torch.float64)
        for start in range(0, len(targets), VocabularyLoss.SLICE):
            piece = slice(start, start + VocabularyLoss.SLICE)
            wanted = targets[piece, None]
            logits = F.linear(states[piece], head, bias).float()
            sums = logits.logsumexp(-1, keepdim=True)
            total += (sums - logits.gather(1, wanted)).sum(dtype=torch.float64)
            if grad is not None:
                logits.sub_(sums).exp_()
                logits.scatter_add_(1, wanted, torch.full_like(sums, -1.0))
                torch.mm(logits.to(states.dtype), head, out=grad[piece])
        if grad is not None:
            ctx.save_for_backward(grad)
        return total.float()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = ctx.saved_tensors
        return grad * grads[0].to(grad.dtype), None, None, None
