"""One process serves a flow by a name: another at the same server would take its runs for left behind and end them."""

import socket
import sys
import time

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import DeploymentStatus
from prefect.exceptions import ObjectNotFound

from pipeline.lock import BusyError

WATCH_SECONDS = 25.0
"""Whoever serves asks for new runs every ten seconds (Prefect's `PREFECT_RUNNER_POLL_FREQUENCY`)."""

_MARK = "served on "


def mark() -> str:
    """The tag by which the server, and its pages, know the machine that serves."""
    return f"{_MARK}{socket.gethostname()}"


def refuse_another(name: str) -> None:
    """Raises BusyError where another machine serves that deployment.

    Nobody of this machine does: its processes have a lock. No clocks are compared, for each machine has its own.
    """
    with get_client(sync_client=True) as client:
        try:
            found = client.read_deployment_by_name(name)
        except ObjectNotFound:
            return
        if mark() in found.tags or found.status is not DeploymentStatus.READY:
            return
        others = ", ".join(tag for tag in found.tags if tag.startswith(_MARK)) or "served from elsewhere"
        sys.stderr.write(f"{name} was {others}; watching for up to {WATCH_SECONDS:.0f} s whether it still is\n")
        until = time.monotonic() + WATCH_SECONDS
        while time.monotonic() < until:
            time.sleep(1)
            if client.read_deployment(found.id).last_polled != found.last_polled:
                raise BusyError(f"{name} is {others}: stop that one, or give this one a --name of its own")
