"""The server speaks OpenAI's HTTP, also where it says no."""

import asyncio
import json
import time
from typing import Any

import openai
import pytest

from tests.workers.serving import Serve, Served, byte_tokenizer
from workers.serve.text import TextStream

HELLO = [{"role": "user", "content": "Hello"}]


def client(served: Served, key: str = "none") -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=served.url, api_key=key, max_retries=0)


async def rows(served: Served) -> int:
    async with served.session.get(served.url.replace("/v1", "/health")) as response:
        return int((await response.json())["rows"])


async def until(served: Served, wanted: int) -> float:
    """Seconds until that many rows are in use."""
    start = time.monotonic()
    while await rows(served) != wanted:
        assert time.monotonic() - start < 10
        await asyncio.sleep(0.002)
    return time.monotonic() - start


async def ask(served: Served, **body: Any) -> tuple[int, dict[str, Any], str]:
    sent = {"model": "base:tiny", "messages": HELLO, "temperature": 0} | body
    async with served.session.post(f"{served.url}/chat/completions", json=sent) as response:
        return response.status, await response.json(), response.headers.get("Retry-After", "")


async def test_openais_own_client_chats_streams_embeds_and_lists(serve: Serve) -> None:
    served = await serve(inference_key="secret")
    async with client(served, "secret") as ours:
        whole = await ours.chat.completions.create(
            model="run-0", messages=HELLO, temperature=0, max_tokens=20, user="ana"
        )
        stream = await ours.chat.completions.create(
            model="run-0",
            messages=HELLO,
            temperature=0,
            max_tokens=20,
            stream=True,
            stream_options={"include_usage": True},
        )
        events = [event async for event in stream]
        plain = await ours.completions.create(model="base:tiny", prompt="Hello", max_tokens=5, temperature=0)
        vectors = await ours.embeddings.create(model="encoder", input=["one", "two words", "one"] * 7)
        listed = [model.id async for model in ours.models.list()]

    text = "".join(event.choices[0].delta.content or "" for event in events if event.choices)
    assert text == whole.choices[0].message.content
    assert whole.choices[0].finish_reason == "length"
    assert whole.usage.completion_tokens == 20
    assert events[-1].usage.completion_tokens == 20
    assert events[-1].usage.prompt_tokens == whole.usage.prompt_tokens
    assert plain.usage.completion_tokens == 5
    assert len(vectors.data) == 21
    assert vectors.data[0].embedding == pytest.approx(vectors.data[2].embedding, abs=1e-5)
    assert sum(x * x for x in vectors.data[1].embedding) == pytest.approx(1, abs=1e-5)
    assert listed == ["base:other", "base:tiny", "run-0", "encoder"]


async def test_a_wrong_key_is_refused_everywhere_but_at_health(serve: Serve) -> None:
    served = await serve(inference_key="secret")

    async with client(served, "guess") as ours:
        with pytest.raises(openai.AuthenticationError) as caught:
            await ours.models.list()

    assert caught.value.code == "invalid_api_key"
    assert await rows(served) == 0


@pytest.mark.parametrize("name", ["base:gone", "run-99", "../../etc", "base:../bases/tiny", "base:encoder"])
async def test_an_unknown_model_is_not_found(name: str, serve: Serve) -> None:
    served = await serve()

    async with client(served) as ours:
        with pytest.raises(openai.NotFoundError) as caught:
            await ours.chat.completions.create(model=name, messages=HELLO)

    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"


@pytest.mark.parametrize(
    ("fault", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "judge", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": 9}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"n": 2}, "n"),
        ({"tools": [{}]}, "tools"),
        ({"messages": [{"role": "user", "content": "x" * 600}]}, "messages"),
    ],
)
async def test_a_request_at_fault_names_its_field(fault: dict[str, Any], param: str, serve: Serve) -> None:
    served = await serve()

    status, answer, _ = await ask(served, **fault)

    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert answer["error"]["param"] == param


async def test_what_is_not_json_and_what_is_nowhere_get_openais_errors_too(serve: Serve) -> None:
    served = await serve()

    async with served.session.post(f"{served.url}/chat/completions", data=b"{") as response:
        assert response.status == 400
        assert (await response.json())["error"]["message"] == "The body is not JSON."
    async with served.session.get(f"{served.url}/nowhere") as response:
        assert response.status == 404
        assert "error" in await response.json()


async def test_a_stop_word_ends_the_reply_wherever_its_tokens_are_cut(serve: Serve) -> None:
    served = await serve()
    question = [{"role": "user", "content": "Speak"}]
    text = await served.chat("run-1", "Speak", max_tokens=40)
    # Every token is one byte, so a stop word of five characters arrives in at least five tokens.
    stop = text[12:17]

    status, answer, _ = await ask(
        served, model="run-1", messages=question, max_tokens=40, stop=["never", stop]
    )

    assert status == 200
    assert answer["choices"][0]["message"]["content"] == text[: text.index(stop)]
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_a_held_back_tail_is_sent_once_it_is_no_stop_word() -> None:
    tokenizer = byte_tokenizer()
    stream = TextStream(tokenizer, ["### End"])
    sent = [stream.push(token) for token in tokenizer.encode("a ### Enough")]

    assert "".join(sent) + stream.finish() == "a ### Enough"
    assert sent[:2] == ["a", " "]
    assert set(sent[2:8]) == {""}


