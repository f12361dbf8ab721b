"""A published site is read from its address alone, politely, on good days and bad."""

import pytest

from knowledge.facts import Unreadable
from knowledge.fetching import Fetcher, is_public
from knowledge.gitbook import GitBook
from knowledge.opening import open_books
from tests.servers import kilnroom
from tests.servers.gitbook import GitBookSite


async def test_all_pages_of_all_sections_are_listed_with_their_date(site: GitBookSite, book: GitBook) -> None:
    refs = {ref.url: ref for ref in await book.pages()}
    assert len(refs) == len(site.pages)
    page = refs[f"{site.url}/v2/install/backup"]
    assert (page.title, page.variant) == ("Backups", "v2")
    assert page.updated_at is not None
    assert page.stamp


async def test_a_page_comes_without_the_block_for_agents(site: GitBookSite, book: GitBook) -> None:
    ref = next(ref for ref in await book.pages() if ref.url.endswith("/v2/install/backup"))
    page = await book.read(ref)
    assert page is not None
    assert "02:30" in page.markdown
    assert "Agent Instructions" not in page.markdown


@pytest.mark.parametrize(("llms", "sitemaps"), [(True, False), (False, True)])
async def test_one_list_is_enough(llms: bool, sitemaps: bool, fetcher: Fetcher) -> None:
    async with GitBookSite(kilnroom.pages(), llms=llms, sitemaps=sitemaps) as site:
        book = GitBook(site.url, fetcher)
        refs = await book.pages()
        assert len(refs) == len(kilnroom.pages())
        page = await book.read(refs[-1])
        assert page is not None
        assert "Glossary" in page.markdown


async def test_a_site_below_a_path_keeps_to_it(fetcher: Fetcher) -> None:
    async with GitBookSite(kilnroom.pages(), prefix="docs/guide") as site:
        refs = await GitBook(site.url, fetcher).pages()
        assert len(refs) == len(kilnroom.pages())
        assert all(ref.url.startswith(f"{site.origin}/docs/guide/") for ref in refs)


async def test_translations_that_llms_leaves_out_are_left_out(fetcher: Fetcher) -> None:
    pages = kilnroom.pages()
    french = [
        kilnroom.Written(f"fr/{page.path}", page.title, page.description, page.body) for page in pages[:5]
    ]
    async with GitBookSite([*pages, *french]) as site:
        assert len(await GitBook(site.url, fetcher).pages()) == len(pages)


async def test_a_missing_page_that_comes_as_200_is_gone(site: GitBookSite, book: GitBook) -> None:
    refs = await book.pages()
    site.remove("v1/help/slow")
    gone = next(ref for ref in refs if ref.url.endswith("v1/help/slow"))
    assert await book.read(gone) is None


async def test_a_moved_page_is_followed(site: GitBookSite, book: GitBook) -> None:
    ref = next(ref for ref in await book.pages() if ref.url.endswith("v2/help/slow"))
    site.move("v2/help/slow", "v2/admin/slow")
    page = await book.read(ref)
    assert page is not None
    assert "Everything is slow" in page.markdown


async def test_a_busy_site_is_asked_again(site: GitBookSite, book: GitBook) -> None:
    site.faults.busy_times = 2
    assert len(await book.pages()) == len(site.pages)


async def test_a_broken_sitemap_is_an_error_and_no_empty_site(site: GitBookSite, book: GitBook) -> None:
    site.faults.broken_sitemap = True
    with pytest.raises(Unreadable) as caught:
        await book.pages()
    assert caught.value.reason == "broken"


async def test_robots_are_respected(fetcher: Fetcher) -> None:
    async with GitBookSite(kilnroom.pages(), robots="User-agent: *\nDisallow: /\n") as site:
        with pytest.raises(Unreadable) as caught:
            await GitBook(site.url, fetcher).pages()
    assert caught.value.reason == "robots"


async def test_a_page_without_end_is_not_read(site: GitBookSite, book: GitBook) -> None:
    site.faults.huge.add("v1/README")
    ref = next(ref for ref in await book.pages() if ref.url.endswith("/v1"))
    with pytest.raises(Unreadable) as caught:
        await book.read(ref)
    assert caught.value.reason == "large"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_private_addresses_are_refused_unless_allowed(site: GitBookSite, host: str) -> None:
    address = site.url.replace("127.0.0.1", host)
    async with Fetcher(timeout=2, tries=1) as public:
        with pytest.raises(Unreadable):
            await public.get(address)
    assert site.requests.total() == 0


async def test_only_the_web_is_fetched() -> None:
    async with Fetcher() as public:
        with pytest.raises(Unreadable) as caught:
            await public.get("file:///etc/hostname")
    assert caught.value.reason == "address"


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1", "100.64.0.1"]
)
def test_an_inner_address_is_not_public(address: str) -> None:
    assert not is_public(address)


async def test_a_site_that_can_be_asked_gives_a_clean_answer(fetcher: Fetcher) -> None:
    said = (
        "Backups run every night\\. See [here](/v2/install/backup.md).\n\n# Suggested Follow-up Questions:\n"
        "- [How do I restore?](/?ask=x)\n\n# Sources:\n"
        + "".join(f"- [Backups](http://x.example/{n}/install/backup.md)\n" for n in range(9))
        + "- [Press me](javascript:alert(1))\n- [Broken](http://[broken)\n"
    )
    async with GitBookSite(kilnroom.pages(), answers=lambda _: said) as site:
        answer = await GitBook(site.url, fetcher).ask("when are backups made?")
    assert answer is not None
    assert answer.text.startswith("Backups run every night. See")
    assert len(answer.sources) == 1
    assert answer.follow_ups == ("How do I restore?",)


async def test_a_hedge_and_a_site_without_assistant_are_no_answer(fetcher: Fetcher) -> None:
    hedge = "The documentation does not explicitly say that.\n\n# Sources:\n- [A](/a.md)\n"
    async with GitBookSite(kilnroom.pages(), answers=lambda _: hedge) as site:
        assert await GitBook(site.url, fetcher).ask("why?") is None
    async with GitBookSite(kilnroom.pages()) as site:
        book = GitBook(site.url, fetcher)
        assert await book.ask("why?") is None
        before = site.requests.total()
        assert await book.ask("and when?") is None
        assert site.requests.total() == before


def test_several_books_are_opened_from_one_setting() -> None:
    names = [book.name for book in open_books("https://docs.example.org/, https://x.gitbook.io/y docs")]
    assert names[:2] == ["https://docs.example.org", "https://x.gitbook.io/y"]
    assert names[2].endswith("/docs")
