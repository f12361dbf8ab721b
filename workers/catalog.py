"""The base models that can be trained, one row each, and those that are refused, with what to take instead.

To add one, add a row: its repository must hold safetensors and a configuration that transformers knows
by itself, since code from a repository is never run. `revision` is a full commit, never a branch.
"""

from dataclasses import dataclass

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
# bitsandbytes replaces linear layers only; fused experts would stay in full precision.
LORA_ONLY = ("lora",)


class UnknownBase(Exception):
    """The catalog has no such row, or refuses it; the message says what to take."""


@dataclass(frozen=True)
class Base:
    """One base model; the numbers are those of its configuration file.

    `model_type` is transformers' name of the architecture. `name_prefix` is how its licence wants the
    names of fine-tunes to begin, `attribution` what it wants shown.
    """

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

    def targets(self, which: str) -> tuple[str, ...]:
        """Names of the layers to adapt; `which` is `all` or `attention`."""
        return targets(self.model_type, which)


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


RAIL = "BigScience RAIL 1.0"
LLAMA_3_1, LLAMA_3_2 = "Llama 3.1 Community", "Llama 3.2 Community"

BASES: tuple[Base, ...] = (
    Base(
        "smollm2-135m-instruct",
        "llama",
        "SmolLM2 135M Instruct",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "12fd25f77366fa6b3b4b768ec3050bf629380bac",
        "Apache-2.0",
        "llama",
        134_515_008,
        layers=30,
        hidden=576,
        intermediate=1536,
        vocab=49152,
        context=8192,
        note="Small enough to train on a laptop; knows little by itself.",
    ),
    Base(
        "smollm2-360m-instruct",
        "llama",
        "SmolLM2 360M Instruct",
        "HuggingFaceTB/SmolLM2-360M-Instruct",
        "a10cc1512eabd3dde888204e902eca88bddb4951",
        "Apache-2.0",
        "llama",
        361_821_120,
        layers=32,
        hidden=960,
        intermediate=2560,
        vocab=49152,
        context=8192,
    ),
    Base(
        "tinyllama-1.1b-chat",
        "llama",
        "TinyLlama 1.1B Chat",
        "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
        "fe8a4ea1ffedaf415f4da2f062534de366a451e6",
        "Apache-2.0",
        "llama",
        1_100_048_384,
        layers=22,
        hidden=2048,
        intermediate=5632,
        vocab=32000,
        context=2048,
    ),
    Base(
        "llama-3.2-1b-instruct",
        "llama",
        "Llama 3.2 1B Instruct",
        "meta-llama/Llama-3.2-1B-Instruct",
        "9213176726f574b556790deb65791e0c5aa438b6",
        LLAMA_3_2,
        "llama",
        1_235_814_400,
        layers=16,
        hidden=2048,
        intermediate=8192,
        vocab=128256,
        context=131072,
        gated=True,
        name_prefix="Llama",
        attribution="Built with Llama",
    ),
    Base(
        "llama-3.2-3b-instruct",
        "llama",
        "Llama 3.2 3B Instruct",
        "meta-llama/Llama-3.2-3B-Instruct",
        "0cb88a4f764b7a12671c53f0838cd831a0843b95",
        LLAMA_3_2,
        "llama",
        3_212_749_824,
        layers=28,
        hidden=3072,
        intermediate=8192,
        vocab=128256,
        context=131072,
        gated=True,
        name_prefix="Llama",
        attribution="Built with Llama",
    ),
    Base(
        "llama-3.1-8b-instruct",
        "llama",
        "Llama 3.1 8B Instruct",
        "meta-llama/Llama-3.1-8B-Instruct",
        "0e9e39f249a16976918f6564b8830bc894c89659",
        LLAMA_3_1,
        "llama",
        8_030_261_248,
        layers=32,
        hidden=4096,
        intermediate=14336,
        vocab=128256,
        context=131072,
        gated=True,
        name_prefix="Llama",
        attribution="Built with Llama",
    ),
    Base(
        "qwen2.5-0.5b-instruct",
        "qwen",
        "Qwen2.5 0.5B Instruct",
        "Qwen/Qwen2.5-0.5B-Instruct",
        "7ae557604adf67be50417f59c2c2f167def9a775",
        "Apache-2.0",
        "qwen2",
        494_032_768,
        layers=24,
        hidden=896,
        intermediate=4864,
        vocab=151936,
        context=32768,
    ),
    Base(
        "qwen2.5-1.5b-instruct",
        "qwen",
        "Qwen2.5 1.5B Instruct",
        "Qwen/Qwen2.5-1.5B-Instruct",
        "989aa7980e4cf806f80c7fef2b1adb7bc71aa306",
        "Apache-2.0",
        "qwen2",
        1_543_714_304,
        layers=28,
        hidden=1536,
        intermediate=8960,
        vocab=151936,
        context=32768,
    ),
    Base(
        "qwen2.5-7b-instruct",
        "qwen",
        "Qwen2.5 7B Instruct",
        "Qwen/Qwen2.5-7B-Instruct",
        "a09a35458c702b33eeacc393d103063234e8bc28",
        "Apache-2.0",
        "qwen2",
        7_615_616_512,
        layers=28,
        hidden=3584,
        intermediate=18944,
        vocab=152064,
        context=32768,
    ),
    Base(
        "qwen3-0.6b",
        "qwen",
        "Qwen3 0.6B",
        "Qwen/Qwen3-0.6B",
        "c1899de289a04d12100db370d81485cdf75e47ca",
        "Apache-2.0",
        "qwen3",
        596_049_920,
        layers=28,
        hidden=1024,
        intermediate=3072,
        vocab=151936,
        context=40960,
    ),
    Base(
        "deepseek-r1-distill-qwen-1.5b",
        "deepseek",
        "DeepSeek R1 Distill Qwen 1.5B",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
        "ad9f0ae0864d7fbcd1cd905e3c6c5b069cc8b562",
        "MIT",
        "qwen2",
        1_777_088_000,
        layers=28,
        hidden=1536,
        intermediate=8960,
        vocab=151936,
        context=131072,
    ),
    Base(
        "deepseek-r1-distill-qwen-7b",
        "deepseek",
        "DeepSeek R1 Distill Qwen 7B",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
        "916b56a44061fd5cd7d6a8fb632557ed4f724f60",
        "MIT",
        "qwen2",
        7_615_616_512,
        layers=28,
        hidden=3584,
        intermediate=18944,
        vocab=152064,
        context=131072,
    ),
    Base(
        "deepseek-v2-lite-chat",
        "deepseek",
        "DeepSeek V2 Lite Chat (mixture of experts)",
        "deepseek-ai/DeepSeek-V2-Lite-Chat",
        "85864749cd611b4353ce1decdb286193298f64c7",
        "DeepSeek Model Licence",
        "deepseek_v2",
        15_706_484_224,
        layers=27,
        hidden=2048,
        intermediate=10944,
        vocab=102400,
        context=163840,
        methods=LORA_ONLY,
        note="QLoRA would leave its experts in full precision, so it is offered with LoRA alone.",
    ),
    Base(
        "mistral-7b-instruct-v0.3",
        "mistral",
        "Mistral 7B Instruct v0.3",
        "mistralai/Mistral-7B-Instruct-v0.3",
        "e0bc86c23ce5aae1db576c8cca6f06f1f73af2db",
        "Apache-2.0",
        "mistral",
        7_248_023_552,
        layers=32,
        hidden=4096,
        intermediate=14336,
        vocab=32768,
        context=32768,
        gated=True,
    ),
    Base(
        "bloom-560m",
        "bloom",
        "BLOOM 560M",
        "bigscience/bloom-560m",
        "ac2ae5fab2ce3f9f40dc79b5ca9f637430d24971",
        RAIL,
        "bloom",
        559_214_592,
        layers=24,
        hidden=1024,
        intermediate=4096,
        vocab=250880,
        context=2048,
        attribution="The use restrictions of its licence pass on to what is made from it.",
    ),
    Base(
        "bloomz-560m",
        "bloom",
        "BLOOMZ 560M",
        "bigscience/bloomz-560m",
        "a2845d7e13dd12efae154a9f1c63fcc2e0cc4b05",
        RAIL,
        "bloom",
        559_214_592,
        layers=24,
        hidden=1024,
        intermediate=4096,
        vocab=250880,
        context=2048,
        attribution="The use restrictions of its licence pass on to what is made from it.",
    ),
    Base(
        "gpt2",
        "gpt2",
        "GPT-2 124M",
        "openai-community/gpt2",
        "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "MIT",
        "gpt2",
        124_439_808,
        layers=12,
        hidden=768,
        intermediate=3072,
        vocab=50257,
        context=1024,
    ),
    Base(
        "gpt2-medium",
        "gpt2",
        "GPT-2 355M",
        "openai-community/gpt2-medium",
        "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
        "MIT",
        "gpt2",
        354_823_168,
        layers=24,
        hidden=1024,
        intermediate=4096,
        vocab=50257,
        context=1024,
    ),
    Base(
        "glm-4-9b-chat",
        "glm",
        "GLM-4 9B Chat (ChatGLM)",
        "zai-org/glm-4-9b-chat-hf",
        "8599336fc6c125203efb2360bfaf4c80eef1d1bf",
        "GLM-4 Licence",
        "glm",
        9_399_951_360,
        layers=40,
        hidden=4096,
        intermediate=13696,
        vocab=151552,
        context=131072,
        name_prefix="glm-4",
        attribution="Built with glm-4",
    ),
    Base(
        "glm-4-9b-0414",
        "glm",
        "GLM-4 9B 0414 (ChatGLM)",
        "zai-org/GLM-4-9B-0414",
        "645b8482494e31b6b752272bf7f7f273ef0f3caf",
        "MIT",
        "glm4",
        9_400_279_040,
        layers=40,
        hidden=4096,
        intermediate=13696,
        vocab=151552,
        context=32768,
    ),
)