@pytest.mark.parametrize("text", ["naïve 🧑‍🍳 soup", "东京の夜", "👍🏽!", "e\u0301 \ufffd ok"])
def test_no_piece_of_a_stream_ends_inside_a_character(text: str) -> None:
    tokenizer = byte_tokenizer()
    stream = TextStream(tokenizer)
    pieces = [stream.push(token) for token in tokenizer.encode(text)] + [stream.finish()]

    assert "".join(pieces) == text
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)


async def test_a_reader_who_leaves_frees_the_row_at_once(serve: Serve) -> None:
    served = await serve()
    body = {"model": "run-0", "messages": HELLO, "temperature": 0, "max_tokens": 480}

    response = await served.session.post(f"{served.url}/chat/completions", json=body | {"stream": True})
    await response.content.readline()
    assert await rows(served) == 1
    response.close()
    seconds = await until(served, 0)

    whole = asyncio.create_task(served.chat("run-0", "Hello", max_tokens=480))
    await until(served, 1)
    whole.cancel()
    assert max(seconds, await until(served, 0)) < 0.2


async def test_a_full_line_says_so_and_members_have_their_own_share(serve: Serve) -> None:
    served = await serve(serve_rows=1, serve_waiting=3, serve_waiting_each=1)
    long = {"max_tokens": 400}
    busy = [asyncio.create_task(ask(served, user="ana", **long))]
    await until(served, 1)
    busy.append(asyncio.create_task(ask(served, user="ana", **long)))
    await asyncio.sleep(0.05)

    status, answer, retry = await ask(served, user="ana")
    busy += [asyncio.create_task(ask(served, user=name, **long)) for name in ("ben", "cyd")]
    await asyncio.sleep(0.05)
    full, _, _ = await ask(served, user="dee")
    for task in busy:
        task.cancel()

    assert status == full == 429
    assert answer["error"]["code"] == "rate_limit_exceeded"
    assert int(retry) > 0


async def test_members_take_turns(serve: Serve) -> None:
    served = await serve(serve_rows=1, serve_waiting_each=10)
    done: list[str] = []

    async def one(member: str) -> None:
        await ask(served, user=member, max_tokens=8)
        done.append(member)

    greedy = [asyncio.create_task(one("ana")) for _ in range(6)]
    await until(served, 1)
    await asyncio.gather(one("ben"), *greedy)

    assert done.index("ben") <= 2


async def test_one_member_never_holds_every_row(serve: Serve) -> None:
    served = await serve(serve_rows=4, serve_rows_each=2, serve_waiting_each=10)
    tasks = [asyncio.create_task(ask(served, user="ana", max_tokens=300)) for _ in range(4)]
    await until(served, 2)
    await asyncio.sleep(0.1)

    assert await rows(served) == 2
    status, _, _ = await ask(served, user="ben", max_tokens=2)
    assert status == 200
    assert not all(task.done() for task in tasks)
    for task in tasks:
        task.cancel()


async def test_a_reply_ends_at_its_deadline(serve: Serve) -> None:
    served = await serve(serve_rows=1)
    await ask(served, max_tokens=1)
    start = time.monotonic()

    answers = await asyncio.gather(ask(served, timeout=0.2), ask(served, timeout=0.1))

    assert time.monotonic() - start < 1
    (status, answer, _), (late, _, _) = answers
    assert status == 200
    assert answer["choices"][0]["finish_reason"] == "length"
    assert 0 < answer["usage"]["completion_tokens"] < 450
    assert late == 503


async def test_embeddings_do_not_wait_for_a_long_reply(serve: Serve) -> None:
    served = await serve()
    await served.models.embed("encoder", ["warm"])
    long = asyncio.create_task(ask(served, max_tokens=480))
    await until(served, 1)

    body = {"model": "encoder", "input": "a question"}
    async with served.session.post(f"{served.url}/embeddings", json=body) as response:
        assert response.status == 200

    assert not long.done()
    long.cancel()


async def test_an_idle_base_makes_room_for_another(serve: Serve) -> None:
    served = await serve(serve_bases=1)
    assert await served.chat("base:tiny", "Hi", max_tokens=4)

    other = await served.chat("base:other", "Hi", max_tokens=4)

    assert other == await (await serve()).chat("base:other", "Hi", max_tokens=4)
    assert [base.id for base in served.models.bases.held()] == ["other"]


async def test_a_stream_is_made_of_events_that_any_client_reads(serve: Serve) -> None:
    served = await serve()
    body = {"model": "base:tiny", "messages": HELLO, "temperature": 0, "max_tokens": 4, "stream": True}

    async with served.session.post(f"{served.url}/chat/completions", json=body) as response:
        assert response.content_type == "text/event-stream"
        lines = [line.decode().strip() async for line in response.content if line.strip()]

    assert lines[-1] == "data: [DONE]"
    events = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [event["choices"][0]["finish_reason"] for event in events][-1] == "length"
    assert len({event["id"] for event in events}) == 1
