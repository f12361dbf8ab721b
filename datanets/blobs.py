"""Files by their digest, and folders by name, in a local folder or behind any fsspec URL."""

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from datanets.refusals import TooBig

PIECE = 1 << 20
MANIFEST = "MANIFEST.json"


@dataclass(frozen=True)
class Parcel:
    """Bytes that arrived and are not kept yet; they go with the block that holds them."""

    path: Path
    size: int
    digest: str


class Blobs:
    """The store. What lies under a digest never changes; a folder is whole once its manifest is there."""

    def __init__(self, url: str) -> None:
        """Open the store at a folder's path or any fsspec URL; nothing is touched yet."""
        self._files, root = fsspec.core.url_to_fs(url)
        self._root = PurePosixPath(root)
        self._is_local = isinstance(self._files, LocalFileSystem)

    @asynccontextmanager
    async def hold(
        self,
        pieces: AsyncIterator[bytes],
        *,
        most: int,
        arriving: Callable[[int], Awaitable[None]] | None = None,
    ) -> AsyncIterator[Parcel]:
        """Take a stream in, counted and hashed; whatever lies beside the parcel goes when the block ends.

        `arriving` is told the bytes so far before each piece is written and may refuse them.
        Raises TooBig as soon as more than `most` bytes have come.
        """
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="potluck-"))
        try:
            path = folder / "parcel"
            digest, size = hashlib.sha256(), 0
            file = await asyncio.to_thread(path.open, "wb")
            try:
                async for piece in pieces:
                    size += len(piece)
                    if size > most:
                        raise TooBig(size, most)
                    if arriving:
                        await arriving(size)
                    digest.update(piece)
                    await asyncio.to_thread(file.write, piece)
            finally:
                await asyncio.to_thread(file.close)
            yield Parcel(path, size, digest.hexdigest())
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    @staticmethod
    def digest_of(path: Path) -> str:
        """Return the digest under which a local file is or would be kept."""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    async def keep(self, path: Path) -> str:
        """Store a local file and return its digest; the same bytes are stored once."""
        return await asyncio.to_thread(self._keep, path)

    async def read(self, digest: str) -> bytes:
        """Return all bytes. Raises FileNotFoundError."""
        return cast("bytes", await asyncio.to_thread(self._files.cat_file, self._place(digest)))

    def open(self, digest: str) -> BinaryIO:
        """Open for reading; blocks, so it is for threads and worker processes. Raises FileNotFoundError."""
        return cast("BinaryIO", self._files.open(self._place(digest), "rb"))

    def path(self, digest: str) -> Path | None:
        """Where the bytes lie on this machine, or None when they lie elsewhere or nowhere."""
        path = Path(self._place(digest))
        return path if self._is_local and path.exists() else None

    async def delete(self, digest: str) -> None:
        """Remove the bytes; removing what is not there is fine."""
        await asyncio.to_thread(self._remove, self._place(digest))

    async def put_folder(self, prefix: str, folder: Path) -> None:
        """Store a folder's files under a name; it replaces an earlier one and counts once it is whole."""
        await asyncio.to_thread(self._put_folder, prefix, folder)

    async def fetch_folder(self, prefix: str, into: Path) -> Path:
        """Bring a folder to this machine. Raises FileNotFoundError when it is not there or not whole."""
        await asyncio.to_thread(self._fetch_folder, prefix, into)
        return into

    def _place(self, digest: str) -> str:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise FileNotFoundError(digest)
        return str(self._root / "blobs" / digest[:2] / digest)

    def _folder(self, prefix: str) -> str:
        parts = PurePosixPath(prefix)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise ValueError(prefix)
        return str(self._root / "folders" / parts)

    def _keep(self, path: Path) -> str:
        digest = self.digest_of(path)
        place = self._place(digest)
        if not self._files.exists(place):
            self._store(path, place)
        return digest

    def _store(self, path: Path, place: str) -> None:
        """Write beside and move into place: a reader sees all of a file or none of it."""
        beside = str(self._root / "arriving" / uuid4().hex)
        try:
            for needed in (beside, place):
                self._files.makedirs(str(PurePosixPath(needed).parent), exist_ok=True)
            self._files.put_file(str(path), beside)
            self._files.mv(beside, place)
        finally:
            self._remove(beside)

    def _remove(self, place: str) -> None:
        if self._files.exists(place):
            self._files.rm(place, recursive=True)

    def _put_folder(self, prefix: str, folder: Path) -> None:
        place = self._folder(prefix)
        self._remove(place)
        sizes = {
            path.relative_to(folder).as_posix(): path.stat().st_size
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        for name in sizes:
            self._store(folder / name, f"{place}/{name}")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as manifest:
            json.dump(sizes, manifest)
            manifest.flush()
            self._store(Path(manifest.name), f"{place}/{MANIFEST}")

    def _fetch_folder(self, prefix: str, into: Path) -> None:
        place = self._folder(prefix)
        sizes: dict[str, int] = json.loads(self._files.cat_file(f"{place}/{MANIFEST}"))
        for name, size in sizes.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files.get_file(f"{place}/{name}", str(path))
            if path.stat().st_size != size:
                raise FileNotFoundError(f"{place}/{name} is not whole")
