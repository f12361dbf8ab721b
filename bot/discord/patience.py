"""Patience on the way to Discord where the library has none: cut connections, 5xx, limits that last."""

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

log = logging.getLogger(__name__)

#: Seconds between tries; the library itself retries 429, 500, 502, 504 and 524.
PAUSES = (0.25, 0.75, 2.0, 5.0)
#: An interaction's first answer has three seconds in all.
QUICK_PAUSES = (0.1, 0.3, 0.8)
ALREADY_ANSWERED = 40060
TOO_MANY = 429
#: Who is asked to wait longer than that hears of it; some background work tries again later.
LONGEST_WAIT = 60.0

#: What may be a failure on the way: nobody knows whether the call took effect.
CUT = (aiohttp.ClientConnectionError, ConnectionError, TimeoutError)


def make_patient(http: HTTPClient) -> None:
    """Retry calls that may be repeated; messages get a nonce, so that a repeated one is not sent twice."""
    ask = http.request

    async def request(route: Route, **kwargs: Any) -> Any:
        if route.method == "POST" and route.path == "/channels/{channel_id}/messages":
            add_nonce(kwargs)
        return await repeat(lambda: ask(route, **kwargs), PAUSES, kwargs.get("files"))

    http.request = request  # type: ignore[method-assign]
    async_context.set(PatientAdapter())  # type: ignore[no-untyped-call]


def add_nonce(kwargs: dict[str, Any]) -> None:
    """Give a message a nonce that Discord enforces, unless it has one."""
    if "json" in kwargs:
        body = kwargs["json"] = dict(kwargs["json"])
        mark(body)
    for part in kwargs.get("form") or []:
        if part["name"] == "payload_json":
            body = json.loads(part["value"])
            mark(body)
            part["value"] = json.dumps(body)


def mark(body: dict[str, Any]) -> None:
    """Write the nonce into a message's body."""
    body.setdefault("nonce", secrets.token_hex(12))
    body["enforce_nonce"] = True


async def repeat(call: Callable[[], Awaitable[Any]], pauses: tuple[float, ...], files: Any = None) -> Any:
    """Call again after a cut connection, a server's 5xx or a limit; the last failure is raised."""
    for pause in pauses:
        wait = pause
        try:
            return await call()
        except CUT as cut:
            log.info("the connection to Discord was cut (%s), again in %s s", type(cut).__name__, pause)
        except discord.DiscordServerError as failed:
            log.info("Discord answered %s, again in %s s", failed.status, pause)
        except discord.HTTPException as failed:
            # The library gives up after five of them in a row, and at once where a proxy answers.
            if failed.status != TOO_MANY or (wait := max(pause, asked_to_wait(failed))) > LONGEST_WAIT:
                raise
            log.info("Discord is still too busy, again in %s s", wait)
        await asyncio.sleep(wait)
        for file in files or []:
            file.reset(seek=1)
    return await call()


def is_refused(failed: discord.HTTPException) -> bool:
    """Whether Discord will not do it, so that another try makes no sense; else it only could not."""
    return failed.status < TOO_MANY


def asked_to_wait(failed: discord.HTTPException) -> float:
    """The seconds that a refusal for too many calls names; none where it names none."""
    try:
        return float(failed.response.headers.get("Retry-After", 0))
    except ValueError:
        return 0.0


class PatientAdapter(AsyncWebhookAdapter):
    """The library's way to interactions, with retries after a cut connection."""

    async def request(self, route: Route, session: aiohttp.ClientSession, **kwargs: Any) -> Any:
        """Send a call; an answer that arrived although the connection broke counts as sent."""
        first = route.path.endswith("/callback")
        accepted = {"interaction": {"id": str(route.url.split("/")[-3]), "type": 2}}
        tries = 0

        async def call() -> Any:
            nonlocal tries
            tries += 1
            try:
                told = await super(PatientAdapter, self).request(route, session, **kwargs)
            except discord.HTTPException as failed:
                if first and tries > 1 and failed.code == ALREADY_ANSWERED:
                    return accepted
                raise
            # Before 2024 Discord said nothing to this, and servers in its place still do.
            is_told = isinstance(told, dict) and "interaction" in told
            return accepted if first and not is_told else told

        return await repeat(call, QUICK_PAUSES if first else PAUSES, kwargs.get("files"))
