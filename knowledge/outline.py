"""What a GitBook site lists about itself: llms.txt and nested sitemaps."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from defusedxml import DefusedXmlException, ElementTree
from yarl import URL

_BULLET = re.compile(r"^\s*[-*]\s+\[((?:[^\[\]]|\[[^\]]*\])*)\]\((\S+?)\)(?::\s*(.*))?$")
_LANGUAGE = re.compile(r"^(?:[a-z]{2}|zh-(?:cn|tw|hans|hant)|pt-br|es-(?:es|mx)|en-(?:us|gb)|fr-ca)$")


@dataclass(frozen=True)
class Listed:
    """A page in llms.txt."""

    url: str
    title: str
    description: str
    group: str
    markdown_url: str


@dataclass(frozen=True)
class Mapped:
    """A page in a sitemap."""

    url: str
    stamp: str
    updated_at: datetime | None


def read_llms(text: str, base: str) -> list[Listed]:
    """Return the pages of an llms.txt, without its agent block."""
    text = re.split(r"^# Agent Instructions\b", text, maxsplit=1, flags=re.MULTILINE)[0]
    pages, group = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            group = line[3:].strip()
        elif match := _BULLET.match(line):
            target = absolute(base, match.group(2))
            if target:
                url = canonical(target)
                pages.append(Listed(url, match.group(1), match.group(3) or "", group, target))
    return pages


def read_sitemap(text: str, base: str) -> tuple[list[str], list[Mapped]]:
    """Return the sitemaps that an index names and the pages that a map lists. Raises ValueError."""
    try:
        root = ElementTree.fromstring(text.lstrip())
    except (ET.ParseError, DefusedXmlException) as error:
        raise ValueError(f"not a sitemap: {error}") from error
    maps = [loc for entry in _children(root, "sitemap") if (loc := absolute(base, _text(entry, "loc")))]
    pages = []
    for entry in _children(root, "url"):
        if loc := absolute(base, _text(entry, "loc")):
            stamp = _text(entry, "lastmod")
            when = _when(stamp)
            # What is no date may never change: such a page is looked at like one without.
            pages.append(Mapped(canonical(loc), stamp if when else "", when))
    return maps, pages


def canonical(url: str) -> str:
    """Return the address a reader would open: no query, fragment, `.md` or `/readme`. Raises ValueError."""
    parts = URL(url)
    path = re.sub(r"\.md$", "", parts.raw_path)
    path = re.sub(r"/readme$", "", path, flags=re.IGNORECASE).rstrip("/")
    return str(parts.with_path(path, encoded=True)).rstrip("/")


def language_of(url: str, base: str) -> str:
    """Return the language a path names below the site's root, or ""."""
    below = urlsplit(url).path.removeprefix(urlsplit(base).path.rstrip("/")).strip("/").lower()
    first = below.split("/")[0]
    return first if _LANGUAGE.match(first) else ""


def absolute(base: str, target: str) -> str:
    """Return a web address, or "" for what is none: one bad line must not cost the whole list."""
    try:
        url = urljoin(base, target) if target else ""
        return url if URL(url).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _children(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (child for child in root if child.tag.rpartition("}")[2] == name)


def _text(entry: ET.Element, name: str) -> str:
    return next(((child.text or "").strip() for child in _children(entry, name)), "")


def _when(stamp: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
