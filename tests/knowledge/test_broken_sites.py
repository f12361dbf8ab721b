"""Whatever a site does, what was read of it stays, the other books are read, and an admin learns why."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from aiohttp import web

from knowledge.facts import Unreadable
from knowledge.fetching import Fetcher
from knowledge.gitbook import GitBook
from knowledge.opening import close_books, open_books
from knowledge.refreshing import BATCH
from tests.conftest import HeldClock
from tests.knowledge.conftest import Reading
from tests.servers import kilnroom
from tests.servers.gitbook import GitBookSite


def text(body: str | bytes, status: int = 200, kind: str = "text/markdown", **headers: str) -> web.Response:
    raw = body.encode() if isinstance(body, str) else body
    return web.Response(body=raw, status=status, headers={"Content-Type": kind} | headers)


def xml(body: str) -> web.Response:
    return text(body, kind="application/xml")


def html() -> web.Response:
    return text("<!doctype html><html>an app</html>", kind="text/html")


def touch_all(site: GitBookSite) -> None:
    for path, page in list(site.pages.items()):
        site.change(path, page.written.body)


@pytest.fixture
async def small() -> AsyncIterator[GitBookSite]:
    async with GitBookSite(kilnroom.pages()[:30]) as opened:
        yield opened


@pytest.fixture
def small_book(small: GitBookSite, fetcher: Fetcher) -> GitBook:
    return GitBook(small.url, fetcher)


@pytest.fixture
async def hanging() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A server that takes every connection and says nothing until it is released."""
    released = asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", released
    released.set()
    server.close()


async def test_a_list_that_shrinks_is_believed_after_days_or_when_an_admin_says_so(
    small: GitBookSite, small_book: GitBook, reading: Reading, clock: HeldClock
) -> None:
    library = await reading(small_book)
    await library.refresh()
    for path in list(small.pages)[5:]:
        small.remove(path)
    for _ in range(3):
        [done] = await (await reading(small_book)).refresh()
        assert (done.problem, done.removed) == ("shrunk", 0)
        clock.advance(hours=12)
    clock.advance(days=2)
    [done] = await library.refresh()
    assert (done.problem, done.removed, library.state().pages) == ("", 25, 5)
    for path in list(small.pages)[2:]:
        small.remove(path)
    [done] = await library.refresh(believe=True)
    assert library.state().pages == 2


@pytest.mark.parametrize(
    "broken",
    [lambda: text("# Page Not Found\n\nNo such page."), lambda: text("oops", status=500), html],
    ids=["not found as 200", "500", "web page"],
)
async def test_when_every_page_breaks_at_once_the_old_text_stays_and_few_are_tried(
    broken, small: GitBookSite, small_book: GitBook, reading: Reading, clock: HeldClock
) -> None:
    library = await reading(small_book)
    await library.refresh()
    touch_all(small)
    names = [name for path in small.pages for name in (path, path.removesuffix("/README"))]
    small.faults.instead = {path: broken for name in names for path in (name, f"{name}.md")}
    for _ in range(2):
        clock.advance(hours=1)
        small.requests.clear()
        [done] = await library.refresh()
        assert done.problem in {"shrunk", "broken", "html"}
        assert sum(path.endswith(".md") for path in small.requests) <= BATCH
    assert library.state().pages == 30
    small.faults.instead.clear()
    [done] = await library.refresh()
    assert (done.read, done.problem) == (30, "")


async def test_a_site_is_away_since_its_list_is_and_not_for_one_broken_page(
    small: GitBookSite, small_book: GitBook, reading: Reading, clock: HeldClock
) -> None:
    library = await reading(small_book)
    await library.refresh()
    small.change("v1/install/backup", "Never read.")
    small.faults.broken_pages.add("v1/install/backup")
    await library.refresh()
    [state] = library.state().books
    assert (state.problem, state.failing_since, state.checked_at) == ("pages", None, clock.now())
    small.faults.down = True
    since = clock.now()
    for _ in range(3):
        await library.refresh()
        [state] = library.state().books
        assert (state.problem, state.failing_since, state.checked_at) == ("broken", since, since)
        clock.advance(hours=1)
    small.faults.down = False
    await library.refresh()
    assert library.state().books[0].failing_since is None


