"""`taskmill serve CONFIG --run-now`, `--pause`, `--resume`: told to what is served, from another terminal."""

import sys
from typing import Literal

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.serve.served import Asked, served
from flows.serve.server import ServerError, address, is_up, ui_of
from schemas.failure import Failure

Order = Literal["run", "pause", "resume"]


class NotServedError(Failure):
    """The server knows of no such deployment."""


def steer(asked: Asked, order: Order) -> None:
    """Starts one run more of what is served, or pauses or resumes its schedule.

    Raises ConfigError, ServerError where no server answers, NotServedError where it knows of none such.
    """
    name, api = served(asked).full_name, address(asked.port)
    if not is_up(api):
        raise ServerError(f"no Prefect server answers at {api}: start `{asked.command()}`, or set PREFECT_API_URL")
    with temporary_settings({PREFECT_API_URL: api}), get_client(sync_client=True) as client:
        try:
            sys.stdout.write(f"{name}: {_done(client, name, order, ui_of(api))}\n")
        except ObjectNotFound:
            raise NotServedError(f"{api} knows of no {name}: start `{asked.command()}` first") from None


def _done(client: SyncPrefectClient, name: str, order: Order, ui: str) -> str:
    identity = client.read_deployment_by_name(name).id
    if order == "run":
        begun = client.create_flow_run_from_deployment(identity)
        return f"one more starts within seconds: {ui}/runs/flow-run/{begun.id}"
    if order == "pause":
        client.pause_deployment(identity)
        return "paused; what is under way goes on, nothing more starts by itself"
    client.resume_deployment(identity)
    return "resumed"
