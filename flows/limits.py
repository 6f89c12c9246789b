"""Work that must not crowd a machine takes a slot of a limit at the Prefect server, where somebody has made one."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectNotFound

from flows.started import has_server

GPU = "gpu"
"""The limit for whatever holds a model here: `prefect gcl create gpu --limit 1`."""

SECONDS_TILL_SAID = 5.0

LEASE_SECONDS = 60.0
"""What a holder that was killed keeps its slot for; one that lives renews it in time. Prefect allows no less."""


@contextmanager
def gpu_slot() -> Iterator[None]:
    """Holds one slot of the limit `gpu`, and says so when it waits for one.

    There is nothing to wait for outside of flow runs, where the server has no such limit, and where it lives no longer
    than the run.
    """
    with ExitStack() as held:
        if FlowRunContext.get() is not None and has_server() and _is_limited():
            try:
                held.enter_context(concurrency(GPU, timeout_seconds=SECONDS_TILL_SAID, lease_duration=LEASE_SECONDS))
            except TimeoutError:
                sys.stderr.write(f"all slots of the limit `{GPU}` are taken; waiting for one\n")
                held.enter_context(concurrency(GPU, lease_duration=LEASE_SECONDS))
        yield


def _is_limited() -> bool:
    """Asked beforehand, because Prefect logs a warning for each slot of a limit that there is not."""
    with get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(GPU)
        except ObjectNotFound:
            return False
    return True
