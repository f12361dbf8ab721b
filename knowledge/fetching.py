"""Polite, bounded HTTP: robots, redirects by hand, retries, and no private addresses."""

import asyncio
import codecs
import ipaddress
import logging
import random
import socket
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from protego import Protego

from knowledge.facts import Unreadable

log = logging.getLogger(__name__)

AGENT = "PotluckLibrary/1.0"
LARGEST = 5_000_000
REDIRECTS = 5
# A site that asks for a longer pause is left alone until the next refresh.
LONGEST_PAUSE = 30.0
ROBOTS_SECONDS = 86_400.0
_RETRIED = {408, 425, 429, 500, 502, 503, 504}
_GZIP = b"\x1f\x8b"


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


class PrivateAddress(OSError):
    """A name leads to no public address."""


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, at the moment of connecting: a name may change."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve a name, leaving private addresses out. Raises PrivateAddress when none is left."""
        found = await self._inner.resolve(host, port, family)
        public = [entry for entry in found if is_public(entry["host"])]
        if not public:
            raise PrivateAddress(f"{host} has no public address")
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


def decode(body: bytes, declared: str | None = None) -> str:
    """Read bytes as UTF-8, and as what the server says only where they are not; without a byte order mark."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return body.decode(declared or "utf-8", errors="replace")
        except LookupError:
            return body.decode("utf-8", errors="replace")


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
        self._robots: dict[str, tuple[float, Protego]] = {}
        self._quiet_until = 0.0

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

    async def allows(self, url: str) -> bool:
        """Whether the robots.txt of its site lets us read an address. Raises Unreadable."""
        return (await self._rules(url)).can_fetch(url, AGENT)

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
            try:
                url = urljoin(url, target)
            except ValueError as error:
                raise Unreadable("address", f"{url} redirects to {target!r}") from error
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
        if parts.path != "/robots.txt" and not await self.allows(url):
            raise Unreadable("robots", url)

    async def _rules(self, url: str) -> Protego:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        now = asyncio.get_running_loop().time()
        known = self._robots.get(origin)
        if known is not None and now - known[0] < ROBOTS_SECONDS:
            return known[1]
        # Until they are read there are none: a robots.txt that redirects must not ask for itself.
        self._robots[origin] = (now, Protego.parse(""))
        try:
            fetched = await self.get(f"{origin}/robots.txt")
            # A server that cannot say its rules is left alone (RFC 9309, 2.3.1.4).
            if fetched.status >= 500:
                raise Unreadable("down", f"{fetched.url}: {fetched.status}")
        except Unreadable:
            del self._robots[origin]
            raise
        found = fetched.text if fetched.status == 200 and fetched.is_markdown else ""
        self._robots[origin] = (now, Protego.parse(found))
        return self._robots[origin][1]

    async def _get_patiently(
        self, url: str, headers: Mapping[str, str], timeout: float, tries: int
    ) -> Fetched:
        for attempt in range(1, tries + 1):
            last = attempt == tries
            wait = self.pause * 2 ** (attempt - 1)
            try:
                fetched = await self._get_once(url, headers, timeout)
            except aiohttp.ClientSSLError as error:
                raise Unreadable("tls", f"{url}: {error}") from error
            except ValueError as error:
                raise Unreadable("address", url) from error
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                if isinstance(getattr(error, "os_error", None), PrivateAddress):
                    raise Unreadable("private", url) from error
                if last:
                    reason = "slow" if isinstance(error, TimeoutError) else "down"
                    raise Unreadable(reason, f"{url}: {type(error).__name__}") from error
            else:
                if fetched.status not in _RETRIED or last:
                    return fetched
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))
        raise Unreadable("down", url)

    async def _get_once(self, url: str, headers: Mapping[str, str], timeout: float) -> Fetched:
        session = self._open()
        limit = aiohttp.ClientTimeout(total=timeout)
        async with self._slots:
            await self._keep_quiet(url)
            self.requests += 1
            async with session.get(url, headers=headers, allow_redirects=False, timeout=limit) as response:
                body = bytearray()
                async for chunk in response.content.iter_chunked(65536):
                    body += chunk
                    if len(body) > LARGEST:
                        raise Unreadable("large", url)
                if response.status in {429, 503}:
                    wait = asyncio.get_running_loop().time() + _asked_wait(response.headers)
                    self._quiet_until = max(self._quiet_until, wait)
                text = decode(_unpacked(bytes(body), url), response.charset)
                return Fetched(url, response.status, text, response.headers)

    async def _keep_quiet(self, url: str) -> None:
        """Wait as long as the site asked for, whichever of its pages said so."""
        while (left := self._quiet_until - asyncio.get_running_loop().time()) > 0:
            if left > LONGEST_PAUSE:
                raise Unreadable("busy", f"{url}: asked to wait {left:.0f} seconds")
            await asyncio.sleep(left)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            options: dict[str, Any] = {} if self.allow_private else {"resolver": PublicResolver()}
            connector = aiohttp.TCPConnector(**options)
            self._session = aiohttp.ClientSession(connector=connector, headers={"User-Agent": AGENT})
        return self._session


def _unpacked(body: bytes, url: str) -> bytes:
    """Unpack a sitemap that is stored compressed (`sitemap.xml.gz`), up to the same limit."""
    if not body.startswith(_GZIP):
        return body
    try:
        unpacker = zlib.decompressobj(wbits=31)
        unpacked = unpacker.decompress(body, LARGEST + 1)
    except zlib.error as error:
        raise Unreadable("broken", f"{url}: {error}") from error
    if len(unpacked) > LARGEST:
        raise Unreadable("large", url)
    return unpacked


def _asked_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds that Retry-After names, as a number or a date; 0 where it names none."""
    asked = headers.get("Retry-After", "")
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
