"""Flows from the command line, at the Prefect server that is there."""

import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Flow
from prefect.settings import PREFECT_API_URL

from flows.serve.server import address, refuse_absent
from flows.stopping import stopped_at_once
from pipeline.store.failures import refuse_secret

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")


def at_prefect(flow: Flow[ArgumentsT, ResultT]) -> Callable[ArgumentsT, ResultT]:
    """The flow at the server that PREFECT_API_URL names, or at a local one that starts by itself, in seconds."""
    if not has_server():
        sys.stderr.write("starting Prefect's local server, a matter of seconds\n")
    return _without_secrets(flow)


def flow_on_run(flow: Flow[[str], None], command: str, url: str) -> None:
    """Runs one flow on a run's folder, as `taskmill <command>` does."""
    with stopped_at_once(f"taskmill: stopped; `taskmill {command} {url}` goes on from here"):
        at_prefect(flow)(url)


def where_prefect_is(flow: Flow[ArgumentsT, ResultT]) -> Callable[ArgumentsT, ResultT]:
    """The flow at the server that PREFECT_API_URL names; where there is none its plain function, which needs none."""
    return _without_secrets(flow) if has_server() else flow.fn


def _without_secrets(flow: Flow[ArgumentsT, ResultT]) -> Callable[ArgumentsT, ResultT]:
    """The flow, once it is clear that Prefect, which keeps what a flow is called with, would keep no address's key, and
    that a server that is named answers. Raises StoreError for the one, ServerError for the other."""

    def called(*args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs) -> ResultT:
        for given in (*args, *kwargs.values()):
            if isinstance(given, str):
                refuse_secret(given)
        if has_server():
            refuse_absent(address())
        return flow(*args, **kwargs)

    return called


def has_server() -> bool:
    """Whether a Prefect server is named, which lives on when the run has ended."""
    url: Any = PREFECT_API_URL.value()
    return url is not None
