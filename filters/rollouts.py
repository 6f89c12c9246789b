"""The rollout pass: plan a round, sample it, verify it, decide, and go on with the undecided tasks.

The pass is replayed from its beginning whenever it is started: a sample that is already stored is taken from
there, and every sample draws from a seed of its own. So a killed pass, resumed with what it had stored, makes
exactly the rollouts of an undisturbed one and pays for none twice.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import difficulty_of, tally_of
from filters.prior import cell_of
from filters.rounds import Outcome, Rounds, Scores, Slot, priors_of
from generators.judging import Judge, judge_here
from pipeline.engines.judged import judged_rollout
from pipeline.engines.protocol import Completion, Engine, Request, Sampling
from pipeline.seeding import derived_seed
from schemas import Difficulty, Rollout, Task
from schemas.failure import Failure

_BATCH = 64


class RolloutError(Failure, RuntimeError):
    """Stored rollouts of another pass, or an engine that broke its contract; the message says which."""


class _Sample(NamedTuple):
    """What the engine made for a slot; the prompt had so many tokens."""

    slot: Slot
    completion: Completion
    prompt_tokens: int


def roll_out(
    tasks: Sequence[Task],
    engine: Engine,
    sampling: Sampling,
    config: DifficultyConfig,
    seed: int,
    *,
    prefill: str = "",
    done: Iterable[Rollout] = (),
    weights: Mapping[str, float] | None = None,
    judge: Judge = judge_here,
) -> Iterator[tuple[Rollout, ...]]:
    """The rollouts that decide the tasks' difficulties, in batches of up to 64 as they are made, without `done`.

    Each round asks the engine once for all undecided tasks. `prefill` is put into the model's mouth and belongs
    to the text. Where `config` limits rollouts or completion tokens, the rounds go to the tasks where samples buy the
    most decisions (filters/budget.py), each worth its weight in `weights` by task id (above 0, such as its chance to be
    in the band), or all the same. `judge` gives the verdicts, a batch at a time. Raises RolloutError.
    """
    if len({task.id for task in tasks}) < len(tasks):
        raise RolloutError("the same task is there twice: deduplicate before rolling out")
    worth = dict.fromkeys((task.id for task in tasks), 1.0) if weights is None else weights
    _refuse_weights(tasks, worth)
    settings = {**msgspec.json.decode(msgspec.json.encode(sampling)), "prefill": prefill}  # as they come from disk
    stored: dict[tuple[str, int], Outcome] = {}
    for rollout in done:
        _refuse_another_pass(rollout, engine, settings, seed)
        stored[rollout.task_id, rollout.sample] = Outcome(rollout.score, rollout.completion_tokens)
    rounds = Rounds(tasks, config, worth, sampling.max_tokens)
    while plan := rounds.plan():
        missing = [slot for slot in plan if slot.key not in stored]
        for sampled in _batches(_sampled(missing, engine, sampling, settings, seed)):
            batch = _judged(sampled, engine, settings, seed, judge)
            stored |= {(made.task_id, made.sample): Outcome(made.score, made.completion_tokens) for made in batch}
            yield batch
        rounds.take(plan, stored)


def of_the_pass(
    tasks: Sequence[Task],
    rollouts: Iterable[Rollout],
    sampling: Sampling,
    config: DifficultyConfig,
    weights: Mapping[str, float] | None = None,
) -> list[Rollout]:
    """Those that a whole pass makes, in its order: some may have been made for something else, and are more than it
    asks for, which would make its decisions look open again."""
    made = {(each.task_id, each.sample): each for each in rollouts}
    outcomes = {key: Outcome(each.score, each.completion_tokens) for key, each in made.items()}
    worth = dict.fromkeys((task.id for task in tasks), 1.0) if weights is None else weights
    rounds, kept = Rounds(tasks, config, worth, sampling.max_tokens), list[Rollout]()
    while plan := rounds.plan():
        kept += (made[slot.key] for slot in plan)
        rounds.take(plan, outcomes)
    return kept


def difficulties(
    tasks: Sequence[Task], rollouts: Iterable[Rollout], config: DifficultyConfig, model: str, revision: str
) -> list[Difficulty]:
    """What the rollouts of a whole pass say of each of its tasks; one that was not reached has no samples."""
    scores: dict[str, Scores] = defaultdict(list)
    for rollout in sorted(rollouts, key=lambda rollout: rollout.sample):
        scores[rollout.task_id].append(rollout.score)
    priors = priors_of(tasks, scores, config)
    return [
        difficulty_of(
            task.id,
            model,
            revision,
            tally_of(scores[task.id], config.success_at),
            config,
            priors.get(cell_of(task), JEFFREYS),
        )
        for task in tasks
    ]


def _sampled(
    slots: Sequence[Slot], engine: Engine, sampling: Sampling, settings: dict[str, Any], seed: int
) -> Iterator[_Sample]:
    """A sample for each slot, in the order in which the engine finishes them."""
    asked: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        asked[slot.task.id].append(slot)
    prompts: dict[str, tuple[int, ...]] = {}

    def requests() -> Iterator[Request]:
        for task_id, wanted in asked.items():
            prompts[task_id] = engine.encode(wanted[0].task.prompt, settings["prefill"])
            seeds = tuple(_seed(seed, slot.key) for slot in wanted)
            messages = tuple(wanted[0].task.prompt)
            yield Request(id=task_id, prompt_ids=prompts[task_id], seeds=seeds, messages=messages)

    waiting = {slot.key for slot in slots}
    for completion in engine.generate(requests(), sampling) if slots else ():
        slot = asked[completion.request_id][completion.sample]
        if slot.key not in waiting:
            raise RolloutError(f"the engine gave sample {slot.sample} of task {slot.task.id} twice")
        waiting.remove(slot.key)
        yield _Sample(slot, completion, len(prompts[slot.task.id]))
    if waiting:
        raise RolloutError(f"the engine left out {len(waiting)} of the {len(slots)} samples it was asked for")


def _judged(
    sampled: Sequence[_Sample], engine: Engine, settings: dict[str, Any], seed: int, judge: Judge
) -> tuple[Rollout, ...]:
    verdicts = judge([(one.slot.task, settings["prefill"] + one.completion.text) for one in sampled])
    return tuple(
        judged_rollout(
            slot.task.id,
            msgspec.structs.replace(completion, sample=slot.sample),
            verdict,
            engine,
            settings,
            seed=_seed(seed, slot.key),
            prompt_tokens=prompt_tokens,
        )
        for (slot, completion, prompt_tokens), verdict in zip(sampled, verdicts, strict=True)
    )


def _batches(samples: Iterator[_Sample]) -> Iterator[tuple[_Sample, ...]]:
    """Batches that lose nothing: what was made before the engine failed comes before its failure."""
    batch: list[_Sample] = []
    try:
        for sample in samples:
            batch.append(sample)
            if len(batch) == _BATCH:
                yield tuple(batch)
                batch = []
    except Failure:
        if batch:
            yield tuple(batch)
        raise
    if batch:
        yield tuple(batch)


def _seed(seed: int, key: tuple[str, int]) -> int:
    """Every sample's own seed, the same in whatever batch or round it is made."""
    return derived_seed(seed, "rollout", *key)


def _refuse_weights(tasks: Iterable[Task], weights: Mapping[str, float]) -> None:
    for task in tasks:
        if not 0 < weights.get(task.id, 0) < math.inf:
            raise RolloutError(f"the weight of task {task.id} is {weights.get(task.id)}: give every task one above 0")


def _refuse_another_pass(rollout: Rollout, engine: Engine, settings: dict[str, Any], seed: int) -> None:
    was = (rollout.model, rollout.revision, rollout.engine, rollout.sampling, rollout.seed)
    now = (engine.model, engine.revision, engine.kind, settings, _seed(seed, (rollout.task_id, rollout.sample)))
    names = ("model", "revision", "engine", "sampling", "seed")
    changed = [f"{name} was {old} and is {new}" for name, old, new in zip(names, was, now, strict=True) if old != new]
    if changed:
        raise RolloutError(
            f"sample {rollout.sample} of task {rollout.task_id} is of another pass ({'; '.join(changed)}): "
            "start with an empty journal"
        )
