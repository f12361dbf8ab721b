"""A folder or git checkout in GitBook form: SUMMARY.md, .gitbook.yaml, includes."""

import asyncio
import codecs
import hashlib
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import yaml

from knowledge.checkout import committed
from knowledge.cleaner import clean
from knowledge.facts import Asked, Page, PageRef, Unreadable
from knowledge.fetching import LARGEST, decode

log = logging.getLogger(__name__)

_ENTRY = re.compile(
    r"^\s*[*+-]\s+\[((?:[^\[\]]|\[[^\]]*\])*)\]"
    r"\(\s*(?:<([^>]*)>|((?:[^()\\]|\\.|\([^()]*\))*?))(?:\s+\"[^\"]*\")?\s*\)"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_GROUP = re.compile(r"^##\s+(.*?)(?:\s*<a\b.*)?$")
_SKIPPED = {".git", ".github", ".gitbook", "node_modules", "__pycache__"}
_INCLUDE = re.compile(r"""\{%-?\s*include\s+["']?([^"'%]+?)["']?\s*-?%\}""")
_SKIPPED_FILES = {"SUMMARY.md", "LICENSE.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "AGENTS.md"}


class Folder:
    """A book on disk; addresses are paths inside it, below `address` when that is given.

    `label` stands before the paths where several folders are read.
    """

    def __init__(self, root: Path, address: str = "", label: str = "") -> None:
        self.root = root.resolve()
        self.address = address.rstrip("/")
        self.label = label
        self._missing: set[Path] = set()

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
        refs: dict[Path, PageRef] = {}
        missing: set[Path] = set()
        dates = committed(self.root)
        for path, title, group in self._listed():
            real = path.resolve()
            if not real.is_relative_to(self.root) or not real.is_file():
                missing.add(path)
            elif real not in refs:
                refs[real] = self._ref(real, title, group, dates)
        if new := missing - self._missing:
            log.warning("library: listed in %s but not there: %s", self.root, ", ".join(map(str, new)))
        self._missing = missing
        return list(refs.values())

    def _listed(self) -> list[tuple[Path, str, str]]:
        """Return file, title and group of every entry: of the book's SUMMARY.md, or of all that there are."""
        home, contents = _settings(self.root)
        if not home.is_relative_to(self.root):
            raise Unreadable("settings", f"{self.root}/.gitbook.yaml: root leads outside of the folder")
        summaries = sorted(path for path in self._files(home) if path.name == Path(contents).name)
        listed = [entry for summary in summaries for entry in _entries(summary)]
        plain = (path for path in self._files(home) if path.name not in _SKIPPED_FILES)
        return listed or [(path, "", "") for path in sorted(plain)]

    def _files(self, home: Path) -> Iterator[Path]:
        for folder, names, files in os.walk(home):
            names[:] = [name for name in names if name not in _SKIPPED]
            yield from (Path(folder) / file for file in files if file.lower().endswith(".md"))

    def _ref(self, path: Path, title: str, group: str, dates: Mapping[str, datetime]) -> PageRef:
        relative = path.relative_to(self.root).as_posix()
        seen = path.stat()
        url = f"{self.address}/{published(relative)}".rstrip("/") if self.address else relative
        if self.label:
            url = f"{self.label}/{url}"
        stamp = f"{seen.st_mtime_ns}-{seen.st_size}-{_digest(title + self._included(path))}"
        updated = dates.get(relative) or datetime.fromtimestamp(seen.st_mtime, UTC)
        return PageRef(url, title, "", stamp, updated, _variant(relative), group, str(path))

    def _included(self, path: Path) -> str:
        """Return what the page includes: it changes the page without changing its file."""
        try:
            return "".join(self._include(path, name) for name in _INCLUDE.findall(_text(path)))
        except (Unreadable, OSError):
            return ""

    def _read(self, ref: PageRef) -> Page | None:
        path = Path(ref.markdown_url)
        try:
            text = _text(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreadable("unreadable", str(error)) from error
        return Page(ref, clean(text, ref.url, lambda name: self._include(path, name)))

    def _include(self, page: Path, name: str) -> str:
        for base in (page.parent, self.root):
            wanted = (base / name).resolve()
            if wanted.is_relative_to(self.root) and wanted.is_file():
                return _text(wanted)
        return ""


def _text(path: Path) -> str:
    """Read a file. Raises OSError, and Unreadable for what is no text."""
    if path.stat().st_size > LARGEST:
        raise Unreadable("large", str(path))
    body = path.read_bytes()
    if b"\0" in body[:8192] and not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable("binary", str(path))
    return decode(body, "cp1252")


def _settings(folder: Path) -> tuple[Path, str]:
    """Return where the pages of a folder are and what its SUMMARY.md is called. Raises Unreadable."""
    file = folder / ".gitbook.yaml"
    if not file.is_file():
        return folder, "SUMMARY.md"
    try:
        read = yaml.safe_load(_text(file)) or {}
        structure = read.get("structure") or {}
        return (folder / str(read.get("root") or ".")).resolve(), str(
            structure.get("summary") or "SUMMARY.md"
        )
    except (yaml.YAMLError, AttributeError) as error:
        raise Unreadable("settings", f"{file}: {' '.join(str(error).split())}") from error


def published(relative: str) -> str:
    """Return the address that GitBook gives to a file: no suffix, README is its folder."""
    path = PurePosixPath(relative).with_suffix("")
    if path.name.lower() == "readme":
        path = path.parent
    return "" if str(path) == "." else str(path)


def _entries(summary: Path) -> Iterator[tuple[Path, str, str]]:
    root, group = _settings(summary.parent)[0], ""
    for line in _text(summary).splitlines():
        if heading := _GROUP.match(line):
            group = heading.group(1)
        elif entry := _ENTRY.match(line):
            target = unquote(_ESCAPED.sub(r"\1", (entry.group(2) or entry.group(3) or "").partition("#")[0]))
            if target.endswith(".md") and "://" not in target:
                yield root / target.lstrip("/"), _ESCAPED.sub(r"\1", entry.group(1)), group


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
