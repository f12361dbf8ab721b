"""How quickly this machine trains a base: a few of its layers, trained for a moment by the real code.

`python -m workers.practice FOLDER THREADS PRECISION DEVICE METHOD…` prints one JSON object. Only the
folder's configuration and tokenizer are read, so that a base of any size costs seconds.
"""

import asyncio
import json
import math
import operator
import os
import random
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datanets.facts import Pace, Point, Progress, Spelling
from datanets.recipe import Method, Recipe
from workers.bases import shape_of
from workers.machine import Machine
from workers.train.rows import Encoded

if TYPE_CHECKING:
    from workers.template import Template
    from workers.train.prepare import Learner

PRACTISE_SECONDS = 300
BELOW = 10
# As many layers as hold so many weights: fewer would stay in the processor's cache, which the whole does not.
WEIGHTS, LEAST_LAYERS = 40e6, 2
BATCH, SHORT, LONG, STEPS = 8, 12, 80, 4
# So many of an example's tokens are its answer.
LEARNED = 0.8
ANSWERED = 12
# Speech, prose and code, as people bring them.
SPECIMEN = (
    "Hi! Has anybody tried this since the update? It worked on Tuesday, but today I get an error when I "
    "press Save, and the help page says nothing about it.\n\n"
    "Yes, that is known. Open Settings > Storage, choose the folder again, then restart the program; your "
    "files are not lost. If that doesn't help, please send us the log (menu Help, third entry).\n\n"
    "The market on the hill opens at half past six in summer and at eight from November to February. Bread "
    "is sold at the northern gate, fish only on Fridays, and whoever brings a dog keeps it on a lead.\n\n"
    'def mean(values, *, default=None):\n    """Return the arithmetic mean of the values, or default.\n\n'
    '    If `values` is empty and no default is given, raise ValueError.\n    """\n'
    "    return sum(values) / len(values) if values else default\n"
)


class Undisturbed:
    """Nobody stops a practice."""

    def stop_requested(self) -> bool:
        """Never."""
        return False

    def interrupted(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Practice:
    """What was measured of one base."""

    spelling: Spelling
    paces: tuple[Pace, ...]


async def practise(base: Path, machine: Machine, methods: tuple[str, ...]) -> Practice:
    """Measure in a child process; raises TimeoutError or RuntimeError."""
    told = (str(base), str(machine.threads), machine.precision, machine.device, *methods)
    arguments = (sys.executable, "-m", "workers.practice", *told)
    pipe, away = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(*arguments, stdout=pipe, stderr=away)
    # Below whoever chats here, as training is.
    os.setpriority(os.PRIO_PROCESS, child.pid, BELOW)
    try:
        printed, _ = await asyncio.wait_for(child.communicate(), PRACTISE_SECONDS)
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode != 0:
        raise RuntimeError(f"practising on {base.name} ended with {child.returncode}")
    return read(json.loads(printed.splitlines()[-1]))


def read(raw: dict[str, Any]) -> Practice:
    """Undo `asdict`."""
    return Practice(Spelling(**raw["spelling"]), tuple(Pace(**pace) for pace in raw["paces"]))


def measure(base: Path, machine: Machine, methods: tuple[str, ...]) -> Practice:
    """Measure in this process, which should be a fresh one: its start counts."""
    import psutil
    import torch

    import workers.train.attempt  # noqa: F401 - every attempt loads as much before its first step
    from workers.template import template_of

    torch.set_num_threads(machine.threads)
    with tempfile.TemporaryDirectory() as scratch:
        started = time.time() - psutil.Process().create_time()
        share = _cut(base, Path(scratch), machine.precision)
        measured = [_pace(Path(scratch), share, Method(method), machine, started) for method in methods]
        tokenizer = measured[0][1]
    return Practice(_spelling(tokenizer, template_of(tokenizer)), tuple(pace for pace, _ in measured))


def _cut(base: Path, into: Path, precision: str) -> float:
    """Write a few layers with random weights and the tokenizer; returns how often the whole has them."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    shape = shape_of(base)
    a_layer = 4 * shape.hidden**2 + 3 * shape.hidden * shape.intermediate
    layers = min(shape.layers, max(LEAST_LAYERS, math.ceil(WEIGHTS / a_layer)))
    source: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    config = AutoConfig.from_pretrained(base, **source)
    config.num_hidden_layers = layers
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[:layers]
    AutoModelForCausalLM.from_config(config, dtype=getattr(torch, precision)).save_pretrained(into)
    AutoTokenizer.from_pretrained(base, **source).save_pretrained(into)
    return shape.layers / layers


def _pace(part: Path, share: float, method: Method, machine: Machine, started: float) -> tuple[Pace, Any]:
    """Train and ask the layers; what they take is scaled to all of them, what the head takes is not."""
    from workers.bases import load
    from workers.train.prepare import attach, learner

    loading = time.perf_counter()
    model, tokenizer = load(part, method, machine.precision, machine.device)
    loading = time.perf_counter() - loading
    recipe = Recipe(base="part", method=method, epochs=1, batch_size=BATCH, validation=0.0)
    adapted = attach(model, recipe, None)
    pupil = learner(adapted, recipe, checkpoint_layers=False, device=machine.device)
    head = LEARNED * _head(adapted)
    (step, look), (long_step, long_look) = (_times(pupil, recipe, length, part) for length in (SHORT, LONG))
    more = BATCH * (LONG - SHORT)
    token, looked = (long_step - step) / more, (long_look - look) / more
    pace = Pace(
        method=method.value,
        batch=max(0.0, step - BATCH * SHORT * token) * share,
        token=max(0.0, token - head) * share + head,
        look=max(0.0, look - BATCH * SHORT * looked) * share,
        looked=max(0.0, looked - head / 2) * share + head / 2,
        answered=_answered(adapted, tokenizer) * share,
        kept=_kept(pupil) * share,
        ready=started + loading * share,
    )
    return pace, tokenizer


def _examples(count: int, length: int, vocab: int) -> list[Encoded]:
    dice = random.Random(length)
    asked = round(length * (1 - LEARNED))
    learned = (False,) * asked + (True,) * (length - asked)
    return [Encoded("", tuple(dice.choices(range(vocab), k=length)), learned) for _ in range(count)]


def _times(pupil: "Learner", recipe: Recipe, length: int, scratch: Path) -> tuple[float, float]:
    """Seconds of a step, and of looking at a batch without learning from it."""
    from workers.train.checkpoints import Checkpoints
    from workers.train.loop import Loop

    ends: list[float] = []

    def tell(progress: Progress, points: tuple[Point, ...]) -> None:
        del progress, points
        ends.append(time.perf_counter())

    examples = _examples(STEPS * BATCH, length, pupil.model.config.vocab_size)
    loop = Loop(pupil, recipe, examples, (), Checkpoints(scratch / "runs", 1), tell, save_steps=STEPS + 1)
    loop.standing.loss_before = 0.0  # only the steps are of interest
    loop.run(Undisturbed())
    looks = []
    for _ in range(STEPS - 1):
        began = time.perf_counter()
        loop.mean_loss(examples[:BATCH])
        looks.append(time.perf_counter() - began)
    return statistics.median(map(operator.sub, ends[1:], ends)), statistics.median(looks)


def _head(adapted: Any) -> float:
    """Seconds of a learned token in the vocabulary's part of a step."""
    import torch

    from workers.train.layers import VocabularyLoss

    head = adapted.get_base_model().get_output_embeddings()
    states = torch.randn(4 * VocabularyLoss.SLICE, head.weight.shape[1], device=head.weight.device)
    states = states.to(head.weight.dtype).requires_grad_()
    wanted = torch.zeros(len(states), dtype=torch.long, device=states.device)
    taken = []
    for _ in range(STEPS):
        began = time.perf_counter()
        VocabularyLoss.apply(states, head.weight, head.bias, wanted).item()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:]) / len(states)


