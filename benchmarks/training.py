"""One training as a benchmark runs it: real code, real weights, no database."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from datanets.blobs import Blobs
from datanets.facts import Point, Progress
from datanets.recipe import Recipe

SMOLLM2 = "smollm2-135m-instruct"


@dataclass
class Silence:
    """Nobody stops these runs."""

    def stop_requested(self) -> bool:
        """Never."""
        return False

    def interrupted(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Trained:
    """What one training took: seconds in all and in its steps, bytes at the peak, and what it lost."""

    seconds: float
    step_seconds: float
    memory: int
    tokens: int
    steps: int
    held_out: float | None
    loss: float | None


def bases() -> Path:
    """The folder of bases, with the small real weights in it."""
    from workers.config import WorkerSettings
    from workers.weights import SMOLLM2 as PARCEL
    from workers.weights import provide

    folder = WorkerSettings().bases
    provide(PARCEL, folder)
    return folder


def train(pairs: list[tuple[str, str]], recipe: Recipe, bases_folder: Path, *, threads: int = 0) -> Trained:
    """Train on pairs from beginning to end, as an attempt does."""
    from benchmarks.orders import order_of
    from workers.machine import probe
    from workers.train.attempt import Workplace, carry_out

    heard: list[Progress] = []

    def tell(progress: Progress, points: tuple[Point, ...]) -> None:
        del points
        heard.append(progress)

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        blobs = Blobs(str(folder / "blobs"))
        order = order_of(pairs, recipe, blobs)
        began = time.perf_counter()
        place = Workplace(probe(threads), bases_folder, folder / "runs", blobs, blobs_fetch)
        outcome = carry_out(order, place, Silence(), tell, folder / "adapter")
        seconds = time.perf_counter() - began
    result = outcome.result
    return Trained(
        seconds,
        result.seconds,
        result.peak_memory_bytes,
        result.tokens,
        max(progress.step for progress in heard),
        result.held_out_after,
        result.loss_after,
    )


def blobs_fetch(parent: str, into: Path) -> Path:
    """No benchmark goes on from an earlier model."""
    raise FileNotFoundError(f"{parent} for {into}")