async def test_one_section_without_its_map_costs_nothing_that_was_read(
    small: GitBookSite, small_book: GitBook, reading: Reading
) -> None:
    small.pages |= GitBookSite([kilnroom.Written("v2/README", "Second", "", "Everything is new.")]).pages
    library = await reading(small_book)
    await library.refresh()
    held = library.state().pages
    small.faults.instead["v2/sitemap-pages.xml"] = lambda: xml("<urlset><url><loc>")
    small.change("v1/install/backup", "A new way to recycle.")
    [done] = await library.refresh()
    assert (done.problem, done.read, done.removed) == ("incomplete", 1, 0)
    assert library.state().pages == held


async def test_a_book_that_hangs_holds_up_no_other(
    small: GitBookSite, hanging: tuple[str, asyncio.Event], reading: Reading
) -> None:
    address, released = hanging
    async with (
        Fetcher(allow_private=True, timeout=60, tries=1) as one,
        Fetcher(allow_private=True) as other,
    ):
        library = await reading(GitBook(address, one), GitBook(small.url, other))
        refreshing = asyncio.create_task(library.refresh())
        async with asyncio.timeout(50):
            while library.state().pages != 30:
                await asyncio.sleep(0.02)
        assert not refreshing.done()
        released.set()
        assert [done.problem for done in await refreshing] == ["down", ""]


async def test_a_book_that_hangs_keeps_no_answer_of_another_back(
    small: GitBookSite, hanging: tuple[str, asyncio.Event], reading: Reading
) -> None:
    said = "# why?\n\nBecause of [this](http://[broken).\n\n# Sources:\n- [Start](/v1/README.md)\n"
    small.faults.instead[""] = lambda: text(said)
    async with Fetcher(allow_private=True, timeout=60, tries=1) as fetcher:
        library = await reading(GitBook(hanging[0], fetcher), GitBook(small.url, fetcher))
        async with asyncio.timeout(50):
            answered = await library.ask_books("why?")
    assert answered is not None
    assert answered.text == "Because of this."


async def test_a_site_that_moved_keeps_its_pages_over_a_restart(
    small: GitBookSite, fetcher: Fetcher, reading: Reading
) -> None:
    async with GitBookSite([]) as old:
        for path in ("sitemap.xml", "llms.txt", "robots.txt"):
            location = f"{small.url}/{path}"
            old.faults.instead[path] = lambda to=location: web.Response(status=301, headers={"Location": to})
        await (await reading(GitBook(old.url, fetcher))).refresh()
        old.faults.instead.clear()
        old.faults.down = True
        library = await reading(GitBook(old.url, fetcher))
        assert library.state().pages == 30
        assert (await library.search("when are backups made")).passages[0].section.page.startswith(small.url)


async def test_a_site_that_was_elsewhere_for_a_while_is_found_again(
    small: GitBookSite, small_book: GitBook, reading: Reading
) -> None:
    library = await reading(small_book)
    await library.refresh()
    async with GitBookSite([]) as notice:
        notice.faults.instead["sitemap.xml"] = lambda: text("back soon", status=502)
        away = {"Location": f"{notice.url}/sitemap.xml"}
        small.faults.instead["sitemap.xml"] = lambda: web.Response(status=302, headers=away)
        [done] = await library.refresh()
        assert done.problem == "broken"
    del small.faults.instead["sitemap.xml"]
    [done] = await library.refresh()
    assert (done.problem, library.state().pages) == ("", 30)


async def test_a_page_that_is_listed_and_not_there_costs_one_request_an_hour(
    small: GitBookSite, small_book: GitBook, reading: Reading, clock: HeldClock
) -> None:
    small.faults.instead["v1/install/backup.md"] = lambda: text("# Page Not Found\n\nNot yet.")
    library = await reading(small_book)
    await library.refresh()
    assert library.state().pages == 29
    small.requests.clear()
    await library.refresh()
    assert small.requests["v1/install/backup.md"] == 0
    small.faults.instead.clear()
    clock.advance(hours=1)
    [done] = await library.refresh()
    assert (done.read, library.state().pages) == (1, 30)


