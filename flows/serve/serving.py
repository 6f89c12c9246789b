"""`taskmill serve CONFIG`: runs at their times, by this process, with Prefect's UI to watch and steer them."""

import asyncio
import sys
from typing import Literal, NamedTuple

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.runner import Runner
from prefect.schedules import Schedule
from prefect.settings import PREFECT_LOGGING_LEVEL, temporary_settings
from prefect.types.entrypoint import EntrypointType

from flows.serve.served import Asked, Served, served
from flows.serve.server import server, ui_of
from flows.serve.times import next_starts

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
    """Serves the flow that is asked for until it is interrupted; then its schedule is paused.

    Raises ConfigError, and ServerError where no server is to be had.
    """
    found = served(asked)
    level = PREFECT_LOGGING_LEVEL.value()
    with server(asked.port) as api, temporary_settings({PREFECT_LOGGING_LEVEL: _LEVELS.get(level, level)}):
        try:
            asyncio.run(_serve(asked, found, serving, ui_of(api)))
        except KeyboardInterrupt:
            sys.stderr.write(f"taskmill: stopped, and the schedule paused; `{asked.command()}` takes it up again\n")


async def _serve(asked: Asked, found: Served, serving: Serving, ui: str) -> None:
    deployment = await found.flow.ato_deployment(
        name=found.name,
        schedule=serving.schedule,
        paused=serving.paused,
        parameters=found.parameters,
        concurrency_limit=ConcurrencyLimitConfig(limit=serving.limit, collision_strategy=_COLLISIONS[serving.overlap]),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    # The server counts what is under way: were the runner to do it, none would ever be one too many.
    runner = Runner(name=found.name, limit=None, pause_on_shutdown=True)
    page = f"{ui}/deployments/deployment/{await runner.aadd_deployment(deployment)}"
    sys.stdout.write("\n".join(await _told(asked, found, serving, page)) + "\n")
    sys.stdout.flush()
    await runner.start()


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
