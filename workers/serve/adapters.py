"""Adapters out of the blob store, ready to be seated in a row; the ones used least are let go."""

import asyncio
import hashlib
import json
import logging
import math
import re
import shutil
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from safetensors.torch import load_file
from torch import nn

from workers.serve import disk
from workers.serve.refused import Refused, unknown_model
from workers.template import Template

log = logging.getLogger(__name__)

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
PREFIX = "base_model.model."


class NotServable(Exception):
    """The adapter's files are broken or ask for something that rows cannot carry."""


@dataclass(frozen=True)
class Part:
    """One layer's matrices: `a` is [rank, in], `b` is [rank, out] times the scale; `gain` is DoRA's [out]."""

    a: torch.Tensor
    b: torch.Tensor
    gain: torch.Tensor | None


@dataclass(frozen=True)
class Adapter:
    """What a run made, as the server needs it; without a `template` its base's own is used."""

    id: str
    base: str
    template: Template | None
    parts: dict[str, Part]

    @property
    def size(self) -> int:
        """Bytes in memory."""
        tensors = [t for part in self.parts.values() for t in (part.a, part.b, part.gain) if t is not None]
        return sum(tensor.nbytes for tensor in tensors)


def notes_of(folder: Path) -> dict[str, Any]:
    """The adapter's potluck.json; raises NotServable when its template is not the one of its hash."""
    try:
        notes: dict[str, Any] = json.loads((folder / "potluck.json").read_text())
    except (OSError, ValueError) as problem:
        raise NotServable(f"potluck.json cannot be read: {problem}") from problem
    template, known = notes.get("template"), notes.get("template_sha256")
    if template and known and hashlib.sha256(template.encode()).hexdigest() != known:
        raise NotServable("the chat template is not the one of the training")
    return notes


def read(run: str, folder: Path, model: nn.Module) -> Adapter:
    """Read an adapter's folder for the base that it was trained on; raises NotServable."""
    notes = notes_of(folder)
    try:
        config = json.loads((folder / "adapter_config.json").read_text())
        tensors = load_file(folder / "adapter_model.safetensors")
    except Exception as problem:
        raise NotServable(f"the adapter's files cannot be read: {problem}") from problem
    if config.get("peft_type") != "LORA" or config.get("modules_to_save"):
        raise NotServable("only LoRA matrices can be served, no trained copies of whole layers")
    parts = _parts(config, tensors, dict(model.named_modules()))
    return Adapter(run, notes["base"], _template(notes), parts)


def _template(notes: dict[str, Any]) -> Template | None:
    text = notes.get("template")
    return Template(text, tuple(notes.get("stops") or ())) if text else None


def _parts(
    config: dict[str, Any], tensors: dict[str, torch.Tensor], modules: dict[str, nn.Module]
) -> dict[str, Part]:
    parts: dict[str, Part] = {}
    left = dict(tensors)
    for key in [key for key in tensors if key.endswith(".lora_A.weight")]:
        name = key.removeprefix(PREFIX).removesuffix(".lora_A.weight")
        stem = key.removesuffix(".lora_A.weight")
        a, b = left.pop(key), left.pop(f"{stem}.lora_B.weight", None)
        gain = left.pop(f"{stem}.lora_magnitude_vector", None)
        if b is None or name not in modules:
            raise NotServable(f"{name} has no counterpart in the base")
        parts[name] = _part(modules[name], a, b, gain, _scale(config, name, a.shape[0]))
    if left or not parts:
        raise NotServable(f"matrices that rows cannot carry: {', '.join(sorted(left)[:3]) or 'none at all'}")
    return parts


def _scale(config: dict[str, Any], name: str, rank: int) -> float:
    alpha = config["lora_alpha"]
    for pattern, own in (config.get("alpha_pattern") or {}).items():
        if re.match(rf"(.*\.)?({pattern})$", name):
            alpha = own
    return float(alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank)


def _part(
    module: nn.Module, a: torch.Tensor, b: torch.Tensor, magnitude: torch.Tensor | None, scale: float
) -> Part:
    weight: torch.Tensor = module.weight
    # Linear keeps [out, in]; GPT-2's Conv1D keeps it transposed.
    fan_out, fan_in = weight.shape if isinstance(module, nn.Linear) else reversed(weight.shape)
    if a.shape[1] != fan_in or b.shape != (fan_out, a.shape[0]):
        raise NotServable(
            f"matrices of {tuple(b.shape)} and {tuple(a.shape)} do not fit {fan_out} by {fan_in}"
        )
    gain = None
    if magnitude is not None:
        plain = weight if isinstance(module, nn.Linear) else weight.T
        whole = plain.float() + scale * (b.float() @ a.float()).to(weight.device)
        gain = (magnitude.flatten().to(weight.device) / whole.norm(dim=1)).to(weight.dtype)
    # Small products in bfloat16 take a processor twice as long as in float32.
    dtype = torch.float32 if weight.device.type == "cpu" else weight.dtype
    place = {"dtype": dtype, "device": weight.device}
    return Part(a.to(**place).contiguous(), (b.T * scale).to(**place).contiguous(), gain)


Fetch = Callable[[str, Path], Awaitable[None]]
BaseModel = Callable[[str], Awaitable[nn.Module]]


class Adapters:
    """Fetches on demand, reads once, forgets the one used least when memory or disk is spent."""

    def __init__(self, fetch: Fetch, cache: Path, most_bytes: int, most_on_disk: int) -> None:
        self._fetch, self._cache, self._most, self._most_on_disk = fetch, cache, most_bytes, most_on_disk
        self._held: OrderedDict[str, Adapter] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    def held(self) -> list[Adapter]:
        """Those in memory, the one used least first."""
        return list(self._held.values())

    async def get(self, run: str, base: BaseModel) -> Adapter:
        """The adapter of a run; raises Refused when there is none or it cannot be served."""
        if run in self._held:
            self._held.move_to_end(run)
            return self._held[run]
        if not SAFE_ID.fullmatch(run):
            raise unknown_model(run)
        async with self._locks.setdefault(run, asyncio.Lock()):
            if run not in self._held:
                self._hold(await self._read(run, base))
        self._locks.pop(run, None)
        return self._held[run]

    async def _read(self, run: str, base: BaseModel) -> Adapter:
        folder = self._cache / run
        if not folder.is_dir():
            # Fetched beside and moved: a folder with that name is whole.
            beside = self._cache / f".{run}.{uuid4().hex}"
            try:
                await self._fetch(run, beside)
                await asyncio.to_thread(beside.replace, folder)
            finally:
                await asyncio.to_thread(shutil.rmtree, beside, ignore_errors=True)
            # Those with a lock are being fetched or read at this moment.
            await asyncio.to_thread(disk.prune, self._cache, self._most_on_disk, set(self._locks))
        await asyncio.to_thread(disk.touch, folder)
        try:
            notes = await asyncio.to_thread(notes_of, folder)
            return await asyncio.to_thread(read, run, folder, await base(notes["base"]))
        except (NotServable, KeyError) as problem:
            log.warning("adapter %s cannot be served: %s", run, problem)
            raise Refused(
                422,
                "invalid_request_error",
                "model_broken",
                f"The model {run!r} cannot be served: {problem}.",
            ) from problem

    def _hold(self, adapter: Adapter) -> None:
        self._held[adapter.id] = adapter
        while sum(one.size for one in self._held.values()) > self._most and len(self._held) > 1:
            gone, _ = self._held.popitem(last=False)
            log.info("adapter %s let go", gone)
