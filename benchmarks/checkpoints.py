"""Checkpoints of one small model as it learns reversed addition, and how often each solves which sums."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from filters.irt.counts import Ints
from generators.family import make_task
from generators.verify import verify
from pipeline.engines.protocol import Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.models.load import without_bars
from pipeline.seeding import derived_seed
from schemas import Task
from trainer import tiny

STAGES = (((1, 2), 0.15), ((1, 2), 0.45), ((1, 2, 3), 0.45), ((1, 2, 3), 0.6), ((1, 2, 3), 0.75))
"""What each checkpoint has learnt: sums of so many digits, until so high a mean probability of the right answer."""


def checkpoints(folder: Path) -> Iterator[str]:
    """One model as it learns reversed addition, saved at each of STAGES."""
    signs = tiny.tokenizer()
    learner = tiny.model(0, len(signs))
    tiny.HABIT_STEPS = 0  # no bad habit: each stage goes on from the one before
    for stage, (levels, skill) in enumerate(STAGES):
        tiny.SKILLED = skill
        tiny.warm_start(learner, signs, problems(levels, seed=5, each=3000), seed=0)
        with without_bars():
            learner.save_pretrained(folder / str(stage))
        signs.save_pretrained(folder / str(stage))
        yield str(folder / str(stage))


def problems(levels: Sequence[int], seed: int, each: int) -> list[Task]:
    drawn = (
        make_task(tiny.FAMILY, level=level, seed=seed, index=index, style="bare")
        for level in levels
        for index in range(each)
    )
    return list({task.canonical: task for task in drawn}.values())


def rolled_out(path: str, tasks: Sequence[Task], samples: int, number: int) -> Ints:
    """Right answers of each task."""
    engine = TransformersEngine.load(path, device="cpu")
    right = np.zeros(len(tasks), dtype=np.int64)
    requests = [
        Request(
            id=str(place),
            prompt_ids=engine.encode(task.prompt, tiny.OPEN),
            seeds=tuple(derived_seed(0, "ability", number, place, sample) for sample in range(samples)),
        )
        for place, task in enumerate(tasks)
    ]
    for done in engine.generate(requests, Sampling(max_tokens=5, stop=(tiny.CLOSE,))):
        task = tasks[int(done.request_id)]
        right[int(done.request_id)] += verify(task, tiny.OPEN + done.text).score == 1.0
    engine.close()
    return right
