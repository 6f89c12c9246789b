"""A run with a server that says its key wherever it can; then every byte that was written or said is looked through."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from generators.stream import Segment, tasks_of

KEY = "canary-2718281828"
CONFIG = """
name: canary
seed: 3
tasks:
  sources: [{family: arithmetic.chain, count: 12, levels: [1]}]
model: {name: m, engine: server, url: "http://127.0.0.1:%d/v1", key_env: A_PROVIDER, concurrency: 4}
sampling: {max_tokens: 8}
difficulty: {cap: 8, prior: jeffreys}
curriculum: {keep: [in_band, undecided], shares: {train: 1.0, validation: 0.0, test: 0.0}}
"""

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_prefect")]


class Careless(BaseHTTPRequestHandler):
    """A server that fails now and then, saying what it was sent, and else answers half the questions right."""

    answers: dict[str, str]
    port = 0
    asked = 0
    repeats = False

    def do_GET(self) -> None:
        self._say(200, {"data": [{"id": "m", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked += 1
        told = f"while asked with {dict(self.headers)}"
        if self.asked % 9 == 1:
            self._say(503, {"error": {"message": told}})
            return
        gold = self.answers[body["messages"][-1]["content"]]
        text = told if self.repeats else f"<answer>{gold if body['seed'] % 2 else 'none'}</answer>"
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 9, "completion_tokens": 3}
        self._say(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage})

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("X-Sent", self.headers["Authorization"] or "")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def served() -> Iterator[type[Careless]]:
    tasks = tasks_of(Segment(family="arithmetic.chain", level=1, seed=3, start=0, stop=12))
    Careless.answers = {task.prompt[-1].content: task.answer for task in tasks}
    with ThreadingHTTPServer(("127.0.0.1", 0), Careless) as server:
        Careless.port = server.server_port
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield Careless
        server.shutdown()


def taskmill(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    secrets = {"A_PROVIDER": KEY, "AWS_SECRET_ACCESS_KEY": f"aws-{KEY}", "HTTP_PROXY": f"http://me:{KEY}@127.0.0.1:9"}
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *words],
        env={**os.environ, "PREFECT_HOME": str(folder / "prefect"), "NO_PROXY": "127.0.0.1", **secrets},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_no_byte_that_is_written_or_said_holds_a_secret(
    tmp_path: Path, served: type[Careless], tmp_path_factory: pytest.TempPathFactory
) -> None:
    (tmp_path / "c.yaml").write_text(CONFIG % served.port)

    done = taskmill(tmp_path, "run", "c.yaml")
    assert done.returncode == 0, done.stderr
    assert served.asked > 12
    exported = taskmill(tmp_path, "export", "outputs/canary", "--to", "trl", "--output", "outputs/exported")
    assert exported.returncode == 0, exported.stderr

    served.repeats = True
    repeated = taskmill(tmp_path, "run", "c.yaml", "--set", "name=repeated", "--set", "model.timeout=2")
    assert repeated.returncode == 1
    assert "repeats the key that it was sent" in repeated.stderr

    for said in (done, exported, repeated):
        assert KEY not in said.stdout + said.stderr
    (tmp_path / "c.yaml").unlink()
    written = [path for path in (tmp_path / "outputs").rglob("*") if path.is_file()]
    assert {"run.json", "report.html", "export.json"} <= {path.name for path in written}
    prefect = [path for path in tmp_path_factory.getbasetemp().glob("prefect*/*") if path.is_file()]
    assert any(b"taskmill-run" in path.read_bytes() for path in prefect), "the database was looked through"
    assert [path for path in (*written, *prefect) if KEY.encode() in path.read_bytes()] == []
