"""The base models of `catalog.toml`, which says how to add one, and where LoRA adapts their architectures."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

LLAMA_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
LLAMA_ALL = (*LLAMA_ATTENTION, "gate_proj", "up_proj", "down_proj")
GLM_ALL = (*LLAMA_ATTENTION, "gate_up_proj", "down_proj")
BLOOM_ATTENTION = ("query_key_value", "self_attention.dense")
BLOOM_ALL = ("query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h")
GPT2_ATTENTION = ("c_attn", "attn.c_proj")
GPT2_ALL = ("c_attn", "c_proj", "c_fc")
MLA_ATTENTION = ("q_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj")

# LoRA targets by transformers' model type: (all linear layers, attention alone). peft's own table misses
# half of these, and its "all-linear" would train the routers of a mixture of experts.
TARGETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "llama": (LLAMA_ALL, LLAMA_ATTENTION),
    "mistral": (LLAMA_ALL, LLAMA_ATTENTION),
    "ministral3": (LLAMA_ALL, LLAMA_ATTENTION),
    "mixtral": (LLAMA_ATTENTION, LLAMA_ATTENTION),
    "qwen2": (LLAMA_ALL, LLAMA_ATTENTION),
    "qwen3": (LLAMA_ALL, LLAMA_ATTENTION),
    "qwen3_moe": (LLAMA_ATTENTION, LLAMA_ATTENTION),
    "glm": (GLM_ALL, LLAMA_ATTENTION),
    "glm4": (GLM_ALL, LLAMA_ATTENTION),
    "bloom": (BLOOM_ALL, BLOOM_ATTENTION),
    "gpt2": (GPT2_ALL, GPT2_ATTENTION),
    "deepseek_v2": (MLA_ATTENTION, MLA_ATTENTION),
    "deepseek_v3": (MLA_ATTENTION, MLA_ATTENTION),
}

BOTH = ("lora", "qlora")


class UnknownBase(Exception):
    """The catalog has no such row, or refuses it; the message says what to take."""


@dataclass(frozen=True)
class Base:
    """One row of the catalog."""

    id: str
    family: str
    title: str
    repository: str
    revision: str
    licence: str
    model_type: str
    parameters: int
    layers: int
    hidden: int
    intermediate: int
    vocab: int
    context: int
    gated: bool = False
    name_prefix: str = ""
    attribution: str = ""
    methods: tuple[str, ...] = BOTH
    note: str = ""


def targets(model_type: str, which: str) -> tuple[str, ...]:
    """Names of the layers to adapt in an architecture; raises UnknownBase for one without a row."""
    if model_type not in TARGETS:
        raise UnknownBase(f"No LoRA targets are known for {model_type}: add a row to TARGETS.")
    every, attention = TARGETS[model_type]
    return every if which == "all" else attention


def base(name: str) -> Base:
    """Find a row by its id or its repository; raises UnknownBase with what to do."""
    wanted = name.lower()
    for row in BASES:
        if wanted in {row.id, row.repository.lower()}:
            return row
    for refused, instead in REFUSED.items():
        if wanted in {refused.lower(), refused.lower().rpartition("/")[2]}:
            raise UnknownBase(instead)
    raise UnknownBase(f"{name} is not in the catalog. Known bases: {', '.join(row.id for row in BASES)}.")


_FILE: dict[str, list[dict[str, Any]]] = tomllib.loads(files("workers").joinpath("catalog.toml").read_text())
BASES = tuple(Base(**{**row, "methods": tuple(row.get("methods", BOTH))}) for row in _FILE["base"])
REFUSED: dict[str, str] = {
    name: row["instead"].format(name=name) for row in _FILE["refused"] for name in row["names"]
}
