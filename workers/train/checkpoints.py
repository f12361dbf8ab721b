"""Where a run stands, on disk: complete or not there at all, one folder an attempt."""

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

STATE, TENSORS = "state.json", "state.safetensors"
KEPT = 2


@dataclass
class Standing:
    """Everything beside tensors that a resumed run needs; `step` steps are done."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    loss: float | None = None
    loss_before: float | None = None
    held_out_before: float | None = None
    held_out_loss: float | None = None
    best_loss: float | None = None
    best_step: int = 0
    without_gain: int = 0
    before: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Checkpoint:
    """What was saved; `tensors` has the adapter, both moments, the best adapter and the state of chance."""

    standing: Standing
    tensors: dict[str, Tensor]


class Checkpoints:
    """Saves into the folder of one attempt; reads the newest of any attempt of the run."""

    def __init__(self, run_folder: Path, attempt: int) -> None:
        self._run, self._own = run_folder, run_folder / str(attempt)

    def save(self, standing: Standing, tensors: dict[str, Tensor]) -> Path:
        """Write beside, then move into place. Raises OSError when the disk is full."""
        self._own.mkdir(parents=True, exist_ok=True)
        folder = self._own / f"step-{standing.step:07d}"
        beside = self._own / f".{folder.name}"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        try:
            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, beside / TENSORS)
            (beside / STATE).write_text(json.dumps(asdict(standing)))
            _to_disk(beside / TENSORS)
            shutil.rmtree(folder, ignore_errors=True)
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        for old in sorted(self._own.glob("step-*"))[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return folder

    def newest(self) -> Checkpoint | None:
        """The furthest checkpoint of any attempt, or None. Torn ones do not exist: see `save`."""
        found = sorted(self._run.glob("*/step-*"), key=lambda folder: (folder.name, int(folder.parent.name)))
        if not found:
            return None
        raw: dict[str, Any] = json.loads((found[-1] / STATE).read_text())
        return Checkpoint(Standing(**raw), load_file(found[-1] / TENSORS))

    def forget(self) -> None:
        """Remove all checkpoints of the run: its adapter is published."""
        shutil.rmtree(self._run, ignore_errors=True)


def adam_tensors(adam: torch.optim.AdamW, names: dict[str, Tensor]) -> dict[str, Tensor]:
    """The moments by parameter name, and the count of steps."""
    saved: dict[str, Tensor] = {}
    for name, parameter in names.items():
        state = adam.state.get(parameter, {})
        for part, value in state.items():
            saved[f"{part}.{name}"] = (
                value.detach().clone() if isinstance(value, Tensor) else torch.tensor(value)
            )
    return saved


def restore_adam(adam: torch.optim.AdamW, names: dict[str, Tensor], tensors: dict[str, Tensor]) -> None:
    """Undo `adam_tensors`."""
    for name, parameter in names.items():
        parts = {part: tensors[f"{part}.{name}"] for part in ("step", "exp_avg", "exp_avg_sq")}
        adam.state[parameter] = {
            part: value if part == "step" else value.to(parameter.device) for part, value in parts.items()
        }


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
