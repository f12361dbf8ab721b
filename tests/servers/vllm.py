"""A loopback server that speaks vLLM's dialect: one base by its repository, adapters loaded by a call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class VllmServer:
    """Answers with the model's name; `loaded` has the adapters and their paths."""

    def __init__(self, repository: str) -> None:
        self.repository = repository
        self.loaded: dict[str, str] = {}
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["VllmServer"]:
        """Serve while the block lasts."""
        app = web.Application()
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/load_lora_adapter", self._load)
        app.router.add_post("/v1/chat/completions", self._chat)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        rows = [{"id": self.repository, "object": "model", "parent": None, "max_model_len": 64}]
        rows += [{"id": name, "object": "model", "parent": self.repository} for name in self.loaded]
        return web.json_response({"object": "list", "data": rows})

    async def _load(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not body["lora_path"].startswith("/adapters/run-"):
            return _error(404, "NotFoundError", f"No adapter found for {body['lora_path']}")
        self.loaded[body["lora_name"]] = body["lora_path"]
        return web.Response(text=f"Success: LoRA adapter '{body['lora_name']}' added successfully.")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        if body["model"] not in {self.repository, *self.loaded}:
            return _error(404, "NotFoundError", f"The model `{body['model']}` does not exist.")
        if len(body["messages"][0]["content"]) > 256:
            return _error(
                400,
                "BadRequestError",
                "This model's maximum context length is 64 tokens. However, you sent 128 input tokens.",
            )
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for delta, why in (
            ({"role": "assistant", "content": ""}, None),
            ({"content": body["model"]}, "stop"),
        ):
            await _event(response, {"choices": [{"index": 0, "delta": delta, "finish_reason": why}]})
        usage = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4, "prompt_tokens_details": None}
        await _event(response, {"choices": [], "usage": usage})
        await response.write(b"data: [DONE]\n\n")
        return response


async def _event(response: web.StreamResponse, body: dict[str, Any]) -> None:
    await response.write(b"data: " + web.json_response(body).body + b"\n\n")  # type: ignore[operator]


def _error(status: int, kind: str, message: str) -> web.Response:
    error = {"message": message, "type": kind, "param": None, "code": status}
    return web.json_response({"error": error}, status=status)
