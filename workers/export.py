"""`potluck export`: a model with its card, merged with its base on demand, or a release with its card.

    potluck export model MODEL FOLDER [--community ID] [--merged]
    potluck export release DATANET FOLDER --community ID [--number N]

MODEL is a model's id, or its name when the community is given.
"""

import argparse
import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from datanets.blobs import Blobs
from datanets.clock import SystemClock
from datanets.database import Database
from datanets.models import Models
from datanets.refusals import NotFound
from datanets.releases import Releases
from workers.bases import BaseAbsent, locate
from workers.card import dataset_card
from workers.catalog import UnknownBase

if TYPE_CHECKING:
    from workers.config import WorkerSettings


def main(argv: list[str]) -> int:
    """Write the folder; 1 when the thing does not exist, with the reason on standard error."""
    from workers.config import WorkerSettings

    parser = argparse.ArgumentParser(prog="potluck export")
    kinds = parser.add_subparsers(dest="kind", required=True)
    model = kinds.add_parser("model", help="an adapter with its card")
    model.add_argument("name", help="the model's id, or its name with --community")
    model.add_argument("folder", type=Path)
    model.add_argument("--community", default="")
    model.add_argument("--merged", action="store_true", help="also write the base with the adapter in it")
    release = kinds.add_parser("release", help="the files of a release with its dataset card")
    release.add_argument("name", help="the datanet")
    release.add_argument("folder", type=Path)
    release.add_argument("--community", required=True)
    release.add_argument("--number", type=int, help="default: the newest")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_export(WorkerSettings(), options))
    except NotFound as absent:
        sys.stderr.write(f"There is no {absent.what} named {absent.name}. {' '.join(absent.close)}\n")
        return 1
    except (BaseAbsent, UnknownBase, FileNotFoundError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"{options.folder}\n")
    return 0


async def _export(settings: "WorkerSettings", options: argparse.Namespace) -> None:
    database, blobs = Database.open(settings.database), Blobs(settings.blobs)
    try:
        if options.kind == "model":
            models = Models(database, SystemClock())
            await export_model(models, blobs, options.name, options.community, options.folder)
        else:
            releases = Releases(database, SystemClock())
            await export_release(
                releases, blobs, options.community, options.name, options.number, options.folder
            )
    finally:
        await database.close()
    if options.kind == "model" and options.merged:
        merge(options.folder, settings.bases, options.folder / "merged")


async def export_model(models: Models, blobs: Blobs, name: str, community: str, folder: Path) -> None:
    """Write adapter, notes and both cards. Raises NotFound."""
    model = await models.get(community, name) if community else await models.by_id(name)
    if model is None:
        raise NotFound("model", name)
    await blobs.fetch_folder(f"adapters/{model.id}", folder)


async def export_release(
    releases: Releases, blobs: Blobs, community: str, datanet: str, number: int | None, folder: Path
) -> None:
    """Write every file of a release, all contexts, and the card. Raises NotFound."""
    found = await releases.list(community, datanet)
    release = next((one for one in found if number in (None, one.number)), None)
    if release is None:
        raise NotFound("release", f"{datanet} {number or ''}".strip())
    items = await releases.items(release.id)
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    lines = []
    for item in items:
        name = f"{item.contribution}.{item.format}"
        with blobs.open(item.digest) as source, (files / name).open("wb") as target:
            shutil.copyfileobj(source, target)
        context = {key: value for key, value in vars(item.context).items() if value}
        lines.append(
            json.dumps({"file": f"files/{name}", "sha256": item.digest, **context}, ensure_ascii=False)
        )
    (folder / "contexts.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (folder / "README.md").write_text(dataset_card(release, items))


def merge(adapter: Path, bases: Path, folder: Path) -> None:
    """Write the base with the adapter's matrices added in, as float32 safetensors with its tokenizer."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    notes = json.loads((adapter / "potluck.json").read_text())
    base = locate(notes["base"], bases)
    source = {"local_files_only": True, "trust_remote_code": False}
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, use_safetensors=True, **source)
    merged = PeftModel.from_pretrained(plain, str(adapter)).merge_and_unload()
    merged.save_pretrained(folder, safe_serialization=True)
    tokenizer = AutoTokenizer.from_pretrained(base, **source)
    tokenizer.chat_template = notes["template"]
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
