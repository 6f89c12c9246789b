"""`taskmill pairs RUN`: traces and preference pairs from a run's rollouts, nothing sampled again."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from prefect import flow
from pydantic import Field
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from flows.artifacts import progress, show_stages
from flows.config import config_of
from flows.digest import folder_digest
from flows.limits import gpu_slot
from flows.parameters import in_own_words, of_run, run_name
from flows.report import shown_path
from flows.retries import as_task
from flows.shards import say_ignored
from flows.started import where_prefect_is
from flows.stopping import stopped_at_once
from generators.preferences.confidence import Decode, answer_confidence
from generators.preferences.config import PairConfig, TraceConfig
from generators.preferences.lengths import length_balanced, length_lead
from generators.preferences.pairs import pairs_of
from generators.preferences.suspect import (
    NoiseConfig,
    Response,
    Sifted,
    Signals,
    judge_folders,
    left_out_as,
    signals_of,
)
from generators.preferences.temporal import temporal_pairs
from generators.preferences.traces import Confidences, traces_of
from pipeline.config import Section, checked
from pipeline.lock import only_one
from pipeline.models import resolve
from pipeline.models.load import load_tokenizer
from pipeline.store import Run, Stage, StoreError, load_run
from schemas import Agreement, LeftOutPair, PairCause, PreferencePair, Rollout, Task, Trace, from_table

if TYPE_CHECKING:
    from flows.sieve import Sieve


class PreferencesConfig(Section):
    """What is made of a run's rollouts; tasks whose verifiers disagree are left out of all of it."""

    traces: TraceConfig = Field(TraceConfig(), description="which responses are kept to be imitated")
    pairs: PairConfig = Field(PairConfig(), description="which right response is set against which wrong one")
    noise: NoiseConfig | None = Field(None, description="how labels that may be wrong are found; null: none are")
    older: str = Field("", description="the run of an older model: its wrong responses to the same tasks are rejected")


class Made(NamedTuple):
    """The stages of one call; what was left out of the pairs says why."""

    traces: Stage[Trace]
    pairs: Stage[PreferencePair]
    left_out: Stage[LeftOutPair]


def pair_run(url: str, overrides: Sequence[str]) -> None:
    """Makes the stages `traces`, `pairs` and `pairs_left_out` of a run and prints what came of it.

    Raises StoreError where the run has no finished rollouts, ConfigError for a setting that there is not.
    """
    with stopped_at_once(f"taskmill: stopped; `taskmill pairs {url}` goes on from here"):
        where_prefect_is(pairs_flow)(url, checked({}, PreferencesConfig, overrides))


@flow(name="taskmill-pairs", flow_run_name=of_run)
def pairs_flow(
    run: str, config: Annotated[PreferencesConfig, in_own_words(PreferencesConfig)] = PreferencesConfig()
) -> None:
    """Makes traces and preference pairs from a run's rollouts; nothing is sampled again.

    Args:
        run: The folder or URL of a run that has rollouts.
        config: Which traces and pairs.
    """
    with only_one(run):
        opened = load_run(run)
        made = as_task("pairs", make_pairs, opened, config)
    show_stages(run_name(run), made)
    Console().print(pairs_table(made))
    Console().print(f"all of it  {shown_path(opened.url)}", soft_wrap=True, highlight=False)


def make_pairs(run: Run, config: PreferencesConfig) -> Made:
    """A shard of each stage for every shard of rollouts; those that are there stay."""
    tasks, rollouts = rolled_out(run)
    if config.older and load_run(config.older).url == run.url:
        raise StoreError(f"older: {config.older} is this run itself; give the run of an older model, or leave it out")
    before = rolled_out(load_run(config.older))[1] if config.older else None
    older = None if before is None else _by_task(before.records())
    if before is not None and (model := _model_of(before)) is not None and model == _model_of(rollouts):
        raise StoreError(f"older: {config.older} is by {' at '.join(model)}, as this run is; give an older model's run")
    doubtful = doubtful_in(run)
    key = {
        "rollouts": rollouts.key,
        "doubtful": sorted(doubtful),
        "config": config.model_dump(mode="json"),
        "judges": [folder_digest(judge) for judge in judge_folders(config.noise)],
        "older": None if before is None else before.key,
    }
    made = Made(
        run.stage("traces", Trace, count=tasks.count, key=key),
        run.stage("pairs", PreferencePair, count=tasks.count, key=key),
        run.stage("pairs_left_out", LeftOutPair, count=tasks.count, key=key),
    )
    say_ignored(made.pairs)
    inputs = {shard: [rollouts.info(shard).sha256] for shard in range(tasks.count)}
    missing = {shard for stage in (made.traces, made.pairs, made.left_out) for shard in stage.outdated(inputs)}
    decode = _Decoders()
    with ExitStack() as held, progress("pairs", tasks.count, "shards") as advance:
        if judge_folders(config.noise) and missing:
            held.enter_context(gpu_slot())
        sieve = _sieve(config.noise)
        advance(tasks.count - len(missing), "")
        for shard in sorted(missing):
            own = [each for each in from_table(tasks.read(shard), Task) if each.id not in doubtful]
            by_task = _by_task(from_table(rollouts.read(shard), Rollout))
            traces, pairs, signals = _made_of(own, by_task, older, config, decode)
            kept, dropped = Sifted(pairs, []) if sieve is None else sieve.sifted(pairs, signals)
            if config.pairs.balance is not None:
                kept, telling = balanced(kept, config.pairs.balance)
                dropped = dropped + [left_out_as(pair, "length") for pair in telling]
            made.traces.write(shard, traces, inputs=inputs[shard])
            made.pairs.write(shard, kept, inputs=inputs[shard])
            made.left_out.write(shard, dropped, inputs=inputs[shard])
            advance(1, "")
    for stage in (made.traces, made.pairs, made.left_out):
        stage.seal()
    return made


