"""`taskmill rubrics RUN`: rubrics from a run's preference pairs, filtered, and the run's responses scored by them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from statistics import fmean
from typing import Annotated, NamedTuple

from prefect import flow
from pydantic import Field
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from flows.artifacts import progress, show_stages
from flows.config import config_of
from flows.limits import gpu_slot
from flows.pairs import rolled_out
from flows.parameters import in_own_words, of_run, run_name
from flows.planted import planted_contrasts
from flows.report import shown_path
from flows.retries import as_task
from flows.rollout import weights_of
from flows.shards import say_ignored
from flows.started import where_prefect_is
from flows.stopping import stopped_at_once
from generators.instructions.source import source_of
from generators.worked import worked_solution
from pipeline.config import Section, checked
from pipeline.engines.config import ModelConfig
from pipeline.engines.opening import opened
from pipeline.lock import only_one
from pipeline.statistics import auroc
from pipeline.store import Run, Stage, StoreError, load_run
from rubrics.consistency import ConsistencyConfig, Filtered, consistent
from rubrics.criteria.contract import Subject
from rubrics.generation.candidates import Candidates, GenerationConfig, candidates
from rubrics.generation.contrast import Contrast, contrast_of, plain
from rubrics.guards.reward_judge import RewardJudgeConfig, open_reward_judge
from rubrics.judges.calibrated import load_calibration
from rubrics.judges.contract import Judge
from rubrics.reward import by_criterion, rubric_scores
from rubrics.scoring import ScoringConfig, aggregated
from schemas import PreferencePair, Rollout, Rubric, RubricLeftOut, RubricScore, Task, from_table, jsontext


class RubricsConfig(Section):
    """How rubrics are made of a run's pairs, which are kept, and how responses are scored by them."""

    planted: int = Field(
        0, ge=0, description="pairs with a planted fault that programs make of each task, in place of the run's pairs"
    )
    make: GenerationConfig = Field(GenerationConfig(), description="how candidates are made")
    model: ModelConfig | None = Field(None, description="who writes rubrics, where a model does; null: the run's")
    consistency: ConsistencyConfig = Field(ConsistencyConfig(), description="which candidates are kept")
    scoring: ScoringConfig = Field(ScoringConfig(), description="how criteria become one score")
    judge: RewardJudgeConfig | None = Field(None, description="for what no program decides; null: it is left out")


class Stages(NamedTuple):
    rubrics: Stage[Rubric]
    scores: Stage[RubricScore]
    left_out: Stage[RubricLeftOut]


class Material(NamedTuple):
    """A shard's tasks by id, its contrasts, and the responses (task id and text) to be scored."""

    tasks: dict[str, Task]
    contrasts: list[Contrast]
    responses: Iterable[tuple[str, str]]


class Source(NamedTuple):
    """Where contrasts come from, shard by shard, each with the hash of what it is made from."""

    inputs: dict[int, list[str]]
    key: list[str]
    read: Callable[[int], Material]


def rubric_run(url: str, overrides: Sequence[str]) -> None:
    """Makes the stages `rubrics`, `rubric_scores` and `rubrics_left_out` of a run and prints what came of it.

    Raises StoreError where the run has no pairs, ConfigError for a setting that there is not, GuardError for a judge
    that may not score.
    """
    with stopped_at_once(f"taskmill: stopped; `taskmill rubrics {url}` goes on from here"):
        where_prefect_is(rubrics_flow)(url, checked({}, RubricsConfig, overrides))


@flow(name="taskmill-rubrics", flow_run_name=of_run)
def rubrics_flow(run: str, config: Annotated[RubricsConfig, in_own_words(RubricsConfig)] = RubricsConfig()) -> None:
    """Makes rubrics from a run's preference pairs, filters them, and scores the run's responses by them.

    Args:
        run: The folder or URL of a run that has pairs.
        config: How rubrics are made, filtered and scored.
    """
    with only_one(run):
        opened = load_run(run)
        made = as_task("rubrics", make_rubrics, opened, config)
        Console().print(rubrics_table(made, _verdicts(opened)))
    show_stages(run_name(run), made)
    Console().print(f"all of it  {shown_path(opened.url)}", soft_wrap=True, highlight=False)


