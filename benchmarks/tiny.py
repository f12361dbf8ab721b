"""Tiny random models of every family, built from the families' own configurations, with one tokenizer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
VOCABULARY = 320


@dataclass(frozen=True)
class Tiny:
    """A family, the architecture that stands for it, whether it has a chat template, how it is built."""

    family: str
    model_type: str
    has_template: bool
    build: Callable[[], Any]


def save_tiny(tiny: Tiny, folder: Path, seed: int = 3) -> Path:
    """Write the model and its tokenizer as a base."""
    import torch

    torch.manual_seed(seed)
    tiny.build().save_pretrained(folder)
    tokenizer(has_template=tiny.has_template).save_pretrained(folder)
    return folder


def tokenizer(*, has_template: bool = True) -> Any:
    """One token a byte."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = Tokenizer(models.BPE({letter: i for i, letter in enumerate(alphabet)}, []))
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=pieces, eos_token="<|im_end|>", pad_token="<|im_end|>")
    fast.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    if has_template:
        fast.chat_template = CHATML
    return fast


SIZE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "pad_token_id": 256,
    "bos_token_id": None,
    "eos_token_id": 256,
}


def _llama() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(LlamaConfig(**SIZE))


def _mistral() -> Any:
    from transformers import MistralConfig, MistralForCausalLM

    return MistralForCausalLM(MistralConfig(**SIZE, sliding_window=None))


def _qwen3() -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return Qwen3ForCausalLM(Qwen3Config(**SIZE, head_dim=16))


def _qwen2() -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return Qwen2ForCausalLM(Qwen2Config(**SIZE))


def _glm() -> Any:
    from transformers import GlmConfig, GlmForCausalLM

    return GlmForCausalLM(GlmConfig(**SIZE, head_dim=16))


def _glm4() -> Any:
    from transformers import Glm4Config, Glm4ForCausalLM

    return Glm4ForCausalLM(Glm4Config(**SIZE, head_dim=16))


def _gpt2() -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    shape = {"n_embd": 64, "n_layer": 3, "n_head": 4, "n_positions": 1024}
    ends = {"bos_token_id": None, "eos_token_id": 256, "pad_token_id": 256}
    no_noise = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    return GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, **shape, **ends, **no_noise))


def _bloom() -> Any:
    from transformers import BloomConfig, BloomForCausalLM

    shape = {"hidden_size": 64, "n_layer": 3, "n_head": 4}
    ends = {"bos_token_id": None, "eos_token_id": 256, "pad_token_id": 256}
    return BloomForCausalLM(BloomConfig(vocab_size=VOCABULARY, **shape, **ends))


def _deepseek_v2() -> Any:
    from transformers import DeepseekV2Config, DeepseekV2ForCausalLM

    latent = {
        "kv_lora_rank": 32,
        "q_lora_rank": None,
        "qk_rope_head_dim": 8,
        "qk_nope_head_dim": 16,
        "v_head_dim": 16,
    }
    experts = {
        "n_routed_experts": 4,
        "n_shared_experts": 1,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 32,
    }
    one_group = {"n_group": 1, "topk_group": 1, "first_k_dense_replace": 1}
    size = {**SIZE, "num_key_value_heads": 4}
    return DeepseekV2ForCausalLM(DeepseekV2Config(**size, **latent, **experts, **one_group))


TINY: tuple[Tiny, ...] = (
    Tiny("deepseek", "qwen2", has_template=True, build=_qwen2),
    Tiny("qwen", "qwen3", has_template=True, build=_qwen3),
    Tiny("mistral", "mistral", has_template=True, build=_mistral),
    Tiny("llama", "llama", has_template=True, build=_llama),
    Tiny("bloom", "bloom", has_template=False, build=_bloom),
    Tiny("gpt2", "gpt2", has_template=False, build=_gpt2),
    Tiny("glm", "glm4", has_template=True, build=_glm4),
)
# Of the same families: the compressed attention and experts of DeepSeek V2, and the first GLM-4.
MORE: tuple[Tiny, ...] = (
    Tiny("deepseek", "deepseek_v2", has_template=True, build=_deepseek_v2),
    Tiny("glm", "glm", has_template=True, build=_glm),
)
