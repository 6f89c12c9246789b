"""GHPO: hints for groups that are all wrong, on sums of which half are too hard.

The tiny model gives up nearly always on the hardest level, and often on the one before, but not under a hint, of which
its template puts the digits before the problem. So hints bring groups to life; the question is what that teaches for
the same problems without one.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

import torch

from benchmarks.papers import sums
from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.training import PLAIN, curve, held_out_rates
from pipeline.seeding import generator
from schemas import Task
from trainer import tiny
from trainer.batch import Row as Shown
from trainer.config import HintConfig
from trainer.hints import hinted, steps_told
from trainer.record import read_metrics

LESSONS, LEVELS = 80, (3, 4)
GIVEN_UP = {1: 0.3, 2: 0.65, 3: 0.9, 4: 0.99}
"""The share of `?` among the lessons without a hint."""
HINTS = HintConfig(shares=[0.25, 0.5, 0.75])
ARMS: dict[str, Any] = {"no hints": {}, "hints": {"hints": HINTS.model_dump()}}
TEMPLATE = """{% set told = messages[-1]['content'] %}{% set hint = namespace(digits='') %}\
{% for part in (told + 'from there:').split('from there:')[1].split('write ')[1:] %}\
{% set hint.digits = hint.digits + part[0] %}{% endfor %}\
{% if hint.digits %}{{ '%-4s' | format(hint.digits) }}{% endif %}{{ told.split('\\n')[0] }}"""
EVERY = 20


@cache
def guided(seed: int) -> sums.World:
    """The world of a seed whose model can read hints, with the problems of LEVELS alone."""

    def taught(learner: Any, signs: Any, plain: sums.World) -> None:
        signs.chat_template = TEMPLATE
        teach(learner, signs, plain.training, seed)

    return sums.taught_on("guided", seed, LEVELS, taught)


def teach(learner: Any, signs: Any, training: Sequence[Task], seed: int) -> None:
    """Half of the sums under a hint, all of those right; the others right or given up."""
    optimizer = torch.optim.AdamW(learner.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.1)
    draw = generator(seed, "reads hints")
    learner.train()
    for _ in range(LESSONS):
        tiny._teach(learner, optimizer, [_shown(signs, task, draw) for task in draw.choices(training, k=tiny.BATCH)])
    learner.eval()


def _shown(signs: Any, task: Task, draw: Random) -> Shown:
    share = draw.choice((0.0, 0.0, 0.0, 0.25, 0.5, 0.75))
    if share:
        return tiny._demonstration(signs, hinted(task, steps_told(task, share, HINTS.characters)), task.answer)
    return tiny._demonstration(signs, task, "?" if draw.random() < GIVEN_UP[task.level] else task.answer)


def cell(arm: str, seed: int) -> Row:
    return {"points": curve(guided(seed), f"hints-{arm}-{seed}", seed, ARMS[arm], measure, EVERY)}


def measure(world: sums.World, model: Path) -> Row:
    """Held-out pass rates without hints; of the steps since the point before, the share of dead groups by then."""
    told = held_out_rates(world, model)
    steps = read_metrics(model.parents[2])[-EVERY:] if model.parent.name.startswith("step-") else []
    sampled = [step.sampled for step in steps if step.sampled]
    if sampled:
        told["all_wrong"] = round(fmean(each.all_wrong for each in sampled), 4)
        told["left_wrong"] = round(fmean(each.left_wrong for each in sampled), 4)
    return told


def summary(cells: Sequence[Row]) -> list[Row]:
    """At the end; `completions` are all that were sampled, those under hints too."""
    rows = []
    for arm in ARMS:
        own = of_arm(cells, arm)
        ends = [each["points"][-1] for each in own]
        row: Row = {"arm": arm, "completions": interval([end["completions"] for end in ends], 0)}
        for level in LEVELS:
            row[f"level {level} before"] = interval([each["points"][0][f"level {level}"] for each in own])
            row[f"level {level}"] = interval([end[f"level {level}"] for end in ends])
        for name in ("all_wrong", "left_wrong"):
            row[f"{name}, first {EVERY} steps"] = interval([each["points"][1][name] for each in own])
            row[f"{name}, last"] = interval([end[name] for end in ends])
        rows.append(row)
    return rows


CLAIM = Claim(
    name="hints",
    paper="GHPO, arXiv 2507.10628",
    says="hints turn dead groups into ones that teach, and training gains about 5 %",
    settings={"training": PLAIN, "arms": ARMS, "levels": LEVELS},
    arms=list(ARMS),
    seeds=range(3),
    cell=cell,
    summary=summary,
)
