"""`potluck fetch` against a loopback hub: a base that comes, one that is gated, one that is not there."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.workers.training import ROOT
from workers.catalog import base

FILES = {"config.json": b"{}", "model.safetensors": b"weights", "run_me.py": b"raise SystemExit"}


class Hub(BaseHTTPRequestHandler):
    """Answers as huggingface.co does, for one repository that is open and one that is gated."""

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        opened = base("gpt2")
        name = self.path.rpartition("/")[2]
        if base("llama-3.2-1b-instruct").repository in self.path:
            self._send(403, b"", {"X-Error-Code": "GatedRepo"})
        elif opened.repository not in self.path:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif "/tree/" in self.path:
            files = [{"type": "file", "path": n, "size": len(f), "oid": n} for n, f in FILES.items()]
            self._send(200, json.dumps(files).encode(), {})
        elif self.path.startswith("/api/"):
            about = {"id": opened.repository, "sha": opened.revision}
            self._send(200, json.dumps({**about, "siblings": [{"rfilename": n} for n in FILES]}).encode(), {})
        else:
            about = {"ETag": f'"{name}"', "X-Repo-Commit": opened.revision}
            self._send(200, FILES[name], about, with_body=with_body)

    def _send(self, status: int, body: bytes, headers: dict[str, str], *, with_body: bool = True) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(name: str, hub: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    environment |= {
        "HF_ENDPOINT": hub,
        "HF_HOME": str(folder / "home"),
        "HF_HUB_DISABLE_XET": "1",
        "POTLUCK_BASES_DIR": str(folder / "bases"),
        "POTLUCK_DATA_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, "-m", "workers.bases", name],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_base_comes_without_the_code_of_its_repository(hub: str, tmp_path: Path) -> None:
    done = fetch("gpt2", hub, tmp_path)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    found = {file.name for file in folder.iterdir() if file.is_file()}
    assert found == {"config.json", "model.safetensors"}
    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("llama-3.2-1b-instruct", "is gated: accept its licence at https://huggingface.co/meta-llama/"),
        ("qwen3-0.6b", "Or put its files into the folder qwen3-0.6b"),
        ("chatglm3-6b", "glm-4-9b-0414"),
        ("unheard-of", "Known bases: smollm2-135m-instruct"),
    ],
)
def test_a_base_that_does_not_come_says_what_to_do(name: str, advice: str, hub: str, tmp_path: Path) -> None:
    done = fetch(name, hub, tmp_path)
    assert done.returncode == 1
    assert advice in done.stderr
    assert "Traceback" not in done.stderr
