"""The bot's client talks to the embedded server and to vLLM alike."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.inference import Inference, Piece
from datanets.refusals import Busy, ModelsAway, NotFound, TooLong
from tests.servers.vllm import VllmServer
from tests.workers.serving import Serve

HELLO = [{"role": "user", "content": "Hello"}]


async def text_of(pieces: AsyncIterator[Piece]) -> str:
    return "".join([piece.text async for piece in pieces])


async def test_a_reply_streams_with_its_counts(serve: Serve) -> None:
    served = await serve(inference_key="secret")
    async with Inference(served.url, "secret") as models:
        pieces = [
            piece async for piece in models.chat("run-0", HELLO, user="ana", conversation="c", max_tokens=12)
        ]
        whole = await text_of(models.chat("run-0", HELLO, max_tokens=12))
        listed = await models.models()
        vectors = await models.embed(["one", "two"], model="encoder")

    assert "".join(piece.text for piece in pieces) == whole
    assert (pieces[-1].ended, pieces[-1].tokens) == ("length", 12)
    assert "run-0" in listed
    assert [len(vector) for vector in vectors] == [32, 32]


async def test_two_models_on_one_base_answer_at_the_same_time(serve: Serve) -> None:
    served = await serve()
    order: list[str] = []

    async def read(models: Inference, run: str) -> None:
        async for piece in models.chat(run, HELLO, max_tokens=100):
            order.extend([run] * bool(piece.text))

    async with Inference(served.url) as models:
        await asyncio.gather(read(models, "run-0"), read(models, "run-1"))

    first, last = order.index("run-1"), len(order) - 1 - order[::-1].index("run-0")
    assert first < last
    assert order.index("run-0") < len(order) - 1 - order[::-1].index("run-1")


async def test_closing_the_reply_ends_it_on_the_server(serve: Serve) -> None:
    served = await serve()
    async with Inference(served.url) as models:
        reply = models.chat("run-0", HELLO, max_tokens=480)
        await anext(reply)
        base = served.models.bases.held()[0]
        assert base.engine.load() == (1, 0)
        await reply.aclose()
        for _ in range(100):
            if base.engine.load() == (0, 0):
                break
            await asyncio.sleep(0.005)

    assert base.engine.load() == (0, 0)


async def test_every_no_has_its_refusal(serve: Serve) -> None:
    served = await serve(serve_rows=1, serve_waiting=1, inference_key="secret")
    async with Inference(served.url, "secret") as models:
        with pytest.raises(NotFound):
            await text_of(models.chat("run-99", HELLO))
        with pytest.raises(TooLong) as too_long:
            await text_of(models.chat("run-0", [{"role": "user", "content": "x" * 1000}]))
        crowd: Sequence[asyncio.Task[str]] = [
            asyncio.create_task(text_of(models.chat("run-0", HELLO, max_tokens=480))) for _ in range(6)
        ]
        ended = await asyncio.gather(*crowd, return_exceptions=True)
    async with Inference(served.url, "guess") as models:
        with pytest.raises(ModelsAway):
            await models.models()

    assert too_long.value.length == 1000
    assert 400 < too_long.value.most < 512
    assert any(isinstance(one, Busy) for one in ended)
    assert all(isinstance(one, (str, Busy)) for one in ended)


async def test_nobody_answering_is_said_plainly(unused_tcp_port: int) -> None:
    async with Inference(f"http://127.0.0.1:{unused_tcp_port}/v1") as models:
        assert not await models.ready()
        with pytest.raises(ModelsAway):
            await text_of(models.chat("run-0", HELLO))


async def test_vllm_loads_an_adapter_it_does_not_know() -> None:
    async with (
        VllmServer("org/base").running() as server,
        Inference(server.url, adapters_url="/adapters") as models,
    ):
        assert await text_of(models.chat("run-7", HELLO)) == "run-7"
        assert await text_of(models.chat("run-7", HELLO)) == "run-7"
        assert await text_of(models.chat("base:base", HELLO)) == "org/base"
        with pytest.raises(NotFound):
            await text_of(models.chat("nonsense", HELLO))
        with pytest.raises(TooLong) as too_long:
            await text_of(models.chat("run-7", [{"role": "user", "content": "x" * 400}]))

    assert server.loaded == {"run-7": "/adapters/run-7"}
    assert len(server.asked) == 7
    assert too_long.value.most == 200
