"""Graded tasks to curriculum shards: three splits that share no problem, each in training order."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from filters.curriculum import SPLITS, curriculum
from flows.config import RunConfig
from flows.shards import say_ignored
from pipeline.store import Run, Stage
from schemas import CurriculumRow, Difficulty, Split, Task


def make_curriculum(
    run: Run, config: RunConfig, unique: Stage[Task], graded: Stage[Difficulty]
) -> dict[Split, Stage[CurriculumRow]]:
    """The stages `curriculum_train`, `curriculum_validation` and `curriculum_test`, `shard_size` rows a shard."""
    return write_splits.submit(run, config, unique, graded).result()


@task(name="curriculum", cache_policy=NO_CACHE)
def write_splits(
    run: Run, config: RunConfig, unique: Stage[Task], graded: Stage[Difficulty]
) -> dict[Split, Stage[CurriculumRow]]:
    rows = curriculum(unique.records(), graded.records(), config.curriculum, run.seed)
    size = config.tasks.shard_size
    key = {"difficulty": graded.key, "curriculum": config.curriculum.model_dump(), "shard_size": size}
    inputs = [info.sha256 for info in [*unique.shards(), *graded.shards()]]
    stages: dict[Split, Stage[CurriculumRow]] = {}
    for split in SPLITS:
        members = rows[split]
        count = max(1, -(-len(members) // size))
        stage = run.stage(f"curriculum_{split}", CurriculumRow, count=count, key=key)
        say_ignored(stage)
        for shard in stage.missing():
            stage.write(shard, members[shard * size : (shard + 1) * size], inputs=inputs)
        stage.seal()
        stages[split] = stage
    return stages
