"""The held-out tasks of a loop, made once before its first round, from a stream of their own."""

from typing import Any

from flows.config import RunConfig
from flows.dedup import deduplicate
from flows.generate import generate
from flows.loop.config import RoundsConfig
from generators.stream import shown_in
from pipeline.config import checked
from pipeline.seeding import derived_seed
from pipeline.store import Run, Stage, open_run
from schemas import Task

FOLDER = "held-out"


def held_out_config(config: RoundsConfig) -> RunConfig:
    """An ordinary run of tasks alone: those of the rounds' families and levels, or of others."""
    given, count = config.held_out.sources, config.held_out.count
    sources: list[dict[str, Any]] = [source.model_dump(mode="json", exclude_unset=True) for source in given] or [
        source.model_dump(mode="json", exclude_unset=True) | {"count": count} for source in config.tasks.sources
    ]
    return checked(
        {
            "name": FOLDER,
            "output": config.url,
            "seed": derived_seed(config.seed, "held out"),
            "workers": config.workers,
            "runner": config.runner.model_dump(mode="json", exclude_unset=True),
            "tasks": {"sources": sources, "shard_size": config.tasks.shard_size},
            "model": None,
        },
        RunConfig,
    )


def make_held_out(config: RoundsConfig) -> Stage[Task]:
    """The stage `held_out` of that run: its unique tasks, without the problems that the rounds' prompts show solved."""
    own = held_out_config(config)
    run = open_run(own.url, config=own.model_dump(mode="json"), seed=own.seed)
    unique = deduplicate(run, own, generate(run, own))
    shown = {task.canonical for segment in config.segments() for task in shown_in(segment)}
    return _kept(run, unique, shown)


def _kept(run: Run, unique: Stage[Task], shown: set[str]) -> Stage[Task]:
    stage = run.stage("held_out", Task, count=1, key={"unique": unique.key, "shown": sorted(shown)})
    inputs = [info.sha256 for info in unique.shards()]
    if stage.outdated({0: inputs}):
        kept = [task for task in unique.records() if task.canonical not in shown]
        stage.write(0, kept, inputs=inputs)
    stage.seal()
    return stage
