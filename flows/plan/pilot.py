"""The rates of a pilot: a few tasks of every cell are made, a few of them rolled out, and nothing is kept."""

import sys
import time
from collections.abc import Sequence

import msgspec

from filters.difficulty import tally_of
from filters.prior import Cell, cell_of, cell_of_segment
from filters.rollouts import difficulties, roll_out
from flows.config import RunConfig
from flows.plan.evidence import CellSeen, ModelSeen, Seen, TaskSeen, sizes_of
from flows.plan.warming import Work, making_of
from flows.workers.held import VERIFIER_SECONDS, VERIFIERS
from generators.judging import Verifiers
from generators.stream import Segment, tasks_of
from pipeline.costs.meter import all_cpu_seconds, device_of
from pipeline.costs.record import cell_cost
from pipeline.engines.config import ModelConfig
from pipeline.engines.opening import opened
from pipeline.store.shard import shard_bytes
from schemas import Difficulty, Rollout, Task

MOST_SECONDS = 2.0
"""CPU seconds after which no further task of a cell is made, unless it has FEWEST."""

FEWEST = 4

MOST_ROLLOUTS = 256
"""Rollouts of each model, spread over the cells."""


def seen_by_pilot(config: RunConfig, tasks: int) -> Seen:
    """Makes up to `tasks` tasks of each cell, and has each model answer some of them. Raises what a run would raise."""
    wall, cpu = time.monotonic(), time.thread_time()
    made = {cell_of_segment(segment): _made(segment, tasks) for segment in config.segments()}
    waits = (time.monotonic() - wall) / max(time.thread_time() - cpu, 1e-3)
    shown = {cell_of_segment(segment): segment.examples for segment in config.segments()}
    cells = {cell: _cell_seen(cell, *found, shown[cell]) for cell, found in made.items()}
    models = [] if config.model is None else [config.model, *config.compare]
    each = max(1, MOST_ROLLOUTS // (len(made) * config.difficulty.round_size))
    asked = [task for found, _ in made.values() for task in _different(found)[:each]]
    total = sum(len(found) for found, _ in made.values())
    told = f", {len(asked):,} of them rolled out {_round(config)} times" if models else ""
    return Seen(
        rates=f"a pilot of {total:,} tasks{told}",
        cells=cells,
        models={model.name: _model_seen(model, asked, config) for model in models},
        writing=_writing([task for found, _ in made.values() for task in found]),
        waits=max(waits, 1.0),
    )


def _made(segment: Segment, most: int) -> tuple[list[Task], list[float]]:
    """The segment's first tasks, and the CPU seconds of each."""
    tasks: list[Task] = []
    seconds: list[float] = []
    began = last = time.thread_time()
    for task in tasks_of(msgspec.structs.replace(segment, stop=min(segment.stop, segment.start + most))):
        now = time.thread_time()
        tasks.append(task)
        seconds.append(now - last)
        last = now
        if now - began > MOST_SECONDS and len(tasks) >= FEWEST:
            break
    return tasks, seconds


def _cell_seen(cell: Cell, tasks: Sequence[Task], seconds: Sequence[float], examples: int) -> CellSeen:
    return CellSeen(
        keys=[task.canonical for task in tasks],
        making=making_of([cell_cost(*cell, seconds)], examples),
        sizes=sizes_of(tasks, Task),
        begun=True,
    )


def _writing(tasks: Sequence[Task]) -> Work:
    """Twice, as the first time loads what both need."""
    seconds = []
    for _ in range(2):
        began = time.thread_time()
        shard_bytes(tasks, Task)
        seconds.append(time.thread_time() - began)
    return Work(max(seconds[0] - seconds[1], 0.0), [(float(len(tasks)), seconds[1])])


def _different(tasks: Sequence[Task]) -> list[Task]:
    return list({task.canonical: task for task in tasks}.values())


def _round(config: RunConfig) -> int:
    return min(config.difficulty.round_size, config.difficulty.cap)


def _model_seen(model: ModelConfig, tasks: Sequence[Task], config: RunConfig) -> ModelSeen:
    """One round of rollouts of each task, as the run's first round makes them."""
    sys.stderr.write(f"pilot: {model.name} answers {len(tasks):,} tasks {_round(config)} times\n")
    once = config.difficulty.model_copy(
        update={"cap": _round(config), "max_rollouts": None, "max_completion_tokens": None}
    )
    cpu, wall = all_cpu_seconds(), time.monotonic()
    engine = opened(model)
    opening = all_cpu_seconds() - cpu, time.monotonic() - wall
    try:
        with Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers:
            cpu, wall = all_cpu_seconds(), time.monotonic()
            rollouts = [
                rollout
                for batch in roll_out(
                    tasks,
                    engine,
                    config.sampling.for_engine(),
                    once,
                    config.seed,
                    prefill=config.sampling.prefill,
                    judge=verifiers.judge,
                )
                for rollout in batch
            ]
            took = all_cpu_seconds() - cpu, time.monotonic() - wall
        graded = difficulties(tasks, rollouts, once, engine.model, engine.revision)
    finally:
        engine.close()
    tokens = float(sum(rollout.completion_tokens for rollout in rollouts))
    return ModelSeen(
        tasks=by_cell(tasks, rollouts, once.success_at),
        sampling=[(tokens, took[0])],
        waiting=[(tokens, took[1])],
        opening=opening,
        device=device_of(model.engine),
        rollout_bytes=sizes_of(rollouts, Rollout),
        difficulty_bytes=sizes_of(graded, Difficulty),
    )


def by_cell(tasks: Sequence[Task], rollouts: Sequence[Rollout], success_at: float) -> dict[Cell, list[TaskSeen]]:
    """What was seen of each task that has rollouts."""
    own: dict[str, list[Rollout]] = {task.id: [] for task in tasks}
    for rollout in rollouts:
        own[rollout.task_id].append(rollout)
    found: dict[Cell, list[TaskSeen]] = {}
    for task in tasks:
        made = own[task.id]
        tally = tally_of([rollout.score for rollout in made], success_at)
        prompt = sum(rollout.prompt_tokens for rollout in made)
        completion = sum(rollout.completion_tokens for rollout in made)
        seen = TaskSeen(tally.successes, tally.failures, len(made), prompt, completion)
        found.setdefault(cell_of(task), []).append(seen)
    return found
