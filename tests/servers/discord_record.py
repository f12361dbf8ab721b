"""What went over the wire, one JSON object a line, and its check against Discord's own description."""

from __future__ import annotations

import functools
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

from tests.servers.discord_shapes import Json


@functools.cache
def checkers(spec_dir: Path) -> tuple[ModuleType, ModuleType, object] | None:
    """The checkers of requests and of events with the loaded description, where they are at hand."""
    folder = spec_dir / "check"
    if not (folder / "discord_requests.py").exists():
        return None
    sys.path.insert(0, str(folder))
    try:
        requests = importlib.import_module("discord_requests")
        events = importlib.import_module("discord_events")
    finally:
        sys.path.remove(str(folder))
    return requests, events, requests.Spec(spec_dir / "spec" / "discord_openapi.json")


class Record:
    """Requests with their answers, and the events that the server told."""

    def __init__(self) -> None:
        self.requests: list[Json] = []

    def add(self, line: Json) -> None:
        """Keep one request."""
        self.requests.append(line)

    def save(self, folder: Path, events: list[Json]) -> None:
        """Write both logs into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, lines in (("requests", self.requests), ("events", events)):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def violations(self, spec_dir: Path, events: list[Json]) -> list[str] | None:
        """Every breach of Discord's description on both sides; None where the description is not at hand."""
        loaded = checkers(spec_dir)
        if loaded is None:
            return None
        requests, told, spec = loaded
        found = []
        seen: set[str] = set()
        for line in self.requests:
            if (key := json.dumps(line, sort_keys=True, default=str)) in seen:
                continue
            seen.add(key)
            for kind, text in requests.check(spec, line, responses=True, notes=False):
                if kind != "NOTE":
                    found.append(f"{kind} {line['method']} {line['path']}: {text}")
        for event in events:
            found += [f"EVENT {event['t']}: {text}" for text in told.check(event["t"], event["d"], spec)]
        return found
