"""A server child on real weights, and random adapters for it: what the serving figures share."""

import asyncio
import hashlib
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bot.inference import Inference
from datanets.blobs import Blobs
from workers.config import WorkerSettings
from workers.weights import SMOLLM2, provide

BASE = SMOLLM2.name
RANK = 8


def base_folder() -> Path:
    """Where the real weights lie; brought there first if need be."""
    return provide(SMOLLM2, WorkerSettings().bases)


def make_adapters(count: int, folder: Path) -> list[Path]:
    """Random LoRA adapters on all linear layers, written by peft."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from workers.catalog import targets
    from workers.template import template_of

    model: Any = AutoModelForCausalLM.from_pretrained(base_folder(), dtype=torch.float32)
    lora = LoraConfig(
        task_type="CAUSAL_LM", r=RANK, lora_alpha=2 * RANK, target_modules=list(targets("llama", "all"))
    )
    tuned = get_peft_model(model, lora)
    template = template_of(tokenizer()).text
    notes = {
        "base": BASE,
        "template": template,
        "template_sha256": hashlib.sha256(template.encode()).hexdigest(),
    }
    made = []
    for number in range(count):
        torch.manual_seed(number)
        for name, weight in tuned.named_parameters():
            if "lora_" in name:
                torch.nn.init.normal_(weight, std=0.02)
        made.append(folder / f"bench-{number}")
        tuned.save_pretrained(made[-1])
        (made[-1] / "potluck.json").write_text(json.dumps(notes))
    return made


def tokenizer() -> Any:
    """The base's tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(base_folder())


@dataclass(frozen=True)
class Served:
    """A client of the child and the child itself."""

    models: Inference
    process: psutil.Process

    @property
    def memory(self) -> int:
        """Bytes that the child has in memory."""
        return int(self.process.memory_info().rss)


@asynccontextmanager
async def serving(adapters: list[Path], precision: str) -> AsyncIterator[Served]:
    """`python -m workers.serve` with these adapters in its store, ready to answer."""
    with tempfile.TemporaryDirectory() as data, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        for adapter in adapters:
            await Blobs(f"{data}/blobs").put_folder(f"adapters/{adapter.name}", adapter)
        given = {
            "POTLUCK_DATA_DIR": data,
            "POTLUCK_BLOBS_URL": f"{data}/blobs",
            "POTLUCK_BASES_DIR": str(base_folder().parent),
            "POTLUCK_SERVE_PORT": str(port),
            "POTLUCK_SERVE_PRECISION": precision,
        }
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "workers.serve", env=os.environ | given, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with Inference(f"http://127.0.0.1:{port}/v1") as models:
                await _answering(models)
                yield Served(models, psutil.Process(child.pid))
        finally:
            child.send_signal(signal.SIGTERM)
            await child.wait()


async def _answering(models: Inference) -> None:
    for _ in range(240):
        if await models.ready():
            break
        await asyncio.sleep(0.25)
    async for _ in models.chat(f"base:{BASE}", [{"role": "user", "content": "Hello"}], max_tokens=4):
        pass


def best_precision() -> str:
    """What the server would choose on this machine."""
    from workers.machine import probe

    return probe().precision
