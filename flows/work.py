"""What workers do: functions at the top of a module, whose arguments pickle. Nothing here imports Prefect, which every
worker would then take a second or two to load."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import uuid4

from dedup.exact import removals
from dedup.partitions import Cut, repeated_in
from dedup.removal import Removal, Screen, joined, parted
from filters.config import DifficultyConfig
from filters.predictor.reading import readings
from filters.prior import cell_of_segment
from filters.rollouts import difficulties, of_the_pass, roll_out
from generators.judging import Judge
from generators.stream import Segment, tasks_of
from pipeline.costs.meter import Meter, all_cpu_seconds, device_of, metered
from pipeline.engines.protocol import Engine
from pipeline.progress import Advance
from pipeline.store import Prepared, ShardInfo, Stage
from pipeline.store.files import size, write_whole
from schemas import Difficulty, Removed, Rollout, Task, from_table, jsontext
from trainer.config import SamplingConfig


def write_tasks(stage: Stage[Task], shard: int, segments: Sequence[Segment]) -> None:
    """Makes and writes one shard; the bytes depend on the segments alone, so that any number of workers may."""
    with metered(stage.run_url, stage.name, stage.key, shard) as meter:
        made = (made for each in segments for made in meter.of_cell(*cell_of_segment(each), tasks_of(each)))
        info = stage.write(shard, made, inputs=[jsontext.digest(segments)])
        meter.rows_out, meter.bytes = info.rows, info.bytes


class UniqueStages(NamedTuple):
    """A shard of tasks is cut in two: those that stay, and those that are removed."""

    tasks: Stage[Task]
    unique: Stage[Task]
    removed: Stage[Removed]


class UniqueShard(NamedTuple):
    """What a shard of tasks came to: how many there were and how many stay, and the bytes of both files."""

    tasks: int
    unique: int
    bytes: int


def write_unique_shard(
    stages: UniqueStages, info: ShardInfo, repeated: Sequence[Removal], screen: Screen | None = None
) -> UniqueShard:
    """Writes both halves of a shard of tasks, of which some are `repeated`."""
    table = stages.tasks.read(info.shard)
    screened = () if screen is None else screen(info.shard, table)
    stays, gone = parted(table, joined(screened, repeated))
    stages.unique.write(info.shard, stays, inputs=[info.sha256])
    stages.removed.write(info.shard, gone, inputs=[info.sha256])
    return _written(stages, info)


def write_unique_group(
    stages: UniqueStages, cut: Cut, group: int, infos: Mapping[int, ShardInfo], apart: int, screen: Screen | None
) -> list[UniqueShard]:
    """Writes the shards of a group, by number, once their keys are compared; once."""
    done = f"{cut.folder}/written/{group:05}"
    halves = stages.unique, stages.removed
    if size(done) is None or not all(half.has(info.shard) for half in halves for info in infos.values()):
        found = removals(repeated_in(cut, group), apart)
        for number, info in infos.items():
            write_unique_shard(stages, info, found.get(number, ()), screen)
        write_whole(done, b"")
    return [_written(stages, info) for info in infos.values()]


def _written(stages: UniqueStages, info: ShardInfo) -> UniqueShard:
    stays, gone = stages.unique.info(info.shard), stages.removed.info(info.shard)
    return UniqueShard(info.rows, stays.rows, stays.bytes + gone.bytes)


class ShardJob(NamedTuple):
    """A shard of unique tasks to be rolled out and graded: what its rollouts depend on, and where they go.

    `weights` are what decisions are worth under a limit, by task id; all the same where they are not given.
    """

    sampling: SamplingConfig
    difficulty: DifficultyConfig
    seed: int
    unique: Stage[Task]
    info: ShardInfo
    rollouts: Stage[Rollout]
    graded: Stage[Difficulty]
    weights: Mapping[str, float] | None = None


class GradedShard(NamedTuple):
    """Shards to be committed; no rollouts where they were there."""

    rollouts: Prepared | None
    graded: Prepared


def graded_shard(engine: Engine, judge: Judge, job: ShardJob, advance: Advance | None = None) -> GradedShard:
    """Samples what is not yet journalled, and prepares the shard's rollouts and difficulties.

    Whoever holds the run commits them: a worker that was taken for dead may be at the same shard, and what a server
    or another batch made is not always the same.
    """
    with metered(job.rollouts.run_url, job.rollouts.name, job.rollouts.key, job.info.shard, all_cpu_seconds) as meter:
        meter.device = device_of(engine.kind)
        tasks = from_table(job.unique.read(job.info.shard), Task)
        prepared = None
        if job.rollouts.has(job.info.shard):
            made = from_table(job.rollouts.read(job.info.shard), Rollout)
            meter.bytes = job.rollouts.info(job.info.shard).bytes
        else:
            made = _sampled(engine, judge, job, tasks, meter, advance)
            prepared = job.rollouts.prepare(job.info.shard, made, inputs=[job.info.sha256])
            meter.bytes = prepared.info.bytes
        rolled_out = prepared.info if prepared is not None else job.rollouts.info(job.info.shard)
        decided = difficulties(tasks, made, job.difficulty, engine.model, engine.revision)
        graded = job.graded.prepare(job.info.shard, decided, inputs=[job.info.sha256, rolled_out.sha256])
        meter.rows_in, meter.rows_out = len(tasks), len(made)
        meter.bytes += graded.info.bytes
    return GradedShard(prepared, graded)


def _sampled(
    engine: Engine, judge: Judge, job: ShardJob, tasks: Sequence[Task], meter: Meter, advance: Advance | None
) -> list[Rollout]:
    """All rollouts of a shard, by task and sample; what is in the journal, by whomever, is not sampled again."""
    shard, asked = job.info.shard, job.sampling.for_engine()
    journal = job.rollouts.journal(shard, writer=uuid4().hex)
    there = journal.records()
    made = {(each.task_id, each.sample): each for each in reversed(there)}  # of two, the first stays
    for batch in roll_out(
        tasks,
        engine,
        asked,
        job.difficulty,
        job.seed,
        prefill=job.sampling.prefill,
        done=list(made.values()),
        weights=job.weights,
        judge=judge,
    ):
        journal.append(batch)
        meter.sampled(batch)
        meter.note()
        made |= {(each.task_id, each.sample): each for each in batch}
        if advance is not None:
            advance(0, f"shard {shard}: {len(made)} rollouts")
    place = {each.id: position for position, each in enumerate(tasks)}
    kept = of_the_pass(tasks, made.values(), asked, job.difficulty, job.weights) if there else list(made.values())
    return sorted(kept, key=lambda rollout: (place[rollout.task_id], rollout.sample))


def read_golds(engine: Engine, judge: Judge, tasks: Sequence[Task], prefill: str) -> dict[str, float]:
    """What the model makes of the gold answers, by task id."""
    return readings(tasks, engine, prefill)
