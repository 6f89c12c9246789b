"""`taskmill serve` and `prefect deploy` against a real Prefect server on loopback, through its API and its pages."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil
import pytest
from typer.testing import CliRunner

from flows.cli import app, exit_code
from flows.serve.served import Asked
from flows.serve.server import ServerError
from flows.serve.serving import Serving, serve
from flows.serve.steer import NotServedError, steer
from pipeline.lock import BusyError
from tests.browser import chromium, opened

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SECONDS = 240.0
CONFIG = """
name: small
seed: 3
output: runs
model: null
tasks:
  shard_size: 4
  sources:
  - {family: arithmetic.chain, count: 4, levels: [1, 2]}
"""
PREFECT = """
import json, sys
from prefect.cli import app
for words in json.loads(sys.argv[1]):
    sys.argv = ["prefect", "--no-prompt", *words]
    try:
        app()
    except SystemExit as end:
        if end.code:
            raise
"""
"""Commands of Prefect's in one process: each takes seconds to load."""


class Served(NamedTuple):
    """A child that serves, with a Prefect server that it started itself."""

    child: "subprocess.Popen[str]"
    folder: Path
    port: int
    told: list[str]
    environment: dict[str, str]

    @property
    def asked(self) -> Asked:
        return Asked(self.folder / "small.yaml", [], port=self.port)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"http://127.0.0.1:{self.port}/api/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deployment(self, name: str = "taskmill-scheduled/small") -> Any:
        return self.api("GET", f"deployments/name/{name}")

    def runs(self, deployment: str) -> list[Any]:
        wanted = {"deployments": {"id": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_ASC"}
        found: list[Any] = self.api("POST", "flow_runs/filter", wanted)
        return found

    def coming(self) -> list[Any]:
        return [run for run in self.runs(self.deployment()["id"]) if run["state_name"] == "Scheduled"]

    def ended(self, run: str) -> Any:
        """The run once it goes on no more."""

        def done() -> Any:
            found = self.api("GET", f"flow_runs/{run}")
            return found if found["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None

        return until(done)


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return result


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "small.yaml").write_text(CONFIG)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    environment |= {"PREFECT_HOME": str(folder / "prefect"), "DO_NOT_TRACK": "1"}
    command = [str(Path(sys.executable).with_name("taskmill")), "serve", str(folder / "small.yaml"), "--interval", "1h"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as child,
    ):
        told: list[str] = []
        try:
            assert child.stdout is not None
            while not told or not told[-1].startswith("  end"):
                line = child.stdout.readline()
                assert line, (folder / "log").read_text()
                told.append(line.rstrip())
            yield Served(child, folder, port, told, environment)
        finally:
            child.kill()


@pytest.fixture(scope="module")
def run(served: Served) -> Any:
    """A run that was started by hand, ended."""
    asked = Asked(served.folder / "small.yaml", [], port=served.port)
    steer(asked, "run")
    manual = until(lambda: [each for each in served.api("POST", "flow_runs/filter", {}) if not each["auto_scheduled"]])
    return served.ended(manual[0]["id"])


def test_the_deployment_is_there_with_its_config_and_its_schedule(served: Served) -> None:
    found = served.deployment()
    assert found["parameters"]["config"]["tasks"]["sources"][0]["family"] == "arithmetic.chain"
    assert found["schedules"][0]["schedule"]["interval"] == 3600
    assert not found["paused"]
    assert found["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    told = [found[1] for line in served.told if (found := re.search(r"(\d{4}-\d\d-\d\d \d\d):00:00 UTC", line))]
    coming = until(lambda: len(runs := served.coming()) >= 3 and runs)
    assert [run["expected_start_time"][:13].replace("T", " ") for run in coming[:3]] == told


def test_a_run_started_by_hand_makes_a_numbered_run_with_a_seed_of_its_own(served: Served, run: Any) -> None:
    assert run["state_name"] == "Completed", (served.folder / "log").read_text()
    own = served.folder / "runs" / "small-0001"
    assert {"run.json", "finished.json", "report.html", "tasks", "unique"} <= {entry.name for entry in own.iterdir()}
    assert '"seed": 3,' not in (own / "run.json").read_text()


def test_the_page_of_the_run_shows_its_state_and_what_it_made(served: Served, run: Any) -> None:
    artifacts = served.api("POST", "artifacts/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    assert {"table", "markdown"} <= {artifact["type"] for artifact in artifacts}
    with chromium() as browser, opened(browser, f"http://127.0.0.1:{served.port}/runs/flow-run/{run['id']}") as page:
        page.page.get_by_text("Artifacts", exact=True).last.click(timeout=SECONDS * 1000)
        page.page.get_by_text("small-0001: way of the data").wait_for(timeout=SECONDS * 1000)
        seen = page.text()
        assert "next of small\n" in seen
        assert "\nCompleted\n" in seen
        assert "small-0001-report" in seen
        assert page.outside == []


def test_paused_nothing_is_scheduled_and_resumed_it_is_again(served: Served) -> None:
    until(lambda: served.coming())
    steer(served.asked, "pause")
    assert served.deployment()["paused"]
    until(lambda: not served.coming())
    steer(served.asked, "resume")
    assert not served.deployment()["paused"]
    assert until(lambda: served.coming())


def test_the_same_is_not_served_twice_on_a_machine(served: Served) -> None:
    with pytest.raises(BusyError):
        serve(served.asked, Serving(None, False, 1, "skip"))


def test_the_same_is_not_served_from_two_machines(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = socket.gethostname()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    with pytest.raises(BusyError, match=f"small is served on {here}"):
        serve(served.asked, Serving(None, False, 1, "skip"))
    assert "watching" in capsys.readouterr().err


def test_what_is_not_served_cannot_be_steered(served: Served) -> None:
    with pytest.raises(NotServedError, match="taskmill serve"):
        steer(served.asked._replace(name="another"), "pause")
    with pytest.raises(ServerError, match="no Prefect server answers"):
        steer(served.asked._replace(port=1), "pause")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--set", "tasks.sources.0.famly=x"], 2, "did you mean family"),
        (["--flow", "rollouts"], 2, "choose run, generate, rounds, dedup"),
        (["--pause", "--resume"], 2, "give one of them"),
        (["--run-now", "--interval", "1h"], 2, "no schedule"),
    ],
)
def test_mistakes_are_refused_before_anything_starts(
    tmp_path: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "small.yaml").write_text(CONFIG)
    command = ["serve", str(tmp_path / "small.yaml"), "--port", "1", *words]
    assert exit_code(lambda: CliRunner().invoke(app, command, catch_exceptions=False)) == code
    assert said in capsys.readouterr().err


def test_a_worker_runs_what_the_clone_deploys(served: Served) -> None:
    clone = served.folder / "clone"
    clone.mkdir()
    for name in ("prefect.yaml", "flows"):
        (clone / name).symlink_to(ROOT / name)
    source = {"family": "arithmetic.chain", "count": 2, "levels": [1]}
    config = {"name": "nightly", "model": None, "tasks": {"sources": [source]}}
    commands = [
        ["work-pool", "create", "taskmill", "--type", "process"],
        ["deploy", "--all"],
        ["deployment", "run", "taskmill-scheduled/tasks", "--params", json.dumps({"config": config})],
        ["worker", "start", "--pool", "taskmill", "--run-once"],
    ]
    done = subprocess.run(
        [sys.executable, "-c", PREFECT, json.dumps(commands)],
        cwd=clone,
        env={**served.environment, "PREFECT_API_URL": f"http://127.0.0.1:{served.port}/api"},
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = served.deployment("taskmill-scheduled/tasks")
    assert found["schedules"][0]["schedule"]["cron"] == "0 3 * * *"
    assert served.deployment("taskmill-train-run/train")["parameters"] == {"run": "outputs/demo"}
    (begun,) = [each for each in served.runs(found["id"]) if not each["auto_scheduled"]]
    assert served.ended(begun["id"])["state_name"] == "Completed", done.stdout + done.stderr
    assert (clone / "outputs" / "nightly-0001" / "tasks").is_dir()


def test_interrupted_it_pauses_the_schedule_and_leaves_no_process_behind(served: Served) -> None:
    children = psutil.Process(served.child.pid).children(recursive=True)
    assert any("server" in child.cmdline() for child in children)
    served.child.send_signal(signal.SIGINT)
    assert served.child.wait(SECONDS) == 0
    assert "the schedule paused" in (served.folder / "log").read_text()
    assert psutil.wait_procs(children, SECONDS)[1] == []
