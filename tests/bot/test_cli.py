"""The command line: what it offers, and what it says when it cannot."""

import contextlib
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def potluck(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "120", "POTLUCK_DATA_DIR": str(folder), **settings}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command(tmp_path: Path) -> None:
    offered = re.findall(r"^│ (\w+) ", potluck(tmp_path, "--help").stdout, re.MULTILINE)
    assert offered == ["demo", "bot", "worker", "migrate", "doctor", "index", "fetch", "export"]


def test_a_bot_without_a_platform_says_which_settings_it_wants(tmp_path: Path) -> None:
    ended = potluck(tmp_path, "bot")
    assert ended.returncode == 1
    assert "POTLUCK_DISCORD_TOKEN" in ended.stderr
    assert "--playground" in ended.stderr


def test_a_setting_that_cannot_be_used_is_named_without_a_traceback(tmp_path: Path) -> None:
    ended = potluck(tmp_path, "migrate", POTLUCK_RUNS_AT_ONCE="many")
    assert ended.returncode == 2
    assert "POTLUCK_RUNS_AT_ONCE" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_migrate_can_be_run_twice(tmp_path: Path) -> None:
    assert [potluck(tmp_path, "migrate").returncode for _ in range(2)] == [0, 0]
    assert (tmp_path / "potluck.db").exists()


def test_indexing_and_the_doctor_say_what_to_mend_in_the_library(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    for number in range(12):
        (book / f"{number}.md").write_text(f"# Page {number}\n\nIt says {number}.\n")
    places = {"POTLUCK_GITBOOK_URL": f"{book}, http://127.0.0.1:9, docs.example.org"}
    indexed = potluck(tmp_path, "index", **places)
    assert indexed.returncode == 1
    assert f"{book}: 12 pages, 12 read" in indexed.stdout
    assert "POTLUCK_GITBOOK_PRIVATE_ADDRESSES=true" in indexed.stdout
    assert "begins with https://" in indexed.stdout
    examined = potluck(tmp_path, "doctor", **places).stdout
    assert f"{book} (12 pages), http://127.0.0.1:9 (private)" in examined
    for number in range(8):
        (book / f"{number}.md").unlink()
    assert "potluck index --believe" in potluck(tmp_path, "index", **places).stdout
    assert "8 removed" in potluck(tmp_path, "index", "--believe", **places).stdout


def test_a_taken_port_is_said_with_the_next_one(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = potluck(tmp_path, "demo", PORT=str(port))
    assert ended.returncode == 1
    assert f"PORT={port + 1}" in ended.stderr


def test_the_doctor_only_looks_at_a_database_that_is_behind(tmp_path: Path) -> None:
    ended = potluck(tmp_path, "doctor")
    assert ended.returncode == 1
    assert "FIX  database" in ended.stdout
    assert "potluck migrate" in ended.stdout
    assert "Error" not in ended.stdout
    with contextlib.closing(sqlite3.connect(tmp_path / "potluck.db")) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []


@pytest.mark.slow
def test_the_doctor_says_what_to_do_and_leaves_nothing(tmp_path: Path) -> None:
    token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
    gone = "http://127.0.0.1:9"
    assert potluck(tmp_path, "migrate").returncode == 0
    ended = potluck(
        tmp_path,
        "doctor",
        POTLUCK_TELEGRAM_TOKEN=token,
        POTLUCK_TELEGRAM_API_URL=f"{gone}/bot",
    )
    assert ended.returncode == 1
    assert "ok   database" in ended.stdout
    assert "potluck worker" in ended.stdout
    assert "FIX  Telegram" in ended.stdout
    assert token not in ended.stdout + ended.stderr
    assert list(tmp_path.rglob("doctor*")) == []
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []
