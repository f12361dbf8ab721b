"""A small OpenAI-compatible server whose models say what a test wants, a word at a time."""

import asyncio
import json
from typing import Self

from aiohttp import web


class Models:
    """`url` ends in /v1; `says` gives the words of the next replies, `pause` the seconds between them.

    While `is_away` is set every request is refused, as by a server that is starting.
    """

    def __init__(self) -> None:
        self.says: dict[str, str] = {}
        self.pause = 0.0
        self.is_away = False
        self.asked: list[dict[str, object]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if self.is_away:
            raise web.HTTPServiceUnavailable
        asked = await request.json()
        self.asked.append(asked)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        words = self.says.get(asked["model"], self.says.get("", "It is soup.")).split(" ")
        for number, word in enumerate(words):
            piece = {
                "delta": {"content": word if not number else " " + word},
                "index": 0,
                "finish_reason": None,
            }
            await answer.write(f"data: {json.dumps({'choices': [piece]})}\n\n".encode())
            await asyncio.sleep(self.pause)
        last = {"choices": [{"delta": {}, "index": 0, "finish_reason": "stop"}]}
        await answer.write(f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n".encode())
        return answer
