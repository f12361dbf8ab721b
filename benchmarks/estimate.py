"""What a run was said to need against what it took, over recipes of different size, method and batch."""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from typing import Any

from benchmarks.docstrings import conversations
from benchmarks.training import SMOLLM2, bases, train
from datanets.clock import SystemClock
from datanets.estimate import estimate, tokens_of
from datanets.facts import WorkerView
from datanets.recipe import Method, Recipe

BASE = Recipe(base=SMOLLM2, epochs=1, early_stop=False, validation=0.1, max_length=512, batch_size=8)
# Pairs to train on, and the recipe.
CASES: tuple[tuple[int, Recipe], ...] = (
    (96, BASE),
    (96, replace(BASE, batch_size=4)),
    (160, replace(BASE, batch_size=16)),
    (96, replace(BASE, max_length=128)),
    (64, replace(BASE, rank=32, alpha=64, epochs=2)),
    (96, replace(BASE, targets="attention")),
    (64, replace(BASE, method=Method.QLORA)),
    (64, replace(BASE, method=Method.QLORA, batch_size=4, max_length=256)),
    (128, replace(BASE, batch_size=2, accumulation=4)),
)


def main(argv: list[str]) -> int:
    """Print each recipe's estimate beside its measurement; the last line says how many were within bounds."""
    parser = argparse.ArgumentParser(prog="estimate")
    every = range(len(CASES))
    parser.add_argument("--cases", type=int, nargs="+", default=every, choices=every, help="default: all")
    parser.add_argument("--one", type=int, help="train one case in this process and print what it took")
    options = parser.parse_args(argv)
    if options.one is not None:
        count, recipe = CASES[options.one]
        print(json.dumps(asdict(train(conversations(count, seed=11), recipe, bases()))))
        return 0
    lines = [_compare(number) for number in options.cases]
    summary = {
        "cases": len(lines),
        "memory_within_15_percent": sum(abs(line["memory_error"]) <= 0.15 for line in lines),
        "time_within_30_percent": sum(abs(line["time_error"]) <= 0.30 for line in lines),
        "load": os.getloadavg()[0],
    }
    print(json.dumps(summary))
    return 0


def _compare(number: int) -> dict[str, Any]:
    count, recipe = CASES[number]
    pairs = conversations(count, seed=11)
    size = sum(len(json.dumps({"question": q, "answer": a}).encode()) for q, a in pairs)
    base, worker = _offer()
    said = estimate(recipe, base, worker, examples=count, tokens=tokens_of(size))
    measured = _measure(number)
    line = {
        "case": f"{recipe.method} batch {recipe.batch_size}x{recipe.accumulation} length {recipe.max_length} "
        f"rank {recipe.rank} {recipe.targets}, {count} examples, {recipe.epochs} epochs",
        "memory_said_mb": said.memory_bytes // 2**20,
        "memory_mb": measured["memory"] // 2**20,
        "memory_error": round(said.memory_bytes / measured["memory"] - 1, 3),
        "seconds_said": round(said.seconds, 1),
        "seconds": round(measured["seconds"], 1),
        "step_seconds": round(measured["step_seconds"], 1),
        "time_error": round(said.seconds / measured["seconds"] - 1, 3),
        "steps_said": said.steps,
        "steps": measured["steps"],
        "tokens_said": tokens_of(size) * recipe.epochs,
        "tokens": measured["tokens"],
        "gflops": round(worker.training_flops / 1e9),
    }
    print(json.dumps(line), flush=True)
    return line


def _offer() -> tuple[Any, WorkerView]:
    """What this machine offers right now, as its heartbeat would say."""
    import asyncio

    from workers.offer import measure, offers

    folder = bases()
    machine = asyncio.run(measure(0))
    offered = next(offer for offer in offers(folder) if offer.id == SMOLLM2)
    worker = WorkerView(
        id="here",
        url="",
        seen_at=SystemClock().now(),
        device=machine.device,
        memory_bytes=machine.memory_bytes,
        training_flops=machine.flops,
        precision=machine.precision,
        bases=(offered,),
    )
    return offered, worker


def _measure(number: int) -> dict[str, Any]:
    # A process of its own, so that its peak is not that of the case before.
    command = [sys.executable, "-m", "benchmarks", "estimate", "--one", str(number)]
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured
