"""PCL: how well and how fast a value head finds prompts of middling difficulty, against rolling them out.

Along a run that is trained with it (`order: value`), at checkpoints: of PROBED random training prompts it chooses the
CHOSEN nearest to one half; so do EACH rollouts a prompt. The truth is the model's own probability of the right answer.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

import msgspec
import numpy as np
import torch

from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.sums import World, pass_rates, world
from benchmarks.papers.training import PLAIN, curve
from generators.verify import verify
from pipeline.engines.protocol import Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.models import load_model
from pipeline.seeding import derived_seed, generator
from pipeline.statistics import rank_correlation
from schemas import Task
from trainer.curriculum.candidates import Value
from trainer.learner import prompt_states
from trainer.state import Progress

PROBED, CHOSEN, EACH = 128, 32, 8
LOW, HIGH = 0.25, 0.75
STEPS = (10, 20, 40, 60)


def cell(arm: str, seed: int) -> Row:
    """`arm` is the curriculum of the run in which the head is asked: PCL's alone has one."""

    def measure(made: World, model: Path) -> Row:
        step = int(model.parent.name.removeprefix("step-")) if model.parent.name.startswith("step-") else 0
        return {"chosen": chosen(made, model.parent, seed, step)} if step in STEPS else {}

    told = {"order": {"kind": "value"}, "steps": STEPS[-1]}
    points = curve(world(seed), f"value-head-{seed}", seed, told, measure, every=10)
    return {"points": [point for point in points if "chosen" in point]}


def chosen(made: World, checkpoint: Path, seed: int, step: int) -> Row:
    """What the head and what rollouts find among the same prompts, and the CPU seconds that each took."""
    learner, signs = load_model(checkpoint / "model", "float32")
    engine = TransformersEngine(learner.eval(), signs, name="checkpoint", revision=checkpoint.name)
    probed = generator(seed, "probed", step).sample(made.training, PROBED)
    prefill, budget = PLAIN["sampling"]["prefill"], 4096

    def states(tasks: Sequence[Task]) -> torch.Tensor:
        return prompt_states(learner, [engine.encode(task.prompt, prefill) for task in tasks], budget)

    head = Value(made.training, states, seed, candidates=4, target=0.5)
    head.restore(msgspec.msgpack.decode((checkpoint / "progress.msgpack").read_bytes(), type=Progress).curriculum)
    truth = np.array(pass_rates(learner, signs, tuple(probed)))
    ways: dict[str, Callable[[Sequence[Task]], list[float]]] = {
        "head": head.values,
        "rollouts": lambda tasks: rolled_out(engine, tasks, seed, step),
    }
    guesses = {}
    for name, rates in ways.items():
        start = time.process_time()
        told = np.array(rates(probed))
        guesses[name] = {**_quality(told, truth), "cpu_seconds": round(time.process_time() - start, 4)}
    return {"inside": round(float(_inside(truth).mean()), 4), **guesses}


def rolled_out(engine: TransformersEngine, tasks: Sequence[Task], seed: int, step: int) -> list[float]:
    """The share of right answers among EACH."""
    told = PLAIN["sampling"]
    sampling = Sampling(max_tokens=told["max_tokens"], stop=tuple(told["stop"]))
    requests = [
        Request(
            id=str(place),
            prompt_ids=engine.encode(task.prompt, told["prefill"]),
            seeds=tuple(derived_seed(seed, "probe", step, place, number) for number in range(EACH)),
        )
        for place, task in enumerate(tasks)
    ]
    right: list[list[bool]] = [[] for _ in tasks]
    for done in engine.generate(requests, sampling):
        place = int(done.request_id)
        right[place].append(verify(tasks[place], told["prefill"] + done.text).score == 1.0)
    return [fmean(own) for own in right]


def summary(cells: Sequence[Row]) -> list[Row]:
    """By step; `times_faster` is the CPU time of rollouts over that of the head, `inside` what any choice would hit."""
    own = of_arm(cells, CLAIM.arms[0])
    rows = []
    for place, step in enumerate(STEPS):
        seen = [each["points"][place]["chosen"] for each in own]
        row: Row = {"step": step, "inside": interval([each["inside"] for each in seen])}
        for name in ("head", "rollouts"):
            for measure in ("precision", "spearman", "cpu_seconds"):
                row[f"{name}_{measure}"] = interval([each[name][measure] for each in seen])
        ratios = [each["rollouts"]["cpu_seconds"] / each["head"]["cpu_seconds"] for each in seen]
        row["times_faster"] = interval(ratios, 1)
        rows.append(row)
    return rows


def _quality(told: np.ndarray, truth: np.ndarray) -> Row:
    nearest = np.argsort(np.abs(told - 0.5), kind="stable")[:CHOSEN]
    return {
        "precision": float(_inside(truth[nearest]).mean()),
        "spearman": round(rank_correlation(told, truth) or 0.0, 4),
    }


def _inside(rates: np.ndarray) -> np.ndarray:
    return (rates >= LOW) & (rates <= HIGH)


CLAIM = Claim(
    name="value_head",
    paper="PCL, arXiv 2510.01135",
    says="a value head finds prompts of middling difficulty 12 to 17 times faster than rollouts",
    settings={"training": PLAIN, "probed": PROBED, "chosen": CHOSEN, "rollouts_each": EACH},
    arms=["PCL"],
    seeds=range(3),
    cell=cell,
    summary=summary,
)
