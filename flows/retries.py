"""What may pass is tried again, with growing waits; what can't is not.

An engine that asks a server has tried each request for minutes by then: these few tries are for the minutes after.
"""

import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypedDict, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE, CachePolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.tasks import Task

from schemas.failure import Failure
from schemas.redaction import redacted

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")

WAITS = [15.0, 60.0]
"""Seconds before the second and the third try, on the average."""


def may_pass(problem: BaseException) -> bool:
    """Whether the same work may go well a little later: a failure says so of itself, and connections come back."""
    if isinstance(problem, Failure):
        return problem.may_pass
    return isinstance(problem, (ConnectionError, TimeoutError))


def again(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Whether Prefect tries a task again; it says so."""
    problem = state.data
    passing = isinstance(problem, BaseException) and may_pass(problem)
    if passing:
        sys.stderr.write(f"{run.name or task.name}: {redacted(str(problem))}; this may pass and is tried again\n")
    return passing


class Tried(TypedDict):
    """The options of every Prefect task of ours."""

    cache_policy: CachePolicy
    retries: int
    retry_delay_seconds: list[float]
    retry_jitter_factor: float
    retry_condition_fn: Callable[[Task[..., Any], TaskRun, State[Any]], bool]


TRIED: Tried = {
    "cache_policy": NO_CACHE,
    "retries": len(WAITS),
    "retry_delay_seconds": WAITS,
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": again,
}


def as_task(
    name: str, work: Callable[ArgumentsT, ResultT], *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
) -> ResultT:
    """Does the work, in a flow run as a task of it, which is tried again."""
    if FlowRunContext.get() is None:
        return work(*args, **kwargs)
    return task(name=name, **TRIED)(work)(*args, **kwargs)
