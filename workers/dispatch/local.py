"""Carries out an attempt as a child process on this machine."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datanets.children import Command, finish


@dataclass(frozen=True)
class LocalAttempts:
    """One child process an attempt, below everything else in priority, gone with its parent."""

    logs: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    program: Sequence[str] = (sys.executable, "-m", "workers.train")

    async def carry_out(self, run: str, attempt: int) -> str:
        """Train until the child ends; returns how it ended. Cancelling kills the child."""
        log_file = self.logs / f"{run}-{attempt}.log"
        code = await finish(
            Command(
                [*self.program, run, str(attempt)],
                log_file,
                environment=self.environment,
                nice=10,
            )
        )
        return f"exit code {code}, see {log_file.name}"

    async def is_running(self, run: str, attempt: int) -> bool:  # noqa: ARG002 - the port names them
        """Never: a child does not outlive the dispatcher that started it."""
        return False

    async def end(self, run: str, attempt: int) -> None:
        """Nothing beyond cancelling `carry_out`, which ends the child."""
