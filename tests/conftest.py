"""What holds for all tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

# Compiling 8-bit moments imports setuptools, which puts its own distutils in the place of Python's and fails where
# something has imported that before: here many tests share a process.
import setuptools  # noqa: F401

SERVER_SECONDS = 300


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Prefect server for all runs of a session; without it each would start one of its own, which
    takes longer than most runs."""
    folder = tmp_path_factory.mktemp("prefect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("prefect")), "server", "start", "--host", "127.0.0.1", "--no-ui"]
    environment = {
        **os.environ,
        "PREFECT_HOME": str(folder),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    address = f"http://127.0.0.1:{port}/api"
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([*command, "--port", str(port)], env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            _wait_for(server, f"{address}/health", folder / "log")
            yield address
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def shared_prefect(prefect_server: str) -> Iterator[None]:
    """Runs that the tests of a module start use the session's server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_API_URL", prefect_server)
        yield


def _wait_for(server: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    deadline = time.monotonic() + SERVER_SECONDS
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, TimeoutError, ConnectionError):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
