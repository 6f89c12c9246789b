"""`taskmill eval`: a model on held-out tasks, several samples each, stored as they are made and never made twice."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Annotated

import msgspec
from prefect import flow
from pydantic import Field
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from flows.artifacts import progress
from flows.asking import opened_when_needed
from flows.chosen import choices_of, choices_table
from flows.limits import gpu_slot
from flows.parameters import in_own_words
from flows.report import shown_path
from flows.retries import as_task
from flows.rollout import weights_of
from flows.started import where_prefect_is
from flows.stopping import stopped_at_once
from flows.workers.held import VERIFIER_SECONDS, VERIFIERS
from generators.judging import Verifiers
from generators.preferences.steps import StepConfig
from pipeline.config import ConfigError
from pipeline.engines.config import ModelConfig
from pipeline.engines.protocol import Engine
from pipeline.lock import only_one
from pipeline.store import Run, Stage, StoreError, load_run, open_run
from pipeline.store.files import write_whole
from schemas import Rollout, Task, jsontext
from trainer.config import HELD_OUT, SamplingConfig, SplitsConfig
from trainer.prm.model import open_prm
from trainer.rollout import judged_group, rollout_seeds, sample
from trainer.scores import Scores, Support, scores_of, support
from trainer.tasks import read_tasks
from trainer.verdicts import verdicts_on

TASKS_A_SHARD = 32


class EvalConfig(SplitsConfig):
    """One evaluation."""

    model: ModelConfig = Field(description="whom to evaluate")
    samples: int = Field(8, ge=1, le=1024, description="samples a task")
    sampling: SamplingConfig = Field(SamplingConfig(), description="how the samples are drawn")
    tasks: int | None = Field(None, ge=1, description="tasks of a split at most; null: all")
    seed: int = Field(0, ge=0, description="draws every sample")
    output: str = Field("", description="folder for the rollouts; empty: one of its own in outputs")
    against: str = Field("", description="folder of an earlier evaluation, to say what was gained and lost since")
    prm: str = Field("", description="folder of a process reward model, which chooses among the samples of a task")
    steps: StepConfig = Field(StepConfig(), description="what ends a step, for `prm`")


def evaluate_model(config: EvalConfig) -> None:
    """Evaluates as `evaluate_flow` does. Raises PrmError where `prm` holds no such model."""
    with stopped_at_once("taskmill: stopped; the same command goes on from here"):
        where_prefect_is(evaluate_flow)(config)


@flow(name="taskmill-evaluate", flow_run_name="{config.model.name}")
def evaluate_flow(config: Annotated[EvalConfig, in_own_words(EvalConfig)]) -> None:
    """Samples what is missing, and prints the scores of every split; with `against`, what was gained and lost since.

    With `prm` also what that model chooses among the samples of each task, which is written to `choices.json` too.

    Args:
        config: Which model, which tasks, how many samples.
    """
    splits = {split: read_tasks(shards)[: config.tasks] for split, shards in config.by_split().items()}
    earlier = load_run(config.against) if config.against else None
    before = {split: _rollouts(earlier, split) for split in splits} if earlier is not None else {}
    digests = {split: _digest(config, tasks) for split, tasks in splits.items()}
    url = config.output or f"outputs/eval-{_of_all(digests)[:12]}"
    with only_one(url):
        run = open_run(url, config=config.model_dump(mode="json"), seed=config.seed)
        stages = {split: _stage(run, split, len(tasks), digests[split]) for split, tasks in splits.items()}
        as_task("evaluate", _sample_what_is_missing, stages, splits, config)
    made = {split: list(stage.records()) for split, stage in stages.items()}
    scores = {split: scores_of(tasks, made[split], split) for split, tasks in splits.items()}
    flat = [each for own in scores.values() for each in own]
    write_whole(f"{run.url}/scores.json", msgspec.json.format(msgspec.json.encode(flat)))
    console = Console()
    for split, own in scores.items():
        console.print(scores_table(config.model.name, own))
        if before.get(split):
            console.print(_support_line(support(before[split], made[split])), highlight=False)
    if config.prm:
        _choose(run, splits, made, config, console)
    console.print(f"all of it  {shown_path(run.url)}", soft_wrap=True, highlight=False)


def _choose(
    run: Run,
    splits: Mapping[str, Sequence[Task]],
    made: Mapping[str, Sequence[Rollout]],
    config: EvalConfig,
    console: Console,
) -> None:
    with gpu_slot():
        prm = open_prm(Path(config.prm))
        chosen = {split: choices_of(tasks, made[split], prm, config.steps) for split, tasks in splits.items()}
    write_whole(f"{run.url}/choices.json", msgspec.json.format(msgspec.json.encode(chosen)))
    for split, choices in chosen.items():
        console.print(choices_table(split, choices))


def named_splits(given: Sequence[str]) -> dict[str, list[str]]:
    """Shards by the name of their split, of NAME=SHARDS each. Raises ConfigError."""
    splits: dict[str, list[str]] = {}
    for each in given:
        name, mark, shards = each.partition("=")
        if not mark:
            raise ConfigError(f"--split {each}: give NAME=SHARDS, such as ood=outputs/demo/curriculum_ood")
        splits.setdefault(name, []).append(shards)
    return splits


def _stage(run: Run, split: str, tasks: int, digest: str) -> Stage[Rollout]:
    return run.stage(_stage_name(split), Rollout, count=ceil(tasks / TASKS_A_SHARD), key={"evaluation": digest})


def _stage_name(split: str) -> str:
    return "rollouts" if split == HELD_OUT else f"rollouts_{split}"


def _sample_what_is_missing(
    stages: Mapping[str, Stage[Rollout]], splits: Mapping[str, Sequence[Task]], config: EvalConfig
) -> None:
    with (
        progress("evaluate", sum(map(len, splits.values())), "tasks") as advance,
        opened_when_needed(config.model, stages[HELD_OUT]) as engine,
        Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers,
    ):
        for split, stage in stages.items():
            missing = stage.missing()
            for place in range(stage.count):
                part = splits[split][place * TASKS_A_SHARD : (place + 1) * TASKS_A_SHARD]
                if place in missing:
                    stage.write(place, _answered(engine, part, config, verifiers), inputs=[])
                advance(len(part), split)
            stage.seal()


def _answered(
    engine: Callable[[], Engine], tasks: Sequence[Task], config: EvalConfig, verifiers: Verifiers
) -> list[Rollout]:
    seeds = rollout_seeds(config.seed, 0, tasks, [config.samples] * len(tasks))
    sampled = sample(engine(), tasks, seeds, config.sampling)
    verdicts = verdicts_on(sampled, config.sampling.prefill, verifiers.judge)
    groups = (
        judged_group(group, own, engine(), engine().revision, config.sampling)
        for group, own in zip(sampled, verdicts, strict=True)
    )
    return [rollout for group in groups for rollout in group.rollouts]


def _digest(config: EvalConfig, tasks: Sequence[Task]) -> str:
    """What the samples depend on."""
    settings = config.model_dump(mode="json", include={"samples", "sampling", "seed"})
    ids = [task.id for task in tasks]
    return jsontext.digest(config.model.name, weights_of(config.model), config.model.engine, settings, *ids)


def _of_all(digests: Mapping[str, str]) -> str:
    return digests[HELD_OUT] if len(digests) == 1 else jsontext.digest(digests)


def _rollouts(run: Run, split: str) -> list[Rollout]:
    """The rollouts of an evaluation that is done, none for a further split that it did not have.

    Raises StoreError where it is not done.
    """
    stage = run.sealed(_stage_name(split), Rollout)
    if stage is None and split != HELD_OUT:
        return []
    if stage is None:
        raise StoreError(f"{run.url} has no finished rollouts: finish that evaluation first")
    return list(stage.records())


def scores_table(model: str, scores: Sequence[Scores]) -> Table:
    """A line for everything and one for each family and level."""
    most = max((k for each in scores for k in each.pass_at), default=1)
    title = f"{model}, {scores[0].split}: {scores[0].samples:,} samples of {scores[0].tasks:,} tasks"
    table = Table("family", title=title, title_justify="left", box=SIMPLE_HEAVY)
    for name in ("tasks", "pass@1", "95 %", f"pass@{most}", "vote", "cut off", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in scores:
        table.add_row(
            f"{each.family} {each.level or ''}",
            f"{each.tasks:,}",
            _share(each.pass_at_1),
            "" if each.low is None or each.high is None else f"{each.low:.2f}-{each.high:.2f}",
            _share(each.pass_at.get(most, each.pass_at_1 if most == 1 else None)),
            _share(each.majority),
            _share(each.truncated),
            "–" if each.tokens_per_right is None else f"{each.tokens_per_right:,.0f}",
        )
    undecided = f"; {scores[0].undecided:,} samples had no verdict and count for nothing" * bool(scores[0].undecided)
    table.caption = f"vote: the commonest answer is right; cost: tokens for a right answer{undecided}"
    table.caption_justify = "left"
    return table


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _support_line(change: Support) -> str:
    return (
        f"solved at least once: {len(change.gained):,} tasks more than before, {len(change.lost):,} no longer "
        "(chance alone moves some both ways)"
    )
