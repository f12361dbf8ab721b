"""Blobs lie under their digest, whole or not at all, in a folder or behind any fsspec URL."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from datanets.blobs import Blobs
from datanets.refusals import TooBig


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "blobs") if request.param == "folder" else f"memory://{tmp_path.name}"


@pytest.fixture
def blobs(url: str) -> Blobs:
    return Blobs(url)


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def files_of(blobs: Blobs) -> list[str]:
    """Every file that lies in the store."""
    return [str(path) for path in blobs._files.find(str(blobs._root))]


async def test_the_same_bytes_are_held_once(blobs: Blobs) -> None:
    digests = set()
    for pieces in ((b"bre", b"ad"), (b"bread",)):
        async with blobs.hold(stream(*pieces), most=5) as parcel:
            digests.add(await blobs.keep(parcel.path))

    assert digests == {hashlib.sha256(b"bread").hexdigest()} == {parcel.digest}
    assert len(files_of(blobs)) == 1
    assert await blobs.read(parcel.digest) == b"bread"
    with await asyncio.to_thread(blobs.open, parcel.digest) as file:
        assert file.read() == b"bread"


async def test_a_stream_over_its_cap_is_stopped_and_leaves_nothing(blobs: Blobs) -> None:
    came = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal came
        while True:
            came += 1
            yield b"x" * 1000

    with pytest.raises(TooBig) as refusal:
        async with blobs.hold(endless(), most=2500):
            raise AssertionError("never handed out")

    assert (refusal.value.size, refusal.value.most, came) == (3000, 2500, 3)
    assert files_of(blobs) == []


async def test_a_parcel_goes_with_its_block(blobs: Blobs) -> None:
    async with blobs.hold(stream(b"bread"), most=10) as parcel:
        parcel.path.with_suffix(".beside").write_bytes(b"crumbs")

    assert not parcel.path.parent.exists()
    with pytest.raises(FileNotFoundError):
        await blobs.read(parcel.digest)


async def test_a_stream_that_breaks_leaves_nothing(blobs: Blobs) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        async with blobs.hold(broken(), most=10):
            raise AssertionError("never handed out")

    assert files_of(blobs) == []


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"bread")
    digest = await blobs.keep(tmp_path / "file")
    await blobs.delete(digest)
    await blobs.delete(digest)

    with pytest.raises(FileNotFoundError):
        await blobs.read(digest)


async def test_a_local_path_is_given_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"bread")
    near, far = Blobs(str(tmp_path / "blobs")), Blobs("memory://far")
    digest = await near.keep(tmp_path / "file")
    await far.keep(tmp_path / "file")

    path = near.path(digest)
    assert path is not None
    assert path.read_bytes() == b"bread"
    assert far.path(digest) is None
    assert near.path("0" * 64) is None


@pytest.mark.parametrize("name", ["../secret", "", "0" * 63, "G" * 64])
async def test_a_digest_is_never_a_path(blobs: Blobs, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        await blobs.read(name)


async def test_a_folder_comes_back_as_it_was_put(blobs: Blobs, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    (folder / "deep").mkdir(parents=True)
    (folder / "card.md").write_text("# chef")
    (folder / "deep" / "weights").write_bytes(bytes(100))
    await blobs.put_folder("models/chef", folder)
    (folder / "card.md").write_text("# chef 2")
    (folder / "deep" / "weights").unlink()
    await blobs.put_folder("models/chef", folder)

    back = await blobs.fetch_folder("models/chef", tmp_path / "back")
    assert {path.relative_to(back).as_posix() for path in back.rglob("*") if path.is_file()} == {"card.md"}
    assert (back / "card.md").read_text() == "# chef 2"


async def test_a_folder_that_is_not_whole_is_not_handed_out(blobs: Blobs, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "weights").write_bytes(bytes(100))
    await blobs.put_folder("chef", folder)
    (weights,) = [path for path in files_of(blobs) if path.endswith("weights")]
    await asyncio.to_thread(blobs._files.pipe_file, weights, bytes(50))

    with pytest.raises(FileNotFoundError):
        await blobs.fetch_folder("chef", tmp_path / "back")


async def test_a_folder_name_stays_inside_the_store(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        await blobs.put_folder("../../etc", tmp_path)
