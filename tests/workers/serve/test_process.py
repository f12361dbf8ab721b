"""The server as a process, and on real weights."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.workers.serving import Serve
from workers.config import WorkerSettings
from workers.weights import SMOLLM2, provide


@pytest.fixture
async def process(
    bases: Path, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`python -m workers.serve` over the tiny bases."""
    given = {
        "POTLUCK_BASES_DIR": str(bases),
        "POTLUCK_DATA_DIR": str(tmp_path),
        "POTLUCK_SERVE_PORT": str(unused_tcp_port),
        "POTLUCK_SERVE_BASE": "tiny",
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "workers.serve", env=os.environ | given, stderr=asyncio.subprocess.DEVNULL
    )
    yield child, f"http://127.0.0.1:{unused_tcp_port}"
    if child.returncode is None:
        child.kill()
        await child.wait()


async def health(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    try:
        async with session.get(f"{url}/health", timeout=aiohttp.ClientTimeout(total=2)) as response:
            return dict(await response.json())
    except (aiohttp.ClientError, TimeoutError):
        return {}


@pytest.mark.slow
async def test_health_answers_before_torch_is_there_and_a_signal_ends_it_cleanly(
    process: tuple[asyncio.subprocess.Process, str],
) -> None:
    child, url = process
    seen: list[str] = []
    end = time.monotonic() + 60
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < end:
            told = await health(session, url)
            seen.append(told.get("status", "away"))
            if told.get("bases") == ["tiny"]:
                break
            await asyncio.sleep(0.05)

        child.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(child.wait(), 10)

    assert "starting" in seen
    assert seen[-1] == "ok"
    assert code == 0


@pytest.mark.slow
async def test_real_weights_answer_as_in_transformers_turn_after_turn(serve: Serve) -> None:
    folder = provide(SMOLLM2, WorkerSettings().bases)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    served = await serve(bases_dir=folder.parent)
    messages: list[dict[str, str]] = []

    for question in ("What is the capital of France?", "And what is its most famous tower? 🗼"):
        messages.append({"role": "user", "content": question})
        asked = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            made = model.generate(**asked, do_sample=False, max_new_tokens=24)
        wanted = tokenizer.decode(made[0, asked["input_ids"].shape[1] :], skip_special_tokens=True)
        body = {
            "model": "base:smollm2-135m-instruct",
            "messages": messages,
            "temperature": 0,
            "max_tokens": 24,
        }
        async with served.session.post(f"{served.url}/chat/completions", json=body) as response:
            reply = (await response.json())["choices"][0]["message"]["content"]
        assert reply == wanted
        messages.append({"role": "assistant", "content": reply})

    assert "Paris" in messages[1]["content"]
