"""The near side of the wall: hands files to warm children and believes nothing but short strings."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from datanets.facts import Kind
from datanets.formats.catalog import Format, Note, Why
from datanets.formats.limits import Limits
from datanets.refusals import UnreadableFile, WrongKind

CHILD = (sys.executable, "-m", "datanets.formats.child")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Cleaned:
    """The canonical copy of a file; `probes[0]` is the likeness that is kept, all of them look for others."""

    path: Path
    found: Format
    kept: Format
    notes: tuple[Note, ...]
    excerpt: str
    probes: tuple[str, ...]


@dataclass
class Sandbox:
    """Cleans files in child processes, at most `width` at a time; starts them at the first file."""

    limits: Limits = field(default_factory=Limits)
    width: int = 2

    def __post_init__(self) -> None:
        self._seats = asyncio.Semaphore(self.width)
        self._idle: list[asyncio.subprocess.Process] = []

    async def clean(self, source: Path, *, name: str, kind: Kind) -> Cleaned:
        """Sniff, check and clean one file; the copy lies beside it.

        Raises WrongKind or UnreadableFile.
        """
        into = source.with_name(f"{source.name}.cleaned")
        order = {
            "source": str(source),
            "into": str(into),
            "name": name,
            "kind": kind,
            "limits": asdict(self.limits),
        }
        async with self._seats:
            code = await self._done(order)
        if code == 1:
            raise RuntimeError(into.with_suffix(".bug").read_text())
        if code != 0:
            raise UnreadableFile("", Why.TOO_COSTLY)
        answer = json.loads(into.with_suffix(".json").read_text())
        if "refusal" in answer:
            raise _refusal(answer["refusal"], answer["data"])
        return Cleaned(
            into,
            Format(answer["found"]),
            Format(answer["kept"]),
            tuple(Note(note) for note in answer["notes"]),
            str(answer["excerpt"]),
            tuple(str(probe) for probe in answer["probes"]),
        )

    async def close(self) -> None:
        """End the children."""
        while self._idle:
            await _end(self._idle.pop())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _done(self, order: Mapping[str, Any]) -> int:
        child = self._idle.pop() if self._idle else await _start()
        try:
            code = await _ask(child, order)
        except BaseException:
            # Whatever broke the exchange, the next file must not read this one's answer.
            await _end(child)
            raise
        self._idle.append(child)
        return code


async def _start() -> asyncio.subprocess.Process:
    # No secret of the bot is in reach of a parser: the environment is new, not inherited.
    return await asyncio.create_subprocess_exec(
        *CHILD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )


async def _ask(child: asyncio.subprocess.Process, order: Mapping[str, Any]) -> int:
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("a child without streams")
    child.stdin.write(json.dumps(order).encode() + b"\n")
    await child.stdin.drain()
    line = await child.stdout.readline()
    return int(json.loads(line)["exit"])


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        # Its fork, too, which may be in the middle of a file.
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()


def _refusal(name: str, data: dict[str, Any]) -> WrongKind | UnreadableFile:
    if name == "WrongKind":
        return WrongKind(data["found"], data["wanted"], tuple(data["fits"]))
    return UnreadableFile(**data)
