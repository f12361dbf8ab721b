"""One attempt of a run, from its order to its adapter."""

import json
import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datanets.blobs import Blobs
from datanets.estimate import guessed_kept, memory_needed, parted, places
from datanets.facts import Point, Progress, Result, RunOrder, Sample
from workers.bases import known, load, locate
from workers.card import Made
from workers.dataset import Lesson, read
from workers.encode import Encoder, encode_all
from workers.machine import Machine
from workers.offer import offers
from workers.split import Split, contaminated, split
from workers.template import Template, template_of
from workers.train.checkpoints import Checkpoints
from workers.train.failures import ALL_TOO_LONG, NO_DATA, ONE_EXAMPLE, OTHER_BASE, CannotTrain
from workers.train.loop import LOOKED_AT, End, Loop, Signals, peak_memory
from workers.train.prefer import prefer
from workers.train.prepare import attach, learner
from workers.train.publish import NOTES, write_adapter
from workers.train.rows import Encoded
from workers.train.samples import (
    LONGEST_ANSWER,
    LONGEST_ON_THE_WAY,
    Asked,
    OnTheWay,
    answers,
    noted,
    questions,
)

log = logging.getLogger(__name__)

MOST_OF_MEMORY = 0.85

Tell = Callable[[Progress, tuple[Point, ...]], None]
Fetch = Callable[[str, Path], Path]


