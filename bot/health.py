"""Says whether the bot lives, whether it is ready, and how it is doing, over plain HTTP."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

log = logging.getLogger(__name__)

PATHS = ("/healthz", "/readyz", "/metrics")

# A check returns what is wrong, or an empty text.
Check = Callable[[], Awaitable[str]]
# Figures are (name, labels as pairs) to value.
Figures = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


@dataclass(frozen=True)
class Page:
    """One answer: status, media type, body."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True)
class Health:
    """Answers the three paths; it belongs to no web framework, so that any server can carry it."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    figures: Callable[[], Awaitable[Figures]] | None = None

    async def page(self, path: str) -> Page | None:
        """Return the answer to one of `PATHS`, or None for any other."""
        if path == "/healthz":
            return Page(200, "text/plain; charset=utf-8", b"alive\n")
        if path == "/readyz":
            return await self._ready()
        if path == "/metrics":
            return Page(200, CONTENT_TYPE_LATEST, await self._metrics())
        return None

    async def _ready(self) -> Page:
        lines = []
        for name, check in self.checks.items():
            lines.append((name, await _wrong(name, check)))
        body = "".join(f"{name}: {wrong or 'ready'}\n" for name, wrong in lines) or "ready\n"
        status = 503 if any(wrong for _, wrong in lines) else 200
        return Page(status, "text/plain; charset=utf-8", body.encode())

    async def _metrics(self) -> bytes:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        ready = Gauge("potluck_ready", "Whether a part of the bot is ready", ["part"], registry=registry)
        for name, check in self.checks.items():
            ready.labels(name).set(0 if await _wrong(name, check) else 1)
        gauges: dict[str, Gauge] = {}
        for (name, labels), value in (await self.figures() if self.figures else {}).items():
            keys = [key for key, _ in labels]
            if name not in gauges:
                gauges[name] = Gauge(f"potluck_{name}", name.replace("_", " "), keys, registry=registry)
            gauge = gauges[name].labels(*(text for _, text in labels)) if labels else gauges[name]
            gauge.set(value)
        return generate_latest(registry)


async def serve(health: Health, host: str, port: int) -> web.AppRunner:
    """Answer on a port of our own, where no playground carries the paths; the caller cleans up."""

    async def answer(request: web.Request) -> web.Response:
        page = await health.page(request.path)
        if page is None:
            raise web.HTTPNotFound
        return web.Response(status=page.status, body=page.body, headers={"Content-Type": page.media_type})

    app = web.Application()
    app.add_routes([web.get(path, answer) for path in PATHS])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


async def _wrong(name: str, check: Check) -> str:
    try:
        return await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it goes into the answer
        # A check that fails is the finding itself; readiness has to answer all the same.
        log.warning("the check of %s failed: %r", name, error)
        return type(error).__name__
