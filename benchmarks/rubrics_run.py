"""From pairs to training, recorded: tasks, planted pairs, rubrics, the filter, scored responses, GRPO by rubrics.

    python -m benchmarks.rubrics_run

Runs configs/rubrics.yaml and configs/rubrics_train.yaml as the command line does, and writes results/rubrics_run.json.
"""

import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

from flows.planted import planted_contrasts
from flows.rubrics import RubricsConfig, Stages, make_rubrics
from flows.run import run_config
from pipeline.config import checked, load_config
from pipeline.statistics import auroc
from pipeline.store import Run, load_run
from pipeline.store.files import write_whole
from schemas import Task
from trainer.config import TrainConfig
from trainer.loop import train

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "rubrics_run.json"
PLANTED = 4


def main() -> None:
    start = time.process_time()
    run_config(ROOT / "configs" / "rubrics.yaml", [], fresh=True)
    run = load_run("outputs/rubrics")
    stages = make_rubrics(run, checked({"planted": PLANTED}, RubricsConfig))
    told = {"rubrics": made(run, stages), "rubrics_cpu_seconds": round(time.process_time() - start, 1)}
    steps: list[Any] = []
    config = load_config(ROOT / "configs" / "rubrics_train.yaml", TrainConfig)
    summary = train(config, steps.append)
    told["train"] = {"steps": [_shown(step) for step in steps], "cpu_seconds": round(summary.cpu_seconds, 1)}
    told["cpu_seconds"] = round(time.process_time() - start, 1)
    write_whole(str(RESULTS), json.dumps(told, indent=1).encode() + b"\n")
    print(json.dumps(told))


def made(run: Run, stages: Stages) -> dict[str, Any]:
    """What came of the pairs, and how the kept rubrics rank the texts that keep all rules above those that don't."""
    tasks = run.sealed("unique", Task)
    contrasts = planted_contrasts(tasks.records() if tasks else (), PLANTED, run.seed)
    rubrics = list(stages.rubrics.records())
    chosen = {(each.task_id, each.chosen) for each in contrasts}
    scores: dict[bool, list[float]] = defaultdict(list)
    for each in stages.scores.records():
        if each.score is not None:
            scores[(each.task_id, each.response) in chosen].append(each.score)
    return {
        "pairs": len(contrasts),
        "tasks with pairs": len({each.task_id for each in contrasts}),
        "rubrics": len(rubrics),
        "criteria each": round(fmean(len(each.criteria) for each in rubrics), 2),
        "mean discrimination": round(fmean(each.discrimination or 0.0 for each in rubrics), 3),
        "left out": dict(Counter(each.cause for each in stages.left_out.records())),
        "responses scored": sum(map(len, scores.values())),
        "AUROC, whole texts over broken ones": auroc(
            scores[True] + scores[False], [True] * len(scores[True]) + [False] * len(scores[False])
        ),
    }


def _shown(step: Any) -> dict[str, Any]:
    """What a step says of verdicts and rewards."""
    names = ("step", "reward_mean", "zero_variance", "truncated", "loss", "grad_norm", "completions", "rewards")
    return {name: msgspec.to_builtins(getattr(step, name)) for name in names}


if __name__ == "__main__":
    main()
