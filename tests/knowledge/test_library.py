"""The library stays fresh at little cost and answers from what it has."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.fetching import Fetcher
from knowledge.folder import Folder
from knowledge.gitbook import GitBook
from tests.conftest import ROOT, HeldClock
from tests.knowledge.conftest import Reading, Senses
from tests.servers import kilnroom
from tests.servers.gitbook import GitBookSite


async def test_one_changed_page_costs_one_page_and_its_changed_sections(
    site: GitBookSite, book: GitBook, reading: Reading, senses: Senses
) -> None:
    library = await reading(book)
    [first] = await library.refresh()
    assert first.read == len(site.pages)
    assert first.failed == 0

    site.requests.clear()
    senses.texts.clear()
    body = site.pages["v2/install/backup"].written.body
    site.change("v2/install/backup", body.replace("02:30", "04:45"))
    [second] = await library.refresh()

    assert (second.read, second.embedded) == (1, 1)
    assert [path for path in site.requests if path.endswith(".md")] == ["v2/install/backup.md"]
    assert len(senses.texts) == 1
    found = await library.search("when is the nightly backup made")
    assert any("04:45" in passage.section.text for passage in found.passages)


async def test_nothing_changed_costs_the_lists_alone(
    site: GitBookSite, book: GitBook, reading: Reading
) -> None:
    library = await reading(book)
    await library.refresh()
    site.requests.clear()
    await library.refresh()
    assert sorted(site.requests) == ["sitemap.xml", "v1/sitemap-pages.xml", "v2/sitemap-pages.xml"]


async def test_deleted_and_moved_pages_leave_their_old_address(
    site: GitBookSite, book: GitBook, reading: Reading, senses: Senses
) -> None:
    library = await reading(book)
    await library.refresh()
    senses.texts.clear()
    site.remove("v2/clay/recycle")
    site.remove("v1/clay/recycle")
    site.move("v2/help/slow", "v2/admin/slow")
    [done] = await library.refresh()

    assert done.removed == 3
    assert senses.texts == []
    pages = {section.page for section in library.store.sections()}
    assert f"{site.url}/v2/admin/slow" in pages
    assert not pages & {f"{site.url}/v2/clay/recycle", f"{site.url}/v2/help/slow"}


async def test_what_was_read_survives_a_restart(
    site: GitBookSite, book: GitBook, reading: Reading, senses: Senses
) -> None:
    await (await reading(book)).refresh()
    site.faults.down = True
    senses.texts.clear()
    library = await reading(book)

    found = await library.search("what does error E12 mean")
    assert found.answers
    assert found.semantic
    assert found.passages[0].section.url == f"{site.url}/v2/api/errors"
    assert senses.texts == ["what does error E12 mean"]


async def test_while_the_site_is_down_the_old_index_answers_and_says_since_when(
    site: GitBookSite, book: GitBook, reading: Reading, clock: HeldClock
) -> None:
    library = await reading(book)
    await library.refresh()
    checked = clock.now()
    clock.advance(days=3)
    site.faults.down = True
    [done] = await library.refresh()
    [state] = library.state().books

    assert done.problem == "down" or done.problem == "broken"
    assert (await library.search("what does error E12 mean")).answers
    assert state.checked_at == checked
    assert state.failing_since == clock.now()


async def test_a_slow_site_does_not_hold_up_an_answer(site: GitBookSite, reading: Reading) -> None:
    async with Fetcher(allow_private=True, timeout=0.3, tries=1) as hasty:
        library = await reading(GitBook(site.url, hasty))
        await library.refresh()
        site.faults.seconds = 1.0
        [done] = await library.refresh()
    assert done.problem == "slow"
    assert (await library.search("what does error E12 mean")).answers


async def test_broken_pages_keep_their_old_text(site: GitBookSite, book: GitBook, reading: Reading) -> None:
    library = await reading(book)
    await library.refresh()
    site.change("v2/install/backup", "Gone wrong.")
    site.change("v2/members/cancel", "Cancel by pigeon.")
    site.faults.broken_pages.add("v2/install/backup")
    [done] = await library.refresh()

    assert (done.read, done.failed) == (1, 1)
    texts = " ".join(section.text for section in library.store.sections())
    assert "02:30" in texts
    assert "pigeon" in texts


async def test_without_lastmod_pages_are_asked_conditionally(
    reading: Reading, fetcher: Fetcher, clock: HeldClock
) -> None:
    async with GitBookSite(kilnroom.pages()[:6], lastmod=False, etags=True) as site:
        library = await reading(GitBook(site.url, fetcher))
        await library.refresh()
        [soon] = await library.refresh()
        clock.advance(hours=2)
        site.change("v1/install/linux", "Use the new way.")
        [later] = await library.refresh()
    assert soon.read == 0
    assert later.read == 1


async def test_without_a_worker_words_alone_find_and_it_says_so(
    site: GitBookSite, book: GitBook, reading: Reading, senses: Senses
) -> None:
    senses.is_away = True
    library = await reading(book)
    await library.refresh()
    found = await library.search("what does error E12 mean")
    assert found.answers
    assert not found.semantic
    assert not library.state().semantic

    senses.is_away = False
    await library.refresh()
    assert (await library.search("what does error E12 mean")).semantic


async def test_a_worker_that_leaves_in_between_costs_no_answer(
    book: GitBook, reading: Reading, senses: Senses
) -> None:
    library = await reading(book)
    await library.refresh()
    senses.is_away = True
    found = await library.search("what does error E12 mean")
    assert found.answers
    assert not found.semantic


async def test_the_newest_edition_answers_unless_another_is_named(book: GitBook, reading: Reading) -> None:
    library = await reading(book)
    await library.refresh()
    newest = await library.search("what does the yearly membership cost")
    named = await library.search("what does the yearly membership cost in version 1")
    assert newest.passages[0].variant == "v2"
    assert named.passages[0].variant == "v1"


async def test_a_folder_is_a_book_too(tmp_path: Path, reading: Reading) -> None:
    folder = kilnroom.write(tmp_path / "book")
    library = await reading(Folder(folder), words_only=True)
    await library.refresh()
    found = await library.search("recykling of clai scraps")
    assert found.passages[0].section.page == "v2/clay/recycle.md"

    (folder / "v2/kilns/overview.md").write_text("# Kilns\n\nOnly Nabertherm controllers.\n")
    [done] = await library.refresh()
    assert done.read == 1
    assert "Nabertherm" in (await library.search("nabertherm controllers")).passages[0].section.text


async def test_most_questions_without_an_answer_are_refused_by_words_alone(
    tmp_path: Path, reading: Reading
) -> None:
    library = await reading(Folder(kilnroom.write(tmp_path / "book")), words_only=True)
    await library.refresh()
    for question in (
        "who won the world cup",
        "how do i set up a mysql cluster",
        "how do i reset my instagram password",
    ):
        assert not (await library.search(question)).answers


async def test_what_the_reader_says_tips_the_scales(book: GitBook, reading: Reading, senses: Senses) -> None:
    library = await reading(book)
    await library.refresh()
    sure: dict[float, float] = {}
    # Below zero stands for a server that embeds but has no reader: nearness alone decides then.
    for senses.sure in (0.001, -1.0, 0.999):
        found = await library.search("what does error E12 mean")
        sure[senses.sure] = found.confidence
        assert found.semantic
        assert ("read" in found.features) == (senses.sure > 0)

    assert sure[0.001] + 0.2 < sure[0.999]
    assert any("E12" in piece for piece in senses.read_closely)
    assert all(piece.count(" ") < 150 for piece in senses.read_closely)
    assert len(senses.read_closely) <= 2 * 4


async def test_a_worker_that_hangs_is_done_without(
    book: GitBook, reading: Reading, senses: Senses, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = await reading(book)
    await library.refresh()
    senses.slow = 0.3
    monkeypatch.setattr("knowledge.llama.READ_SECONDS", 0.05)
    found = await library.search("what does error E12 mean")
    assert (found.semantic, "read" in found.features) == (True, False)

    monkeypatch.setattr("knowledge.library.SENSE_SECONDS", 0.05)
    found = await library.search("what does error E12 mean")
    assert (found.semantic, found.answers) == (False, True)


async def test_a_worker_that_comes_later_fills_the_embeddings_without_reading_again(
    reading: Reading, book: GitBook, site: GitBookSite, senses: Senses, caplog: pytest.LogCaptureFixture
) -> None:
    senses.is_away = True
    library = await reading(book)
    await library.refresh()
    assert await library.fill() == 0
    assert not (await library.search("how hot is the glaze kiln")).semantic
    senses.is_away = False
    site.requests.clear()
    assert await library.fill() > 100
    assert site.requests.total() == 0
    assert (await library.search("how hot is the glaze kiln")).semantic
    assert await library.fill() == 0
    assert not [record for record in caplog.records if record.exc_info]


NOTHING_TO_READ = """
import asyncio, sys
from pathlib import Path
from knowledge.library import Library

async def embed(texts):
    return [[1.0] for _ in texts]

async def main():
    library = Library(Path(sys.argv[1]), [], embed, model="one")
    await library.open()
    found = await library.search("how do I reset it?")
    print(found.answers, any(name.startswith("llama_index") for name in sys.modules))

asyncio.run(main())
"""


async def test_a_library_without_books_says_no_and_takes_no_memory_for_an_index(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NOTHING_TO_READ, str(tmp_path / "library.db")]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "False"], done.stderr