@dataclass(frozen=True)
class Workplace:
    """Where an attempt works: its machine, the folders of bases and runs, the blobs, how adapters come."""

    machine: Machine
    bases: Path
    runs: Path
    blobs: Blobs
    fetch: Fetch


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended; `adapter` is its folder, None when it was interrupted."""

    end: End
    result: Result
    adapter: Path | None


@dataclass(frozen=True)
class Material:
    """The release as tokens, and what became of it on the way."""

    lessons: Split
    training: list[Encoded]
    held_out: list[Encoded]
    shortened: int
    passed_over: int
    contaminated: int


def carry_out(order: RunOrder, place: Workplace, signals: Signals, tell: Tell, into: Path) -> Outcome:
    """Train what the order says and write the adapter into a folder.

    Raises CannotTrain, BaseAbsent or UnknownBase with a sentence for the people who wait.
    """
    recipe, machine = order.recipe, place.machine
    tell(Progress(stage="loading"), ())
    began = time.perf_counter()
    model, tokenizer = load(
        locate(recipe.base, place.bases), recipe.method, machine.precision, machine.device
    )
    log.info("base loaded in %.1f s, %s", time.perf_counter() - began, machine.precision)
    with tempfile.TemporaryDirectory() as scratch:
        parent = _parent(order, place, Path(scratch))
        adapted = attach(model, recipe, parent)
        template = _template_of_parent(parent) if parent else template_of(tokenizer)
    if recipe.objective == "preferences":
        runs = place.runs / order.run
        end, result = prefer(
            order, adapted, tokenizer, template, folder=runs, signals=signals, tell=tell, into=into
        )
        return Outcome(end, result, None if end is End.INTERRUPTED else into)
    encoder = Encoder(tokenizer, template, recipe.max_length)
    tell(Progress(stage="reading"), ())
    material = prepare(order, place.blobs, encoder)
    pupil = learner(
        adapted, recipe, checkpoint_layers=_is_tight(order, place, material), device=machine.device
    )
    checkpoints = Checkpoints(place.runs / order.run, order.attempt)
    asked = questions(encoder, material.lessons.held_out or material.lessons.training)
    on_the_way = OnTheWay(lambda: said_on_the_way(adapted, encoder, asked))
    loop = Loop(pupil, recipe, material.training, material.held_out, checkpoints, tell, on_the_way.note)
    saved = checkpoints.newest()
    if saved:
        loop.restore(saved)
        log.info("going on from step %d of %d", loop.standing.step, loop.steps)
    else:
        tell(Progress(stage="sampling", steps=loop.steps), ())
        began = time.perf_counter()
        loop.standing.before = answers(adapted, tokenizer, asked, template.stops)
        on_the_way.expected = (time.perf_counter() - began) * LONGEST_ON_THE_WAY / LONGEST_ANSWER
    end = loop.run(signals)
    log.info("%s at step %d of %d", end.value, loop.standing.step, loop.steps)
    if end is End.INTERRUPTED:
        return Outcome(end, Result(), None)
    after = answers(adapted, tokenizer, asked, template.stops)
    samples = tuple(
        Sample(one.question, before, then, one.expected)
        for one, before, then in zip(asked, loop.standing.before, after, strict=False)
    )
    result = _result(loop, material, samples, end)
    write_adapter(into, adapted, Made(order, known(recipe.base), result, order.parent), template)
    return Outcome(end, result, into)


def said_on_the_way(model: Any, encoder: Encoder, asked: list[Asked]) -> str:
    """What the model answers by now to the first question, in a line."""
    if not asked:
        return ""
    (said,) = answers(model, encoder.tokenizer, asked[:1], encoder.template.stops, LONGEST_ON_THE_WAY)
    return noted(asked[0].question, said)


def prepare(order: RunOrder, blobs: Blobs, encoder: Encoder) -> Material:
    """Read the release and turn it into tokens; raises CannotTrain when there is nothing to learn from."""
    lessons: list[Lesson] = []
    passed_over = 0
    for item in order.items:
        with blobs.open(item.digest) as file:
            found = read(item, file.read())
        lessons += found.lessons
        passed_over += found.passed_over
    if not lessons:
        raise CannotTrain(NO_DATA)
    parted = split(lessons, order.recipe.validation, order.recipe.seed)
    training, shortened = encode_all(encoder, parted.training)
    held_out, shortened_too = encode_all(encoder, parted.held_out)
    if not training:
        raise CannotTrain(ALL_TOO_LONG.format(length=encoder.max_length))
    if len(training) + len(held_out) < 2:
        raise CannotTrain(ONE_EXAMPLE)
    return Material(
        parted,
        training,
        held_out,
        shortened + shortened_too,
        passed_over,
        contaminated(parted.training, parted.held_out),
    )


def _result(loop: Loop, material: Material, samples: tuple[Sample, ...], end: End) -> Result:
    standing, recipe = loop.standing, loop.recipe
    keeps_best = recipe.early_stop and loop.best
    notes = []
    if end is End.EARLY:
        notes.append(
            f"Stopped early: the held-out loss was lowest at step {standing.best_step} of {loop.steps}."
        )
    elif keeps_best and standing.best_step < standing.step:
        notes.append(f"Kept the state of step {standing.best_step}, whose held-out loss was lowest.")
    if end is End.STOPPED:
        notes.append(f"Stopped by hand at step {standing.step} of {loop.steps}.")
    if material.passed_over:
        notes.append(f"{material.passed_over} rows had no fields that could be read and were passed over.")
    if material.shortened:
        notes.append(
            f"{material.shortened} examples were longer than {recipe.max_length} tokens and were cut."
        )
    if material.held_out and not material.lessons.by_contribution:
        notes.append("All examples come from one contribution, so rows of it were held out.")
    if standing.tokens and standing.seconds:
        notes.append(f"{standing.tokens / standing.seconds:.0f} tokens a second.")
    return Result(
        loss_before=standing.loss_before,
        loss_after=loop.mean_loss(loop.training[:LOOKED_AT]),
        held_out_before=standing.held_out_before,
        held_out_after=standing.best_loss if keeps_best else standing.held_out_loss,
        examples=len(loop.training),
        truncated=material.shortened,
        tokens=standing.tokens,
        seconds=standing.seconds,
        peak_memory_bytes=peak_memory(),
        trainable_parameters=sum(p.numel() for p in loop.trainable.values()),
        contaminated=material.contaminated,
        samples=samples,
        notes=tuple(notes),
    )


def _parent(order: RunOrder, place: Workplace, into: Path) -> Path | None:
    """The adapter to go on from; raises CannotTrain when it sits on another base."""
    if not order.parent:
        return None
    folder = place.fetch(order.parent, into)
    base = json.loads((folder / NOTES).read_text())["base"]
    if base != order.recipe.base:
        raise CannotTrain(OTHER_BASE.format(parent=base, base=order.recipe.base))
    return folder


def _template_of_parent(folder: Path) -> Template:
    """The template that the parent learned; its next version must go on using it."""
    notes: dict[str, Any] = json.loads((folder / NOTES).read_text())
    return Template(notes["template"], tuple(notes.get("stops") or ()))


def _is_tight(order: RunOrder, place: Workplace, material: Material) -> bool:
    """Whether keeping every layer's values would take more memory than there is."""
    offer = next((one for one in offers(place.bases) if one.id == order.recipe.base), None)
    if offer is None:
        return False
    recipe, precision = order.recipe, place.machine.precision
    lengths = [len(example.tokens) for example in material.training]
    largest = max(places(recipe, batch, 0) for batch in parted(recipe, lengths))
    needed = memory_needed(recipe, offer, precision, largest * guessed_kept(offer, precision))
    return needed > MOST_OF_MEMORY * place.machine.memory_bytes
