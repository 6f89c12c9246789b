"""`taskmill steps RUN`: tree searches on a run's tasks, and the step labels and step pairs that come of them."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from flows.config import config_of
from flows.pairs import plain_decoder, rolled_out
from flows.report import shown_path
from flows.rollout import VERIFIER_SECONDS, VERIFIERS, opened_when_needed, weights_of
from flows.shards import say_ignored
from flows.stopping import stopped_at_once
from generators.judging import Verifiers
from generators.preferences.confidence import Decode
from generators.preferences.exact import Agreement, agreement_of, keeps_rules
from generators.preferences.search.answering import SearchError, Searching, Values
from generators.preferences.search.asking import Path as TokenPath
from generators.preferences.search.asking import Search
from generators.preferences.search.beam import BeamConfig, beam
from generators.preferences.search.labels import (
    Source,
    class_balance,
    estimate_labels,
    omega_labels,
    rest_labels,
    step_pairs,
)
from generators.preferences.search.mcts import Legal, MctsConfig, Tree, anything, mcts
from generators.preferences.search.omega import OmegaConfig, OmegaTree, omega
from generators.preferences.search.rest import RestConfig, RestTree, rest
from generators.preferences.search.rounds import grown, results
from generators.preferences.steps import StepConfig, step_ends
from pipeline.config import Section, checked
from pipeline.engines.budget import Tokens
from pipeline.engines.chat import encoded
from pipeline.engines.config import ModelConfig
from pipeline.engines.protocol import Engine
from pipeline.lock import only_one
from pipeline.models import resolve
from pipeline.models.load import context_of, load_tokenizer
from pipeline.progress import progress
from pipeline.store import Run, Stage, StoreError, load_run
from schemas import Continuation, Difficulty, PreferencePair, StepLabels, Task, from_table
from trainer.config import SamplingConfig
from trainer.prm.model import PrmError, beginnings_worth, open_prm


class StepsConfig(Section):
    """One search over a run's tasks."""

    method: Literal["omega", "mcts", "beam", "rest"] = "omega"
    omega: OmegaConfig = OmegaConfig()
    mcts: MctsConfig = MctsConfig()
    beam: BeamConfig = BeamConfig()
    rest: RestConfig = RestConfig()
    prm: str = Field("", description="folder of a process reward model, which `rest` is led by")
    steps: StepConfig = StepConfig()
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


class Searched(NamedTuple):
    """The stages of one search."""

    continuations: Stage[Continuation]
    labels: Stage[StepLabels]
    pairs: Stage[PreferencePair]


def search_run(url: str, overrides: Sequence[str]) -> None:
    """Makes the stages `continuations`, `steps` and `step_pairs` of a run and prints what came of it."""
    config = checked({}, StepsConfig, overrides)
    with only_one(url), stopped_at_once(f"taskmill: stopped; `taskmill steps {url}` goes on from here"):
        run = load_run(url)
        searched = search_tasks(run, config)
        agreed = agreement_of(searched.labels.records(), rolled_out(run)[0].records())
    Console().print(steps_table(searched, config.method, agreed))
    Console().print(f"all of it  {shown_path(run.url)}", soft_wrap=True, highlight=False)


def search_tasks(run: Run, config: StepsConfig) -> Searched:
    """A shard of each stage for every shard of the run's tasks; what was sampled before a kill is not sampled again."""
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
    own = config.model_dump(mode="json", include=asked) | {"prm": _digest(config.prm)}
    key = {"rollouts": rollouts.key, "model": model.name, **weights_of(model), "search": own}
    key |= {"engine": model.engine, "sampling": sampling.model_dump(mode="json")}
    searched = Searched(
        run.stage("continuations", Continuation, count=tasks.count, key=key),
        run.stage("steps", StepLabels, count=tasks.count, key=key),
        run.stage("step_pairs", PreferencePair, count=tasks.count, key={**key, "sure": config.sure}),
    )
    say_ignored(searched.continuations)
    missing = {shard for stage in searched for shard in stage.missing()}
    mixed = _mixed(run) if config.mixed else None
    with (
        progress("search", tasks.count, "shards") as advance,
        opened_when_needed(model, rollouts, lambda: spent_on(tasks, searched.continuations, model, sampling)) as engine,
        Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers,
    ):
        advance(tasks.count - len(missing), "")
        searching: Searching | None = None  # of all shards: it may hold a model of its own
        for shard in sorted(missing):
            chosen = [each for each in from_table(tasks.read(shard), Task) if mixed is None or each.id in mixed]
            searching = searching or _searching(engine(), model, sampling, config, of_run.seed, verifiers)
            told = _search_shard(shard, chosen[: config.tasks], searching, searched, config)
            advance(1, told)
    for stage in searched:
        stage.seal()
    return searched


def _mixed(run: Run) -> set[str]:
    difficulties = run.sealed("difficulty", Difficulty)
    if difficulties is None:
        raise StoreError(
            f"{run.url} does not say yet how often its tasks were solved: `taskmill run` its config to the end, "
            "or search all of them with `--set mixed=false`"
        )
    return {each.task_id for each in difficulties.records() if 0 < each.successes < each.samples}


