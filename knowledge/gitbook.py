"""A published GitBook site, read from its address alone."""

import asyncio
import logging
import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from knowledge.asking import read_answer
from knowledge.cleaner import clean
from knowledge.facts import Asked, Page, PageRef, Unchanged, Unreadable
from knowledge.fetching import Fetched, Fetcher
from knowledge.folder import variant_of
from knowledge.outline import Listed, Mapped, canonical, language_of, read_llms, read_sitemap

log = logging.getLogger(__name__)

MOST_MAPS = 200
ASK_SECONDS = 60.0
_ACCEPT = {"Accept": "text/markdown, text/x-markdown;q=0.9"}
_NOT_FOUND = re.compile(r"\A(?:\s*>[^\n]*\n)*\s*# Page Not Found\s*$", re.IGNORECASE | re.MULTILINE)


class GitBook:
    """Lists, reads and asks one site; `language` chooses among translations that llms.txt does not list."""

    def __init__(self, url: str, fetcher: Fetcher, language: str = "en") -> None:
        self.root = canonical(url)
        self.fetcher = fetcher
        self.language = language
        self._listed: dict[str, Listed] = {}
        self._mapped: frozenset[str] = frozenset()
        self._can_ask: bool | None = None

    @property
    def name(self) -> str:
        """The address of the site."""
        return self.root

    async def pages(self) -> Sequence[PageRef]:
        """List the pages by the sitemaps' `lastmod`; llms.txt is read again when the set of pages changed.

        Raises Unreadable when neither can be read: a broken list must never look like an empty site.
        """
        mapped = await self._read_maps()
        if mapped is None:
            await self._read_llms(required=True)
            return [self._ref(url, None) for url in self._listed]
        known = frozenset(mapped)
        if known != self._mapped:
            await self._read_llms(required=False)
            self._mapped = known
        urls = dict.fromkeys((*self._listed, *(url for url in mapped if self._wanted(url))))
        return [self._ref(url, mapped.get(url)) for url in urls]

    async def read(self, ref: PageRef, etag: str = "", modified: str = "") -> Page | None:
        """Read one page without the block for agents; None when it is gone. Raises Unchanged, Unreadable."""
        headers = dict(_ACCEPT)
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified
        fetched = await self.fetcher.get(self._markdown_url(ref), headers=headers)
        if fetched.status == 304:
            raise Unchanged
        if fetched.status in {404, 410} or _NOT_FOUND.match(fetched.text):
            return None
        if fetched.status != 200 or not fetched.is_markdown:
            raise Unreadable("broken", f"{ref.url}: {fetched.status}")
        if urlsplit(fetched.url).netloc != urlsplit(self.root).netloc:
            return None
        text = clean(fetched.text, ref.url + "/")
        return Page(ref, text, fetched.headers.get("ETag", ""), fetched.headers.get("Last-Modified", ""))

    async def ask(self, question: str, goal: str = "") -> Asked | None:
        """Ask the site's own assistant; None when it has none, does not know or cannot name a source."""
        if self._can_ask is False:
            return None
        query = f"?ask={quote(question, safe='')}" + (f"&goal={quote(goal, safe='')}" if goal else "")
        try:
            fetched = await self.fetcher.get(
                f"{self.root}/{query}", headers=_ACCEPT, timeout=ASK_SECONDS, tries=1
            )
        except Unreadable as problem:
            log.info("ask failed at %s: %s", self.root, problem.reason)
            return None
        # 404 says that the site has no assistant; anything else may pass.
        self._can_ask = fetched.status != 404 if fetched.status in {200, 404} else None
        if fetched.status != 200 or not fetched.is_markdown:
            return None
        return read_answer(fetched.text, question, self.root)

    async def _read_maps(self) -> dict[str, Mapped] | None:
        """Return the pages of the sitemap and of every map below it, or None where there is none."""
        first = await self.fetcher.get(f"{self.root}/sitemap.xml")
        if first.status in {404, 410}:
            return None
        _must_be_ok(first)
        self._follow(first.url)
        waiting, seen, pages = [first], {first.url}, dict[str, Mapped]()
        while waiting:
            below: list[str] = []
            for fetched in waiting:
                try:
                    maps, found = read_sitemap(fetched.text, fetched.url)
                except ValueError as error:
                    raise Unreadable("broken", f"{fetched.url}: {error}") from error
                below += [url for url in maps if self._is_ours(url) and url not in seen]
                pages.update((page.url, page) for page in found if self._is_ours(page.url))
            below = list(dict.fromkeys(below))
            seen.update(below)
            if len(seen) > MOST_MAPS:
                raise Unreadable("large", f"{self.root}: more than {MOST_MAPS} sitemaps")
            waiting = list(await asyncio.gather(*(self.fetcher.get(url) for url in below)))
            for fetched in waiting:
                _must_be_ok(fetched)
        return pages

    async def _read_llms(self, *, required: bool) -> None:
        try:
            fetched = await self.fetcher.get(f"{self.root}/llms.txt")
            if fetched.status == 200 and fetched.is_markdown:
                self._follow(fetched.url)
                listed = read_llms(fetched.text, fetched.url)
                self._listed = {page.url: page for page in listed if self._is_ours(page.url)}
                return
            if fetched.status in {404, 410}:
                self._listed = {}
            elif not required:
                log.info("llms.txt of %s answered %s", self.root, fetched.status)
        except Unreadable:
            if required:
                raise
        if required:
            raise Unreadable("no list", f"{self.root} has neither sitemap.xml nor llms.txt")

    def _follow(self, url: str) -> None:
        """Move with a site that redirects its root to another name."""
        moved = canonical(url.rsplit("/", 1)[0])
        if urlsplit(moved).netloc != urlsplit(self.root).netloc:
            log.info("%s lives at %s now", self.root, moved)
            self.root = moved

    def _is_ours(self, url: str) -> bool:
        root, parts = urlsplit(self.root), urlsplit(url)
        return parts.netloc.lower() == root.netloc and f"{parts.path}/".startswith(f"{root.path}/")

    def _wanted(self, url: str) -> bool:
        """Leave out translations: llms.txt lists the default language only."""
        language = language_of(url, self.root)
        return not language or not self._listed or language == self.language

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
            markdown_url=listed.markdown_url if listed else "",
        )

    def _markdown_url(self, ref: PageRef) -> str:
        url = ref.markdown_url or (ref.url if ref.url == self.root else f"{ref.url}.md")
        if ref.url == self.root and not ref.markdown_url:
            url += "/"
        return f"{url}{'&' if '?' in url else '?'}displayAgentInstructions=false"


def _must_be_ok(fetched: Fetched) -> None:
    if fetched.status != 200:
        raise Unreadable("broken", f"{fetched.url}: {fetched.status}")
