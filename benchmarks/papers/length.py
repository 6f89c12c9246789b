"""Length control: what five ways to reward short answers leave of tokens and accuracy.

The tiny model of the sums is shown to write up to MOST dots after an answer and none after giving up: length goes with
being right and is of no use. Training by outcome alone keeps the dots, and a penalty might teach to give up.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from benchmarks.papers import sums
from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.training import PLAIN, curve
from generators.verify import verify
from pipeline.engines.protocol import Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.models import load_model
from pipeline.seeding import derived_seed, generator
from schemas import Task
from trainer import tiny
from trainer.batch import Row as Shown

MOST, LESSONS = 12, 40
LONGEST = sums.WIDTH + 2 + MOST + 4
"""Tokens: digits and a tag, dots, the end, and some to spare."""
LEVELS = (1, 2, 3)

ARMS: dict[str, dict[str, Any]] = {
    "outcome only": {},
    "always on": {"length": {"kind": "overlong", "weight": 1.0, "buffer": LONGEST}},
    "gated": {"length": {"kind": "gated", "weight": 0.5}},
    "decoupled": {"length": {"kind": "decoupled"}},
    "budget decay": {"length": {"kind": "budget", "weight": 0.5, "first": 16, "least": 7, "decay": 0.75, "steps": 10}},
}
SETTINGS = {"steps": 60, "sampling": {"max_tokens": LONGEST, "prefill": tiny.OPEN}}


@cache
def rambling(seed: int) -> sums.World:
    """The world of a seed whose model has learnt to ramble, without the hopeless level."""

    def taught(learner: Any, signs: Any, plain: sums.World) -> None:
        teach(learner, signs, [task for task in plain.training if task.level in LEVELS], seed)

    return sums.taught_on("rambling", seed, LEVELS, taught)


def teach(learner: Any, signs: Any, training: Sequence[Task], seed: int) -> None:
    """Dots after the answer, from none to MOST; two of three times `?` instead, and no dots."""
    optimizer = torch.optim.AdamW(learner.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.1)
    draw = generator(seed, "rambling")
    learner.train()
    for _ in range(LESSONS):
        rows = []
        for task in draw.choices(training, k=tiny.BATCH):
            text = "?" + tiny.CLOSE if draw.random() < 2 / 3 else task.answer + tiny.CLOSE + "." * draw.randint(0, MOST)
            rows.append(_shown(signs, task, text + tiny.END))
        tiny._teach(learner, optimizer, rows)
    learner.eval()


def _shown(signs: Any, task: Task, text: str) -> Shown:
    row = tiny._demonstration(signs, task, "")
    token_ids = signs(text, add_special_tokens=False)["input_ids"]
    zeros = [0.0] * len(token_ids)
    return Shown(row.prompt_ids, token_ids, zeros, zeros, zeros, weight=1.0)


def cell(arm: str, seed: int) -> Row:
    changes = {**SETTINGS, "reward": ARMS[arm]}
    return {"points": curve(rambling(seed), f"length-{arm}-{seed}", seed, changes, sampled, every=20)}


def sampled(world: sums.World, model: Path) -> Row:
    """One sample of every held-out task, the same seeds each time."""
    learner, signs = load_model(model, "float32")
    engine = TransformersEngine(learner.eval(), signs, name="checkpoint", revision="")
    requests = [
        Request(
            id=str(place), prompt_ids=engine.encode(task.prompt, tiny.OPEN), seeds=(derived_seed(0, "length", task.id),)
        )
        for place, task in enumerate(world.held_out)
    ]
    done = list(engine.generate(requests, Sampling(max_tokens=LONGEST)))
    right = [verify(world.held_out[int(each.request_id)], tiny.OPEN + each.text).score == 1.0 for each in done]
    return {
        "accuracy": round(fmean(right), 4),
        "tokens_each": round(fmean(len(each.token_ids) for each in done), 3),
        "given_up": round(fmean("?" in each.text for each in done), 4),
    }


def summary(cells: Sequence[Row]) -> list[Row]:
    """At the end; changes against outcome only are taken seed by seed."""
    rows = []
    plain = [each["points"][-1] for each in of_arm(cells, "outcome only")]
    for arm in ARMS:
        own = of_arm(cells, arm)
        ends = [each["points"][-1] for each in own]
        rows.append(
            {
                "arm": arm,
                "accuracy_before": interval([each["points"][0]["accuracy"] for each in own]),
                "tokens_before": interval([each["points"][0]["tokens_each"] for each in own], 2),
                "accuracy": interval([end["accuracy"] for end in ends]),
                "tokens": interval([end["tokens_each"] for end in ends], 2),
                "given_up": interval([end["given_up"] for end in ends]),
                "accuracy_more": interval(
                    [end["accuracy"] - base["accuracy"] for end, base in zip(ends, plain, strict=True)]
                ),
                "tokens_share": interval(
                    [end["tokens_each"] / base["tokens_each"] for end, base in zip(ends, plain, strict=True)]
                ),
            }
        )
    return rows


CLAIM = Claim(
    name="length",
    paper="GRPO-λ, arXiv 2505.18086; DRPO, 2510.04474; Train Long Think Short, 2508.08940",
    says="an always-on penalty costs accuracy; gated, decoupled or with a shrinking budget it saves tokens at no cost",
    settings={"training": {**PLAIN, **SETTINGS}, "arms": ARMS},
    arms=list(ARMS),
    seeds=range(3),
    cell=cell,
    summary=summary,
)
