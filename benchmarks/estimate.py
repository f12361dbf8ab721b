"""What a run was said to need against what it took, over recipes of different size, method and batch.

Before each case the worker's own practice measures the base, as it does when a worker starts: machines
that others use too are not as fast at all times. One base is a random model of another shape.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.docstrings import conversations
from benchmarks.training import SMOLLM2, bases, train
from datanets.blobs import Blobs
from datanets.clock import SystemClock
from datanets.estimate import estimate, texts_of
from datanets.facts import BaseOffer, Estimate, Pace, WorkerView
from datanets.recipe import Method, Recipe

WIDE = "random-wide"
BASE = Recipe(base=SMOLLM2, epochs=1)
# Pairs to train on, and the recipe.
CASES: tuple[tuple[int, Recipe], ...] = (
    (64, BASE),
    (40, replace(BASE, batch_size=2, accumulation=4)),
    (160, replace(BASE, batch_size=16, rank=32, alpha=64)),
    (96, replace(BASE, batch_size=4, max_length=96)),
    (40, replace(BASE, targets="attention", rank=16, max_length=256, epochs=2)),
    (48, replace(BASE, method=Method.QLORA)),
    (48, replace(BASE, method=Method.QLORA, batch_size=2, max_length=128)),
    (64, replace(BASE, method=Method.QLORA, batch_size=16, max_length=256, targets="attention")),
    (48, replace(BASE, batch_size=4, max_length=256, dropout=0.1)),
    (32, replace(BASE, base=WIDE, max_length=256)),
)


def main(argv: list[str]) -> int:
    """Print each recipe's estimate beside its measurement; the last line says how many were within bounds."""
    parser = argparse.ArgumentParser(prog="estimate")
    every = range(len(CASES))
    parser.add_argument("--cases", type=int, nargs="+", default=every, choices=every, help="default: all")
    parser.add_argument("--one", nargs=2, metavar=("CASE", "BASES"), help="train one case in this process")
    options = parser.parse_args(argv)
    if options.one:
        print(json.dumps(_train(int(options.one[0]), Path(options.one[1]))))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / SMOLLM2).symlink_to((bases() / SMOLLM2).resolve())
        if any(CASES[number][1].base == WIDE for number in options.cases):
            _save_wide(folder)
        lines = [_compare(number, folder) for number in options.cases]
    summary = {
        "cases": len(lines),
        "memory_within_15_percent": sum(abs(line["memory_error"]) <= 0.15 for line in lines),
        "time_within_30_percent": sum(abs(line["time_error"]) <= 0.30 for line in lines),
        "memory_error_worst": max((line["memory_error"] for line in lines), key=abs),
        "time_error_worst": max((line["time_error"] for line in lines), key=abs),
        "load": os.getloadavg()[0],
    }
    print(json.dumps(summary))
    return 0


@dataclass(frozen=True)
class Said:
    """An estimate and what it was made from."""

    estimate: Estimate
    pace: Pace
    practice_seconds: float


def _compare(number: int, folder: Path) -> dict[str, Any]:
    count, recipe = CASES[number]
    print(f"case {number}: practising, then training", file=sys.stderr)
    said = _say(number, folder)
    measured = _measure(number, folder)
    line = {
        "case": f"{number}: {recipe.base} {recipe.method} batch {recipe.batch_size}x{recipe.accumulation} "
        f"length {recipe.max_length} rank {recipe.rank} {recipe.targets} dropout {recipe.dropout}, "
        f"{count} examples, {recipe.epochs} epochs",
        "memory_said_mb": said.estimate.memory_bytes >> 20,
        "memory_mb": measured["memory"] >> 20,
        "memory_error": round(said.estimate.memory_bytes / measured["memory"] - 1, 3),
        "seconds_said": round(said.estimate.seconds, 1),
        "seconds": round(measured["wall"], 1),
        "step_seconds": round(measured["step_seconds"], 1),
        "time_error": round(said.estimate.seconds / measured["wall"] - 1, 3),
        "steps_said": said.estimate.steps,
        "steps": measured["steps"],
        "tokens": measured["tokens"],
        "milliseconds_a_token": round(1000 * said.pace.token, 2),
        "practice_seconds": round(said.practice_seconds, 1),
    }
    print(json.dumps(line), flush=True)
    return line


def _say(number: int, folder: Path) -> Said:
    """The estimate that a member would be shown at this moment, from what a worker tells now."""
    from benchmarks.orders import order_of
    from workers.offer import measure, offers
    from workers.practice import practise

    count, recipe = CASES[number]
    began = time.perf_counter()
    machine = asyncio.run(measure(0))
    practice = asyncio.run(practise(folder / recipe.base, machine, (recipe.method.value,)))
    offer: BaseOffer = next(offer for offer in offers(folder) if offer.id == recipe.base)
    told = replace(offer, spelling=practice.spelling, paces=practice.paces)
    worker = WorkerView(
        id="here",
        url="",
        seen_at=SystemClock().now(),
        device=machine.device,
        memory_bytes=machine.memory_bytes,
        training_flops=machine.flops,
        precision=machine.precision,
        bases=(told,),
    )
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as scratch:
        items = order_of(conversations(count, seed=11), recipe, Blobs(scratch)).items
    return Said(estimate(recipe, told, worker, texts_of(items)), practice.paces[0], seconds)


def _measure(number: int, folder: Path) -> dict[str, Any]:
    # A process of its own, so that its peak is not that of the case before.
    command = [sys.executable, "-m", "benchmarks", "estimate", "--one", str(number), str(folder)]
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True
    )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _train(number: int, folder: Path) -> dict[str, Any]:
    """Train one case; `wall` is from the start of this process, without the time to find the pairs."""
    import psutil

    from workers.practice import BELOW

    # As low in priority as a worker's attempts and its practice.
    os.setpriority(os.PRIO_PROCESS, 0, BELOW)
    count, recipe = CASES[number]
    began = time.perf_counter()
    pairs = conversations(count, seed=11)
    finding = time.perf_counter() - began
    trained = asdict(train(pairs, recipe, folder))
    return {**trained, "wall": time.time() - psutil.Process().create_time() - finding}


def _save_wide(folder: Path) -> None:
    """A random model of few but wide layers, with the real tokenizer."""
    import torch
    from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(folder / SMOLLM2)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=8,
        num_attention_heads=14,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    Qwen2ForCausalLM(config).to(torch.float32).save_pretrained(folder / WIDE)
    tokenizer.save_pretrained(folder / WIDE)
