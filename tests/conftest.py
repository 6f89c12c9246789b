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
from uuid import uuid4

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
    port = _free_port()
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


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which S3 is a server of this machine, a process of its own."""
    folder = tmp_path_factory.mktemp("s3")
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            _wait_for(server, f"{address}/moto-api/data.json", folder / "log")
            yield {
                "AWS_ENDPOINT_URL": address,
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "a secret of the tests",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_MAX_ATTEMPTS": "2",
            }
        finally:
            server.terminate()


@pytest.fixture
def bucket(s3_server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty bucket, `s3://…`, that this process and those it starts can use."""
    import fsspec

    for name, value in s3_server.items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3").clear_instance_cache()
    name = f"bucket-{uuid4().hex}"
    fsspec.filesystem("s3").mkdir(name)
    yield f"s3://{name}"
    fsspec.filesystem("s3").clear_instance_cache()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


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
