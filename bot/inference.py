"""Talks to the models over OpenAI's HTTP: the embedded server, vLLM, or any other that speaks it."""

import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from datanets.refusals import Busy, ModelsAway, NotFound, Refusal, TooLong

log = logging.getLogger(__name__)

BASE = "base:"
# A reply may take minutes, yet between two of its pieces there is never that much silence.
PATIENCE = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=120)
GLANCE = aiohttp.ClientTimeout(total=3)


@dataclass(frozen=True)
class Piece:
    """Text that was added to a reply. The last one has `ended`, `stop` or `length`, and the token counts.

    `reused` are those of the prompt's tokens that an earlier turn had left behind.
    """

    text: str
    ended: str = ""
    prompt_tokens: int = 0
    tokens: int = 0
    reused: int = 0


class Inference:
    """A client of one server; `url` ends in /v1.

    `adapters_url` is for vLLM: the folder, as vLLM sees it, that holds one adapter a run; a model that it
    does not know yet is then loaded from there. The embedded server finds adapters by itself.
    """

    def __init__(self, url: str, key: str = "", *, adapters_url: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._adapters_url = adapters_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._own_name: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    async def ready(self) -> bool:
        """Whether the server answers."""
        try:
            await self._fetch("GET", "/models", timeout=GLANCE)
        except Refusal:
            return False
        return True

    async def models(self) -> list[str]:
        """Ids of the models that the server names. Raises ModelsAway."""
        return [row["id"] for row in (await self._fetch("GET", "/models", timeout=GLANCE))["data"]]

    async def embed(self, texts: Sequence[str], *, model: str = "all-minilm-l6-v2") -> list[list[float]]:
        """One vector of length one for each text. Raises ModelsAway, NotFound."""
        body = {"model": model, "input": list(texts), "encoding_format": "float"}
        made = await self._fetch("POST", "/embeddings", body, model=model)
        return [row["embedding"] for row in sorted(made["data"], key=lambda row: row["index"])]

    async def read(
        self, question: str, passages: Sequence[str], *, model: str = "all-minilm-l6-v2-reader"
    ) -> list[float]:
        """How likely each passage answers the question, 0 to 1. Raises ModelsAway, NotFound."""
        body = {"model": model, "query": question, "documents": list(passages)}
        made = await self._fetch("POST", "/rerank", body, model=model)
        rows = sorted(made["results"], key=lambda row: row["index"])
        return [row["relevance_score"] for row in rows]

    async def chat(
        self,
        model: str,
        messages: Sequence[Mapping[str, str]],
        *,
        user: str = "",
        conversation: str = "",
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
        stop: Sequence[str] = (),
        timeout: float | None = None,
        ignore_ends: bool = False,
    ) -> AsyncGenerator[Piece, None]:
        """Stream a reply; `model` is a run's id or `base:<id>`. Closing the iterator ends it on the server.

        With `ignore_ends` it always has `max_tokens`, which is of use to measurements alone.
        Raises ModelsAway when nobody answers, Busy, TooLong, NotFound for an unknown model.
        """
        body: dict[str, Any] = {
            "messages": [dict(message) for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": max_tokens,
            "temperature": temperature,
            "top_p": top_p,
        }
        extras = {
            "user": user,
            "conversation": conversation,
            "stop": list(stop),
            "seed": seed,
            "timeout": timeout,
            "ignore_eos": ignore_ends or None,
        }
        body |= {name: value for name, value in extras.items() if value not in (None, "", [])}
        response = await self._open(model, body)
        try:
            async for piece in _pieces(response):
                yield piece
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise ModelsAway("the reply broke off") from problem
        finally:
            # The connection ends with the reader: that is how the server learns to stop writing.
            response.close()

    async def _open(self, model: str, body: dict[str, Any]) -> aiohttp.ClientResponse:
        body["model"] = self._own_name.get(model, model)
        try:
            return await self._send("POST", "/chat/completions", body, model=model, timeout=PATIENCE)
        except NotFound:
            own = await self._make_known(model)
            if not own:
                raise
        body["model"] = self._own_name[model] = own
        return await self._send("POST", "/chat/completions", body, model=model, timeout=PATIENCE)

    async def _make_known(self, model: str) -> str:
        """The name under which vLLM answers for a model it did not know, or nothing."""
        rows = (await self._fetch("GET", "/models", timeout=GLANCE))["data"]
        if any(row["id"].startswith(BASE) for row in rows):
            return ""
        if model.startswith(BASE):
            # vLLM names its one base by its repository; adapters have that as their parent.
            return next((str(row["id"]) for row in rows if not row.get("parent")), "")
        if not self._adapters_url:
            return ""
        load = {"lora_name": model, "lora_path": f"{self._adapters_url}/{model}"}
        await (await self._send("POST", "/load_lora_adapter", load, model=model, timeout=PATIENCE)).read()
        log.info("adapter %s loaded", model)
        return model

    async def _fetch(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        model: str = "",
        timeout: aiohttp.ClientTimeout = PATIENCE,
    ) -> Any:
        response = await self._send(method, path, body, model=model, timeout=timeout)
        try:
            return await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise ModelsAway("the answer could not be read") from problem

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        model: str,
        timeout: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        try:
            response = await self._session.request(method, self._url + path, json=body, timeout=timeout)
            if response.ok:
                return response
            text = await response.text()
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise ModelsAway(f"nobody answers at {self._url}") from problem
        raise _refusal(response.status, text, model, body or {})


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[Piece]:
    ended = ""
    usage: dict[str, Any] = {}
    async for line in response.content:
        if not line.startswith(b"data:"):
            continue
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            break
        event = json.loads(data)
        if "error" in event:
            raise ModelsAway(str(event["error"].get("message", "")))
        usage = event.get("usage") or usage
        for choice in event["choices"]:
            ended = choice.get("finish_reason") or ended
            if text := choice["delta"].get("content"):
                yield Piece(text)
    if not ended:
        raise ModelsAway("the reply broke off")
    details = usage.get("prompt_tokens_details") or {}
    counts = (
        usage.get("prompt_tokens", 0),
        usage.get("completion_tokens", 0),
        details.get("cached_tokens") or 0,
    )
    yield Piece("", ended, *counts)


def _refusal(status: int, text: str, model: str, body: Mapping[str, Any]) -> Refusal:
    try:
        answer = json.loads(text)
        error = answer.get("error", answer)
        code, said = str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, AttributeError):
        code, said = "", text[:200]
    if status == 404:
        return NotFound("model", model)
    if status == 429:
        return Busy()
    if code == "context_length_exceeded" or "context length" in said:
        return _too_long(said, body)
    if status in {401, 403}:
        return ModelsAway("the server does not take our key")
    return ModelsAway(said or f"the server answered {status}")


def _too_long(said: str, body: Mapping[str, Any]) -> TooLong:
    """The servers count tokens; their two numbers give the share of the characters that would fit."""
    length = sum(len(message["content"]) for message in body.get("messages", ()))
    counts = sorted(int(number) for number in re.findall(r"\d+", said))
    share = counts[0] / counts[-1] if counts and counts[-1] else 0.5
    return TooLong(length, int(length * share))