def balanced(pairs: Sequence[PreferencePair], tolerance: float) -> tuple[list[PreferencePair], list[PreferencePair]]:
    """Pairs of which length tells little, and those left out; ties are no preference and stay, after the others."""
    ties = [pair for pair in pairs if pair.kind == "tie"]
    kept, dropped = length_balanced([pair for pair in pairs if pair.kind != "tie"], tolerance)
    return kept + ties, dropped


_LEFT_OUT: dict[PairCause, str] = {
    "length": "so that length tells little of which was chosen",
    "outvoted": "that most judges see the other way round",
    "tied": "between which judges see no difference",
    "disputed": "on which judges contradict one another",
    "doubted": "whose labels two models believe least",
}


def pairs_table(made: Made) -> Table:
    """What was made, by kind, with what length gives away."""
    pairs: dict[str, list[PreferencePair]] = defaultdict(list)
    for pair in made.pairs.records():
        pairs[pair.kind].append(pair)
    title = f"{sum(info.rows for info in made.traces.shards()):,} traces, {sum(map(len, pairs.values())):,} pairs"
    table = Table("pairs", title=title, title_justify="left", box=SIMPLE_HEAVY)
    for name in ("count", "tasks", "margin", "longer chosen"):
        table.add_column(name, justify="right", no_wrap=True)
    for kind, members in sorted(pairs.items()):
        table.add_row(
            kind.replace("_", " "),
            f"{len(members):,}",
            f"{len({pair.task_id for pair in members}):,}",
            f"{fmean(pair.margin for pair in members):.2f}",
            f"{length_lead(members):.0%}",
        )
    causes = Counter(pair.cause for pair in made.left_out.records())
    told = [f"{causes[cause]:,} {why}" for cause, why in _LEFT_OUT.items() if causes[cause]]
    if told:
        table.caption = "left out: " + "; ".join(told)
        table.caption_justify = "left"
    return table


def _made_of(
    tasks: Sequence[Task],
    rollouts: dict[str, list[Rollout]],
    older: dict[str, list[Rollout]] | None,
    config: PreferencesConfig,
    decode: "_Decoders",
) -> tuple[list[Trace], list[PreferencePair], Signals]:
    traces: list[Trace] = []
    pairs: list[PreferencePair] = []
    signals: dict[Response, tuple[float, ...]] = {}
    for task in tasks:
        own = rollouts.get(task.id, [])
        sure = decode.confidences(own)
        traces += traces_of(task, own, config.traces, sure)
        pairs += pairs_of(task, own, config.pairs, sure)
        signals |= signals_of(own, sure)
        if older is not None:
            before = older.get(task.id, [])
            sure_before = decode.confidences(before)
            pairs += temporal_pairs(task, before, own, config.pairs, sure_before, sure)
            signals = signals_of(before, sure_before) | signals
    return traces, pairs, signals


def _sieve(noise: NoiseConfig | None) -> "Sieve | None":
    if noise is None:
        return None
    from flows.sieve import Sieve  # which may open models

    return Sieve(noise)


class _Decoders:
    """The tokenizers of the models whose rollouts are read, each opened once; those of a server are not to be had."""

    def __init__(self) -> None:
        self._known: dict[str, Decode] = {}

    def confidences(self, rollouts: Sequence[Rollout]) -> Confidences:
        if not rollouts or not rollouts[0].token_ids or rollouts[0].engine == "server":
            return {}
        decode = self._decode(rollouts[0].model)
        told = {rollout.sample: answer_confidence(rollout, decode) for rollout in rollouts}
        return {sample: sure for sample, sure in told.items() if sure is not None}

    def _decode(self, model: str) -> Decode:
        if model not in self._known:
            tokenizer: Any = load_tokenizer(resolve(model, weights=False).path)[0]
            self._known[model] = plain_decoder(tokenizer)
        return self._known[model]


def plain_decoder(tokenizer: Any) -> Decode:
    """A tokenizer's text, letter by letter as it was written, without special tokens."""
    return lambda ids: str(tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))


def rolled_out(run: Run) -> tuple[Stage[Task], Stage[Rollout]]:
    """The tasks that were rolled out and their rollouts, shard by shard. Raises StoreError where there are none."""
    config = config_of(run)
    chose = config.aim is not None and config.aim.candidates > 1
    tasks = run.sealed("chosen" if chose else "unique", Task)
    rollouts = run.sealed("rollouts", Rollout)
    if tasks is None or rollouts is None:
        raise StoreError(f"{run.url} has no finished rollouts: `taskmill run` its config first")
    return tasks, rollouts


def _model_of(rollouts: Stage[Rollout]) -> tuple[str, str] | None:
    """The model and revision that all rollouts of a stage are by; None where it has no rollouts."""
    first = next(iter(rollouts.records()), None)
    return None if first is None else (first.model, first.revision)


def doubtful_in(run: Run) -> set[str]:
    """The tasks whose verifiers were found to disagree, where that has been looked at."""
    agreement = run.sealed("agreement", Agreement)
    found = agreement.records() if agreement is not None else ()
    return {each.task_id for each in found if each.outcome == "disagree" or each.consensus}


def _by_task(rollouts: Iterable[Rollout]) -> dict[str, list[Rollout]]:
    grouped: dict[str, list[Rollout]] = defaultdict(list)
    for rollout in rollouts:
        grouped[rollout.task_id].append(rollout)
    return grouped
