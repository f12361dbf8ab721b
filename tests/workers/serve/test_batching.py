"""Replies that share a batch are the replies that each would get alone."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from datanets.blobs import Blobs
from tests.workers.serving import TEMPLATE, Serve, Served, byte_tokenizer

RUNS = [f"run-{number}" for number in range(6)]
QUESTIONS = ["Who?", "Where is the salt?", "And why does it rain so often in the valley?", "42", "ü?", "When"]


async def expected(run: str, question: str, length: int, bases: Path, blobs_url: str, tmp_path: Path) -> str:
    """What transformers and peft themselves would answer."""
    model: Any = AutoModelForCausalLM.from_pretrained(bases / "tiny")
    if run != "base:tiny":
        folder = await Blobs(blobs_url).fetch_folder(f"adapters/{run}", tmp_path / "plain" / run)
        model = PeftModel.from_pretrained(model, folder).eval()
    tokenizer = byte_tokenizer()
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}],
        chat_template=TEMPLATE,
        tokenize=False,
        add_generation_prompt=True,
    )
    asked = tokenizer(text, add_special_tokens=False, return_tensors="pt")
    with torch.inference_mode():
        made = model.generate(
            **asked, do_sample=False, max_new_tokens=length, eos_token_id=256, pad_token_id=256
        )
    new = made[0, asked["input_ids"].shape[1] :]
    return str(tokenizer.decode(new, skip_special_tokens=True))


@pytest.mark.parametrize("run", [*RUNS, "base:tiny"])
async def test_a_reply_is_the_one_of_transformers_and_peft(
    run: str, serve: Serve, bases: Path, blobs_url: str, tmp_path: Path
) -> None:
    served = await serve()

    reply = await served.chat(run, "Where is the salt?", max_tokens=24)

    assert reply == await expected(run, "Where is the salt?", 24, bases, blobs_url, tmp_path)


async def test_adapters_in_one_batch_answer_as_each_does_alone(serve: Serve) -> None:
    alone_server, together_server = await serve(serve_kept_mb=0), await serve(serve_kept_mb=0)
    asked = [*zip(RUNS, QUESTIONS, strict=True), ("base:tiny", "Who?"), ("run-0", "And?")]

    alone = [await alone_server.chat(run, question, max_tokens=32) for run, question in asked]
    together = await asyncio.gather(
        *(together_server.chat(run, question, max_tokens=32) for run, question in asked)
    )

    assert together == alone
    assert len(set(alone)) == len(alone)


async def test_short_prompts_that_wait_together_are_read_in_one_pass_and_answered_as_alone(
    serve: Serve,
) -> None:
    alone_server, together_server = await serve(serve_kept_mb=0), await serve(serve_kept_mb=0)
    asked = [*zip(RUNS, QUESTIONS, strict=True), ("base:tiny", "Who?"), ("run-0", "And?")]
    alone = [await alone_server.chat(run, question, max_tokens=8) for run, question in asked]
    # Everything is loaded once, so that nobody waits for a file while the others wait in line.
    for run in (*RUNS, "base:tiny"):
        await together_server.chat(run, "Hi", max_tokens=1)
    read: list[tuple[int, ...]] = []
    base = together_server.models.bases.held()[0]

    def watch(_: Any, __: Any, given: dict[str, Any]) -> None:
        read.append(tuple(given["input_ids"].shape))
        end = time.monotonic() + 10
        # The first one is held until all the others wait in line.
        while len(read) == 1 and base.engine.load()[1] < len(asked) and time.monotonic() < end:
            time.sleep(0.001)

    base.model.register_forward_pre_hook(watch, with_kwargs=True)

    first = asyncio.create_task(together_server.chat("run-1", "First", max_tokens=1))
    while not read:
        await asyncio.sleep(0.001)
    together = await asyncio.gather(
        *(together_server.chat(run, question, max_tokens=8) for run, question in asked)
    )
    await first

    assert together == alone
    assert max(rows for rows, tokens in read if tokens > 1) >= 3


async def test_joining_and_leaving_change_nobody_elses_reply(serve: Serve) -> None:
    quiet, lively = await serve(serve_kept_mb=0), await serve(serve_kept_mb=0, serve_rows=4)
    alone = await quiet.chat("run-2", "A long story, please", max_tokens=200)

    async def come_and_go() -> None:
        for turn in range(8):
            await lively.chat(RUNS[turn % 6], "x" * (turn * 7 + 1), max_tokens=turn + 1)

    long, *_ = await asyncio.gather(
        lively.chat("run-2", "A long story, please", max_tokens=200),
        come_and_go(),
        come_and_go(),
        come_and_go(),
    )

    assert long == alone


async def test_a_seed_draws_the_same_reply_in_any_company(serve: Serve) -> None:
    served = await serve(serve_kept_mb=0)
    drawn = {"temperature": 1.0, "top_p": 0.9, "seed": 7, "max_tokens": 24}
    alone = await served.chat("run-0", "Draw", **drawn)

    again, *_ = await asyncio.gather(
        served.chat("run-0", "Draw", **drawn),
        *(served.chat(run, "Draw", temperature=1.0, seed=n, max_tokens=24) for n, run in enumerate(RUNS)),
    )

    assert again == alone
    assert await served.chat("run-0", "Draw", **(drawn | {"seed": 8})) != alone


async def test_a_prompt_read_in_pieces_beside_others_gives_the_same_reply(serve: Serve) -> None:
    whole, pieces = await serve(serve_kept_mb=0), await serve(serve_kept_mb=0, serve_chunk=16)
    question = "Once upon a time there was a kitchen. " * 8
    alone = await whole.chat("run-3", question, max_tokens=24)

    long, _ = await asyncio.gather(
        _after(0.05, pieces.chat("run-3", question, max_tokens=24)),
        pieces.chat("run-1", "Hold the batch busy", max_tokens=150),
    )

    assert long == alone


async def _after(seconds: float, reply: Any) -> str:
    await asyncio.sleep(seconds)
    return str(await reply)


async def test_a_second_turn_reads_only_what_is_new(serve: Serve) -> None:
    served, fresh = await serve(), await serve(serve_kept_mb=0)
    first = [{"role": "user", "content": "Tell me of the harbour"}]
    said = await turn(served, first)
    second = [*first, {"role": "assistant", "content": said["text"]}, {"role": "user", "content": "Go on"}]

    continued, unaided = await turn(served, second), await turn(fresh, second)

    assert continued["text"] == unaided["text"]
    assert unaided["reused"] == 0
    assert continued["reused"] > said["prompt"]


async def turn(served: Served, messages: list[dict[str, str]]) -> dict[str, Any]:
    body = {
        "model": "run-0",
        "messages": messages,
        "temperature": 0,
        "max_tokens": 16,
        "conversation": "thread-1",
    }
    async with served.session.post(f"{served.url}/chat/completions", data=json.dumps(body)) as response:
        answer = await response.json()
    usage = answer["usage"]
    return {
        "text": answer["choices"][0]["message"]["content"],
        "prompt": usage["prompt_tokens"],
        "reused": usage["prompt_tokens_details"]["cached_tokens"],
    }
