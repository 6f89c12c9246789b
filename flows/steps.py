"""`taskmill steps RUN`: tree searches on a run's tasks, and the step labels and step pairs that come of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Self

from prefect import flow
from pydantic import Field, model_validator
from rich.console import Console

from flows.artifacts import progress, show_stages
from flows.asking import opened_when_needed
from flows.config import config_of
from flows.digest import folder_digest
from flows.pairs import doubtful_in, rolled_out
from flows.parameters import in_own_words, of_run, run_name
from flows.report import shown_path
from flows.retries import as_task
from flows.rollout import weights_of
from flows.search_model import searching_by, spent_on
from flows.searched import Seen, ShardFound, found_in, steps_table
from flows.shards import say_ignored
from flows.started import where_prefect_is
from flows.stopping import stopped_at_once
from flows.workers.held import VERIFIER_SECONDS, VERIFIERS
from generators.judging import Verifiers
from generators.preferences.confidence import Decode
from generators.preferences.exact import keeps_rules
from generators.preferences.search.answering import SearchError, Searching
from generators.preferences.search.asking import Path as TokenPath
from generators.preferences.search.asking import Search
from generators.preferences.search.beam import BeamConfig, beam
from generators.preferences.search.labels import Source, estimate_labels, omega_labels, rest_labels, step_pairs
from generators.preferences.search.mcts import Legal, MctsConfig, Tree, anything, mcts
from generators.preferences.search.omega import OmegaConfig, OmegaTree, omega
from generators.preferences.search.rest import RestConfig, RestTree, rest
from generators.preferences.search.rounds import grown, results
from generators.preferences.steps import StepConfig, step_ends
from pipeline.config import Section, checked
from pipeline.engines.config import ModelConfig
from pipeline.lock import only_one
from pipeline.store import Run, Stage, StoreError, load_run
from schemas import Continuation, Difficulty, PreferencePair, StepLabels, Task, from_table
from trainer.config import SamplingConfig


class StepsConfig(Section):
    """One search over a run's tasks."""

    method: Literal["omega", "mcts", "beam", "rest"] = Field("omega", description="how the tree of a task grows")
    omega: OmegaConfig = Field(OmegaConfig(), description="for the method of that name")
    mcts: MctsConfig = Field(MctsConfig(), description="for the method of that name")
    beam: BeamConfig = Field(BeamConfig(), description="for the method of that name")
    rest: RestConfig = Field(RestConfig(), description="for the method of that name")
    prm: str = Field("", description="folder of a process reward model, which `rest` is led by")
    steps: StepConfig = Field(StepConfig(), description="what ends a step")
    model: ModelConfig | None = Field(None, description="null: the run's")
    sampling: SamplingConfig | None = Field(None, description="null: the run's")
    mixed: bool = Field(True, description="only tasks that the run's rollouts solved sometimes, not always")
    tasks: int | None = Field(None, ge=1, description="tasks of a shard at most")
    max_tokens: int | None = Field(None, ge=1, description="tokens that may be sampled for a shard of tasks")
    sure: float = Field(0.95, gt=0.5, lt=1, description="how sure it must be that the better step of a pair is better")

    @model_validator(mode="after")
    def _rest_is_led(self) -> Self:
        if (self.method == "rest") != bool(self.prm):
            raise ValueError("prm: method rest needs the folder of a process reward model, and no other does")
        return self


TREES_TOGETHER = 4096
"""Trees that grow side by side: enough to fill an engine's batch to the last of them, few enough for the memory."""


class Searched(NamedTuple):
    """The stages of one search."""

    continuations: Stage[Continuation]
    labels: Stage[StepLabels]
    pairs: Stage[PreferencePair]


def search_run(url: str, overrides: Sequence[str]) -> None:
    """Makes the stages `continuations`, `steps` and `step_pairs` of a run and prints what came of it."""
    with stopped_at_once(f"taskmill: stopped; `taskmill steps {url}` goes on from here"):
        where_prefect_is(steps_flow)(url, checked({}, StepsConfig, overrides))