def make_rubrics(run: Run, config: RubricsConfig) -> Stages:
    """A shard of each stage for every shard of pairs; those that are there stay."""
    source = _planted(run, config.planted) if config.planted else _from_pairs(run)
    writer = (config.model or config_of(run).model or ModelConfig()) if config.make.by_model else None
    key = {
        "from": source.key,
        "config": config.model_dump(mode="json"),
        "writer": None if writer is None else {"model": writer.name, "engine": writer.engine, **weights_of(writer)},
        "judge": None if config.judge is None else _judge_key(config.judge),
    }
    stages = Stages(
        run.stage("rubrics", Rubric, count=len(source.inputs), key=key),
        run.stage("rubric_scores", RubricScore, count=len(source.inputs), key=key),
        run.stage("rubrics_left_out", RubricLeftOut, count=len(source.inputs), key=key),
    )
    say_ignored(stages.rubrics)
    missing = {shard for stage in stages for shard in stage.outdated(source.inputs)}
    with ExitStack() as held, progress("rubrics", len(source.inputs), "shards") as advance:
        advance(len(source.inputs) - len(missing), "")
        if config.judge is not None or (writer is not None and writer.engine != "server"):
            held.enter_context(gpu_slot() if missing else nullcontext())
        judge = held.enter_context(open_reward_judge(config.judge)) if config.judge is not None and missing else None
        engine = held.enter_context(closing(opened(writer))) if writer is not None and missing else None
        for shard in sorted(missing):
            tasks, contrasts, responses = source.read(shard)
            found = candidates(contrasts, config.make, engine, run.seed)
            kept, left_out = filtered(found, config, judge)
            asked = _asked(kept, tasks, responses)
            stages.rubrics.write(shard, kept, inputs=source.inputs[shard])
            stages.scores.write(shard, rubric_scores(asked, judge, config.scoring), inputs=source.inputs[shard])
            stages.left_out.write(shard, left_out, inputs=source.inputs[shard])
            advance(1, f"{len(kept)} rubrics")
    for stage in stages:
        stage.seal()
    return stages


def _judge_key(judge: RewardJudgeConfig) -> dict[str, str]:
    """What its scores hang on that its config only names: the model's weights, what is in the calibration's file."""
    calibration = "" if judge.calibration is None else jsontext.digest(load_calibration(judge.calibration))
    return {**weights_of(judge.model), "calibration": calibration}


def filtered(found: Candidates, config: RubricsConfig, judge: Judge | None) -> Filtered:
    """The candidates that pass, and all that was left out of them and before them."""
    kept, left_out = consistent(
        found.made,
        lambda asked: by_criterion(asked, judge),
        lambda rubric, scores: aggregated(rubric, scores, config.scoring),
        config.consistency,
        judged=judge is not None,
    )
    return Filtered(kept, found.left_out + left_out)


def _from_pairs(run: Run) -> Source:
    """The run's pairs, with the responses that were sampled. Raises StoreError where there are none yet."""
    pairs = run.sealed("pairs", PreferencePair)
    if pairs is None:
        raise StoreError(
            f"{run.url} has no preference pairs yet: `taskmill pairs {run.url}` makes them of its rollouts; "
            "--set planted=4 plants some, without rollouts"
        )
    tasks, rollouts = rolled_out(run)

    def read(shard: int) -> Material:
        by_id = {each.id: each for each in from_table(tasks.read(shard), Task)}
        own = [pair for pair in from_table(pairs.read(shard), PreferencePair) if pair.kind != "tie"]
        told = {task: (worked_solution(by_id[task]), source_of(by_id[task])) for task in {pair.task_id for pair in own}}
        contrasts = [contrast_of(pair, by_id[pair.task_id], *told[pair.task_id]) for pair in own]
        sampled = ((each.task_id, each.text) for each in from_table(rollouts.read(shard), Rollout))
        return Material(by_id, contrasts, dict.fromkeys(sampled))

    return Source(_inputs(pairs), [pairs.key, rollouts.key], read)


