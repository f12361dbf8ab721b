"""Sixteen conversations on sixteen adapters, beside sixteen on one, beside peft switching between them."""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CONVERSATIONS = 16
WAYS = ("one", "many", "peft")


def main(argv: list[str]) -> int:
    """Measure in alternation; the last line is the summary."""
    parser = argparse.ArgumentParser(prog="adapters")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--precision", choices=["float32", "bfloat16"])
    options = parser.parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    asyncio.run(_measure(options.pairs, options.tokens, options.precision))
    return 0


async def _measure(pairs: int, tokens: int, precision: str | None) -> None:
    from benchmarks.serving import best_precision, make_adapters, serving

    precision = precision or best_precision()
    print(f"writing {CONVERSATIONS} adapters", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        made = make_adapters(CONVERSATIONS, Path(folder))
        peft = Switching(made, precision)
        async with serving(made, precision) as served:
            before = served.memory
            names = [adapter.name for adapter in made]
            await _together(served.models, names, tokens, "warm")
            memory = served.memory - before
            rounds: list[dict[str, float]] = []
            for pair in range(pairs):
                found: dict[str, float] = {}
                # The order turns with each pair, so that no way always follows the same other.
                for way in (*WAYS[pair % 3 :], *WAYS[: pair % 3]):
                    print(f"pair {pair}: {way}", file=sys.stderr)
                    if way == "peft":
                        found[way] = await asyncio.to_thread(peft.round, tokens, f"{pair}{way}")
                    else:
                        asked = names if way == "many" else names[:1] * CONVERSATIONS
                        found[way] = await _together(served.models, asked, tokens, f"{pair}{way}")
                rounds.append(found)
                print(json.dumps({"pair": pair, **{k: round(v, 1) for k, v in found.items()}}), flush=True)
    size = made_size(peft.bytes_each)
    print(json.dumps(_summary(rounds, precision, tokens, memory, size)))


def made_size(bytes_each: int) -> float:
    """Megabytes of one adapter's matrices."""
    return round(bytes_each / 1e6, 2)


def _summary(
    rounds: list[dict[str, float]], precision: str, tokens: int, memory: int, size: float
) -> dict[str, Any]:
    middle = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    return {
        "benchmark": "adapters",
        "conversations": CONVERSATIONS,
        "precision": precision,
        "tokens_each": tokens,
        "pairs": len(rounds),
        "tokens_per_second_one_adapter": round(middle["one"], 1),
        "tokens_per_second_16_adapters": round(middle["many"], 1),
        "tokens_per_second_peft_switching": round(middle["peft"], 1),
        "ratio_to_one_adapter": round(statistics.median(one["many"] / one["one"] for one in rounds), 3),
        "ratio_to_peft": round(statistics.median(one["many"] / one["peft"] for one in rounds), 2),
        "adapter_megabytes": size,
        # Matrices, their copy in the row, and the row's first keys and values.
        "server_megabytes_per_adapter_in_use": round(memory / CONVERSATIONS / 1e6, 1),
    }


async def _together(models: Any, names: list[str], tokens: int, salt: str) -> float:
    """Tokens a second of all conversations at once."""

    async def one(number: int, name: str) -> int:
        question = f"{salt} {number}: what do people say about the market on the hill?"
        last = None
        async for piece in models.chat(
            name,
            [{"role": "user", "content": question}],
            user=f"m{number}",
            max_tokens=tokens,
            ignore_ends=True,
        ):
            last = piece
        return last.tokens if last else 0

    start = time.perf_counter()
    made = sum(await asyncio.gather(*(one(number, name) for number, name in enumerate(names))))
    return made / (time.perf_counter() - start)


class Switching:
    """peft with all adapters loaded: one conversation after the other, `set_adapter` before each."""

    def __init__(self, folders: list[Path], precision: str) -> None:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        from benchmarks.serving import base_folder, tokenizer

        print("loading the adapters into peft", file=sys.stderr)
        model: Any = AutoModelForCausalLM.from_pretrained(base_folder(), dtype=getattr(torch, precision))
        self._model: Any = PeftModel.from_pretrained(model, folders[0], adapter_name=folders[0].name)
        for folder in folders[1:]:
            self._model.load_adapter(folder, adapter_name=folder.name)
        self._model.eval()
        self._names = [folder.name for folder in folders]
        self._tokenizer = tokenizer()
        self.bytes_each = sum(
            weight.numel() * weight.element_size()
            for name, weight in self._model.named_parameters()
            if f".{self._names[0]}." in name
        )

    def round(self, tokens: int, salt: str) -> float:
        """Tokens a second over all conversations."""
        import torch

        start = time.perf_counter()
        for number, name in enumerate(self._names):
            self._model.set_adapter(name)
            question = f"{salt} {number}: what do people say about the market on the hill?"
            asked = self._tokenizer.apply_chat_template(
                [{"role": "user", "content": question}],
                add_generation_prompt=True,
                return_tensors="pt",
                return_dict=True,
            )
            with torch.inference_mode():
                self._model.generate(
                    **asked, do_sample=False, max_new_tokens=tokens, min_new_tokens=tokens, use_cache=True
                )
        return len(self._names) * tokens / (time.perf_counter() - start)
