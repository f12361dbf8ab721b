"""A published GitBook site, read from its address alone."""

import asyncio
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlsplit

from knowledge.asking import read_answer
from knowledge.cleaner import clean
from knowledge.facts import Asked, Incomplete, Page, PageRef, Unchanged, Unreadable
from knowledge.fetching import Fetched, Fetcher
from knowledge.folder import variant_of
from knowledge.outline import Listed, Mapped, canonical, language_of, read_llms, read_sitemap

log = logging.getLogger(__name__)

MOST_MAPS = 200
MOST_PAGES = 50_000
# A sitemap may hold tens of thousands of addresses.
MAPS_AT_ONCE = 8
ASK_SECONDS = 60.0
# A site that had no assistant is asked again after this long: it may have been given one.
PROBE_SECONDS = 6 * 3600.0
_ACCEPT = {"Accept": "text/markdown, text/x-markdown;q=0.9"}
_NOT_FOUND = re.compile(r"\A(?:\s*>[^\n]*\n)*\s*# Page Not Found\s*$", re.IGNORECASE | re.MULTILINE)


class GitBook:
    """Lists, reads and asks one site.

    `language` chooses among translations that llms.txt does not list; what stands below the addresses in
    `apart` belongs to other books.
    """

    def __init__(self, url: str, fetcher: Fetcher, language: str = "en", apart: Sequence[str] = ()) -> None:
        # The site may move; the book is the same.
        self.name = self.root = canonical(url)
        self.fetcher = fetcher
        self.language = language
        self._apart = tuple(f"{urlsplit(other).path}/" for other in apart)
        self._listed: dict[str, Listed] = {}
        self._mapped: frozenset[str] = frozenset()
        self._ask_after = 0.0

    async def pages(self) -> Sequence[PageRef]:
        """List the pages by the sitemaps' `lastmod`; llms.txt is read again when the set of pages changed.

        Raises Unreadable when neither can be read: a broken list must never look like an empty site; and
        Incomplete when one of several sitemaps, or llms.txt beside them, cannot be read.
        """
        # A site that was elsewhere for an hour may be back.
        self.root = self.name
        mapped, problem = await self._read_maps()
        if mapped is None:
            await self._read_llms()
            return await self._refs(dict.fromkeys(self._listed), {})
        known = frozenset(mapped)
        if known != self._mapped:
            self._mapped = known
            try:
                await self._read_llms()
            except Unreadable as missing:
                # A sitemap is enough; but what llms.txt alone named before must not seem deleted.
                if missing.reason != "no list":
                    problem, self._mapped = missing, frozenset()
        refs = await self._refs(
            dict.fromkeys((*self._listed, *(url for url in mapped if self._wanted(url, mapped)))), mapped
        )
        if problem is not None:
            raise Incomplete(refs, problem)
        return refs

    async def read(self, ref: PageRef, etag: str = "", modified: str = "") -> Page | None:
        """Read one page without the block for agents; None when it is gone. Raises Unchanged, Unreadable."""
        headers = dict(_ACCEPT)
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified
        fetched = await self.fetcher.get(self._markdown_url(ref), headers=headers)
        if fetched.status == 200 and not fetched.is_markdown:
            # Some hosts serve no `.md`, but Markdown at the page's own address to whoever wants it.
            fetched = await self.fetcher.get(_without_agent_block(ref.url), headers=headers)
        if fetched.status == 304 and (etag or modified):
            raise Unchanged
        if fetched.status in {404, 410} or _NOT_FOUND.match(fetched.text):
            return None
        if fetched.status != 200:
            raise Unreadable("broken", f"{ref.url}: {fetched.status}")
        if not fetched.is_markdown:
            raise Unreadable("html", ref.url)
        landed = self._own(canonical(fetched.url))
        # A page that leads to another of the list would stand there twice.
        if landed is None or (landed != ref.url and (landed in self._mapped or landed in self._listed)):
            return None
        text = await asyncio.to_thread(clean, fetched.text, ref.url + "/")
        return Page(ref, text, fetched.headers.get("ETag", ""), fetched.headers.get("Last-Modified", ""))

    async def ask(self, question: str, goal: str = "") -> Asked | None:
        """Ask the site's own assistant; None when it has none, does not know or cannot name a source."""
        now = asyncio.get_running_loop().time()
        if now < self._ask_after:
            return None
        query = f"?ask={quote(question, safe='')}" + (f"&goal={quote(goal, safe='')}" if goal else "")
        try:
            fetched = await self.fetcher.get(
                f"{self.root}/{query}", headers=_ACCEPT, timeout=ASK_SECONDS, tries=1
            )
        except Unreadable as problem:
            log.info("ask failed at %s: %s", self.root, problem.reason)
            return None
        if fetched.status == 404:
            self._ask_after = now + PROBE_SECONDS
        if fetched.status != 200 or not fetched.is_markdown:
            return None
        return read_answer(fetched.text, question, self.root)

    async def _read_maps(self) -> tuple[dict[str, Mapped] | None, Unreadable | None]:
        """Return the pages of the sitemap and of every map below it, and which of these failed.

        None instead of pages where there is no sitemap at all. Raises Unreadable.
        """
        first = await self.fetcher.get(f"{self.root}/sitemap.xml")
        if _is_absent(first):
            return None, None
        self._follow(first.url)
        maps, pages = await asyncio.to_thread(self._read_map, first)
        seen, problem = {first.url}, None
        while below := [url for url in dict.fromkeys(maps) if url not in seen]:
            seen.update(below)
            maps = []
            for start in range(0, len(below), MAPS_AT_ONCE):
                if len(seen) > MOST_MAPS or len(pages) > MOST_PAGES:
                    raise Unreadable("large", f"{self.root}: {len(seen)} sitemaps, {len(pages)} pages")
                some = below[start : start + MAPS_AT_ONCE]
                for one in await asyncio.gather(*map(self._fetch_map, some)):
                    if isinstance(one, Unreadable):
                        # A part that is not for us is no fault.
                        problem = problem or (None if one.reason == "robots" else one)
                    else:
                        maps += one[0]
                        pages |= one[1]
        return pages, problem

    async def _fetch_map(self, url: str) -> tuple[list[str], dict[str, Mapped]] | Unreadable:
        try:
            return await asyncio.to_thread(self._read_map, await self.fetcher.get(url))
        except Unreadable as problem:
            log.warning("library: %s", problem)
            return problem

    def _read_map(self, fetched: Fetched) -> tuple[list[str], dict[str, Mapped]]:
        if fetched.status != 200:
            raise Unreadable("broken", f"{fetched.url}: {fetched.status}")
        try:
            maps, found = read_sitemap(fetched.text, fetched.url)
        except ValueError as error:
            raise Unreadable("broken", f"{fetched.url}: {error}") from error
        ours = [own for url in maps if (own := self._own(url))]
        return ours, {own: page for page in found if (own := self._own(page.url))}

    async def _read_llms(self) -> None:
        """Read llms.txt. Raises Unreadable, with the reason `no list` where there is none."""
        fetched = await self.fetcher.get(f"{self.root}/llms.txt")
        if _is_absent(fetched):
            self._listed = {}
            raise Unreadable("no list", f"{self.root} has neither sitemap.xml nor llms.txt")
        if fetched.status != 200:
            raise Unreadable("broken", f"{fetched.url}: {fetched.status}")
        self._follow(fetched.url)
        listed = read_llms(fetched.text, fetched.url)
        self._listed = {own: page for page in listed if (own := self._own(page.url))}

    def _follow(self, url: str) -> None:
        """Move with a site that redirects its root to another name."""
        moved = canonical(url.rsplit("/", 1)[0])
        if urlsplit(moved)[:2] != urlsplit(self.root)[:2]:
            log.info("%s lives at %s now", self.root, moved)
            self.root = moved

    def _own(self, url: str) -> str | None:
        """Return an address of this book with the scheme of its root, or None for one of another."""
        root, parts = urlsplit(self.root), urlsplit(url)
        path = f"{parts.path.rstrip('/')}/"
        if parts.netloc.lower() != root.netloc or not path.startswith(f"{root.path}/"):
            return None
        return None if path.startswith(self._apart) else parts._replace(scheme=root.scheme).geturl()

    def _wanted(self, url: str, mapped: Mapping[str, Mapped]) -> bool:
        """Leave out translations: llms.txt lists the default language only."""
        language = language_of(url, self.root)
        if not language or language == self.language:
            return True
        original = self.root + url.removeprefix(self.root).removeprefix(f"/{language}")
        return not self._listed and original not in mapped

    async def _refs(self, urls: Iterable[str], mapped: Mapping[str, Mapped]) -> list[PageRef]:
        refs = [self._ref(url, mapped.get(url)) for url in urls]
        allowed = [ref for ref in refs if await self.fetcher.allows(self._markdown_url(ref))]
        if refs and not allowed:
            raise Unreadable("robots", self.root)
        return allowed

    def _ref(self, url: str, mapped: Mapped | None) -> PageRef:
        listed = self._listed.get(url)
        below = urlsplit(url).path.removeprefix(urlsplit(self.root).path).strip("/").split("/")
        return PageRef(
            url=url,
            title=listed.title if listed else "",
            description=listed.description if listed else "",
            stamp=mapped.stamp if mapped else "",
            updated_at=mapped.updated_at if mapped else None,
            variant=variant_of(below[:-1]),
            group=listed.group if listed else "",
            markdown_url=(self._own(listed.markdown_url) or "") if listed else "",
        )

    def _markdown_url(self, ref: PageRef) -> str:
        url = ref.markdown_url or (ref.url if ref.url == self.root else f"{ref.url}.md")
        if ref.url == self.root and not ref.markdown_url:
            url += "/"
        return _without_agent_block(url)


def _without_agent_block(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}displayAgentInstructions=false"


def _is_absent(fetched: Fetched) -> bool:
    """Whether a list is not there; a site of one page answers every address with that page."""
    if fetched.status == 200:
        return not fetched.is_markdown or _NOT_FOUND.match(fetched.text) is not None
    return fetched.status in {401, 403, 404, 410}
