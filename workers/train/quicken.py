"""Puts the quick layers in place of the general ones, wherever both mean the same."""

from collections.abc import Callable
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn
from transformers import AttentionInterface

from workers.train.layers import ATTENTION, AdaptedLinear, Gate, PackedLinear, RootMeanSquareNorm, attend

ADAPTER = "default"

# Architectures whose attention goes through transformers' interface and takes positions per token.
# BLOOM's biases and DeepSeek's compressed heads do not; they are padded instead.
ROWS = frozenset({"llama", "mistral", "ministral3", "qwen2", "qwen3", "glm", "glm4", "gpt2"})


def takes_rows(config: Any, max_length: int) -> bool:
    """Whether examples of this architecture can lie end to end in one row."""
    window = getattr(config, "sliding_window", None)
    return config.model_type in ROWS and (not window or window >= max_length)


def use_rows(model: PeftModel) -> None:
    """Let the attention of the model see each example of a row by itself."""
    AttentionInterface.register(ATTENTION, attend)
    model.get_base_model().set_attn_implementation(ATTENTION)


def quicken(model: PeftModel) -> int:
    """Replace what can be replaced; returns how many layers were."""
    replaced = 0
    for module in model.modules():
        forward = _replacement(module)
        if forward is not None:
            module.forward = forward
            replaced += 1
    return replaced


def _replacement(module: nn.Module) -> Callable[..., Tensor] | None:
    if isinstance(module, LoraLayer):
        return _adapted_linear(module)
    if isinstance(module, nn.Linear) and hasattr(module.weight, "quant_state"):
        return _packed_linear(module)
    if type(module).__name__.endswith("RMSNorm") and hasattr(module, "variance_epsilon"):
        return _norm(module)
    if hasattr(module, "gate_proj") and hasattr(module, "up_proj") and isinstance(module.act_fn, nn.SiLU):
        return _gated(module)
    return None


def _adapted_linear(module: Any) -> Callable[..., Tensor] | None:
    base = module.get_base_layer()
    is_plain = (
        isinstance(base, nn.Linear)
        and ADAPTER in module.lora_A
        and ADAPTER not in module.lora_variant
        and not module.lora_bias[ADAPTER]
    )
    if not is_plain:
        return None
    a, b, dropout = module.lora_A[ADAPTER], module.lora_B[ADAPTER], module.lora_dropout[ADAPTER]
    general = module.forward

    def forward(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if module.disable_adapters or module.merged:
            return general(x, *args, **kwargs)
        scale = module.scaling[ADAPTER]
        mask = dropout(torch.ones_like(x)) if module.training and isinstance(dropout, nn.Dropout) else None
        return AdaptedLinear.apply(x, base.weight, base.bias, a.weight, b.weight, scale, mask)

    return forward


def _packed_linear(module: nn.Linear) -> Callable[..., Tensor]:
    def forward(x: Tensor) -> Tensor:
        return PackedLinear.apply(x, module.weight, module.bias)

    return forward


def _norm(module: Any) -> Callable[..., Tensor]:
    def forward(x: Tensor) -> Tensor:
        return RootMeanSquareNorm.apply(x, module.weight, module.variance_epsilon)

    return forward


def _gated(module: Any) -> Callable[..., Tensor]:
    def forward(x: Tensor) -> Tensor:
        return module.down_proj(Gate.apply(module.gate_proj(x), module.up_proj(x)))

    return forward