@flow(name="taskmill-steps", flow_run_name=of_run)
def steps_flow(run: str, config: Annotated[StepsConfig, in_own_words(StepsConfig)] = StepsConfig()) -> None:
    """Searches a run's tasks step by step, and labels the steps by what comes of them.

    Args:
        run: The folder or URL of a run that has rollouts.
        config: How is searched, by which model.
    """
    with only_one(run):
        opened = load_run(run)
        searched, found = as_task("search", _search_and_look, opened, config)
    show_stages(run_name(run), searched)
    Console().print(steps_table(found, config.method))
    Console().print(f"all of it  {shown_path(opened.url)}", soft_wrap=True, highlight=False)


def _search_and_look(run: Run, config: StepsConfig) -> tuple[Searched, list[ShardFound]]:
    found: list[ShardFound] = []
    return search_tasks(run, config, found.append), found


def search_tasks(run: Run, config: StepsConfig, seen: Seen | None = None) -> Searched:
    """A shard of each stage for every shard of the run's tasks; what was sampled before a kill is not sampled again.

    `seen` is told what each shard came to; shards that were there are read for it, and else left alone.
    """
    tasks, rollouts = rolled_out(run)
    of_run = config_of(run)
    model = config.model or of_run.model or ModelConfig()
    if model.engine == "server" and model.tokenizer is None:
        raise SearchError(
            "a server that is asked in chat messages can't go on from the beginning of a response: "
            "set model.tokenizer, so that it is asked in token ids"
        )
    sampling = config.sampling or of_run.sampling
    asked = {"method", config.method, "steps", "mixed", "tasks", "max_tokens"}
    own = config.model_dump(mode="json", include=asked) | {"prm": folder_digest(config.prm)}
    key = {"rollouts": rollouts.key, "model": model.name, **weights_of(model), "search": own}
    key |= {"engine": model.engine, "sampling": sampling.model_dump(mode="json")}
    doubtful = doubtful_in(run)  # they are searched all the same: whoever is doubted later changes no sample
    doubted = {"doubtful": sorted(doubtful)} if doubtful else {}
    searched = Searched(
        run.stage("continuations", Continuation, count=tasks.count, key=key, paid=True),
        run.stage("steps", StepLabels, count=tasks.count, key=key | doubted),
        run.stage("step_pairs", PreferencePair, count=tasks.count, key={**key, **doubted, "sure": config.sure}),
    )
    say_ignored(searched.continuations)
    missing = {*searched.continuations.missing(), *_outdated(searched)}
    mixed = _mixed(run) if config.mixed else None
    with (
        progress("search", tasks.count, "shards") as advance,
        opened_when_needed(model, rollouts, lambda: spent_on(tasks, searched.continuations, model, sampling)) as engine,
        Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers,
    ):
        advance(tasks.count - len(missing), "")
        searching: Searching | None = None  # of all shards: it may hold a model of its own
        for shards in _together(sorted(missing), tasks, config):
            chosen = {shard: _chosen(from_table(tasks.read(shard), Task), mixed, config) for shard in shards}
            searching = searching or searching_by(
                engine(),
                model,
                sampling,
                verifiers,
                steps=config.steps,
                seed=of_run.seed,
                prm=config.prm,
                max_tokens=config.max_tokens,
            )
            made = _asked(chosen, searching, searched, config)
            for shard, trees in chosen.items():
                sound = [task for task in trees if task.id not in doubtful]
                found = _write_shard(shard, sound, made[shard], searching, searched, config)
                advance(1, f"{len(trees)} trees, {len(made[shard])} continuations")
                if seen is not None:
                    seen(found)
    if seen is not None:
        for shard in sorted(set(range(tasks.count)) - missing):
            seen(_read_shard(shard, tasks, searched))
    for stage in searched:
        stage.seal()
    return searched


def _outdated(searched: Searched) -> set[int]:
    """The shards whose labels or pairs are not there, or are of other continuations than are there now."""
    inputs = {info.shard: [info.sha256] for info in searched.continuations.shards()}
    return {shard for stage in (searched.labels, searched.pairs) for shard in stage.outdated(inputs)}


def _mixed(run: Run) -> set[str]:
    difficulties = run.sealed("difficulty", Difficulty)
    if difficulties is None:
        raise StoreError(
            f"{run.url} does not say yet how often its tasks were solved: `taskmill run` its config to the end, "
            "or search all of them with `--set mixed=false`"
        )
    return {each.task_id for each in difficulties.records() if 0 < each.successes < each.samples}


