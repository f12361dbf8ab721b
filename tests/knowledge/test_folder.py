"""A folder or checkout in GitBook form is read as GitBook reads it, and never beyond its own walls."""

import logging
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knowledge.folder import Folder
from knowledge.opening import open_books
from tests.knowledge.conftest import Reading


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


async def listed(root: Path) -> list[str]:
    return [ref.url for ref in await Folder(root).pages()]


async def test_the_settings_of_the_checkout_say_where_the_book_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitbook.yaml": "root: ./docs/\nstructure:\n  summary: contents.md\n",
            "docs/contents.md": "* [Start](start.md)\n* [Part](part/README.md)\n",
            "docs/start.md": "# Start\n",
            "docs/part/README.md": "# Part\n",
            "examples/SUMMARY.md": "* [Other](other.md)\n",
            "examples/other.md": "# Not of this book\n",
        },
    )
    assert await listed(tmp_path) == ["docs/start.md", "docs/part/README.md"]


@pytest.mark.parametrize("settings", ["root: [a\n :", "- a\n", "root: ../\n"])
async def test_settings_that_are_wrong_are_named(settings: str, tmp_path: Path, reading: Reading) -> None:
    book = write(
        tmp_path / "book", {".gitbook.yaml": settings, "SUMMARY.md": "* [A](a.md)\n", "a.md": "# A\n"}
    )
    [done] = await (await reading(Folder(book))).refresh()
    assert (done.problem, done.read) == ("settings", 0)
    assert ".gitbook.yaml" in done.detail


async def test_links_of_the_contents_are_read_in_every_form(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    links = {
        "README.md": "README.md",
        "with space.md": "with%20space.md",
        "raw space.md": "raw space.md",
        "angle (1).md": "<angle (1).md>",
        "paren(2).md": "paren(2).md",
        "escaped(3).md": "escaped\\(3\\).md",
        "titled.md": 'titled.md "In the menu"',
        "from-root.md": "/from-root.md",
        "sub/README.md": "sub/README.md#anchor",
    }
    entries = "\n".join(f"{' ' * 2 * n}* [Page {n}]({link})" for n, link in enumerate(links.values()))
    write(tmp_path, {"SUMMARY.md": f"\ufeff# Contents\r\n\r\n## Part\r\n\r\n{entries}\n* [No](missing.md)\n"})
    write(tmp_path, dict.fromkeys(links, "# A page\n") | {"unlisted.md": "# Not published\n"})
    with caplog.at_level(logging.WARNING):
        assert await listed(tmp_path) == list(links)
    assert "missing.md" in caplog.text


async def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, reading: Reading) -> None:
    outside = write(tmp_path / "outside", {"secret.md": "# Secret\n\nThe word is swordfish.\n"})
    book = write(
        tmp_path / "book",
        {
            "SUMMARY.md": "* [A](a.md)\n* [L](link.md)\n* [U](../outside/secret.md)\n* [D](dir/secret.md)\n",
            "a.md": '# A\n\nSeen.\n\n{% include "link.md" %}\n{% include "../outside/secret.md" %}\n',
        },
    )
    (book / "link.md").symlink_to(outside / "secret.md")
    (book / "dir").symlink_to(outside)
    library = await reading(Folder(book))
    await library.refresh()
    assert [section.text for section in library.store.sections()] == ["Seen."]


async def test_junk_costs_one_page_each(tmp_path: Path, reading: Reading) -> None:
    book = write(
        tmp_path,
        {
            "SUMMARY.md": "* [A](a.md)\n* [B](binary.md)\n* [H](huge.md)\n* [E](empty.md)\n* [L](latin.md)\n",
            "a.md": "# A\n\nSeen.\n",
            "binary.md": bytes(range(256)),
            "huge.md": b"x" * 6_000_000,
            "empty.md": "",
            "latin.md": "# Größe\n".encode("cp1252"),
        },
    )
    library = await reading(Folder(book))
    [done] = await library.refresh()
    assert (done.read, done.failed, done.problem) == (3, 2, "pages")


async def test_a_block_that_pages_include_changes_them(tmp_path: Path, reading: Reading) -> None:
    book = write(
        tmp_path,
        {
            "SUMMARY.md": "* [A](a.md)\n",
            "a.md": '# A\n\n{% include ".gitbook/includes/price.md" %}\n',
            ".gitbook/includes/price.md": "It costs three pounds.\n",
        },
    )
    library = await reading(Folder(book))
    await library.refresh()
    write(book, {".gitbook/includes/price.md": "It costs nine pounds.\n"})
    [done] = await library.refresh()
    assert done.read == 1
    assert [section.text for section in library.store.sections()] == ["It costs nine pounds."]


async def test_several_folders_keep_their_pages_apart(tmp_path: Path, reading: Reading) -> None:
    for name in ("one/docs", "two/docs", "My Notes"):
        write(
            tmp_path / name, {"SUMMARY.md": "* [Start](README.md)\n", "README.md": f"# Of {name}\n\nText.\n"}
        )
    setting = f"{tmp_path}/one/docs {tmp_path}/two/docs, {tmp_path}/My Notes, {tmp_path}/one/docs/"
    library = await reading(*open_books(setting))
    await library.refresh()
    again = await library.refresh()
    assert [done.read for done in again] == [0, 0, 0]
    assert sorted(library.store.pages()) == ["My Notes/README.md", "one/docs/README.md", "two/docs/README.md"]


def git(root: Path, *arguments: str, date: str = "") -> None:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    named = ("-c", "user.name=ana", "-c", "user.email=ana@example.org")
    subprocess.run(
        ["git", *named, *arguments], cwd=root, env=os.environ | own, check=True, capture_output=True
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="dates of commits need git")
async def test_a_fresh_clone_tells_when_its_pages_were_changed(tmp_path: Path) -> None:
    origin = write(tmp_path / "origin", {"docs/SUMMARY.md": "* [A](a.md)\n* [B](ö b.md)\n* [C](c.md)\n"})
    write(origin, {"docs/a.md": "# A\n", "docs/ö b.md": "# B\n", "docs/c.md": "# C\n"})
    git(origin, "init", "-q")
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "all", date="2024-03-01T12:00:00Z")
    write(origin, {"docs/ö b.md": "# B, again\n"})
    git(origin, "commit", "-qam", "b", date="2025-05-01T12:00:00Z")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    write(tmp_path, {"clone/docs/c.md": "# C, not committed\n"})

    changed = {ref.url: ref.updated_at for ref in await Folder(tmp_path / "clone" / "docs").pages()}

    assert changed["a.md"] == datetime(2024, 3, 1, 12, tzinfo=UTC)
    assert changed["ö b.md"] == datetime(2025, 5, 1, 12, tzinfo=UTC)
    assert datetime.now(UTC) - changed["c.md"] < timedelta(minutes=5)
