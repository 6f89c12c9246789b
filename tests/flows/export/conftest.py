"""A run with everything that can be exported; its rollouts and labels are written by hand."""

from pathlib import Path

import pytest

from filters.curriculum import SPLITS, is_held_out, row_of, split_of
from flows.config import RunConfig
from flows.pairs import PreferencesConfig, make_pairs
from generators.stream import tasks_of
from generators.verify import verify
from pipeline.config import checked, load_config
from pipeline.store import Run, open_run
from schemas import CurriculumRow, Difficulty, Rollout, Split, StepLabels, Task, from_table
from schemas.steps import share_intervals
from tests.generators.preferences.responses import response

CONFIG = """
name: small.Run
seed: 3
tasks:
  sources:
  - {family: arithmetic.reversed_addition, count: 60, levels: [1], styles: [bare]}
  - {family: arithmetic.chain, count: 20, levels: [1, 2], examples: 2}
  - {family: strings.word_sorting, count: 5, levels: [1]}
curriculum:
  held_out: {strings.word_sorting: []}
  shares: {train: 0.6, validation: 0.2, test: 0.2}
"""

TASKS_A_SHARD = 40


def config_in(folder: Path, text: str = CONFIG) -> RunConfig:
    (folder / "run.yaml").write_text(text)
    return load_config(folder / "run.yaml", RunConfig, [f"output={folder}"])


def sides(tasks: list[Task], config: RunConfig) -> dict[str, Split]:
    """The split of each task, by its id."""
    settings = config.curriculum
    return {
        task.id: "ood" if is_held_out(task, settings.held_out) else split_of(task.canonical, settings.shares)
        for task in tasks
    }


def a_run(config: RunConfig) -> Run:
    """Up to its curriculum: one right and one wrong response to each task."""
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    tasks = list({task.canonical: task for segment in config.segments() for task in tasks_of(segment)}.values())
    count = -(-len(tasks) // TASKS_A_SHARD)
    unique = run.stage("unique", Task, count=count, key="k")
    rollouts = run.stage("rollouts", Rollout, count=count, key="k")
    for shard in range(count):
        own = tasks[shard * TASKS_A_SHARD : (shard + 1) * TASKS_A_SHARD]
        unique.write(shard, own)
        rollouts.write(shard, [rollout for task in own for rollout in both_ways(task)])
    unique.seal()
    rollouts.seal()
    split = sides(tasks, config)
    for name in SPLITS:
        rows = [row_of(task, measured(task), name) for task in tasks if split[task.id] == name]
        stage = run.stage(f"curriculum_{name}", CurriculumRow, count=1, key="k")
        stage.write(0, rows)
        stage.seal()
    return run


def both_ways(task: Task) -> list[Rollout]:
    made = []
    for sample, text in enumerate((f"It is <answer>{task.answer}</answer>", "It is <answer>no</answer>")):
        verdict = verify(task, text)
        made.append(
            response(
                task_id=task.id,
                sample=sample,
                text=text,
                score=verdict.score,
                reason=verdict.reason,
                extracted=verdict.extracted,
            )
        )
    return made


def measured(task: Task) -> Difficulty:
    return Difficulty(
        task_id=task.id,
        model="a/model",
        revision="its weights",
        successes=1,
        samples=2,
        failed_checks=0,
        mean=0.5,
        low=0.1,
        high=0.9,
        band_low=0.2,
        band_high=0.8,
        decision="in_band",
        error=0.05,
    )


def with_steps(run: Run) -> None:
    """Two labelled steps of a response to each task."""
    tasks = run.sealed("unique", Task)
    assert tasks is not None
    stage = run.stage("steps", StepLabels, count=tasks.count, key="k")
    low, high = share_intervals((2, 0), (2, 2))
    for shard in range(tasks.count):
        rows = [
            StepLabels(
                task_id=task.id,
                model="a/model",
                method="omega",
                prompt=task.prompt,
                completions=("so\n", "it is <answer>no</answer>"),
                labels=(True, False),
                values=(1.0, 0.0),
                visits=(2, 2),
                successes=(2, 0),
                low=low,
                high=high,
                score=0.0,
            )
            for task in stage_tasks(run, shard)
        ]
        stage.write(shard, rows)
    stage.seal()


def stage_tasks(run: Run, shard: int) -> list[Task]:
    tasks = run.sealed("unique", Task)
    assert tasks is not None
    return from_table(tasks.read(shard), Task)


@pytest.fixture(scope="module")
def full_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with curriculum, pairs and steps."""
    folder = tmp_path_factory.mktemp("run")
    run = a_run(config_in(folder))
    make_pairs(run, checked({}, PreferencesConfig))
    with_steps(run)
    return run


@pytest.fixture(scope="module")
def tasks(full_run: Run) -> dict[str, Task]:
    """The run's tasks by id."""
    unique = full_run.sealed("unique", Task)
    assert unique is not None
    return {task.id: task for task in unique.records()}
