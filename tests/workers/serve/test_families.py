"""Every family's architecture runs in rows: adapters, prompts of unlike lengths, one batch."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    DeepseekV2Config,
    DeepseekV3Config,
    Glm4Config,
    GlmConfig,
    GPT2Config,
    MistralConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from datanets.blobs import Blobs
from tests.workers.serving import Serve, byte_tokenizer, make_adapter, save_base
from workers.catalog import targets

SHAPE: dict[str, Any] = {
    "vocab_size": 272,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.3,
    "pad_token_id": None,
    "bos_token_id": None,
    "eos_token_id": 256,
}
LATENT: dict[str, Any] = {
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 12,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_shared_experts": 1,
    "moe_intermediate_size": 32,
    "first_k_dense_replace": 1,
    "num_key_value_heads": 4,
    "n_group": 1,
    "topk_group": 1,
}
GPT2_SHAPE: dict[str, Any] = {
    "vocab_size": 272,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 256,
    "initializer_range": 0.3,
    "bos_token_id": None,
    "eos_token_id": 256,
}
BLOOM_SHAPE: dict[str, Any] = {
    "vocab_size": 272,
    "hidden_size": 32,
    "n_layer": 2,
    "n_head": 4,
    "initializer_range": 0.3,
    "bos_token_id": None,
    "eos_token_id": 256,
}

CONFIGS: dict[str, PretrainedConfig] = {
    "gpt2": GPT2Config(**GPT2_SHAPE),
    "bloom": BloomConfig(**BLOOM_SHAPE),
    "mistral": MistralConfig(**SHAPE, sliding_window=200, head_dim=8),
    "qwen2": Qwen2Config(**SHAPE),
    "qwen3": Qwen3Config(**SHAPE, head_dim=8),
    "glm": GlmConfig(**SHAPE, head_dim=8),
    "glm4": Glm4Config(**SHAPE, head_dim=8),
    "deepseek_v2": DeepseekV2Config(**SHAPE | LATENT, q_lora_rank=None),
    "deepseek_v3": DeepseekV3Config(**SHAPE | LATENT, q_lora_rank=16),
}
QUESTIONS = ("Hi", "What grows behind the old mill, and who planted it there?", "Salt or sugar?")


@pytest.mark.parametrize("family", CONFIGS)
async def test_a_family_answers_in_one_batch_as_in_transformers(
    family: str, serve: Serve, tmp_path: Path
) -> None:
    torch.manual_seed(3)
    base = tmp_path / "bases" / family
    save_base(AutoModelForCausalLM.from_config(CONFIGS[family]), base)
    store = Blobs(str(tmp_path / "store"))
    names = [
        name
        for name in targets(family, "all")
        if any(part.endswith(name) for part, _ in AutoModelForCausalLM.from_pretrained(base).named_modules())
    ]
    folders = [
        make_adapter(base, tmp_path / f"adapter-{n}", seed=n, target_modules=names, use_dora=n == 1)
        for n in range(2)
    ]
    for n, folder in enumerate(folders):
        await store.put_folder(f"adapters/{family}-{n}", folder)
    served = await serve(bases_dir=tmp_path / "bases", blobs_url=str(tmp_path / "store"))
    asked = list(zip([f"base:{family}", f"{family}-0", f"{family}-1"], QUESTIONS, strict=True))

    together = await asyncio.gather(*(served.chat(model, text, max_tokens=12) for model, text in asked))

    wanted = [plain(base, folder, text) for folder, text in zip([None, *folders], QUESTIONS, strict=True)]
    assert together == wanted


def plain(base: Path, adapter: Path | None, question: str) -> str:
    """The answer of transformers and peft themselves."""
    model: Any = AutoModelForCausalLM.from_pretrained(base)
    if adapter:
        model = PeftModel.from_pretrained(model, adapter)
    tokenizer = byte_tokenizer()
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
    )
    asked = tokenizer(text, add_special_tokens=False, return_tensors="pt", return_token_type_ids=False)
    with torch.inference_mode():
        made = model.eval().generate(**asked, do_sample=False, max_new_tokens=12, pad_token_id=256)
    new = made[0, asked["input_ids"].shape[1] :].tolist()
    return str(tokenizer.decode(new[: new.index(256)] if 256 in new else new, skip_special_tokens=True))
