"""A running inference server over tiny random models."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import torch
from aiohttp import web
from transformers import BertConfig, BertModel

from datanets.blobs import Blobs
from tests.workers.serving import Serve, Served, byte_tokenizer, make_adapter, save_base, tiny_llama
from workers.serve import app
from workers.serve.models import Models
from workers.serve.settings import ServeSettings
from workers.serve.start import build


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the base `tiny`, a second one, and an encoder."""
    folder = tmp_path_factory.mktemp("bases")
    save_base(tiny_llama(), folder / "tiny")
    save_base(tiny_llama(seed=9), folder / "other")
    torch.manual_seed(0)
    bert = BertConfig(
        vocab_size=272, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    BertModel(bert).save_pretrained(folder / "encoder")
    byte_tokenizer().save_pretrained(folder / "encoder")
    return folder


@pytest.fixture(scope="session")
def blobs_url(bases: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with six adapters of `tiny`, of ranks 2 to 12, the last two with DoRA and rsLoRA."""
    store, made = tmp_path_factory.mktemp("blobs"), tmp_path_factory.mktemp("made")
    kinds: list[dict[str, object]] = [
        {"r": 4},
        {"r": 2, "target_modules": ["q_proj", "v_proj"]},
        {"r": 12},
        {"r": 8, "rank_pattern": {"q_proj": 3}, "alpha_pattern": {"v_proj": 5}},
        {"r": 4, "use_dora": True},
        {"r": 4, "use_rslora": True},
    ]

    async def put() -> None:
        for number, kind in enumerate(kinds):
            folder = make_adapter(bases / "tiny", made / str(number), seed=number, **kind)
            await Blobs(str(store)).put_folder(f"adapters/run-{number}", folder)

    asyncio.run(put())
    return str(store)


@pytest.fixture
async def serve(bases: Path, blobs_url: str, tmp_path: Path) -> AsyncIterator[Serve]:
    """Start servers; arguments are settings."""
    runners: list[web.AppRunner] = []
    sessions: list[aiohttp.ClientSession] = []
    everything: list[Models] = []

    async def start(**given: object) -> Served:
        settings = ServeSettings(
            **{  # type: ignore[arg-type]
                "data_dir": tmp_path,
                "blobs_url": blobs_url,
                "bases_dir": bases,
                "serve_precision": "float32",
                "serve_encoder": "encoder",
                **given,
            }
        )
        coming: asyncio.Future[Models] = asyncio.get_running_loop().create_future()
        coming.set_result(build(settings))
        key = settings.inference_key.get_secret_value() if settings.inference_key else None
        runner = web.AppRunner(app.make(coming, key), handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        runners.append(runner)
        sessions.append(aiohttp.ClientSession())
        everything.append(coming.result())
        port = runner.addresses[0][1]
        return Served(f"http://127.0.0.1:{port}/v1", settings, coming.result(), sessions[-1])

    yield start
    for session in sessions:
        await session.close()
    for runner in runners:
        await runner.cleanup()
    for one in everything:
        await one.stop()
