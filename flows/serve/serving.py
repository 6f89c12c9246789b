"""`taskmill serve CONFIG`: runs at their times, by this process, with Prefect's UI to watch and steer them."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any, Literal, NamedTuple
from uuid import UUID

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.runner import Runner
from prefect.schedules import Schedule
from prefect.settings import PREFECT_LOGGING_LEVEL, temporary_settings
from prefect.types.entrypoint import EntrypointType

from flows.serve.elsewhere import mark, refuse_another
from flows.serve.served import Asked, Served, served
from flows.serve.server import ServerError, server, ui_of
from flows.serve.times import next_starts
from flows.serve.under_way import end_children, end_runs, pause
from flows.stopping import SIGNALS
from pipeline.lock import held
from schemas import jsontext
from schemas.redaction import redacted

Overlap = Literal["skip", "wait"]

_COLLISIONS = {"skip": ConcurrencyLimitStrategy.CANCEL_NEW, "wait": ConcurrencyLimitStrategy.ENQUEUE}
_LEVELS = {"CRITICAL": "INFO"}
"""What runs log is for the UI. On the command line it would repeat what is said anyway, so there it is off."""
_NEXT = 3


class Serving(NamedTuple):
    """When runs start by themselves, at most how many go on at once, and what becomes of one too many."""

    schedule: Schedule | None
    paused: bool
    limit: int
    overlap: Overlap


def serve(asked: Asked, serving: Serving) -> None:
    """Serves the flow that is asked for until it is interrupted: what is under way is ended, the schedule paused.

    Raises ConfigError, ServerError where no server is to be had or it goes away, BusyError where another process serves
    the same, here or on another machine.
    """
    found = served(asked)
    level = PREFECT_LOGGING_LEVEL.value()
    with (
        server(asked.port) as api,
        temporary_settings({PREFECT_LOGGING_LEVEL: _LEVELS.get(level, level)}),
        _alone(f"{ui_of(api)} {found.full_name}"),
        _interruptible(),
    ):
        refuse_another(found.full_name)
        runner, identity = asyncio.run(_deployed(found, serving))
        end_runs(identity, "what served it was killed")
        page = f"{ui_of(api)}/deployments/deployment/{identity}"
        sys.stdout.write("\n".join(asyncio.run(_told(asked, found, serving, page))) + "\n")
        sys.stdout.flush()
        try:
            _begun(runner).result()
            raise ServerError(f"the Prefect server at {ui_of(api)} is gone: give the same command again")
        except KeyboardInterrupt:
            pause(identity)
            sys.stderr.write("\ntaskmill: ended, and the schedule paused; the same command goes on with it\n")
        finally:
            end_children()
            end_runs(identity, "taskmill serve was ended")


async def _deployed(found: Served, serving: Serving) -> tuple[Runner, UUID]:
    deployment = await found.flow.ato_deployment(
        name=found.name,
        schedule=serving.schedule,
        paused=serving.paused,
        parameters=found.parameters,
        tags=[mark()],
        concurrency_limit=ConcurrencyLimitConfig(limit=serving.limit, collision_strategy=_COLLISIONS[serving.overlap]),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    # The server counts what is under way: were the runner to do it, none would ever be one too many.
    runner = Runner(name=found.name, limit=None, pause_on_shutdown=False)
    return runner, await runner.aadd_deployment(deployment)


def _begun(runner: Runner) -> "Future[None]":
    """The runner at work in a thread of its own: in the main one it takes signals for itself, and may hang on them."""
    ended: Future[None] = Future()

    def work() -> None:
        try:
            asyncio.run(runner.start())
            ended.set_result(None)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the main thread is told
            sys.stderr.write(f"Prefect's runner: {redacted(str(problem))}\n")
            ended.set_result(None)

    Thread(target=copy_context().run, args=(work,), name="runner", daemon=True).start()
    return ended


@contextmanager
def _alone(what: str) -> Iterator[None]:
    with held(str(Path(tempfile.gettempdir()) / f"taskmill-serve-{jsontext.digest(what)[:16]}.lock"), what):
        yield


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does, and Ctrl-C does even where a shell has it ignored, as for what runs with &."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before: dict[int, Any] = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _told(asked: Asked, found: Served, serving: Serving, page: str) -> list[str]:
    """What whoever has begun to serve wants to know."""
    if serving.schedule is None:
        starts = ["none by itself: there is no --cron or --interval"]
    elif serving.paused:
        starts = ["none before it is resumed"]
    else:
        starts = [f"{start:%Y-%m-%d %H:%M:%S %Z}" for start in await next_starts(serving.schedule, _NEXT)]
    return [
        f"serving {found.full_name}",
        f"  page       {page}",
        *(f"  {'' if number else 'next runs':<9}  {text}" for number, text in enumerate(starts)),
        f"  run now    {asked.command('--run-now')}",
        f"  pause      {asked.command('--pause')}",
        f"  resume     {asked.command('--resume')}",
        "  end        Ctrl-C, which pauses the schedule",
    ]