async def test_dates_that_are_none_or_lie_ahead_mislead_nobody(
    small: GitBookSite, small_book: GitBook, reading: Reading, clock: HeldClock
) -> None:
    where = f"{small.url}/v1/install"
    small.faults.instead["v1/sitemap-pages.xml"] = lambda: xml(
        f"<urlset><url><loc>{where}/backup</loc><lastmod>soon</lastmod></url>"
        f"<url><loc>{where}/docker</loc><lastmod>2999-01-01T00:00:00Z</lastmod></url></urlset>"
    )
    small.faults.instead["llms.txt"] = lambda: text("", status=404)
    for name in ("backup", "docker"):
        small.faults.instead[f"v1/install/{name}.md"] = lambda: text("# Clay\n\nIt is grey.\n")
    library = await reading(small_book)
    await library.refresh()
    assert {page.updated_at for page in library.store.pages().values()} == {None, clock.now()}
    small.faults.instead["v1/install/backup.md"] = lambda: text("# Clay\n\nIt is red.\n")
    clock.advance(hours=2)
    [done] = await library.refresh()
    assert (done.read, done.listed) == (1, 2)


async def test_a_date_that_hides_a_change_is_not_trusted_for_ever(
    small: GitBookSite, small_book: GitBook, reading: Reading, clock: HeldClock
) -> None:
    library = await reading(small_book)
    await library.refresh()
    clock.advance(days=7)
    [done] = await library.refresh()
    assert done.read == 30


async def test_lists_may_be_nested_packed_and_badly_written(small: GitBookSite, small_book: GitBook) -> None:
    plain, secure = small.url, small.url.replace("http:", "https:")
    pages = "".join(
        f"<url><loc>{loc}</loc></url>"
        for loc in (
            f"{secure}/v1/install/backup",
            f"{plain}/v1/install/backup?utm_source=x&amp;y=1#top",
            "/v1/install/docker",
            f"{plain}/v1/gr%c3%b6%c3%9fe",
            f"{plain}/v1/größe",
            "http://[broken/",
            "javascript:alert(1)",
        )
    )
    middle = "<sitemapindex><sitemap><loc>../maps/pages.xml</loc></sitemap></sitemapindex>"
    small.faults.instead = {
        "sitemap.xml": lambda: xml(
            "\ufeff\n<?xml version='1.0'?>\n"
            "<sitemapindex><sitemap><loc>maps/middle.xml.gz</loc></sitemap></sitemapindex>"
        ),
        "maps/middle.xml.gz": lambda: text(gzip.compress(middle.encode()), kind="application/gzip"),
        "maps/pages.xml": lambda: xml(f"<urlset>{pages}</urlset>"),
        "llms.txt": lambda: text("# Book\n\n- [x](http://[broken/)\n"),
    }
    assert {ref.url.removeprefix(plain) for ref in await small_book.pages()} == {
        "/v1/install/backup",
        "/v1/install/docker",
        "/v1/gr%C3%B6%C3%9Fe",
    }


@pytest.mark.parametrize("answer", [html, lambda: text("no", status=403)])
async def test_a_sitemap_that_is_none_leaves_llms(answer, small: GitBookSite, small_book: GitBook) -> None:
    small.faults.instead["sitemap.xml"] = answer
    assert len(await small_book.pages()) == 30


async def test_without_llms_translations_are_told_by_their_twins(fetcher: Fetcher) -> None:
    pages = kilnroom.pages()[:5]
    french = [kilnroom.Written(f"fr/{one.path}", one.title, one.description, one.body) for one in pages]
    async with GitBookSite([*pages, *french], llms=False) as site:
        assert len(await GitBook(site.url, fetcher).pages()) == 5


async def test_what_robots_leave_open_is_read(fetcher: Fetcher, reading: Reading) -> None:
    rules = "User-agent: *\nDisallow: /v2/\nDisallow: /*/install/*\nAllow: /v1\n"
    async with GitBookSite(kilnroom.pages(), robots=rules) as site:
        library = await reading(GitBook(site.url, fetcher))
        [done] = await library.refresh()
        assert done.problem == ""
        pages = [url.removeprefix(site.url) for url in library.store.pages()]
        assert pages
        assert all(page.startswith("/v1") and "/install/" not in page for page in pages)


async def test_rules_that_cannot_be_read_are_no_permission(
    small: GitBookSite, small_book: GitBook, reading: Reading
) -> None:
    small.faults.instead["robots.txt"] = lambda: text("", status=503)
    [done] = await (await reading(small_book)).refresh()
    assert (done.problem, done.read) == ("down", 0)
    assert set(small.requests) == {"robots.txt"}


