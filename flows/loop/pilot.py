"""The pilot of a round: a few of its tasks answered at several temperatures, to choose how the round samples.

What is sampled is stored as it is made. What was sampled at the temperature that is chosen counts among the round's own
rollouts: the same tasks, seeds and settings.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from prefect import task
from prefect.cache_policies import NO_CACHE

from filters.aiming import apportioned
from filters.config import DifficultyConfig
from filters.exploring import ExploreConfig, Tried, best, tried
from filters.rollouts import roll_out
from filters.weakness import Allotment
from flows.asking import opened_when_needed
from flows.config import RunConfig, model_of
from flows.dedup import deduplicate
from flows.generate import generate
from flows.loop.config import RoundsConfig
from flows.loop.plan import run_of
from flows.rollout import rollout_stages, weights_of
from flows.workers.held import VERIFIER_SECONDS, VERIFIERS
from generators.judging import Verifiers
from pipeline.engines.protocol import Engine
from pipeline.store import Run, Stage, open_run
from schemas import Rollout, Task, from_table


class Pilot(NamedTuple):
    """The grid, what is chosen of it, and the pilot's rollouts at that temperature."""

    grid: list[Tried]
    chosen: Tried
    rollouts: list[Rollout]


def piloted(config: RoundsConfig, explore: ExploreConfig, number: int, plan: Sequence[Allotment], model: str) -> Pilot:
    """Samples what is missing of the pilot, in a folder of its own beside the round's, and chooses."""
    own = run_of(
        config, number, _few(plan, explore.tasks), model, {"name": f"pilot-{number:02}", "dedup": {"index": ""}}
    )
    run = open_run(own.url, config=own.model_dump(mode="json"), seed=own.seed)
    unique = deduplicate(run, own, generate(run, own))
    stage = _sampled(run, own, explore, unique)
    tasks = list(unique.records())
    by_temperature: dict[float, list[list[Rollout]]] = {}
    for place, temperature in enumerate(explore.temperatures):
        groups: dict[str, list[Rollout]] = defaultdict(list)
        for rollout in from_table(stage.read(place), Rollout):
            groups[rollout.task_id].append(rollout)
        by_temperature[temperature] = [sorted(groups[each.id], key=lambda rollout: rollout.sample) for each in tasks]
    grid = [each for temperature, groups in by_temperature.items() for each in tried(temperature, groups, explore)]
    chosen = best(grid)
    return Pilot(grid, chosen, [one for group in by_temperature[chosen.temperature] for one in group])


def taken_over(pilot: Pilot, own: RunConfig) -> None:
    """Makes the round's tasks, and puts the pilot's rollouts of them where its rollout pass looks for them."""
    run = open_run(own.url, config=own.model_dump(mode="json"), seed=own.seed)
    unique = deduplicate(run, own, generate(run, own))
    rollouts, _ = rollout_stages(run, own, model_of(own), unique)
    for shard in rollouts.missing():
        ids = set(unique.read(shard)["id"].to_pylist())
        journal = rollouts.journal(shard)
        there = {(rollout.task_id, rollout.sample) for rollout in journal.records()}
        journal.append(
            rollout
            for rollout in pilot.rollouts
            if rollout.task_id in ids
            and rollout.sample < own.difficulty.cap
            and (rollout.task_id, rollout.sample) not in there
        )


def _few(plan: Sequence[Allotment], tasks: int) -> list[Allotment]:
    """The first items of each cell, of all alike."""
    counts = apportioned([1.0] * len(plan), tasks)
    return [_first(cell, min(cell.count, count)) for cell, count in zip(plan, counts, strict=True)]


def _first(cell: Allotment, count: int) -> Allotment:
    return Allotment(
        source=cell.source,
        family=cell.family,
        level=cell.level,
        params=cell.params,
        start=cell.start,
        stop=cell.start + count,
        quota=float(count),
    )


def _sampled(run: Run, own: RunConfig, explore: ExploreConfig, unique: Stage[Task]) -> Stage[Rollout]:
    """The stage `pilot`, a shard a temperature."""
    model, most = model_of(own), max(explore.samples)
    key = {
        "unique": unique.key,
        "model": model.name,
        **weights_of(model),
        "engine": model.engine,
        "sampling": own.sampling.model_dump(),
        "temperatures": explore.temperatures,
        "samples": most,
    }
    stage = run.stage("pilot", Rollout, count=len(explore.temperatures), key=key, paid=True)
    with opened_when_needed(model, stage) as engine, Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers:
        for place, temperature in enumerate(explore.temperatures):
            if not stage.has(place):
                answer_pilot.submit(engine(), own, temperature, most, unique, stage, place, verifiers).result()
    stage.seal()
    return stage


@task(name="pilot", task_run_name="pilot at temperature {temperature}", cache_policy=NO_CACHE)
def answer_pilot(
    engine: Engine,
    own: RunConfig,
    temperature: float,
    samples: int,
    unique: Stage[Task],
    stage: Stage[Rollout],
    place: int,
    verifiers: Verifiers,
) -> None:
    """So many samples of each task, neither more nor fewer: a pass that decides nothing before it has them all."""
    sampling = own.sampling.model_copy(update={"temperature": temperature})
    every = DifficultyConfig(round_size=samples, cap=samples, failed_checks=samples, prior="jeffreys")
    tasks, journal = list(unique.records()), stage.journal(place)
    made = journal.records()
    for batch in roll_out(
        tasks,
        engine,
        sampling.for_engine(),
        every,
        own.seed,
        prefill=sampling.prefill,
        done=made,
        judge=verifiers.judge,
    ):
        journal.append(batch)
        made.extend(batch)
    order = {each.id: number for number, each in enumerate(tasks)}
    made.sort(key=lambda rollout: (order[rollout.task_id], rollout.sample))
    stage.write(place, made, inputs=[info.sha256 for info in unique.shards()])
