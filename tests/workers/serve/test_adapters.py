"""Adapters come from the blob store, and leave memory by use."""

import hashlib
import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from datanets.blobs import Blobs
from tests.workers.serving import Serve, make_adapter, tiny_llama
from workers.serve.adapters import Adapters


async def test_the_adapter_used_least_leaves_first(blobs_url: str, tmp_path: Path) -> None:
    fetched: list[str] = []

    async def fetch(run: str, folder: Path) -> None:
        fetched.append(run)
        await Blobs(blobs_url).fetch_folder(f"adapters/{run}", folder)

    async def model(_: str) -> torch.nn.Module:
        return tiny_llama()

    room = Adapters(fetch, tmp_path / "big", 1 << 30, 1 << 30)
    size = (await room.get("run-0", model)).size
    adapters = Adapters(fetch, tmp_path / "small", int(2.5 * size), 1 << 30)

    for run in ("run-0", "run-5", "run-0", "run-4"):
        await adapters.get(run, model)

    assert [adapter.id for adapter in adapters.held()] == ["run-0", "run-4"]
    assert (await adapters.get("run-5", model)).id == "run-5"
    assert fetched.count("run-5") == 1


async def test_the_disk_keeps_what_was_used_last_and_nothing_half_fetched(
    blobs_url: str, tmp_path: Path
) -> None:
    async def fetch(run: str, folder: Path) -> None:
        await Blobs(blobs_url).fetch_folder(f"adapters/{run}", folder)

    async def model(_: str) -> torch.nn.Module:
        return tiny_llama()

    cache = tmp_path / "cache"
    abandoned = cache / ".run-1.0123456789abcdef"
    abandoned.mkdir(parents=True)
    (abandoned / "adapter_model.safetensors").write_bytes(bytes(1000))
    os.utime(abandoned, (0, 0))
    await Adapters(fetch, cache, 1 << 30, 1 << 30).get("run-0", model)
    size = sum(file.stat().st_size for file in (cache / "run-0").iterdir())

    for run in ("run-5", "run-0", "run-4"):
        # One server after the other: nothing is left but what lies on disk.
        adapter = await Adapters(fetch, cache, 1 << 30, int(2.5 * size)).get(run, model)
        assert adapter.parts

    assert sorted(one.name for one in cache.iterdir()) == ["run-0", "run-4"]


async def refusal_of(run: str, serve: Serve) -> str:
    served = await serve()
    body = {"model": run, "messages": [{"role": "user", "content": "Hi"}]}
    async with served.session.post(f"{served.url}/chat/completions", json=body) as response:
        assert response.status == 422
        return str((await response.json())["error"]["message"])


@pytest.mark.parametrize("fault", ["template", "weights", "shape", "foreign", "base"])
async def test_a_broken_adapter_is_named_and_hurts_nobody_else(
    fault: str, serve: Serve, bases: Path, blobs_url: str, tmp_path: Path
) -> None:
    folder = make_adapter(bases / "tiny", tmp_path / "made", seed=1)
    notes, weights = folder / "potluck.json", folder / "adapter_model.safetensors"
    tensors = load_file(weights)
    if fault == "template":
        notes.write_text(json.dumps(json.loads(notes.read_text()) | {"template": "{{ messages }}"}))
    elif fault == "weights":
        weights.write_bytes(b"not safetensors")
    elif fault == "shape":
        save_file({name: tensor[:, :-1].contiguous() for name, tensor in tensors.items()}, weights)
    elif fault == "foreign":
        save_file(tensors | {"base_model.model.lm_head.weight": torch.zeros(2)}, weights)
    else:
        notes.unlink()
    await Blobs(blobs_url).put_folder(f"adapters/broken-{fault}", folder)

    assert "cannot be served" in await refusal_of(f"broken-{fault}", serve)
    served = await serve()
    assert await served.chat("run-0", "Hi", max_tokens=3)


async def test_the_chat_template_is_the_one_of_the_training(
    serve: Serve, bases: Path, blobs_url: str, tmp_path: Path
) -> None:
    folder = make_adapter(bases / "tiny", tmp_path / "made", seed=1)
    own = "{% for m in messages %}{{ m.content }}{% endfor %}|"
    notes = {
        "base": "tiny",
        "template": own,
        "template_sha256": hashlib.sha256(own.encode()).hexdigest(),
        "stops": ["###"],
    }
    (folder / "potluck.json").write_text(json.dumps(notes))
    await Blobs(blobs_url).put_folder("adapters/own-template", folder)
    served = await serve()

    body = {"model": "own-template", "messages": [{"role": "user", "content": "four"}], "max_tokens": 1}
    async with served.session.post(f"{served.url}/chat/completions", json=body) as response:
        answer = await response.json()

    assert answer["usage"]["prompt_tokens"] == len("four|")
