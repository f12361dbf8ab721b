"""How long the bot needs until it can serve, and how much memory it has once its library is loaded.

Starts `potluck bot --playground` again and again on a prepared database and asks /readyz. The first start
makes the database and is counted apart.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bot.demo.processes import free_port

PATIENCE_SECONDS = 60


def main(argv: list[str]) -> int:
    """Print one line a start, and the medians at last."""
    options = argparse.ArgumentParser(prog="start")
    options.add_argument("--starts", type=int, default=7)
    wanted = options.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        first = _start(Path(folder))
        print(json.dumps({"start": "first", **first}), flush=True)
        starts = []
        for number in range(wanted.starts):
            starts.append(_start(Path(folder)))
            print(json.dumps({"start": number + 1, **starts[-1]}), flush=True)
    summary = {
        "summary": "start",
        "starts": len(starts),
        "seconds": statistics.median(one["seconds"] for one in starts),
        "worst_seconds": max(one["seconds"] for one in starts),
        "first_seconds": first["seconds"],
        "memory_mb": max(one["memory_mb"] for one in starts),
        "aim_seconds": 2.0,
        "aim_memory_mb": 200,
    }
    print(json.dumps(summary), flush=True)
    return 0


def _start(folder: Path) -> dict[str, float]:
    port = free_port(18000)
    environment = {**os.environ, "POTLUCK_DATA_DIR": str(folder), "PORT": str(port)}
    began = time.perf_counter()
    bot = subprocess.Popen(
        [sys.executable, "-m", "bot", "bot", "--playground"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        seconds = _until_ready(port, began)
        return {"seconds": round(seconds, 2), "memory_mb": round(_memory_at_rest(bot.pid) / 1e6)}
    finally:
        bot.terminate()
        bot.wait(20)


def _until_ready(port: int, began: float) -> float:
    while time.perf_counter() - began < PATIENCE_SECONDS:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return time.perf_counter() - began
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.01)
    raise TimeoutError(f"the bot was not ready within {PATIENCE_SECONDS} s")


def _memory_at_rest(process: int) -> int:
    """The memory when it has not grown by a megabyte for four seconds: the library loads after the start."""
    most, still_since = 0, time.monotonic()
    while time.monotonic() - still_since < 4:
        if (now := _memory(process)) > most + 1e6:
            most, still_since = now, time.monotonic()
        time.sleep(0.2)
    return _memory(process)


def _memory(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"process {process} has no memory")
