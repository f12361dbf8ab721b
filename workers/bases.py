"""Base models on this machine: where they lie, and loaded for training.

`python -m workers.bases NAME` brings one here at its pinned revision.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datanets.recipe import Method
from workers.catalog import Base, UnknownBase, base


class BaseAbsent(Exception):
    """The base is not on this machine and could not be brought here; the message says what to do."""


@dataclass(frozen=True)
class Shape:
    """A base as its own configuration file describes it."""

    model_type: str
    layers: int
    hidden: int
    intermediate: int
    vocab: int
    heads: int
    groups: int
    head_size: int
    context: int


def shape_of(folder: Path) -> Shape:
    """Read the shape from a folder's config.json."""
    raw = json.loads((folder / "config.json").read_text())
    hidden = raw.get("hidden_size") or raw.get("n_embd") or raw["n_embed"]
    heads = raw.get("num_attention_heads") or raw["n_head"]
    return Shape(
        model_type=raw["model_type"],
        layers=raw.get("num_hidden_layers") or raw["n_layer"],
        hidden=hidden,
        intermediate=raw.get("intermediate_size") or raw.get("n_inner") or 4 * hidden,
        vocab=raw["vocab_size"],
        heads=heads,
        groups=raw.get("num_key_value_heads") or heads,
        head_size=raw.get("head_dim") or hidden // heads,
        context=raw.get("max_position_embeddings") or raw.get("n_positions") or 2048,
    )


def is_here(folder: Path) -> bool:
    """Whether a folder holds a whole base: configuration, tokenizer and safetensors."""
    return (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))


def locate(name: str, bases: Path) -> Path:
    """The folder of a base, downloaded at its pinned revision where it is missing.

    A folder that an operator put there wins, whether the catalog knows its name or not. Raises
    UnknownBase, or BaseAbsent when the hub is out of reach, or wants a licence accepted first.
    """
    folder = bases / name
    if "/" not in name and is_here(folder):
        return folder
    row = base(name)
    folder = bases / row.id
    return folder if is_here(folder) else _download(row, folder)


def _download(row: Base, folder: Path) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError

    arriving = folder.with_name(f".{row.id}.{os.getpid()}")
    by_hand = f"Or put its files into the folder {row.id} beside the other bases."
    try:
        snapshot_download(
            row.repository,
            revision=row.revision,
            local_dir=arriving,
            allow_patterns=["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"],
        )
    except GatedRepoError as refused:
        raise BaseAbsent(
            f"{row.title} is gated: accept its licence at https://huggingface.co/{row.repository} "
            f"and set HF_TOKEN for the worker. {by_hand}"
        ) from refused
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as away:
        raise BaseAbsent(
            f"{row.repository} could not be downloaded: {away}. Check the worker's network. {by_hand}"
        ) from away
    arriving.rename(folder)
    return folder


def load(folder: Path, method: Method, precision: str, device: str = "cpu") -> tuple[Any, Any]:
    """Model and tokenizer of a base, frozen; 4-bit with QLoRA. Code from the folder never runs."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    source: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    dtype = getattr(torch, precision)
    four_bits = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=dtype,
        use_safetensors=True,
        quantization_config=four_bits if method is Method.QLORA else None,
        **source,
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, **source)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model.requires_grad_(False).to(device), tokenizer


def known(name: str) -> Base | None:
    """The catalog's row of a base, if it has one."""
    try:
        return base(name)
    except UnknownBase:
        return None


def main(argv: list[str]) -> int:
    """Bring a base to this machine; 1 when that cannot be done, with what to do on standard error."""
    from workers.config import WorkerSettings
    from workers.weights import PARCELS, WeightsUnavailable, provide

    bases = WorkerSettings().bases
    parcel = next((one for one in PARCELS if one.name == argv[0]), None)
    try:
        folder = provide(parcel, bases) if parcel else locate(argv[0], bases)
    except (UnknownBase, BaseAbsent, WeightsUnavailable) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
