"""Rollouts of a tiny model into a real store, killed where it is told: python rollout_job.py FOLDER KILLS.

FOLDER gets the model, the run `whole`, made in one go, and the run `killed`, which lives once for each of KILLS, a
JSON list, and once more to its end. A kill is ["sample", n]: just after the n-th sample of that life was paid for; or
["step", n]: before the n-th step of that life on the file system. Each life is a fork that has imported everything
and done nothing. `stored` gets one line for each sample that is there when a life begins, `paid` one for each that is
paid for: run, life, task and seed. Prints how the lives ended.
"""

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import torch

from filters.config import DifficultyConfig
from flows.asking import Alone
from flows.rollout import grade_shard
from flows.work import ShardJob
from generators.arithmetic.reversed_addition import FAMILY
from generators.family import make_task
from generators.judging import judge_here
from pipeline.engines import Engine, open_engine
from pipeline.engines.protocol import Completion, Request, Sampling
from pipeline.store import Stage, open_run
from schemas import Difficulty, Message, Rollout, Task
from tests.pipeline import store_job
from trainer import tiny
from trainer.config import SamplingConfig

SHARDS, TASKS = 3, 30
SAMPLING = SamplingConfig(max_tokens=4, prefill=tiny.OPEN, stop=[tiny.CLOSE])
DIFFICULTY = DifficultyConfig(cap=24, max_rollouts=300)


class Paying:
    """An engine that writes down each sample it was paid for, and may die with one."""

    def __init__(self, engine: Engine, paid: Path, life: str, last: int | None) -> None:
        self._engine, self._paid, self._life, self._left = engine, paid, life, last
        self.kind, self.model, self.revision = engine.kind, engine.model, engine.revision

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        return self._engine.encode(messages, prefill)

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        asked = {request.id: request for request in requests}
        for completion in self._engine.generate(asked.values(), sampling):
            seed = asked[completion.request_id].seeds[completion.sample]
            with self._paid.open("a") as log:
                log.write(f"{self._life} {completion.request_id} {seed}\n")
            if self._left is not None:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            yield completion

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        return self._engine.score(prompts, continuations)

    def close(self) -> None:
        self._engine.close()


def tasks() -> list[Task]:
    """One-digit sums, each once."""
    made = (make_task(FAMILY, level=1, seed=5, index=index, style="bare") for index in range(1000))
    return list({task.id: task for task in made}.values())[: SHARDS * TASKS]


def build(folder: Path) -> None:
    """A model that has begun to learn one-digit sums: some always right, some never."""
    signs = tiny.tokenizer()
    learner = tiny.model(0, len(signs))
    tiny.MOST_STEPS, tiny.HABIT_STEPS = 50, 0
    tiny.warm_start(learner, signs, tasks(), 0)
    learner.save_pretrained(folder / "model")
    signs.save_pretrained(folder / "model")


def stored(rollouts: Stage[Rollout]) -> list[Rollout]:
    """Every rollout that is on disk, in a shard or in its journal."""
    return [rollout for shard in range(rollouts.count) for rollout in rollouts.so_far(shard)]


def live(folder: Path, name: str, number: int, kill: tuple[str, int] | None) -> None:
    """Goes on with the run until it is killed or done."""
    run = open_run(str(folder / name), config={}, seed=7)
    if kill is not None and kill[0] == "step":
        store_job.kill_at(run.url, *kill)
    unique = run.stage("unique", Task, count=SHARDS, key={})
    for shard in unique.missing():
        unique.write(shard, tasks()[shard * TASKS : (shard + 1) * TASKS])
    rollouts = run.stage("rollouts", Rollout, count=SHARDS, key={})
    graded = run.stage("difficulty", Difficulty, count=SHARDS, key={})
    with (folder / "stored").open("a") as log:
        log.writelines(f"{name} {number} {each.task_id} {each.seed}\n" for each in stored(rollouts))
    last = kill[1] if kill is not None and kill[0] == "sample" else None
    engine = Paying(open_engine("transformers", str(folder / "model")), folder / "paid", f"{name} {number}", last)
    for info in unique.shards():
        if not graded.has(info.shard):
            job = ShardJob(SAMPLING, DIFFICULTY, run.seed, unique, info, rollouts, graded)
            grade_shard.fn(Alone(lambda: engine, judge_here), job, lambda *_: None)
    rollouts.seal()
    graded.seal()


def main(folder: Path, kills: list[tuple[str, int]]) -> None:
    torch.set_num_threads(1)
    ends = [store_job.forked(partial(build, folder)), store_job.forked(partial(live, folder, "whole", 0, None))]
    ends += [store_job.forked(partial(live, folder, "killed", *life)) for life in enumerate([*kills, None])]
    print(json.dumps(ends))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
