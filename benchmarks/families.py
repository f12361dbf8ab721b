"""Seven families, two methods: train, resume after an interruption, reload, chat; a table of what passes.

The models are tiny and random, built from each family's own configuration; SmolLM2 is the real one that
`python -m benchmarks train` and the tests use.
"""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.orders import order_of
from benchmarks.tiny import TINY, Tiny, save_tiny
from benchmarks.training import Silence, blobs_fetch
from datanets.blobs import Blobs
from datanets.facts import Point, Progress
from datanets.recipe import Method, Recipe

PAIRS = [(f"What follows {n}?", f"{n + 1}.") for n in range(20)]
STEPS_BEFORE = 5
CHECKS = ("train", "resume", "reload", "chat")


class InterruptedOnce(Silence):
    """Ends the process's work after some steps, as a dispatcher that shuts down does."""

    def __init__(self) -> None:
        self.steps = 0

    def interrupted(self) -> bool:
        """After a few steps."""
        self.steps += 1
        return self.steps >= STEPS_BEFORE


def main(argv: list[str]) -> int:
    """Print a line for each family and method; the last one has `passed` and `failed`."""
    del argv
    # Waiting threads would spin otherwise; it counts only before torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with tempfile.TemporaryDirectory() as scratch:
        lines = [_try(tiny, method, Path(scratch)) for tiny in TINY for method in Method]
    failed = sum(not all(line[check] for check in CHECKS) for line in lines)
    print(json.dumps({"passed": len(lines) - failed, "failed": failed}))
    return 1 if failed else 0


def _try(tiny: Tiny, method: Method, scratch: Path) -> dict[str, Any]:
    began = time.perf_counter()
    line: dict[str, Any] = {"family": tiny.family, "model_type": tiny.model_type, "method": method.value}
    line |= dict.fromkeys(CHECKS, False)
    try:
        line |= check(tiny, method, scratch / f"{tiny.family}-{method}")
    except Exception as problem:  # noqa: BLE001 - the table says what failed, whatever it was
        line["problem"] = f"{type(problem).__name__}: {problem}"[:300]
    line["seconds"] = round(time.perf_counter() - began, 1)
    print(json.dumps(line), flush=True)
    return line


def check(tiny: Tiny, method: Method, folder: Path) -> dict[str, bool]:
    """Train with and without an interruption, then load the adapter anew and talk to it."""
    from safetensors.torch import load_file

    from workers.catalog import targets

    save_tiny(tiny, folder / "bases" / "tiny")
    # A random mixture of experts learns through its attention alone, which takes longer.
    alone = targets(tiny.model_type, "all") == targets(tiny.model_type, "attention")
    recipe = Recipe(
        base="tiny",
        method=method,
        learning_rate=5e-3,
        epochs=8 if alone else 5,
        batch_size=4,
        max_length=96,
        early_stop=False,
        dropout=0.1,
    )
    outcome = _train(recipe, folder, "whole", Silence())
    _train(recipe, folder, "halved", InterruptedOnce())
    _train(recipe, folder, "halved", Silence(), attempt=2)
    adapters = [load_file(folder / run / "adapter_model.safetensors") for run in ("whole", "halved")]
    distance = max(float((adapters[0][name] - adapters[1][name]).abs().max()) for name in adapters[0])
    loss, said = _reload(folder, recipe)
    return {
        "train": outcome.result.loss_after < 0.9 * outcome.result.loss_before,
        "resume": distance < 1e-5,
        "reload": abs(loss - outcome.result.loss_after) < 1e-3,
        "chat": bool(said),
    }


def _train(recipe: Recipe, folder: Path, run: str, signals: Silence, attempt: int = 1) -> Any:
    from workers.machine import Machine
    from workers.train.attempt import Workplace, carry_out

    def tell(progress: Progress, points: tuple[Point, ...]) -> None:
        del progress, points

    blobs = Blobs(str(folder / "blobs"))
    order = order_of(PAIRS, recipe, blobs, run=run, attempt=attempt)
    machine = Machine("cpu", "float32", 2, 1 << 34, 1e11)
    place = Workplace(machine, folder / "bases", folder / "runs", blobs, blobs_fetch)
    return carry_out(order, place, signals, tell, folder / run)


def _reload(folder: Path, recipe: Recipe) -> tuple[float, str]:
    """The loss of the adapter loaded anew, on what it was trained on, and what it says to a question."""
    import torch
    from peft import PeftModel

    from workers.bases import load
    from workers.encode import Encoder
    from workers.template import Template
    from workers.train.attempt import prepare
    from workers.train.prepare import learner
    from workers.train.samples import answers, questions

    notes = json.loads((folder / "whole" / "potluck.json").read_text())
    model, tokenizer = load(folder / "bases" / "tiny", recipe.method, "float32")
    adapted = PeftModel.from_pretrained(model, str(folder / "whole"))
    encoder = Encoder(tokenizer, Template(notes["template"], tuple(notes["stops"])), recipe.max_length)
    blobs = Blobs(str(folder / "blobs"))
    material = prepare(order_of(PAIRS, recipe, blobs), blobs, encoder)
    pupil = learner(adapted, recipe, checkpoint_layers=False, device="cpu")
    adapted.eval()
    with torch.no_grad():
        total, count = pupil.loss(material.training)
    asked = questions(encoder, material.lessons.training[:1])
    (said,) = answers(adapted, tokenizer, asked, encoder.template.stops)
    return total.item() / count, said
