"""LLaMA-Factory's LoRA training of the same job, run by an interpreter that has it.

It wants older libraries than ours, so it lives in an environment of its own:

    python3.11 -m venv factory && factory/bin/pip install llamafactory
    factory/bin/pip uninstall -y torchvision torchaudio   # without a graphics card
    export POTLUCK_LLAMA_FACTORY=$PWD/factory/bin/python

torchvision and torchaudio are built for graphics cards, fail to load without one, and text needs neither.
Its settings are the fastest that it has on a processor: packed rows (batches grouped by length were
slower) and no gradient checkpointing; all weights in bfloat16 it refuses there. This file is also the script
for that interpreter: it imports nothing of ours.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

VARIABLE = "POTLUCK_LLAMA_FACTORY"


def interpreter() -> str | None:
    """The python that has LLaMA-Factory, if one is named."""
    return os.environ.get(VARIABLE) or None


def train(pairs: list[tuple[str, str]], settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Train there on packed rows of pairs.

    `tokens` without padding, `seconds` and `cpu` seconds of the steps, `peak_mb` of that process.
    """
    python = interpreter()
    if python is None:
        raise RuntimeError(f"{VARIABLE} names no python")
    rows = [{"instruction": question, "input": "", "output": answer} for question, answer in pairs]
    (folder / "pairs.json").write_text(json.dumps(rows))
    (folder / "dataset_info.json").write_text(json.dumps({"pairs": {"file_name": "pairs.json"}}))
    job = {
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "template": "smollm2",
        "dataset": "pairs",
        "dataset_dir": str(folder),
        "output_dir": str(folder / "llama-factory"),
        "disable_gradient_checkpointing": True,
        "neat_packing": True,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        **settings,
    }
    # -P: the modules beside this file must not stand in for those of that environment.
    command = [python, "-P", __file__, json.dumps(job)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _train(job: dict[str, Any]) -> dict[str, Any]:
    import resource

    _without_audio()
    from llamafactory.train.tuner import run_exp
    from transformers import TrainerCallback

    class Stopwatch(TrainerCallback):
        tokens, seconds, cpu = 0, 0.0, 0.0

        def on_train_begin(self, *_args: Any, train_dataloader: Any, **_kwargs: Any) -> None:
            # Its own count takes the padding for text, or with packing the mask's values for a count.
            rows = train_dataloader.dataset["attention_mask"]
            self.row_tokens = sum(sum(mark > 0 for mark in row) for row in rows) / len(rows)

        def on_step_begin(self, *_args: Any, **_kwargs: Any) -> None:
            self.began, self.cpu_began = time.perf_counter(), time.process_time()

        def on_step_end(self, _args: Any, state: Any, *_more: Any, **_kwargs: Any) -> None:
            self.seconds += time.perf_counter() - self.began
            self.cpu += time.process_time() - self.cpu_began
            rows = state.global_step * job["per_device_train_batch_size"]
            self.tokens = round(rows * self.row_tokens)

    watch = Stopwatch()
    run_exp(job, [watch])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"tokens": watch.tokens, "seconds": watch.seconds, "cpu": watch.cpu, "peak_mb": peak}


def _without_audio() -> None:
    """LLaMA-Factory imports torchaudio at the top and calls it for sound only."""
    from importlib.machinery import ModuleSpec
    from importlib.util import find_spec
    from types import ModuleType

    if find_spec("torchaudio") is None:
        empty = ModuleType("torchaudio")
        empty.__spec__ = ModuleSpec("torchaudio", None)
        sys.modules["torchaudio"] = empty


if __name__ == "__main__":
    print(json.dumps(_train(json.loads(sys.argv[1]))))
