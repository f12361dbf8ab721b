"""A folder or git checkout in GitBook form: SUMMARY.md, .gitbook.yaml, includes."""

import asyncio
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import yaml

from knowledge.cleaner import clean
from knowledge.facts import Asked, Page, PageRef, Unreadable

_ENTRY = re.compile(r"^\s*[*+-]\s+\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^)>]*?)>?(?:\s+\"([^\"]*)\")?\s*\)")
_GROUP = re.compile(r"^##\s+(.*?)(?:\s*<a\b.*)?$")
_SKIPPED = {".git", ".github", ".gitbook", "node_modules", "__pycache__"}
_SKIPPED_FILES = {"SUMMARY.md", "LICENSE.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "AGENTS.md"}


class Folder:
    """A book on disk; addresses are paths inside it, below `address` when that is given."""

    def __init__(self, root: Path, address: str = "") -> None:
        self.root = root.resolve()
        self.address = address.rstrip("/")

    @property
    def name(self) -> str:
        """The folder, or the address it is published at."""
        return self.address or str(self.root)

    async def pages(self) -> Sequence[PageRef]:
        """List the pages of every SUMMARY.md, or every Markdown file where there is none."""
        return await asyncio.to_thread(self._pages)

    async def read(self, ref: PageRef, etag: str = "", modified: str = "") -> Page | None:  # noqa: ARG002
        """Read one page with its includes."""
        return await asyncio.to_thread(self._read, ref)

    async def ask(self, question: str, goal: str = "") -> Asked | None:  # noqa: ARG002
        """Answer nothing: a folder cannot be asked."""
        return None

    def _pages(self) -> list[PageRef]:
        if not self.root.is_dir():
            raise Unreadable("missing", str(self.root))
        summaries = sorted(path for path in self._files() if path.name == "SUMMARY.md")
        listed = [entry for summary in summaries for entry in _entries(summary)]
        if not listed:
            plain = (path for path in self._files() if path.name not in _SKIPPED_FILES)
            listed = [(path, "", "") for path in sorted(plain)]
        refs: dict[Path, PageRef] = {}
        for path, title, group in listed:
            real = path.resolve()
            if real not in refs and real.is_relative_to(self.root) and real.is_file():
                refs[real] = self._ref(real, title, group)
        return list(refs.values())

    def _files(self) -> Iterator[Path]:
        for folder, names, files in os.walk(self.root):
            names[:] = [name for name in names if name not in _SKIPPED]
            yield from (Path(folder) / file for file in files if file.lower().endswith(".md"))

    def _ref(self, path: Path, title: str, group: str) -> PageRef:
        relative = path.relative_to(self.root).as_posix()
        seen = path.stat()
        url = f"{self.address}/{published(relative)}".rstrip("/") if self.address else relative
        stamp = f"{seen.st_mtime_ns}-{seen.st_size}-{_digest(title)}"
        updated = datetime.fromtimestamp(seen.st_mtime, UTC)
        return PageRef(url, title, "", stamp, updated, _variant(relative), group, str(path))

    def _read(self, ref: PageRef) -> Page | None:
        path = Path(ref.markdown_url)
        try:
            text = path.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreadable("unreadable", str(error)) from error
        return Page(ref, clean(text, ref.url, lambda name: self._include(path, name)))

    def _include(self, page: Path, name: str) -> str:
        for base in (page.parent, self.root):
            wanted = (base / name).resolve()
            if wanted.is_relative_to(self.root) and wanted.is_file():
                return wanted.read_text("utf-8", errors="replace")
        return ""


def published(relative: str) -> str:
    """Return the address that GitBook gives to a file: no suffix, README is its folder."""
    path = PurePosixPath(relative).with_suffix("")
    if path.name.lower() == "readme":
        path = path.parent
    return "" if str(path) == "." else str(path)


def _entries(summary: Path) -> Iterator[tuple[Path, str, str]]:
    root, group = summary.parent, ""
    settings = summary.parent / ".gitbook.yaml"
    if settings.is_file():
        read = yaml.safe_load(settings.read_text("utf-8")) or {}
        root = (root / str(read.get("root", "."))).resolve()
    for line in summary.read_text("utf-8", errors="replace").splitlines():
        if heading := _GROUP.match(line):
            group = heading.group(1)
        elif entry := _ENTRY.match(line):
            target = unquote(entry.group(2).partition("#")[0])
            if target.endswith(".md") and "://" not in target:
                yield root / target, entry.group(1).replace("\\", ""), group


def _variant(relative: str) -> str:
    """Return the version folder a page stands in, "" for pages of every version."""
    return variant_of(relative.split("/")[:-1])


def variant_of(steps: Sequence[str]) -> str:
    """Return the step of a path that names a version, such as v2 or 1.4."""
    return next(
        (step for step in steps if re.fullmatch(r"v?\d+(?:[._-](?:\d+|x))*(?:[-.]?(?:beta|rc)\d*)?", step)),
        "",
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
