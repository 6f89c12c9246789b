"""What is under way for a deployment, ended: its processes, and what the server takes for going on."""

import sys
from uuid import UUID

import httpx
import psutil
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectException
from prefect.states import Crashed

from schemas.redaction import redacted

_GOING_ON = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
_ENGINE = "prefect.engine"


def pause(deployment: UUID) -> None:
    """Nothing starts by itself any more; what was to start is forgotten."""
    try:
        with get_client(sync_client=True) as client:
            client.pause_deployment(deployment)
    except (httpx.HTTPError, PrefectException) as problem:
        sys.stderr.write(f"the schedule could not be paused: {redacted(str(problem)) or type(problem).__name__}\n")


def end_children() -> None:
    """Kills the runs that this process has started; what they wrote is whole, and the next run goes on from it."""
    for child in psutil.Process().children():
        if _ENGINE in child.cmdline():
            for one in [*child.children(recursive=True), child]:
                one.kill()
            child.wait()


def end_runs(deployment: UUID, why: str) -> None:
    """Runs that no process makes any more are no longer counted as going on: they would keep others from starting."""
    going_on = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_GOING_ON)))
    own = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
    try:
        with get_client(sync_client=True) as client:
            for run in client.read_flow_runs(flow_run_filter=going_on, deployment_filter=own):
                client.set_flow_run_state(run.id, Crashed(message=why), force=True)
    except (httpx.HTTPError, PrefectException) as problem:
        sys.stderr.write(f"runs could not be marked as ended: {redacted(str(problem)) or type(problem).__name__}\n")