async def test_a_pause_that_a_site_asks_for_is_kept_by_all_requests(
    small: GitBookSite, small_book: GitBook, reading: Reading
) -> None:
    library = await reading(small_book)
    small.faults.instead = {
        f"{path}.md": lambda: text("", status=429, **{"Retry-After": "3600"}) for path in small.pages
    }
    [done] = await library.refresh()
    assert done.problem == "busy"
    assert sum(times for path, times in small.requests.items() if path.endswith(".md")) <= 4


async def test_a_pause_may_be_a_date(small: GitBookSite, fetcher: Fetcher) -> None:
    later = {"Retry-After": format_datetime(datetime(2999, 1, 1, tzinfo=UTC), usegmt=True)}
    small.faults.instead["llms.txt"] = lambda: text("", status=503, **later)
    with pytest.raises(Unreadable, match="busy"):
        await fetcher.get(f"{small.url}/llms.txt")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("# Größe\n\nÄpfel\n".encode("latin-1"), "text/markdown; charset=iso-8859-1"),
        ("# Größe\n\nÄpfel\n".encode(), "text/markdown; charset=iso-8859-1"),
        ("\ufeff# Größe\r\n\r\nÄpfel\r\n".encode(), "text/markdown; charset=klingon"),
        ("# Größe\n\nÄpfel\n".encode("utf-16"), "text/markdown"),
    ],
    ids=["as declared", "declared wrongly", "mark and CRLF", "UTF-16"],
)
async def test_a_page_is_read_in_whatever_writing_it_comes(
    body: bytes, kind: str, small: GitBookSite, small_book: GitBook
) -> None:
    small.faults.instead["v1/install/backup.md"] = lambda: text(body, kind=kind)
    ref = next(ref for ref in await small_book.pages() if ref.url.endswith("/v1/install/backup"))
    page = await small_book.read(ref)
    assert page is not None
    assert page.markdown == "# Größe\n\nÄpfel\n"


async def test_markdown_at_the_pages_own_address_is_found(small: GitBookSite, small_book: GitBook) -> None:
    ref = next(ref for ref in await small_book.pages() if ref.url.endswith("/v1/install/backup"))
    small.faults.instead["v1/install/backup.md"] = html
    page = await small_book.read(ref)
    assert page is not None
    assert page.markdown.startswith("# ")


async def test_a_page_that_leads_to_another_one_stands_there_once(
    small: GitBookSite, small_book: GitBook, reading: Reading
) -> None:
    to = {"Location": f"{small.url}/v1/README.md"}
    small.faults.instead["v1/install/backup.md"] = lambda: web.Response(status=302, headers=to)
    library = await reading(small_book)
    await library.refresh()
    assert library.state().pages == 29


@pytest.mark.parametrize("to", ["http://[broken/", "file:///etc/hostname", "/v1/install/backup.md"])
async def test_a_redirect_to_nowhere_costs_one_page(
    to: str, small: GitBookSite, small_book: GitBook, reading: Reading
) -> None:
    small.faults.instead["v1/install/backup.md"] = lambda: web.Response(status=302, headers={"Location": to})
    [done] = await (await reading(small_book)).refresh()
    assert (done.read, done.failed, done.problem) == (29, 1, "pages")


async def test_an_admin_learns_what_to_mend(small: GitBookSite) -> None:
    secure, named = small.url.replace("http:", "https:"), small.url.replace("127.0.0.1", "localhost")
    reasons = {}
    async with Fetcher(timeout=2, tries=1) as public, Fetcher(allow_private=True, timeout=2) as fetcher:
        for address, by in ((named, public), (secure, fetcher), (f"{small.url}/v1/install/backup", fetcher)):
            try:
                await GitBook(address, by).pages()
            except Unreadable as problem:
                reasons[address] = problem.reason
    assert list(reasons.values()) == ["private", "tls", "no list"]


async def test_books_that_overlap_share_no_page() -> None:
    books = open_books("https://docs.example.org https://docs.example.org/api, https://docs.example.org/")
    assert [book.name for book in books] == ["https://docs.example.org", "https://docs.example.org/api"]
    outer, inner = books
    assert outer._own("https://docs.example.org/api/keys") is None
    assert inner._own("https://docs.example.org/api/keys") == "https://docs.example.org/api/keys"
    await close_books(books)
