"""Adapters that were fetched once, kept on disk within a budget; the ones used least are deleted."""

import logging
import os
import shutil
from collections.abc import Collection
from pathlib import Path

log = logging.getLogger(__name__)


def touch(folder: Path) -> None:
    """Note that a folder is in use: its time is what `prune` goes by."""
    os.utime(folder)


def prune(cache: Path, most_bytes: int, busy: Collection[str]) -> None:
    """Delete the folders used least until the rest fits; those whose names are `busy` stay.

    Half-fetched ones, whose names begin with a dot, count as well: a killed server leaves them behind.
    """
    found = sorted((used, size, folder) for folder in cache.iterdir() for used, size in _seen(folder))
    total = sum(size for _, size, _ in found)
    for _, size, folder in found:
        if total <= most_bytes:
            return
        if _run(folder) in busy:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        total -= size
        log.info("adapter %s deleted from the cache", folder.name)


def _run(folder: Path) -> str:
    """The run of a folder, also of one that is being fetched: `.run.hex`."""
    name = folder.name
    return name[1:].rpartition(".")[0] if name.startswith(".") else name


def _seen(folder: Path) -> list[tuple[float, int]]:
    """When a folder was used last, and its bytes; nothing if it went away meanwhile."""
    try:
        return [(folder.stat().st_mtime, sum(file.stat().st_size for file in folder.iterdir()))]
    except OSError:
        return []
