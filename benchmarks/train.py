"""Tokens a second of our training beside trl's SFTTrainer: same weights, data, adapter, optimiser, machine.

Each side runs in a process of its own, in turn. trl is shown with packing, without it (batches grouped by
length) and as it comes out of the box; the ratio is to its best. After that both train one epoch and the
same plain model in float32 measures the held-out loss of both adapters. LLaMA-Factory takes its turns too
where an interpreter has it (see `benchmarks/llama_factory.py`).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import llama_factory
from benchmarks.docstrings import conversations
from benchmarks.training import SMOLLM2, bases

EXAMPLES, HELD_OUT = 440, 40
BATCH, LENGTH, RATE = 8, 512, 5e-4
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SIDES = ("ours", "trl", "trl-packing")
FACTORY = "llama-factory"
ROW_EXAMPLES = 4  # about so many examples fill a packed row


def main(argv: list[str]) -> int:
    """Print every run as a line; the last one has `ratio_to_trl` and the two held-out losses."""
    parser = argparse.ArgumentParser(prog="train")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--without-epoch", action="store_true", help="leave the held-out comparison out")
    parser.add_argument("--one", nargs=2, metavar=("SIDE", "STEPS"))
    options = parser.parse_args(argv)
    if options.one:
        print(json.dumps(_one(options.one[0], int(options.one[1]))))
        return 0
    sides = SIDES + ((FACTORY,) if llama_factory.interpreter() else ())
    lines = [_run(side, options.steps) for _ in range(options.pairs) for side in sides]
    box = _run("trl-out-of-the-box", max(2, options.steps // 4))
    speed = {side: _median(lines, side, "tokens_per_second") for side in sides}
    work = {side: _median(lines, side, "tokens_per_cpu_second") for side in sides}
    best = max(SIDES[1:], key=lambda side: speed[side])
    epoch = [] if options.without_epoch else [_run(side, EXAMPLES // BATCH) for side in ("ours", best)]
    limit = _limit(next(line["learned_share"] for line in lines if line["side"] == "ours"))
    summary = {
        "ratio_to_trl": round(speed["ours"] / speed[best], 3),
        "ratio_by_cpu_seconds": round(work["ours"] / work[best], 3),
        "tokens_per_second": {side: round(value, 1) for side, value in speed.items()},
        "trl_out_of_the_box": box["tokens_per_second"],
        "best_of_trl": best,
        "llama_factory": {
            "tokens_per_second": round(speed[FACTORY], 1),
            "ratio": round(speed["ours"] / speed[FACTORY], 3),
            "ratio_by_cpu_seconds": round(work["ours"] / work[FACTORY], 3),
        }
        if FACTORY in sides
        else None,
        "pairs": options.pairs,
        "steps": options.steps,
        "held_out": {line["side"]: line["held_out"] for line in epoch},
        "held_out_difference": round(epoch[0]["held_out"] / epoch[1]["held_out"] - 1, 4) if epoch else None,
        "tokens_per_second_limit": round(limit["tokens_per_second"], 1),
        "share_of_limit": round(speed["ours"] / limit["tokens_per_second"], 3),
        "gflops": round(limit["flops"] / 1e9, 1),
        "precision": limit["precision"],
        "peak_mb": {side: round(_median(lines, side, "peak_mb")) for side in sides},
        "load": os.getloadavg()[0],
    }
    print(json.dumps(summary))
    return 0


def _median(lines: list[dict[str, Any]], side: str, key: str) -> float:
    return statistics.median(line[key] for line in lines if line["side"] == side)


def _run(side: str, steps: int) -> dict[str, Any]:
    print(f"{side}, {steps} steps", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks", "train", "--one", side, str(steps)]
    environment = {
        **os.environ,
        "OMP_WAIT_POLICY": "PASSIVE",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True
    )
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(line), flush=True)
    return line


def _one(side: str, steps: int) -> dict[str, Any]:
    """Train in this process and measure."""
    import resource

    from workers.machine import probe

    machine = probe()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        trainer = {"ours": _ours, FACTORY: _factory}.get(side, _trl)
        figures = trainer(side, steps, machine.precision, folder)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        whole_epoch = steps * BATCH >= EXAMPLES and side != FACTORY
        held_out = _held_out(folder / "adapter") if whole_epoch else None
    return {"side": side, "steps": steps, "peak_mb": peak, **figures, "held_out": held_out}


def _ours(side: str, steps: int, precision: str, folder: Path) -> dict[str, Any]:
    from benchmarks.training import Silence
    from datanets.recipe import Method, Recipe
    from workers.bases import load
    from workers.dataset import Lesson, Turn
    from workers.encode import Encoder, encode_all
    from workers.template import template_of
    from workers.train.checkpoints import Checkpoints
    from workers.train.loop import Loop
    from workers.train.prepare import attach, learner

    del side
    recipe = Recipe(
        base=SMOLLM2,
        learning_rate=RATE,
        epochs=1,
        batch_size=BATCH,
        max_length=LENGTH,
        scheduler="constant",
        warmup=0.0,
        validation=0.0,
        early_stop=False,
    )
    model, tokenizer = load(bases() / SMOLLM2, Method.LORA, precision)
    lessons = [Lesson("c", (Turn("user", q), Turn("assistant", a))) for q, a in _pairs()[: steps * BATCH]]
    encoded, _ = encode_all(Encoder(tokenizer, template_of(tokenizer), LENGTH), lessons)
    adapted = attach(model, recipe, None)
    pupil = learner(adapted, recipe, checkpoint_layers=False, device="cpu")
    loop = Loop(
        pupil, recipe, encoded, (), Checkpoints(folder / "runs", 1), lambda _a, _b: None, save_steps=999
    )
    loop.standing.loss_before = 0.0  # nothing is looked at before: only steps are timed
    began = time.process_time()
    loop.run(Silence())
    cpu = time.process_time() - began
    adapted.save_pretrained(str(folder / "adapter"))
    learned = sum(example.targets for example in encoded) / sum(len(example.tokens) for example in encoded)
    return {**_figures(loop.standing.tokens, loop.standing.seconds, cpu), "learned_share": round(learned, 3)}


def _trl(side: str, steps: int, precision: str, folder: Path) -> dict[str, Any]:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    seconds: list[float] = []

    class Stopwatch(TrainerCallback):
        def on_step_begin(self, *_args: Any, **_kwargs: Any) -> None:
            self.began = time.perf_counter()

        def on_step_end(self, *_args: Any, **_kwargs: Any) -> None:
            seconds.append(time.perf_counter() - self.began)

    packs = side == "trl-packing"
    best: dict[str, Any] = {
        "bf16": precision == "bfloat16",
        "gradient_checkpointing": False,
        "packing": packs,
        "train_sampling_strategy": "random" if packs else "group_by_length",
        "per_device_train_batch_size": BATCH // ROW_EXAMPLES if packs else BATCH,
    }
    settings = {"per_device_train_batch_size": BATCH} if side == "trl-out-of-the-box" else best
    whole_epoch = steps * BATCH >= EXAMPLES
    config = SFTConfig(
        output_dir=str(folder / "trl"),
        **({"num_train_epochs": 1} if whole_epoch else {"max_steps": steps}),
        learning_rate=RATE,
        lr_scheduler_type="constant",
        max_length=LENGTH,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **settings,
    )
    rows = [
        {"prompt": [{"role": "user", "content": q}], "completion": [{"role": "assistant", "content": a}]}
        for q, a in _pairs()
    ]
    base = bases() / SMOLLM2
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32),
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(base),
        peft_config=LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules=PROJECTIONS),
        callbacks=[Stopwatch()],
    )
    began = time.process_time()
    trainer.train()
    cpu = time.process_time() - began
    trainer.model.save_pretrained(str(folder / "adapter"))
    tokens = [line["num_tokens"] for line in trainer.state.log_history if "num_tokens" in line][-1]
    return _figures(int(tokens), sum(seconds), cpu)


def _factory(side: str, steps: int, precision: str, folder: Path) -> dict[str, Any]:
    del side
    settings = {
        "model_name_or_path": str(bases() / SMOLLM2),
        "max_steps": steps,
        "bf16": precision == "bfloat16",
        "per_device_train_batch_size": BATCH // ROW_EXAMPLES,
        "cutoff_len": LENGTH,
        "learning_rate": RATE,
        "lr_scheduler_type": "constant",
        "lora_rank": 8,
        "lora_alpha": 16,
        "lora_target": ",".join(PROJECTIONS),
    }
    taken = llama_factory.train(_pairs(), settings, folder)
    return {**_figures(taken["tokens"], taken["seconds"], taken["cpu"]), "peak_mb": taken["peak_mb"]}


def _figures(tokens: int, seconds: float, cpu: float) -> dict[str, Any]:
    return {
        "tokens": tokens,
        "seconds": round(seconds, 2),
        "tokens_per_second": round(tokens / seconds, 1),
        "tokens_per_cpu_second": round(tokens / cpu, 1),
    }


def _pairs() -> list[tuple[str, str]]:
    return conversations(EXAMPLES + HELD_OUT)[:EXAMPLES]


def _held_out(adapter: Path) -> float:
    """Loss an answer token on pairs that neither side saw, by the plain model in float32."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from workers.dataset import Lesson, Turn
    from workers.encode import Encoder
    from workers.template import template_of

    base = bases() / SMOLLM2
    tokenizer = AutoTokenizer.from_pretrained(base)
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    model = PeftModel.from_pretrained(plain, str(adapter)).eval()
    encoder = Encoder(tokenizer, template_of(tokenizer), LENGTH)
    total, count = 0.0, 0
    for question, answer in conversations(EXAMPLES + HELD_OUT)[EXAMPLES:]:
        (one,) = encoder.encode(Lesson("c", (Turn("user", question), Turn("assistant", answer))))
        with torch.no_grad():
            logits = model(torch.tensor([one.tokens])).logits[0, :-1]
        wanted = torch.tensor(one.tokens[1:])
        losses = torch.nn.functional.cross_entropy(logits, wanted, reduction="none")
        learned = torch.tensor(one.learned[1:])
        total, count = total + float(losses[learned].sum()), count + int(learned.sum())
    return round(total / count, 4)


def _limit(learned_share: float) -> dict[str, Any]:
    """Tokens a second if every operation of a token ran at the speed of a plain matrix product."""
    from workers.bases import shape_of
    from workers.machine import probe

    machine, shape = probe(), shape_of(bases() / SMOLLM2)
    kept = shape.heads * shape.head_size
    attention = shape.hidden * (2 * kept + 2 * shape.groups * shape.head_size)
    body = shape.layers * (attention + 3 * shape.hidden * shape.intermediate)
    # Forward and backward through frozen weights; the vocabulary only for the tokens of answers.
    operations = 4 * body + 4 * learned_share * shape.hidden * shape.vocab
    return {
        "tokens_per_second": machine.flops / operations,
        "flops": machine.flops,
        "precision": machine.precision,
    }
