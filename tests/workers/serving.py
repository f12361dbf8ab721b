"""A tiny random base, adapters that peft made for it, and the server that answers with them."""

import hashlib
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from workers.serve.models import Models
from workers.serve.settings import ServeSettings

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
SPECIAL = ("<end>", "<assistant>", "<user>", "<system>")


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """One token a byte, so that every character beyond ASCII is made of several."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>")
    fast.add_special_tokens({"additional_special_tokens": list(SPECIAL[1:])})
    fast.chat_template = TEMPLATE
    return fast


def save_base(model: PreTrainedModel, folder: Path) -> None:
    """Write a base as the server expects it. Ends are left out: random models would stop at once."""
    model.generation_config.eos_token_id = None
    model.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)


def tiny_llama(seed: int = 0) -> LlamaForCausalLM:
    """Two layers with weights so large that no two tokens are nearly as likely."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=272,
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.25,
        bos_token_id=None,
        eos_token_id=256,
    )
    return LlamaForCausalLM(config)


def make_adapter(base: Path, folder: Path, *, seed: int, **lora: object) -> Path:
    """Write an adapter with random matrices, by peft itself, with our own notes beside it."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base)
    given: dict[str, object] = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear"} | lora
    tuned = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **given))  # type: ignore[arg-type]
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
        if "magnitude" in name:
            weight.data *= 1 + 0.3 * torch.rand_like(weight)
    tuned.save_pretrained(folder)
    notes = {
        "base": base.name,
        "template": TEMPLATE,
        "template_sha256": hashlib.sha256(TEMPLATE.encode()).hexdigest(),
    }
    (folder / "potluck.json").write_text(json.dumps(notes))
    return folder


@dataclass(frozen=True)
class Served:
    """A running server: its URL, its settings, and what is behind it."""

    url: str
    settings: ServeSettings
    models: Models
    session: aiohttp.ClientSession

    async def chat(self, model: str, text: str, **more: object) -> str:
        """Ask one question and return the whole reply."""
        body = {"model": model, "messages": [{"role": "user", "content": text}], "temperature": 0} | more
        async with self.session.post(f"{self.url}/chat/completions", json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
        return str(answer["choices"][0]["message"]["content"])


Serve = Callable[..., Awaitable[Served]]