def _kept(pupil: "Learner") -> float:
    """Bytes a token that the layers hold until the gradients are made."""
    import torch

    frozen = {parameter.untyped_storage().data_ptr() for parameter in pupil.model.parameters()}
    held: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in frozen:
            held[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss, _ = pupil.loss(_examples(BATCH, LONG, pupil.model.config.vocab_size))
    del loss
    return sum(held.values()) / (BATCH * LONG)


def _answered(adapted: Any, tokenizer: Any) -> float:
    """Seconds of a token when as many questions as a run asks are answered together."""
    from workers.train.samples import ASKED, Asked, answers

    prompts = _examples(ASKED, 4 * SHORT, adapted.config.vocab_size)
    asked = [Asked("", list(one.tokens), "") for one in prompts]
    began = time.perf_counter()
    answers(adapted, tokenizer, asked, (), ANSWERED)
    return (time.perf_counter() - began) / ANSWERED


def _spelling(tokenizer: Any, template: "Template") -> Spelling:
    """Characters a token, and what the template writes around a question and its answer."""
    from workers.dataset import Lesson, Turn
    from workers.encode import Encoder
    from workers.train.rows import common_prefix

    encoder = Encoder(tokenizer, template, 1 << 20)
    lessons = [Lesson("", (Turn("user", one), Turn("assistant", one))) for one in ("yes", "no")]
    yes, no = (encoder.encode(lesson)[0] for lesson in lessons)
    words = len(tokenizer(SPECIMEN, add_special_tokens=False)["input_ids"])
    bare = 2 * len(tokenizer("yes", add_special_tokens=False)["input_ids"])
    return Spelling(len(SPECIMEN) / words, len(yes.tokens) - bare, common_prefix([yes, no]))


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    folder, threads, precision, device, *wanted = sys.argv[1:]
    here = Machine(device, precision, int(threads), 0, 0.0)
    sys.stdout.write(json.dumps(asdict(measure(Path(folder), here, tuple(wanted)))))
