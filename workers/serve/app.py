"""The HTTP door: OpenAI's paths on aiohttp."""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from workers.serve import answers
from workers.serve.answers import Form
from workers.serve.asked import Chat, Completion, Embedding, Reranking, Writing, read
from workers.serve.refused import Refused, away, bad_request, unknown_model
from workers.serve.replies import Piece, Reply

if TYPE_CHECKING:
    from workers.serve.bases import Base
    from workers.serve.models import Models

log = logging.getLogger(__name__)

MODELS: web.AppKey["asyncio.Future[Models]"] = web.AppKey("models", asyncio.Future)
MOST_BODY = 4 << 20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make(models: "asyncio.Future[Models]", key: str | None) -> web.Application:
    """The application; run it with handler_cancellation, so that a reader who leaves ends the reply.

    `models` is done once torch is imported, which takes seconds; requests wait for it, /health does not.
    """
    app = web.Application(client_max_size=MOST_BODY, middlewares=[_refusals, _gate(key)])
    app[MODELS] = models
    app.add_routes(
        [
            web.get("/health", health),
            web.get("/v1/models", list_models),
            web.get("/v1/models/{id}", show_model),
            web.post("/v1/chat/completions", chat),
            web.post("/v1/completions", complete),
            web.post("/v1/embeddings", embed),
            web.post("/v1/rerank", rerank),
        ]
    )
    return app


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        return _refuse(refused)
    except web.HTTPException as problem:
        return _refuse(Refused(problem.status, "invalid_request_error", None, problem.reason))
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return _refuse(Refused(500, "server_error", None, "The server failed; its log has the reason."))


def _refuse(refused: Refused) -> web.Response:
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else None
    return web.json_response(answers.refusal(refused), status=refused.status, headers=headers)


def _gate(key: str | None) -> Any:
    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key and request.path != "/health" and not hmac.compare_digest(shown.encode(), key.encode()):
            raise Refused(401, "invalid_request_error", "invalid_api_key", "This key is not the server's.")
        return await handler(request)

    return gate


async def health(request: web.Request) -> web.Response:
    """What is loaded and how busy it is; answers while weights are still being read."""
    coming = request.app[MODELS]
    if not coming.done():
        return web.json_response({"status": "starting", "bases": [], "adapters": 0, "rows": 0, "waiting": 0})
    models = coming.result()
    held = models.bases.held()
    load = [base.engine.load() for base in held]
    return web.json_response(
        {
            "status": "ok",
            "bases": [base.id for base in held],
            "adapters": len(models.adapters.held()),
            "rows": sum(rows for rows, _ in load),
            "waiting": sum(waiting for _, waiting in load),
        }
    )


async def list_models(request: web.Request) -> web.Response:
    """Bases, the adapters in memory, the encoder, the reader."""
    return web.json_response(answers.models((await _models(request)).names()))


async def show_model(request: web.Request) -> web.Response:
    """One model; an adapter that is not in memory yet is fetched to find out."""
    name = request.match_info["id"]
    if not await (await _models(request)).knows(name):
        raise unknown_model(name)
    return web.json_response(answers.model(name))


async def chat(request: web.Request) -> web.StreamResponse:
    """Answer a conversation."""
    asked = read(Chat, await _body(request))
    base, reply = await (await _models(request)).chat(asked)
    return await _answer(request, asked, base, reply, Form(True, asked.model, len(reply.order.tokens)))


async def complete(request: web.Request) -> web.StreamResponse:
    """Continue a text."""
    asked = read(Completion, await _body(request))
    base, reply = await (await _models(request)).complete(asked)
    return await _answer(request, asked, base, reply, Form(False, asked.model, len(reply.order.tokens)))


async def embed(request: web.Request) -> web.Response:
    """Turn texts into vectors."""
    asked = read(Embedding, await _body(request))
    made, tokens = await (await _models(request)).embed(asked.model, asked.texts)
    return web.json_response(answers.vectors(asked.model, made, tokens, asked.encoding_format))


async def rerank(request: web.Request) -> web.Response:
    """Say how likely each of some passages answers a question."""
    asked = read(Reranking, await _body(request))
    sure, tokens = await (await _models(request)).read(asked.model, asked.query, asked.documents)
    return web.json_response(answers.ranking(asked.model, sure, tokens, asked.top_n))


async def _models(request: web.Request) -> "Models":
    # Shielded: one reader who leaves must not end the start for all.
    return await asyncio.shield(request.app[MODELS])


async def _body(request: web.Request) -> Any:
    try:
        return await request.json()
    except ValueError as problem:
        raise bad_request("The body is not JSON.") from problem


async def _answer(
    request: web.Request, asked: Writing, base: "Base", reply: Reply, form: Form
) -> web.StreamResponse:
    try:
        first = await _next(reply)
        if asked.stream:
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            return await _stream(request, reply, form, first, usage=usage)
        text, piece = first.text, first
        while piece.ended is None:
            piece = await _next(reply)
            text += piece.text
        return web.json_response(form.whole(text, piece))
    finally:
        base.engine.cancel(reply)


async def _next(reply: Reply) -> Piece:
    piece = await reply.pieces.get()
    if isinstance(piece, Exception):
        raise away("The model failed in the middle of this reply.") from piece
    if piece.ended == "deadline" and not piece.tokens:
        raise away("This request waited in line until its time was over.")
    return piece


async def _stream(
    request: web.Request, reply: Reply, form: Form, piece: Piece, *, usage: bool
) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    await _event(response, form.chunk(piece.text, first=True))
    try:
        while piece.ended is None:
            piece = await _next(reply)
            if piece.text:
                await _event(response, form.chunk(piece.text, first=False))
        await _event(response, form.chunk("", first=False, last=piece))
        if usage:
            await _event(response, form.closing(piece))
    except Refused as refused:
        # The status is out already, so the refusal travels as an event.
        await _event(response, answers.refusal(refused))
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


async def _event(response: web.StreamResponse, body: dict[str, Any]) -> None:
    await response.write(b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n")


async def run(app: web.Application, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until `stop` is set."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        log.info("serving on http://%s:%d", host, port)
        await stop.wait()
    finally:
        await runner.cleanup()
