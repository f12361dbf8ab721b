"""The library on disk: one SQLite file of books, pages, sections and vectors."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.facts import Section

Vector = NDArray[np.float32]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS books (
    name TEXT PRIMARY KEY, checked_at TEXT, changed_at TEXT, failing_since TEXT,
    problem TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS pages (
    url TEXT PRIMARY KEY, book TEXT NOT NULL, title TEXT NOT NULL, stamp TEXT NOT NULL, updated_at TEXT,
    variant TEXT NOT NULL, digest TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
    read_at TEXT NOT NULL, place INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS pages_by_book ON pages (book);
CREATE TABLE IF NOT EXISTS sections (
    id TEXT PRIMARY KEY, page TEXT NOT NULL, anchor TEXT NOT NULL, title TEXT NOT NULL, path TEXT NOT NULL,
    text TEXT NOT NULL, part INTEGER NOT NULL, digest TEXT NOT NULL, place INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS sections_by_page ON sections (page);
CREATE TABLE IF NOT EXISTS vectors (digest TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class PageRow:
    """A page as it was last read."""

    url: str
    book: str
    title: str
    stamp: str
    updated_at: datetime | None
    variant: str
    digest: str
    etag: str
    modified: str
    read_at: datetime
    place: int = 0


class Store:
    """Reads and writes the file; safe to call from several threads, one call at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def version(self) -> int:
        """Return a number that changes when another process has written."""
        with self._lock:
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def use_model(self, name: str) -> None:
        """Forget vectors of another embedding model: they cannot be compared."""
        with self._lock, self._db:
            if self._set("model", name):
                self._db.execute("DELETE FROM vectors")

    def use_reading(self, name: str) -> None:
        """Have every page read again, served meanwhile as it is, when reading has changed."""
        with self._lock, self._db:
            if self._set("reading", name):
                long_ago = datetime.fromtimestamp(0, UTC).isoformat()
                sql = "UPDATE pages SET stamp = '', etag = '', modified = '', read_at = ?"
                self._db.execute(sql, (long_ago,))

    def trust(self, book: str) -> None:
        """Note that a book's list is beyond doubt."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM settings WHERE key = ?", (f"doubted {book}",))

    def doubt(self, book: str, now: datetime) -> datetime:
        """Note that a book's list is in doubt; return since when it has been without a break."""
        key = f"doubted {book}"
        with self._lock, self._db:
            self._db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (key, now.isoformat()))
            row = self._db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return datetime.fromisoformat(row[0])

    def pages(self, book: str | None = None) -> dict[str, PageRow]:
        """Return the pages of one book, or of all, by address."""
        sql = "SELECT * FROM pages WHERE ? IS NULL OR book = ? ORDER BY book, place"
        with self._lock:
            rows = self._db.execute(sql, (book, book)).fetchall()
        return {row["url"]: _page(row) for row in rows}

    def sections(self) -> list[Section]:
        """Return every section in reading order."""
        sql = "SELECT s.* FROM sections s JOIN pages p ON p.url = s.page ORDER BY p.book, p.place, s.place"
        with self._lock:
            rows = self._db.execute(sql).fetchall()
        return [_section(row) for row in rows]

    def vectors(self, digests: Iterable[str] | None = None) -> dict[str, Vector]:
        """Return the vectors of these digests, or all."""
        with self._lock:
            if digests is None:
                rows = self._db.execute("SELECT digest, vector FROM vectors").fetchall()
            else:
                wanted = json.dumps(list(digests))
                sql = "SELECT digest, vector FROM vectors WHERE digest IN (SELECT value FROM json_each(?))"
                rows = self._db.execute(sql, (wanted,)).fetchall()
        return {row[0]: np.frombuffer(row[1], np.float32) for row in rows}

    def put_vectors(self, vectors: dict[str, Vector]) -> None:
        """Keep vectors by the digest of what they stand for."""
        rows = [(digest, vector.astype(np.float32).tobytes()) for digest, vector in vectors.items()]
        with self._lock, self._db:
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def put_pages(self, pages: Sequence[tuple[PageRow, Sequence[Section]]]) -> None:
        """Replace pages and their sections in one transaction."""
        with self._lock, self._db:
            for page, sections in pages:
                self._put(page)
                self._db.execute("DELETE FROM sections WHERE page = ?", (page.url,))
                self._db.executemany(
                    "INSERT OR REPLACE INTO sections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (s.id, s.page, s.anchor, s.title, json.dumps(s.path), s.text, s.part, s.digest, n)
                        for n, s in enumerate(sections)
                    ],
                )

    def restamp(self, pages: Iterable[PageRow]) -> None:
        """Note that pages were looked at and their text had not changed."""
        with self._lock, self._db:
            for page in pages:
                self._put(page)

    def drop_pages(self, urls: Iterable[str]) -> None:
        """Remove pages, their sections, and vectors that nothing uses any more."""
        gone = [(url,) for url in urls]
        with self._lock, self._db:
            self._db.executemany("DELETE FROM sections WHERE page = ?", gone)
            self._db.executemany("DELETE FROM pages WHERE url = ?", gone)

    def sweep(self) -> None:
        """Remove vectors that no section uses."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM vectors WHERE digest NOT IN (SELECT digest FROM sections)")

    def keep_books(self, names: Sequence[str]) -> None:
        """Remove books that are not configured any more."""
        with self._lock, self._db:
            gone = [row[0] for row in self._db.execute("SELECT name FROM books") if row[0] not in names]
            for name in gone:
                self._db.execute(
                    "DELETE FROM sections WHERE page IN (SELECT url FROM pages WHERE book = ?)", (name,)
                )
                self._db.execute("DELETE FROM pages WHERE book = ?", (name,))
                self._db.execute("DELETE FROM books WHERE name = ?", (name,))

    def note_check(
        self, book: str, now: datetime, *, changed: bool, problem: str = "", seen: bool = True
    ) -> None:
        """Note how a refresh ended; a book that could not be `seen` keeps the time since when."""
        with self._lock, self._db:
            self._db.execute("INSERT OR IGNORE INTO books (name) VALUES (?)", (book,))
            sql = "UPDATE books SET problem = ?, failing_since = COALESCE(failing_since, ?) WHERE name = ?"
            if seen:
                sql = "UPDATE books SET problem = ?, failing_since = NULL, checked_at = ? WHERE name = ?"
            self._db.execute(sql, (problem, now.isoformat(), book))
            if changed:
                self._db.execute("UPDATE books SET changed_at = ? WHERE name = ?", (now.isoformat(), book))

    def books(self) -> dict[str, sqlite3.Row]:
        """Return the notes on every book by name."""
        with self._lock:
            return {row["name"]: row for row in self._db.execute("SELECT * FROM books")}

    def _set(self, key: str, value: str) -> bool:
        """Keep a setting; return whether it had another value, or none."""
        row = self._db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))
        return row is None or bool(row[0] != value)

    def _put(self, page: PageRow) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                page.url,
                page.book,
                page.title,
                page.stamp,
                page.updated_at.isoformat() if page.updated_at else None,
                page.variant,
                page.digest,
                page.etag,
                page.modified,
                page.read_at.isoformat(),
                page.place,
            ),
        )


def moment(text: str | None) -> datetime | None:
    """Read a stored time."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _page(row: sqlite3.Row) -> PageRow:
    read_at = moment(row["read_at"])
    if read_at is None:
        raise ValueError(f"page {row['url']} was never read")
    return PageRow(
        row["url"],
        row["book"],
        row["title"],
        row["stamp"],
        moment(row["updated_at"]),
        row["variant"],
        row["digest"],
        row["etag"],
        row["modified"],
        read_at,
        row["place"],
    )


def _section(row: sqlite3.Row) -> Section:
    path = tuple(json.loads(row["path"]))
    return Section(
        row["id"], row["page"], row["anchor"], row["title"], path, row["text"], row["part"], row["digest"]
    )
