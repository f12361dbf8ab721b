"""When the files of a git checkout last changed; in a fresh clone their own times are all of today."""

import logging
import subprocess
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

log = logging.getLogger(__name__)

SECONDS = 30.0
# A checkout may set programs to run: none of them is wanted for looking at dates.
_QUIET = ("-c", "core.quotePath=off", "-c", "core.fsmonitor=false")


def committed(folder: Path) -> dict[str, datetime]:
    """Return by relative path when each file was last committed; those changed since then are left out.

    Nothing where there is no checkout or no git: then the files' own times must do.
    """
    try:
        head = _git(folder, "rev-parse", "HEAD").strip()
        since = set(_git(folder, "ls-files", "--modified").splitlines())
        return {path: moment for path, moment in _history(folder, head).items() if path not in since}
    except (OSError, subprocess.SubprocessError) as problem:
        log.debug("no dates of commits in %s: %s", folder, problem)
        return {}


# The history below one commit never changes, and a long one takes seconds to read.
@lru_cache(maxsize=8)
def _history(folder: Path, head: str) -> dict[str, datetime]:
    shape = ("--format=%x00%ct", "--name-only", "--no-renames", "--relative")
    said = _git(folder, "log", *shape, head, "--", ".")
    newest: dict[str, datetime] = {}
    for commit in said.split("\0")[1:]:
        seconds, *paths = commit.split("\n")
        for path in filter(None, paths):
            newest.setdefault(path, datetime.fromtimestamp(int(seconds), UTC))
    return newest


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", *_QUIET, "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS).stdout
