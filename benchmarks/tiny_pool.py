"""A pool of rollouts of a half-taught model: the trainer's tiny one, stopped while it still learns to add.

    python -m benchmarks.tiny_pool

SmolLM2 passes few of our tasks; this model of half a million parameters adds one digit well, two digits sometimes and
more hardly ever, so that many of its pass rates lie in the middle. It is taught reversed sums of 1 to 4 digits for 500
steps, without the tiny model's habit of giving up, and rolled out on other problems. It takes two minutes of CPU time.
"""

from pathlib import Path

import torch

from benchmarks.rollouts_pool import SAMPLES, made_how, rolled, write_pool
from generators.arithmetic.reversed_addition import FAMILY
from generators.family import make_task
from pipeline.engines.protocol import Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.seeding import generator
from schemas import Task
from trainer import tiny
from trainer.batch import collate
from trainer.logprobs import completion_logprobs

POOL = Path(__file__).parent / "data" / "tiny_rollouts.parquet"

SEED, STEPS = 3, 500
LEVELS = {1: 30, 2: 600, 3: 300, 4: 300}
"""The tasks of each level; one digit has 55 problems in all."""
TAUGHT = {1: 300, 2: 4000, 3: 4000, 4: 4000}
SAMPLING = Sampling(temperature=1.0, max_tokens=6, stop=(tiny.CLOSE,))


def problems() -> tuple[list[Task], list[Task]]:
    """Those to roll out, and those to teach, none of them the same problem."""
    rolled_out: dict[str, Task] = {}
    taught: list[Task] = []
    for level, count in LEVELS.items():
        own: dict[str, Task] = {}
        for index in range(TAUGHT[level]):
            task = make_task(FAMILY, level=level, seed=SEED, index=index, style="bare")
            if len(own) < count:
                own.setdefault(task.canonical, task)
            elif task.canonical not in own:
                taught.append(task)
        rolled_out |= own
    return list(rolled_out.values()), taught


def half_taught(taught: list[Task]) -> TransformersEngine:
    """The model after STEPS batches of right sums."""
    signs = tiny.tokenizer()
    learner = tiny.model(SEED, len(signs))
    optimizer = torch.optim.AdamW(learner.parameters(), lr=tiny.LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.1)
    draw = generator(SEED, "half taught")
    for _ in range(STEPS):
        rows = [tiny._demonstration(signs, task, task.answer) for task in draw.choices(taught, k=tiny.BATCH)]
        batch = collate(rows, learner.device)
        loss = -completion_logprobs(learner, batch, 1.0)[batch.inside].mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return TransformersEngine(learner.eval(), signs, name="tiny, half taught", revision=f"{STEPS} steps")


def main() -> None:
    torch.set_num_threads(1)
    tasks, taught = problems()
    engine = half_taught(taught)
    rows = rolled(tasks, engine, SAMPLING, tiny.OPEN, examples=0)
    how = {**made_how(engine, SAMPLING, tiny.OPEN), "levels": LEVELS, "rule": " ".join((__doc__ or "").split())}
    write_pool(POOL, rows, how)
    rates = [sum(scores) / SAMPLES for scores in rows["scores"].to_pylist()]
    print(len(rates), "tasks,", sum(0.2 <= rate <= 0.8 for rate in rates), "with a rate in 0.2 to 0.8")


if __name__ == "__main__":
    main()