def _chosen(tasks: Sequence[Task], mixed: set[str] | None, config: StepsConfig) -> list[Task]:
    return [task for task in tasks if mixed is None or task.id in mixed][: config.tasks]


def _together(missing: Sequence[int], tasks: Stage[Task], config: StepsConfig) -> Iterator[list[int]]:
    """Shards whose trees grow side by side, so that the last of one do not grow alone; each alone where each has a
    budget of its own."""
    sizes = {info.shard: info.rows for info in tasks.shards()}
    group: list[int] = []
    for shard in missing:
        if group and (config.max_tokens is not None or sum(sizes[one] for one in [*group, shard]) > TREES_TOGETHER):
            yield group
            group = []
        group.append(shard)
    if group:
        yield group


def _asked(
    chosen: Mapping[int, Sequence[Task]], searching: Searching, searched: Searched, config: StepsConfig
) -> dict[int, list[Continuation]]:
    """Samples what is not yet journalled for these shards, and writes their shards of continuations."""
    stage = searched.continuations
    made = {shard: stage.so_far(shard) for shard in chosen}
    growing = {task.id: shard for shard, tasks in chosen.items() if not stage.has(shard) for task in tasks}
    trees = [task for tasks in chosen.values() for task in tasks if task.id in growing]
    done = [each for own in made.values() for each in own if each.task_id in growing]
    for batch in grown(trees, _opened(config, searching), searching, done):
        by_shard: dict[int, list[Continuation]] = {}
        for each in batch:
            by_shard.setdefault(growing[each.task_id], []).append(each)
        for shard, own in by_shard.items():
            stage.journal(shard).append(own)
            made[shard] += own
    for shard, own in made.items():
        if not stage.has(shard):
            own.sort(key=lambda each: (each.task_id, each.ask, each.sample))
            stage.write(shard, own)
    return made


def _write_shard(
    shard: int,
    tasks: Sequence[Task],
    made: Sequence[Continuation],
    searching: Searching,
    searched: Searched,
    config: StepsConfig,
) -> ShardFound:
    trees = results(tasks, _opened(config, searching), searching, made)
    labels: list[StepLabels] = []
    pairs: list[PreferencePair] = []
    for task in tasks:
        source = Source(task, searching.engine.model, searching.engine.revision, searching.decode, searching.prefill)
        own_labels, own_pairs = _taught(trees[task.id], source, config)
        labels += own_labels
        pairs += own_pairs
    inputs = [searched.continuations.info(shard).sha256]
    searched.labels.write(shard, labels, inputs=inputs)
    searched.pairs.write(shard, pairs, inputs=inputs)
    return found_in(tasks, made, labels, len(pairs))


def _read_shard(shard: int, tasks: Stage[Task], searched: Searched) -> ShardFound:
    return found_in(
        from_table(tasks.read(shard), Task),
        from_table(searched.continuations.read(shard), Continuation),
        from_table(searched.labels.read(shard), StepLabels),
        searched.pairs.info(shard).rows,
    )


def _taught(
    tree: OmegaTree | Tree | RestTree, source: Source, config: StepsConfig
) -> tuple[list[StepLabels], list[PreferencePair]]:
    steps = _steps(config, source.decode)
    if isinstance(tree, RestTree):
        return rest_labels(tree, source), []
    if isinstance(tree, OmegaTree):
        labels = omega_labels(tree, source, steps)
    else:
        labels = estimate_labels(tree.estimates, tree.solved, source, steps, config.method)
    return labels, step_pairs(tree.estimates, source, steps, config.sure)


def _opened(config: StepsConfig, searching: Searching) -> Callable[[Task], Search[OmegaTree | Tree | RestTree]]:
    searches: dict[str, Callable[[Task], Search[Any]]] = {
        "omega": lambda task: omega(_steps(config, searching.decode), config.omega),
        "mcts": lambda task: mcts(config.mcts, _legal(task, searching) if config.mcts.exact else anything),
        "beam": lambda task: beam(config.beam),
        "rest": lambda task: rest(config.rest),
    }
    return searches[config.method]


def _legal(task: Task, searching: Searching) -> Legal:
    keeps = keeps_rules(task)
    return lambda path: keeps(searching.prefill + searching.decode(path))


def _steps(config: StepsConfig, decode: Decode) -> Callable[[TokenPath], list[int]]:
    return lambda path: step_ends(path, decode, config.steps)