def _planted(run: Run, count: int) -> Source:
    """Pairs planted in the run's tasks, which need not have been rolled out. Raises StoreError without tasks."""
    tasks = run.sealed("unique", Task)
    if tasks is None:
        raise StoreError(f"{run.url} has no finished tasks: `taskmill run` its config first")

    def read(shard: int) -> Material:
        own = from_table(tasks.read(shard), Task)
        contrasts = planted_contrasts(own, count, run.seed)
        told = ((each.task_id, text) for each in contrasts for text in (each.chosen, each.rejected))
        return Material({each.id: each for each in own}, contrasts, dict.fromkeys(told))

    return Source(_inputs(tasks), ["planted", tasks.key], read)


def _inputs(stage: Stage[PreferencePair] | Stage[Task]) -> dict[int, list[str]]:
    return {shard: [stage.info(shard).sha256] for shard in range(stage.count)}


def _asked(
    kept: Sequence[Rubric], tasks: Mapping[str, Task], responses: Iterable[tuple[str, str]]
) -> list[tuple[Rubric, Subject]]:
    """Each rubric with every response to its task."""
    texts: dict[str, list[str]] = defaultdict(list)
    for task_id, text in responses:
        texts[task_id].append(text)
    asked = []
    for rubric in kept:
        task = tasks[rubric.task_id]
        prompt, source = plain(task.prompt), source_of(task)
        asked += [(rubric, Subject(response=text, prompt=prompt, source=source)) for text in texts[task.id]]
    return asked


def rubrics_table(stages: Stages, right: Mapping[tuple[str, str], bool]) -> Table:
    """What was made, by method; `right` says of responses to tasks, by id and text, what the verifier said, and AUROC
    how well scores rank the right ones above the others."""
    kept: dict[str, list[Rubric]] = defaultdict(list)
    for rubric in stages.rubrics.records():
        kept[rubric.method].append(rubric)
    left_out = list(stages.left_out.records())
    whole = Counter(each.method for each in left_out if not each.title)
    told: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    method = {rubric.id: rubric.method for own in kept.values() for rubric in own}
    for score in stages.scores.records():
        if score.score is not None and (score.task_id, score.response) in right:
            told[method[score.rubric_id]].append((score.score, right[score.task_id, score.response]))
    title = f"{sum(map(len, kept.values())):,} rubrics"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAVY)
    table.add_column("made by", no_wrap=True)
    for name in ("kept", "left out", "criteria", "by program", "discrimination", "AUROC"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in sorted({*kept, *whole}):
        criteria = [criterion for rubric in kept[name] for criterion in rubric.criteria]
        known = [rubric.discrimination for rubric in kept[name] if rubric.discrimination is not None]
        ranked = auroc([score for score, _ in told[name]], [each for _, each in told[name]])
        table.add_row(
            name,
            f"{len(kept[name]):,}",
            f"{whole[name]:,}",
            f"{len(criteria) / len(kept[name]):.1f}" if kept[name] else "",
            f"{fmean(each.checker is not None for each in criteria):.0%}" if criteria else "",
            f"{fmean(known):.2f}" if known else "",
            "" if ranked is None else f"{ranked:.2f}",
        )
    causes = Counter(each.cause for each in left_out)
    if causes:
        said = ", ".join(f"{count:,} {cause.replace('_', ' ')}" for cause, count in causes.most_common())
        table.caption = f"left out, rubrics and criteria: {said}"
        table.caption_justify = "left"
    return table


def _verdicts(run: Run) -> dict[tuple[str, str], bool]:
    """Whether the verifier found each response right, where it decided."""
    rollouts = run.sealed("rollouts", Rollout)
    if rollouts is None:
        return {}
    return {(each.task_id, each.text): each.score == 1.0 for each in rollouts.records() if each.score is not None}
