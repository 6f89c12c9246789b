"""Runs on a schedule: served until Ctrl-C, steered from another terminal."""

from typing import Annotated, Literal

import typer

from flows.commands.arguments import ConfigPath, Overrides
from pipeline.config import ConfigError

app = typer.Typer()


@app.command()
def serve(
    config: ConfigPath,
    overrides: Overrides = None,
    cron: Annotated[str, typer.Option(help="When: minute, hour, day, month, weekday, as in '0 3 * * *'.")] = "",
    interval: Annotated[str, typer.Option(help="How often instead: 30m, 6h, 1d.")] = "",
    timezone: Annotated[str, typer.Option(help="Whose clock, such as Europe/Vienna.")] = "UTC",
    paused: Annotated[bool, typer.Option("--paused", help="Nothing starts by itself before it is resumed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=16, help="At most so many runs at once.")] = 1,
    overlap: Annotated[Literal["skip", "wait"], typer.Option(help="What a run too many does.")] = "skip",
    flow: Annotated[str, typer.Option(help="run, generate, rounds, or one that goes on in a run's folder.")] = "run",
    name: Annotated[str, typer.Option(help="The deployment's name; the config's if not given.")] = "",
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Prefect's on 127.0.0.1, but for PREFECT_API_URL.")
    ] = 4200,
    run_now: Annotated[bool, typer.Option("--run-now", help="Starts one more of what is served.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Pauses the schedule of what is served.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Takes it up again.")] = False,
) -> None:
    """Serves runs of a config on a schedule, each with tasks of its own, until Ctrl-C."""
    from flows.serve.served import Asked
    from flows.serve.serving import Serving, serve
    from flows.serve.steer import steer
    from flows.serve.times import schedule_of

    asked = Asked(config, overrides or [], flow, name, port)
    schedule = schedule_of(cron, interval, timezone)
    if not (run_now or pause or resume):
        serve(asked, Serving(schedule, paused, limit, overlap))
    elif run_now + pause + resume > 1 or schedule is not None or paused:
        raise ConfigError("--run-now, --pause, --resume: give one of them, and no schedule: they tell what is served")
    else:
        steer(asked, "run" if run_now else "pause" if pause else "resume")
