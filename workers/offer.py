"""What this machine offers to train: its bases and its measured speed.

`python -m workers.offer` measures in a process of its own, so that the dispatcher needs no torch, and
prints one JSON object.
"""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from datanets.facts import BaseOffer
from workers.bases import is_here, shape_of
from workers.catalog import BASES, TARGETS, Base
from workers.machine import Machine, probe

MEASURE_SECONDS = 120


def offers(folder: Path) -> tuple[BaseOffer, ...]:
    """Every row of the catalog, ready or not, and every other base that an operator put there."""
    listed = tuple(_listed(row, folder) for row in BASES)
    known = {row.id for row in BASES}
    others = sorted(folder.iterdir()) if folder.is_dir() else []
    found = (_found(place) for place in others if place.name not in known and is_here(place))
    return listed + tuple(offer for offer in found if offer is not None)


async def measure(threads: int) -> Machine:
    """Measure this machine in a child process; raises TimeoutError or RuntimeError."""
    arguments = (sys.executable, "-m", "workers.offer", str(threads))
    child = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    try:
        printed, _ = await asyncio.wait_for(child.communicate(), MEASURE_SECONDS)
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode != 0:
        raise RuntimeError(f"measuring this machine ended with {child.returncode}")
    return Machine(**json.loads(printed))


def _listed(row: Base, folder: Path) -> BaseOffer:
    ready = is_here(folder / row.id)
    absent = f"It is not on this machine: the operator brings it with `potluck fetch {row.id}`."
    return BaseOffer(
        id=row.id,
        family=row.family,
        title=row.title,
        licence=row.licence,
        gated=row.gated,
        ready=ready,
        parameters=row.parameters,
        layers=row.layers,
        hidden=row.hidden,
        intermediate=row.intermediate,
        vocab=row.vocab,
        context=row.context,
        methods=row.methods,
        attribution=row.attribution,
        note=row.note if ready else absent,
    )


def _found(place: Path) -> BaseOffer | None:
    shape = shape_of(place)
    if shape.model_type not in TARGETS:
        return None
    layer = 4 * shape.hidden**2 + 3 * shape.hidden * shape.intermediate
    return BaseOffer(
        id=place.name,
        family=shape.model_type,
        title=place.name,
        licence="as its owner says",
        gated=False,
        ready=True,
        parameters=shape.vocab * shape.hidden + shape.layers * layer,
        layers=shape.layers,
        hidden=shape.hidden,
        intermediate=shape.intermediate,
        vocab=shape.vocab,
        context=shape.context,
        methods=("lora", "qlora"),
        note="Put here by the operator.",
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(probe(int(sys.argv[1])))))
