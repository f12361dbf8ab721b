"""The loop: steps, held-out losses, checkpoints; exact when it goes on after an interruption."""

import math
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import torch
from torch import Tensor

from datanets.facts import Point, Progress
from datanets.recipe import Recipe
from workers.train.batches import batches, steps_in
from workers.train.checkpoints import Checkpoint, Checkpoints, Standing, adam_tensors, restore_adam
from workers.train.failures import NOT_A_NUMBER, CannotTrain
from workers.train.optimise import LARGEST_GRADIENT, optimiser, set_rate
from workers.train.prepare import Learner
from workers.train.rows import Encoded

# Held-out lessons looked at each time, and looks without gain before a run is stopped early.
LOOKED_AT = 64
PATIENCE = 4
LOOKS_AN_EPOCH = 2


class End(Enum):
    """How the loop ended: through all steps, early since nothing was gained, stopped, or interrupted."""

    DONE = "done"
    EARLY = "early"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


class Signals(Protocol):
    """What the outside may want at any step."""

    def stop_requested(self) -> bool:
        """Somebody pressed Stop: keep the best and finish."""
        ...

    def interrupted(self) -> bool:
        """The process must end: save and leave the run to the next attempt."""
        ...


@dataclass
class Loop:
    """One training; `run` goes from the newest checkpoint to the end."""

    learner: Learner
    recipe: Recipe
    training: Sequence[Encoded]
    held_out: Sequence[Encoded]
    checkpoints: Checkpoints
    tell: Callable[[Progress, tuple[Point, ...]], None]
    on_the_way: Callable[[float], str] = lambda _trained: ""
    save_steps: int = 10
    standing: Standing = field(default_factory=Standing)

    def __post_init__(self) -> None:
        recipe = self.recipe
        self.trainable = self.learner.trainable
        self.adam = optimiser(self.trainable, recipe)
        self.steps = steps_in(len(self.training), recipe.batch_size, recipe.accumulation, recipe.epochs)
        self.steps_an_epoch = self.steps // recipe.epochs
        self.look_every = max(1, self.steps_an_epoch // LOOKS_AN_EPOCH)
        self.best: dict[str, Tensor] = {}
        self._note = ""
        self._epoch = -1
        self._plan: list[list[list[Encoded]]] = []

    def restore(self, saved: Checkpoint) -> None:
        """Go on from a checkpoint: the same steps follow as if nothing had happened."""
        self.standing = saved.standing
        with torch.no_grad():
            for name, parameter in self.trainable.items():
                parameter.copy_(saved.tensors[f"adapter.{name}"])
        if saved.standing.step:
            restore_adam(self.adam, dict(self.trainable), saved.tensors)
        self.best = {
            name.removeprefix("best."): tensor
            for name, tensor in saved.tensors.items()
            if name.startswith("best.")
        }
        torch.set_rng_state(saved.tensors["chance"])

    def save(self) -> None:
        """Write a checkpoint of this very step."""
        tensors = {f"adapter.{name}": p.detach().cpu() for name, p in self.trainable.items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        tensors |= adam_tensors(self.adam, dict(self.trainable))
        tensors["chance"] = torch.get_rng_state()
        self.checkpoints.save(self.standing, tensors)

    def run(self, signals: Signals) -> End:
        """Train to an end; the adapter is then the one worth keeping. Raises CannotTrain."""
        if self.standing.step == 0 and self.standing.loss_before is None:
            self._look_before()
        while self.standing.step < self.steps:
            self._step()
            is_last = self.standing.step == self.steps
            looked = self.standing.step % self.look_every == 0 or is_last
            if looked:
                self._look()
            if signals.interrupted():
                self.save()
                return End.INTERRUPTED
            if signals.stop_requested():
                return self._end(End.STOPPED)
            if looked and self._gains_nothing():
                return self._end(End.EARLY)
            if self.standing.step % self.save_steps == 0 or is_last:
                self.save()
        return self._end(End.DONE)

    def mean_loss(self, examples: Sequence[Encoded]) -> float:
        """Loss a token over some examples, without learning from them."""
        total, count = 0.0, 0
        ordered = sorted(examples, key=lambda example: -len(example.tokens))
        self.learner.model.eval()
        with torch.no_grad():
            for at in range(0, len(ordered), self.recipe.batch_size):
                loss, targets = self.learner.loss(ordered[at : at + self.recipe.batch_size])
                total, count = total + loss.item(), count + targets
        self.learner.model.train()
        return total / count

    def _look_before(self) -> None:
        self.standing.loss_before = self.mean_loss(self.training[:LOOKED_AT])
        if self.held_out:
            self.standing.held_out_before = self.mean_loss(self.held_out[:LOOKED_AT])
            self.standing.held_out_loss = self.standing.held_out_before
        point = Point(0, self.standing.loss_before, self.standing.held_out_before)
        self.tell(self._progress(), (point,))

    def _step(self) -> None:
        began = time.perf_counter()
        parts = self._batches(self.standing.step)
        targets = sum(example.targets for part in parts for example in part)
        total = 0.0
        for part in parts:
            loss, _ = self.learner.loss(part)
            (loss / targets).backward()
            total += loss.item()
        loss_here = total / targets
        norm = torch.nn.utils.clip_grad_norm_(self.trainable.values(), LARGEST_GRADIENT)
        if not math.isfinite(loss_here) or not torch.isfinite(norm):
            rate = self.recipe.learning_rate
            raise CannotTrain(NOT_A_NUMBER.format(step=self.standing.step + 1, rate=rate, lower=rate / 4))
        set_rate(self.adam, self.recipe, self.standing.step, self.steps)
        self.adam.step()
        self.adam.zero_grad()
        self.standing.step += 1
        self.standing.loss = loss_here
        self.standing.tokens += sum(len(example.tokens) for part in parts for example in part)
        self.standing.seconds += time.perf_counter() - began
        self.tell(self._progress(), (Point(self.standing.step, loss_here),))

    def _batches(self, step: int) -> list[list[Encoded]]:
        """The batches of one step: as many as are accumulated."""
        epoch, place = divmod(step, self.steps_an_epoch)
        if epoch != self._epoch:
            sort = not self.learner.uses_rows
            cut = batches(
                self.training, self.recipe.batch_size, seed=self.recipe.seed, epoch=epoch, sort=sort
            )
            size = self.recipe.accumulation
            self._plan = [cut[at : at + size] for at in range(0, len(cut), size)]
            self._epoch = epoch
        return self._plan[place]

    def _look(self) -> None:
        """Measure on the held-out examples, if there are any, and hear what the model says by now."""
        points = (self._held_out_point(),) if self.held_out else ()
        self._note = self.on_the_way(self.standing.seconds) or self._note
        self.tell(self._progress(), points)

    def _held_out_point(self) -> Point:
        loss = self.mean_loss(self.held_out[:LOOKED_AT])
        standing = self.standing
        standing.held_out_loss = loss
        if standing.best_loss is None or loss < standing.best_loss:
            standing.best_loss, standing.best_step, standing.without_gain = loss, standing.step, 0
            self.best = {name: p.detach().clone().cpu() for name, p in self.trainable.items()}
        else:
            standing.without_gain += 1
        return Point(standing.step, standing.loss, loss)

    def _gains_nothing(self) -> bool:
        return self.recipe.early_stop and self.standing.without_gain >= PATIENCE

    def _end(self, how: End) -> End:
        """Leave the adapter as the best one where the recipe watches the held-out loss, else as the last."""
        if self.recipe.early_stop and self.best:
            with torch.no_grad():
                for name, parameter in self.trainable.items():
                    parameter.copy_(self.best[name])
        return how

    def _progress(self) -> Progress:
        standing = self.standing
        speed = standing.tokens / standing.seconds if standing.seconds else None
        left = standing.seconds / standing.step * (self.steps - standing.step) if standing.step else None
        return Progress(
            stage="training",
            step=standing.step,
            steps=self.steps,
            epoch=standing.step / self.steps_an_epoch,
            loss=standing.loss if standing.loss is not None else standing.loss_before,
            held_out_loss=standing.held_out_loss,
            tokens_per_second=speed,
            memory_bytes=peak_memory(),
            seconds_left=left,
            note=self._note,
        )


def peak_memory() -> int:
    """The most memory that this process ever held, in bytes; on a GPU what its tensors took there."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
