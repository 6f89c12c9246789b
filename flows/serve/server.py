"""A Prefect server with its scheduler and its UI: the one that is configured, or one of our own on loopback."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from prefect.settings import PREFECT_API_URL, temporary_settings

from schemas.failure import Failure
from schemas.redaction import redacted

HOST = "127.0.0.1"
PORT = 4200
SECONDS_TO_START = 180.0
SECONDS_TO_END = 20.0
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


class ServerError(Failure):
    """There is no Prefect server to schedule by."""


def address(port: int = PORT) -> str:
    """The API of the configured server, else of the one on this machine's loopback."""
    return PREFECT_API_URL.value() or f"http://{HOST}:{port}/api"


def ui_of(api: str) -> str:
    """The address of its pages, fit to be shown."""
    return redacted(api.removesuffix("/").removesuffix("/api"))


def is_up(api: str) -> bool:
    """Whether a Prefect server answers there."""
    try:
        return httpx.get(f"{api}/health", timeout=5).text == "true"
    except httpx.HTTPError:
        return False


def refuse_absent(api: str) -> None:
    """Raises ServerError where no Prefect server answers."""
    if not is_up(api):
        raise _absent(api)


def _absent(api: str) -> ServerError:
    return ServerError(
        f"PREFECT_API_URL: no Prefect server answers at {redacted(api)}; start it, or unset the variable"
    )


@contextmanager
def server(port: int = PORT) -> Iterator[str]:
    """The API's address of a server that schedules, which Prefect uses meanwhile.

    The one of PREFECT_API_URL, else one that listens on this port of loopback already, else one that is started for as
    long and ends with this process, however that ends. Raises ServerError.
    """
    api = address(port)
    if is_up(api):
        with temporary_settings({PREFECT_API_URL: api}):
            yield api
    elif PREFECT_API_URL.value() is not None:
        raise _absent(api)
    else:
        with _started(port, api), temporary_settings({PREFECT_API_URL: api}):
            yield api


@contextmanager
def _started(port: int, api: str) -> Iterator[None]:
    sys.stderr.write(f"starting Prefect's server at {ui_of(api)}, for as long as this command runs\n")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    told = {"PREFECT_SERVER_UI_API_URL": api, "PREFECT_SERVER_API_HOST": HOST}
    with tempfile.TemporaryDirectory(prefix="taskmill-") as folder, (Path(folder) / "log").open("w+") as log:
        # A session of its own, so that Ctrl-C reaches it last: schedules are paused through it.
        child = subprocess.Popen(
            command,
            env=os.environ | told,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        try:
            _wait_for(child, api, Path(log.name))
            yield
        finally:
            _end(child)


def _wait_for(child: "subprocess.Popen[bytes]", api: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not is_up(api):
        if child.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip().splitlines()[-5:]
            raise ServerError(
                "\n".join(["Prefect's server did not start; choose another --port if it says so:", *said])
            )
        time.sleep(0.2)


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGTERM)
