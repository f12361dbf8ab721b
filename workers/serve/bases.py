"""Base models: found in their folder, loaded once, kept while there is room for them."""

import asyncio
import json
import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workers.serve.adapters import SAFE_ID
from workers.serve.engine import Engine
from workers.serve.refused import away, unknown_model
from workers.serve.replies import Limits

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Base:
    """A loaded base and the engine that runs it; `context` is in tokens."""

    id: str
    model: Any
    tokenizer: Any
    engine: Engine
    context: int


def is_generative(folder: Path) -> bool:
    """Whether a folder holds a model that writes, going by its configuration."""
    try:
        config = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError):
        return False
    return any(name.endswith(("CausalLM", "LMHeadModel")) for name in config.get("architectures") or ())


class Bases:
    """Loads on demand; an idle base makes room for another."""

    def __init__(self, folder: Path, most: int, precision: str, limits: Limits) -> None:
        self._folder, self._most, self._precision, self._limits = folder, most, precision, limits
        self._held: OrderedDict[str, Base] = OrderedDict()
        self._loading = asyncio.Lock()

    def names(self) -> list[str]:
        """Ids of all bases that could be loaded."""
        found = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted(one.name for one in found if is_generative(one))

    def held(self) -> list[Base]:
        """Those in memory."""
        return list(self._held.values())

    async def get(self, name: str) -> Base:
        """A base, loaded if need be; raises Refused when there is none or no room."""
        if name in self._held:
            self._held.move_to_end(name)
            return self._held[name]
        if not SAFE_ID.fullmatch(name) or not is_generative(self._folder / name):
            raise unknown_model(f"base:{name}")
        async with self._loading:
            if name not in self._held:
                await self._make_room()
                self._held[name] = await asyncio.to_thread(
                    load, name, self._folder / name, self._precision, self._limits
                )
        return self._held[name]

    async def stop(self) -> None:
        """End every engine."""
        while self._held:
            _, base = self._held.popitem()
            await asyncio.to_thread(base.engine.stop)

    async def _make_room(self) -> None:
        if len(self._held) < self._most:
            return
        idle = next((base for base in self._held.values() if base.engine.load() == (0, 0)), None)
        if idle is None:
            raise away("Every base in memory is answering; ask again in a moment.")
        del self._held[idle.id]
        await asyncio.to_thread(idle.engine.stop)
        log.info("base %s let go", idle.id)


def load(name: str, folder: Path, precision: str, limits: Limits) -> Base:
    """Load a base into memory; takes seconds, so call it in a thread."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"local_files_only": True, "trust_remote_code": False}
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=getattr(torch, precision), use_safetensors=True, **source
    )
    model.requires_grad_(False).eval().to(device)
    tokenizer = AutoTokenizer.from_pretrained(folder, **source)
    context = min(limits.context, reach(model.config))
    limits = replace(limits, context=context)
    log.info("base %s loaded on %s in %s", name, device, precision)
    return Base(name, model, tokenizer, Engine(model, tokenizer, ends_of(model, tokenizer), limits), context)


def reach(config: Any) -> int:
    """Positions that a model can tell apart; those past a sliding window are not offered."""
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    if kinds:
        raise away(
            f"Layers of the kind {', '.join(sorted(kinds))} cannot be served yet; use vLLM for this base."
        )
    known = [
        getattr(config, name, None) for name in ("max_position_embeddings", "n_positions", "sliding_window")
    ]
    # BLOOM has no limit of its own; it was trained on 2048.
    return min((int(one) for one in known if one), default=2048)


def ends_of(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens that end a reply."""
    listed = model.generation_config.eos_token_id
    ids = listed if isinstance(listed, list) else [listed]
    return frozenset(int(one) for one in (*ids, tokenizer.eos_token_id) if one is not None)
