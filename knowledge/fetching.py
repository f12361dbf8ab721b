"""Polite, bounded HTTP: robots, redirects by hand, retries, and no private addresses."""

import asyncio
import ipaddress
import logging
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from knowledge.facts import Unreadable

log = logging.getLogger(__name__)

AGENT = "PotluckLibrary/1.0"
LARGEST = 5_000_000
REDIRECTS = 5
_RETRIED = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Fetched:
    """A response that came whole; `url` is where the redirects ended."""

    url: str
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def is_markdown(self) -> bool:
        """Whether the body is text and no web page."""
        kind = self.headers.get("Content-Type", "")
        return "html" not in kind and not self.text.lstrip()[:15].lower().startswith(("<!doctype", "<html"))


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, at the moment of connecting: a name may change."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve a name, leaving private addresses out. Raises OSError when none is left."""
        found = await self._inner.resolve(host, port, family)
        public = [entry for entry in found if is_public(entry["host"])]
        if not public:
            raise OSError(f"{host} has no public address")
        return public

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


class Fetcher:
    """One client for one site; at most `at_once` requests are under way."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        at_once: int = 4,
        timeout: float = 20,
        tries: int = 3,
        pause: float = 0.5,
    ) -> None:
        self.allow_private = allow_private
        self.timeout = timeout
        self.tries = tries
        self.pause = pause
        self.requests = 0
        self._slots = asyncio.Semaphore(at_once)
        self._session: aiohttp.ClientSession | None = None
        self._robots: dict[str, RobotFileParser] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        tries: int | None = None,
    ) -> Fetched:
        """Fetch a text, following redirects. Raises Unreadable."""
        for _ in range(REDIRECTS + 1):
            await self._check(url)
            fetched = await self._get_patiently(
                url, headers or {}, timeout or self.timeout, tries or self.tries
            )
            target = fetched.headers.get("Location")
            if fetched.status not in {301, 302, 303, 307, 308} or not target:
                return fetched
            url = urljoin(url, target)
        raise Unreadable("redirects", url)

    async def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Unreadable("address", url)
        try:
            literal_is_public = is_public(parts.hostname)
        except ValueError:
            literal_is_public = True
        if not literal_is_public and not self.allow_private:
            raise Unreadable("private", url)
        if parts.path != "/robots.txt" and not (await self._rules(url)).can_fetch(AGENT, url):
            raise Unreadable("robots", url)

    async def _rules(self, url: str) -> RobotFileParser:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            rules = RobotFileParser()
            rules.parse([])
            try:
                fetched = await self._get_patiently(f"{origin}/robots.txt", {}, self.timeout, self.tries)
            except Unreadable as problem:
                # A site that is down says nothing about its rules; it is asked again next time.
                log.info("no robots.txt at %s: %s", origin, problem.reason)
                return rules
            if fetched.status == 200 and fetched.is_markdown:
                rules.parse(fetched.text.splitlines())
            self._robots[origin] = rules
        return self._robots[origin]

    async def _get_patiently(
        self, url: str, headers: Mapping[str, str], timeout: float, tries: int
    ) -> Fetched:
        for attempt in range(1, tries + 1):
            last = attempt == tries
            try:
                fetched = await self._get_once(url, headers, timeout)
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                if last:
                    reason = "slow" if isinstance(error, TimeoutError) else "down"
                    raise Unreadable(reason, f"{url}: {type(error).__name__}") from error
                wait = self.pause * 2 ** (attempt - 1)
            else:
                if fetched.status not in _RETRIED or last:
                    return fetched
                wait = _asked_wait(fetched.headers, self.pause * 2 ** (attempt - 1))
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))
        raise Unreadable("down", url)

    async def _get_once(self, url: str, headers: Mapping[str, str], timeout: float) -> Fetched:
        session = self._open()
        limit = aiohttp.ClientTimeout(total=timeout)
        async with self._slots:
            self.requests += 1
            async with session.get(url, headers=headers, allow_redirects=False, timeout=limit) as response:
                body = bytearray()
                async for chunk in response.content.iter_chunked(65536):
                    body += chunk
                    if len(body) > LARGEST:
                        raise Unreadable("large", url)
                text = body.decode("utf-8", errors="replace")
                return Fetched(url, response.status, text, response.headers)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            options: dict[str, Any] = {} if self.allow_private else {"resolver": PublicResolver()}
            connector = aiohttp.TCPConnector(**options)
            self._session = aiohttp.ClientSession(connector=connector, headers={"User-Agent": AGENT})
        return self._session


def _asked_wait(headers: Mapping[str, str], otherwise: float) -> float:
    asked = headers.get("Retry-After", "")
    return min(float(asked), 30.0) if asked.isdigit() else otherwise