def _search_shard(
    shard: int, tasks: Sequence[Task], searching: Searching, searched: Searched, config: StepsConfig
) -> str:
    """Samples what is not yet journalled, then writes the shard of each stage; says how much there is."""
    if searched.continuations.has(shard):
        made = from_table(searched.continuations.read(shard), Continuation)
    else:
        journal = searched.continuations.journal(shard)
        made = journal.records()
        for batch in grown(tasks, _opened(config, searching), searching, made):
            journal.append(batch)
            made += batch
        made.sort(key=lambda each: (each.task_id, each.ask, each.sample))
        searched.continuations.write(shard, made)
    trees = results(tasks, _opened(config, searching), searching, made)
    labels: list[StepLabels] = []
    pairs: list[PreferencePair] = []
    for task in tasks:
        source = Source(task, searching.engine.model, searching.engine.revision, searching.decode, searching.prefill)
        own_labels, own_pairs = _taught(trees[task.id], source, config)
        labels += own_labels
        pairs += own_pairs
    searched.labels.write(shard, labels)
    searched.pairs.write(shard, pairs)
    return f"{len(tasks)} trees, {len(made)} continuations"


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


def _searching(
    engine: Engine,
    model: ModelConfig,
    sampling: SamplingConfig,
    config: StepsConfig,
    seed: int,
    verifiers: Verifiers,
) -> Searching:
    tokenizer = load_tokenizer(_folder(model))[0]
    return Searching(
        engine=engine,
        decode=plain_decoder(tokenizer),
        sampling=sampling.for_engine(),
        step_stops=config.steps.stops,
        seed=seed,
        prefill=sampling.prefill,
        judge=verifiers.judge,
        max_tokens=config.max_tokens,
        context=_context(model),
        values=_values(config.prm, sampling.prefill, tokenizer) if config.prm else None,
    )


def spent_on(
    tasks: Stage[Task], continuations: Stage[Continuation], model: ModelConfig, sampling: SamplingConfig
) -> Tokens:
    """The tokens of the continuations that are stored; what stands before one is read for each."""
    tokenizer = load_tokenizer(_folder(model))[0]
    read = written = 0
    for shard in range(continuations.count):
        has = continuations.has(shard)
        stored = from_table(continuations.read(shard), Continuation) if has else continuations.journal(shard).records()
        made = [each for each in stored if each.kind != "value"]
        prompts = {
            each.id: len(encoded(tokenizer, model.name, each.prompt, sampling.prefill))
            for each in from_table(tasks.read(shard), Task)
            if made
        }
        read += sum(prompts[each.task_id] + each.path_tokens for each in made)
        written += sum(len(each.token_ids) for each in made)
    return Tokens(read, written)


def _folder(model: ModelConfig) -> Path:
    return Path(resolve(model.tokenizer or model.name, weights=False).path)


def _context(model: ModelConfig) -> int | None:
    known = [each for each in (model.context, context_of(_folder(model))) if each is not None]
    return min(known, default=None)


def _values(folder: str, prefill: str, tokenizer: Any) -> Values:
    prm = open_prm(Path(folder))
    if prm.tokenizer.get_vocab() != tokenizer.get_vocab():
        raise PrmError(f"{folder} reads other tokens than the model that is searched: train it on that model")
    return lambda beginnings: beginnings_worth(prm, beginnings, prefill)


def _digest(folder: str) -> str:
    """What names the weights of a process reward model; nothing where there is none."""
    files = sorted(Path(folder).rglob("*")) if folder else []
    return sha256(b"".join(path.read_bytes() for path in files if path.is_file())).hexdigest()[:16] if files else ""


def steps_table(searched: Searched, method: str, agreed: Agreement) -> Table:
    """What a search came to, and how its labels agree with exact ones where there are such."""
    rows = list(searched.labels.records())
    good, bad = class_balance(rows)
    asked = [each for each in searched.continuations.records() if each.kind != "value"]
    table = Table(
        "steps", "", title=f"tree search: {method}", title_justify="left", box=SIMPLE_HEAVY, show_header=False
    )
    table.add_row("trees", f"{len({row.task_id for row in rows}):,} with labels")
    table.add_row("continuations", f"{len(asked):,} ({sum(len(each.token_ids) for each in asked):,} tokens)")
    table.add_row("responses with step labels", f"{len(rows):,}")
    table.add_row("steps labelled", f"{good:,} right, {bad:,} wrong")
    table.add_row("of them estimated", f"{sum(visits > 0 for row in rows for visits in row.visits):,}")
    table.add_row("the same by exact labels", _agreed(agreed))
    table.add_row("step pairs", f"{sum(info.rows for info in searched.pairs.shards()):,}")
    return table


def _agreed(agreed: Agreement) -> str:
    if not agreed.read:
        return "none before an answer can be read"
    kappa = "" if agreed.kappa is None else f", Cohen's kappa {agreed.kappa:.2f}"
    return f"{agreed.same:.0%} of {agreed.read:,} before an answer{kappa}"
