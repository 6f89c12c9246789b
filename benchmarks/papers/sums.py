"""A small world with a ladder: reversed sums of one width, on which a tiny model is good, middling, bad or hopeless.

All problems have WIDTH digits a side and zeros where a number is shorter, so that all levels share what is learnt. The
model is the trainer's tiny one. It is shown right sums, most of them easy and none of the hardest level, until it can
do three of four of level 2; then a while of `?` instead, the more often the harder: a habit of giving up, for training
to remove. Weights, problems and demonstrations are all of one seed, and a tenth of the problems is held out from all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import torch

from generators.arithmetic.reversed_addition import FAMILY, Instance, Params
from generators.family import task_of
from pipeline.models.load import load_model, without_bars
from pipeline.seeding import generator
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Task
from trainer import tiny
from trainer.batch import Row, collate
from trainer.logprobs import completion_logprobs

FOLDER = Path("outputs") / "papers"

WIDTH = 4
DIGITS = {1: (1, 2), 2: (2, 2), 3: (3, 3), 4: (4, 4)}
"""Digits of the left and of the right number, by level."""
SHOWN = {1: 5, 2: 4, 3: 1}
"""How often the warm start shows each level."""
SKILL, CHECKED_EVERY, MOST_STEPS = 0.75, 10, 800
GIVEN_UP = {1: 0.3, 2: 0.65, 3: 0.9}
"""The share of `?` in the last HABIT_STEPS of the warm start."""
TRAINING, HELD_OUT = 800, 80
"""Problems of each level; level 1 has 955 in all."""


@dataclass(frozen=True)
class World:
    """A warm-started model and its problems, on disk, with those held out in memory too."""

    model: str
    shards: str
    training: tuple[Task, ...]
    held_out: tuple[Task, ...]


@cache
def world(seed: int) -> World:
    """The world of a seed, made when it is first asked for: half a minute."""
    folder = FOLDER / f"sums-{seed}"
    training, held_out = problems(seed)
    if not (folder / "model").exists():
        signs = tiny.tokenizer()
        learner = tiny.model(seed, len(signs))
        warm_start(learner, signs, training, held_out, seed)
        write_whole(str(folder / "train.parquet"), shard_bytes(training, Task)[0])
        with without_bars():
            learner.save_pretrained(folder / "making")
        signs.save_pretrained(folder / "making")
        (folder / "making").rename(folder / "model")
    return World(str(folder / "model"), str(folder / "train.parquet"), tuple(training), tuple(held_out))


def taught_on(name: str, seed: int, levels: Sequence[int], teach: Callable[[Any, Any, World], None]) -> World:
    """Some levels of the world of a seed, its model changed by `teach` (learner, tokenizer, plain world)."""
    plain = world(seed)
    folder = FOLDER / f"{name}-{seed}"
    training = [task for task in plain.training if task.level in levels]
    if not (folder / "model").exists():
        learner, signs = load_model(Path(plain.model), "float32")
        teach(learner, signs, plain)
        write_whole(str(folder / "train.parquet"), shard_bytes(training, Task)[0])
        with without_bars():
            learner.save_pretrained(folder / "making")
        signs.save_pretrained(folder / "making")
        (folder / "making").rename(folder / "model")
    held_out = tuple(task for task in plain.held_out if task.level in levels)
    return World(str(folder / "model"), str(folder / "train.parquet"), tuple(training), held_out)


def problems(seed: int) -> tuple[list[Task], list[Task]]:
    """Distinct problems to learn from and held out, TRAINING and HELD_OUT of each level."""
    training, held_out = [], []
    seen: set[str] = set()
    for level in DIGITS:
        kept: tuple[list[Task], list[Task]] = [], []
        index = 0
        while len(kept[0]) < TRAINING or len(kept[1]) < HELD_OUT:
            task = _task(level, seed, index)
            index += 1
            out = int(task.canonical, 16) % tiny.HELD_OUT_ONE_IN == 0
            if task.canonical not in seen and len(kept[out]) < (HELD_OUT if out else TRAINING):
                seen.add(task.canonical)
                kept[out].append(task)
        training += kept[0]
        held_out += kept[1]
    return training, held_out


def warm_start(learner: Any, signs: Any, training: list[Task], held_out: list[Task], seed: int) -> None:
    """Right sums, until the mean probability of the right answer on level 2, held out, is SKILL; then the habit."""
    shown = {
        level: [tiny._demonstration(signs, task, task.answer) for task in training if task.level == level]
        for level in SHOWN
    }
    given_up = {
        level: [tiny._demonstration(signs, task, "?") for task in training if task.level == level] for level in SHOWN
    }
    probe = [tiny._demonstration(signs, task, task.answer) for task in held_out if task.level == 2]
    optimizer = torch.optim.AdamW(learner.parameters(), lr=tiny.LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.1)
    draw = generator(seed, "sums warm start")
    learner.train()
    for step in range(MOST_STEPS):
        levels = draw.choices(list(SHOWN), list(SHOWN.values()), k=tiny.BATCH)
        tiny._teach(learner, optimizer, [draw.choice(shown[level]) for level in levels])
        if (step + 1) % CHECKED_EVERY == 0 and tiny._skill(learner, probe) >= SKILL:
            break
    for _ in range(tiny.HABIT_STEPS):
        levels = draw.choices(list(GIVEN_UP), k=tiny.BATCH)
        rows = [draw.choice((given_up if draw.random() < GIVEN_UP[level] else shown)[level]) for level in levels]
        tiny._teach(learner, optimizer, rows)
    learner.eval()


@torch.no_grad()
def pass_rates(learner: Any, signs: Any, tasks: tuple[Task, ...]) -> list[float]:
    """The model's own probability of the one right answer, closed by its tag: a pass rate without sampling error.

    The verifier also takes a right answer followed by a full stop, which no model here writes.
    """
    rows: list[Row] = [tiny._demonstration(signs, task, task.answer) for task in tasks]
    logprobs = completion_logprobs(learner, collate(rows, learner.device), 1.0)
    told: list[float] = logprobs.sum(-1).exp().tolist()
    return told


def _task(level: int, seed: int, index: int) -> Task:
    rng = generator(seed, "sums", level, index)
    left, right = (_padded(rng, count) for count in DIGITS[level])
    return task_of(FAMILY, Instance(left, right), Params(WIDTH), level, seed, index, "bare")


def _padded(rng: Random, digits: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(digits)).ljust(WIDTH, "0")
