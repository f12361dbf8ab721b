"""LoRA on the full base beside QLoRA on a base in 4 bits: weights, peak memory, speed, loss.

At this size on a processor the peak is no lower with QLoRA: what a batch keeps for its backward pass and the
libraries themselves outweigh the weights. The saving shows on bases of a billion parameters and more.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from benchmarks.docstrings import conversations
from benchmarks.training import SMOLLM2, bases, train
from datanets.recipe import Method, Recipe

EXAMPLES = 32


def main(argv: list[str]) -> int:
    """Print a line for each run, in turn; the summary has `weights_ratio`, 4-bit over float32."""
    parser = argparse.ArgumentParser(prog="qlora")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--one", choices=list(Method))
    options = parser.parse_args(argv)
    if options.one:
        recipe = Recipe(base=SMOLLM2, method=Method(options.one), epochs=1, batch_size=8, early_stop=False)
        print(json.dumps(asdict(train(conversations(EXAMPLES), recipe, bases()))))
        return 0
    full, packed = _weights(Method.LORA), _weights(Method.QLORA)
    lines = [_run(method) for _ in range(options.pairs) for method in Method]
    summary = {
        "weights_mb": {"float32": full >> 20, "nf4": packed >> 20},
        "weights_ratio": round(packed / full, 3),
        **{
            method.value: {
                "peak_mb": round(_median(lines, method, "memory")) >> 20,
                "tokens_per_second": round(_median(lines, method, "tokens_per_second"), 1),
                "held_out": round(_median(lines, method, "held_out"), 4),
            }
            for method in Method
        },
        "pairs": options.pairs,
    }
    print(json.dumps(summary))
    return 0


def _weights(method: Method) -> int:
    """Bytes of the base's own weights in float32, or in 4 bits with what stays in full precision."""
    from workers.bases import load

    model, _ = load(bases() / SMOLLM2, method, "float32" if method is Method.LORA else _precision())
    return int(model.get_memory_footprint())


def _precision() -> str:
    from workers.machine import probe

    return probe().precision


def _run(method: Method) -> dict[str, Any]:
    print(f"training with {method}", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks", "qlora", "--one", method.value]
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True
    )
    line: dict[str, Any] = {"method": method.value, **json.loads(done.stdout.splitlines()[-1])}
    line["tokens_per_second"] = line["tokens"] / line["step_seconds"]
    print(json.dumps(line), flush=True)
    return line


def _median(lines: list[dict[str, Any]], method: Method, key: str) -> float:
    return statistics.median(line[key] for line in lines if line["method"] == method.value)
