"""The wait for a first token beside the bare model's, and that of a second turn beside a cold one."""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

QUESTION = "Please tell me, in a few words, what people grow in the gardens behind the old mill"
LONG = " ".join(
    f"On day {day} the market on the hill sold bread, salt, apples and rope." for day in range(20)
)


def main(argv: list[str]) -> int:
    """Measure in alternation; the last line is the summary."""
    parser = argparse.ArgumentParser(prog="first-token")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--precision", choices=["float32", "bfloat16"])
    options = parser.parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    asyncio.run(_measure(options.pairs, options.precision))
    return 0


async def _measure(pairs: int, precision: str | None) -> None:
    from benchmarks.serving import best_precision, make_adapters, serving

    precision = precision or best_precision()
    with tempfile.TemporaryDirectory() as folder:
        (adapter,) = make_adapters(1, Path(folder))
        bare = Bare(precision)
        await asyncio.to_thread(bare.first_token, [_said("warm up")])
        async with serving([adapter], precision) as served:
            await _first_token(served.models, adapter.name, [_said("warm up")])
            rounds = [await _pair(served.models, adapter.name, bare, pair) for pair in range(pairs)]
    print(json.dumps(_summary(rounds, precision)))


async def _pair(models: Any, name: str, bare: "Bare", pair: int) -> dict[str, float]:
    # The number comes first: what follows a different beginning cannot be reused, not even a system prompt.
    asked = [{"role": "system", "content": f"{pair}. You answer briefly."}, _said(f"{QUESTION}?")]

    async def through_bare() -> float:
        return await asyncio.to_thread(bare.first_token, asked)

    async def through_server() -> float:
        return await _first_token(models, name, asked)

    found: dict[str, float] = {}
    for way, run in _turned([("bare_ms", through_bare), ("server_ms", through_server)], pair):
        found[way] = 1000 * await run()
    for way, warm in _turned([("second_turn_ms", True), ("second_turn_cold_ms", False)], pair):
        history = [_said(f"{pair}{way}. {LONG}")]
        if warm:
            history.append(await _reply(models, name, history))
        else:
            history.append({"role": "assistant", "content": "They sell bread, salt, apples and rope."})
        found[way] = 1000 * await _first_token(models, name, [*history, _said("And on day three?")])
    print(json.dumps({"pair": pair, **{k: round(v, 1) for k, v in found.items()}}), flush=True)
    return found


def _turned(ways: list[Any], pair: int) -> list[Any]:
    return ways if pair % 2 == 0 else ways[::-1]


def _said(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


async def _reply(models: Any, name: str, messages: list[dict[str, str]]) -> dict[str, str]:
    text = "".join([piece.text async for piece in models.chat(name, messages, max_tokens=12, user="b")])
    return {"role": "assistant", "content": text}


async def _first_token(models: Any, name: str, messages: list[dict[str, str]]) -> float:
    """Seconds from the request to the first text."""
    start = time.perf_counter()
    reply = models.chat(name, messages, max_tokens=4, user="b", ignore_ends=True)
    await anext(reply)
    waited = time.perf_counter() - start
    # The rest is read, so that nothing is left running beside the next measurement.
    async for _ in reply:
        pass
    return waited


def _summary(rounds: list[dict[str, float]], precision: str) -> dict[str, Any]:
    middle = {name: round(statistics.median(one[name] for one in rounds), 1) for name in rounds[0]}
    extra = statistics.median(one["server_ms"] - one["bare_ms"] for one in rounds)
    share = statistics.median(one["second_turn_ms"] / one["second_turn_cold_ms"] for one in rounds)
    return {
        "benchmark": "first-token",
        "precision": precision,
        "pairs": len(rounds),
        **middle,
        "on_top_of_bare_ms": round(extra, 1),
        "second_turn_share_of_cold": round(share, 3),
    }


class Bare:
    """The base in transformers, without adapter or server: tokenise, one forward pass, one token."""

    def __init__(self, precision: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        from benchmarks.serving import base_folder, tokenizer

        self._model: Any = AutoModelForCausalLM.from_pretrained(
            base_folder(), dtype=getattr(torch, precision)
        )
        self._tokenizer = tokenizer()

    def first_token(self, messages: list[dict[str, str]]) -> float:
        """Seconds until the first token is known."""
        import torch

        start = time.perf_counter()
        asked = self._tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            made = self._model(**asked, use_cache=True, logits_to_keep=1)
            self._tokenizer.decode(made.logits[0, -1].argmax())
        return time.perf_counter() - start