FAMILIES = ("deepseek", "qwen", "mistral", "llama", "bloom", "gpt2", "glm")

OWN_CODE = (
    "{name} runs Python from its own repository, which is never done here. "
    "Take glm-4-9b-0414 (MIT) or glm-4-9b-chat instead: the same family, loaded by transformers itself."
)
REFUSED: dict[str, str] = {
    name: OWN_CODE.format(name=name)
    for name in (
        "zai-org/chatglm-6b",
        "zai-org/chatglm2-6b",
        "zai-org/chatglm3-6b",
        "zai-org/glm-4-9b-chat",
        "zai-org/glm-4-9b",
        "THUDM/chatglm-6b",
        "THUDM/chatglm2-6b",
        "THUDM/chatglm3-6b",
        "THUDM/glm-4-9b-chat",
    )
} | {
    "mistralai/Ministral-8B-Instruct-2410": (
        "Ministral-8B-Instruct-2410 is for research only. Take mistral-7b-instruct-v0.3 (Apache-2.0) instead."
    ),
    "deepseek-ai/DeepSeek-R1": (
        "DeepSeek-R1 has 671 billion parameters, which no worker here can hold. "
        "Take deepseek-r1-distill-qwen-1.5b or deepseek-r1-distill-qwen-7b instead."
    ),
    "deepseek-ai/DeepSeek-V3": (
        "DeepSeek-V3 has 671 billion parameters, which no worker here can hold. "
        "Take deepseek-v2-lite-chat or deepseek-r1-distill-qwen-7b instead."
    ),
}
