"""`taskmill eval`: a model on held-out tasks, several samples each, stored as they are made and never made twice."""

from collections.abc import Callable, Sequence

import msgspec
from pydantic import Field
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from flows.config import ModelConfig
from flows.report import shown_path
from flows.rollout import VERIFIER_SECONDS, VERIFIERS, opened_when_needed, weights_of
from flows.stopping import stopped_at_once
from generators.judging import Verifiers
from pipeline.config import Section
from pipeline.engines.protocol import Engine
from pipeline.lock import only_one
from pipeline.progress import progress
from pipeline.store import Run, Stage, StoreError, load_run, open_run
from pipeline.store.files import write_whole
from schemas import Rollout, Task, jsontext
from trainer.config import SamplingConfig
from trainer.reward import verdicts_on
from trainer.rollout import judged_group, rollout_seeds, sample
from trainer.scores import Scores, Support, scores_of, support
from trainer.tasks import read_tasks

TASKS_A_SHARD = 32


class EvalConfig(Section):
    """One evaluation."""

    model: ModelConfig
    shards: list[str] = Field(min_length=1)
    samples: int = Field(8, ge=1, le=1024)
    sampling: SamplingConfig = SamplingConfig()
    tasks: int | None = Field(None, ge=1)
    seed: int = Field(0, ge=0)
    output: str = ""
    against: str = ""


def evaluate_model(config: EvalConfig) -> None:
    """Samples what is missing, and prints the table of scores; with `against`, what was gained and lost since."""
    tasks = read_tasks(config.shards)[: config.tasks]
    earlier = _rollouts(load_run(config.against)) if config.against else None
    digest = _digest(config, tasks)
    url = config.output or f"outputs/eval-{digest[:12]}"
    with only_one(url), stopped_at_once("taskmill: stopped; the same command goes on from here"):
        run = open_run(url, config=config.model_dump(mode="json"), seed=config.seed)
        rollouts = _sampled(run, config, tasks, digest)
    made = list(rollouts.records())
    scores = scores_of(tasks, made)
    write_whole(f"{run.url}/scores.json", msgspec.json.format(msgspec.json.encode(scores)))
    console = Console()
    console.print(scores_table(config.model.name, scores))
    if earlier is not None:
        console.print(_support_line(support(earlier, made)), highlight=False)
    console.print(f"all of it  {shown_path(run.url)}", soft_wrap=True, highlight=False)


def _sampled(run: Run, config: EvalConfig, tasks: Sequence[Task], digest: str) -> Stage[Rollout]:
    parts = [tasks[start : start + TASKS_A_SHARD] for start in range(0, len(tasks), TASKS_A_SHARD)]
    stage = run.stage("rollouts", Rollout, count=len(parts), key={"evaluation": digest})
    missing = stage.missing()
    with (
        progress("evaluate", len(tasks), "tasks") as advance,
        opened_when_needed(config.model, stage) as engine,
        Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers,
    ):
        advance(sum(len(part) for place, part in enumerate(parts) if place not in missing), "")
        for place in missing:
            stage.write(place, _answered(engine, parts[place], config, verifiers), inputs=[])
            advance(len(parts[place]), "")
    stage.seal()
    return stage


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


def _rollouts(run: Run) -> list[Rollout]:
    """The rollouts of an evaluation that is done. Raises StoreError where there are none."""
    stage = run.sealed("rollouts", Rollout)
    if stage is None:
        raise StoreError(f"{run.url} has no finished rollouts: finish that evaluation first")
    return list(stage.records())


def scores_table(model: str, scores: Sequence[Scores]) -> Table:
    """A line for everything and one for each family and level."""
    most = max((k for each in scores for k in each.pass_at), default=1)
    title = f"{model}: {scores[0].samples:,} samples of {scores[0].tasks:,} tasks"
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
