"""Pairs and step labels of SmolLM2-135M's own rollouts: sums worked out a line at a time, searched, judged twice over.

    OMP_NUM_THREADS=1 python -m benchmarks.search_real

Whatever was sampled is in outputs/search_real and not sampled again; results/search_real.json holds what it came to.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import msgspec
import torch

from benchmarks.search_world import occupancy
from flows.config import RunConfig
from flows.pairs import PreferencesConfig, make_pairs, plain_decoder
from flows.rollout import rollout_stages
from flows.steps import StepsConfig, search_tasks
from flows.work import ShardJob, graded_shard
from flows.workers.held import VERIFIER_SECONDS, VERIFIERS
from generators.judging import Verifiers
from generators.preferences.exact import agreement, exact_labels, soundness
from generators.preferences.search.asking import Answer
from generators.preferences.search.asking import Path as TokenPath
from generators.preferences.search.omega import OmegaConfig, omega
from generators.preferences.steps import step_ends
from generators.stream import Segment, tasks_of
from pipeline.config import checked
from pipeline.engines.opening import opened
from pipeline.models import resolve
from pipeline.models.load import load_tokenizer
from pipeline.store import Run, Stage, open_run
from pipeline.store.files import write_whole
from schemas import Continuation, Rollout, Task
from schemas.interval import wilson

RESULTS = Path(__file__).parent / "results" / "search_real.json"
FOLDER = "outputs/search_real"

TASKS, SAMPLES, ROWS = 112, 4, 32
SOURCE = {
    "family": "arithmetic.chain",
    "params": {"terms": 3, "digits": 1, "operators": "+"},
    "count": TASKS,
    "examples": 4,
    "worked": True,
}
SAMPLING = {"temperature": 0.7, "max_tokens": 64, "stop": ["</answer>"]}
CONFIG: dict[str, Any] = {
    "name": "search_real",
    "seed": 5,
    "tasks": {"sources": [SOURCE], "shard_size": TASKS},
    "model": {"name": "smollm2-135m", "threads": 1, "rows": ROWS},
    "sampling": SAMPLING,
    "difficulty": {"cap": SAMPLES, "round_size": SAMPLES, "prior": "jeffreys"},
}
OMEGA = {"rollouts": 8, "searches": 4, "length": 60}


def main() -> None:
    torch.set_num_threads(1)
    start = time.process_time()
    config = checked(CONFIG, RunConfig)
    run = open_run(FOLDER, config=config.model_dump(mode="json"), seed=config.seed)
    told: dict[str, Any] = {"config": CONFIG, "omega": OMEGA}
    tasks, rollouts = rolled(run, config)
    told["rollouts"] = of_rollouts(tasks, rollouts)
    made = make_pairs(run, PreferencesConfig())
    pairs, traces = list(made.pairs.records()), list(made.traces.records())
    told["pairs"] = {
        "traces": len(traces),
        "pairs": len(pairs),
        "kinds": dict(Counter(pair.kind for pair in pairs)),
        "left out": dict(Counter(pair.cause for pair in made.left_out.records())),
        "traces judged right again": _right(tasks, ((t.task_id, t.completion[-1].content) for t in traces)),
        "chosen judged right again": _right(tasks, ((p.task_id, p.chosen[-1].content) for p in pairs)),
        "rejected judged right again, of those not unsound": _right(
            tasks, ((p.task_id, p.rejected[-1].content) for p in pairs if p.kind != "unsound")
        ),
    }
    with occupancy() as live:
        searched = search_tasks(run, checked({"omega": OMEGA, "mixed": True}, StepsConfig))
    if live:  # nothing is decoded where the search is there already
        write_whole(f"{FOLDER}/live_rows.json", json.dumps(live).encode())
    live = json.loads(Path(FOLDER, "live_rows.json").read_text())
    told["batch"] = {
        "rows": ROWS,
        "decoding steps": len(live),
        "occupancy": round(fmean(live) / ROWS, 4),
        "steps with three quarters of the rows and more": round(fmean(rows >= ROWS * 3 / 4 for rows in live), 4),
        "occupancy at those": round(fmean(rows for rows in live if rows >= ROWS * 3 / 4) / ROWS, 4),
    }
    rows, answers = list(searched.labels.records()), list(searched.continuations.records())
    whole = [row for row in rows if row.score is not None]
    judged = _verdicts(tasks, ((row.task_id, "".join(row.completions)) for row in whole))
    told["steps"] = {
        "trees": len({each.task_id for each in answers}),
        "continuations": len(answers),
        "tokens": sum(len(each.token_ids) for each in answers),
        "responses": len(rows),
        "steps in a response": round(fmean(len(row.completions) for row in rows), 2),
        "right steps": sum(label for row in rows for label in row.labels),
        "wrong steps": sum(not label for row in rows for label in row.labels),
        "estimated": sum(visits > 0 for row in rows for visits in row.visits),
        "step pairs": sum(info.rows for info in searched.pairs.shards()),
        "responses judged again": len(whole),
        "the same verdict": sum(score == row.score for row, score in zip(whole, judged, strict=True)),
    }
    told["labels by two judges"] = by_two_judges(tasks, answers)
    told["cpu_seconds of the last start"] = round(time.process_time() - start, 1)
    write_whole(str(RESULTS), json.dumps(told, indent=1).encode() + b"\n")
    print(json.dumps(told, indent=1))


def rolled(run: Run, config: RunConfig) -> tuple[dict[str, Task], list[Rollout]]:
    """The tasks by id and their rollouts, sampled unless they are there."""
    unique: Stage[Task] = run.stage("unique", Task, count=1, key="one shard")
    if unique.missing():
        distinct = {task.canonical: task for segment in config.segments() for task in tasks_of(_more(segment))}
        unique.write(0, list(distinct.values())[:TASKS])
    unique.seal()
    assert config.model is not None
    rollouts, graded = rollout_stages(run, config, config.model, unique)
    if graded.missing():
        engine = opened(config.model)
        with Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers:
            info = unique.shards()[0]
            job = ShardJob(config.sampling, config.difficulty, config.seed, unique, info, rollouts, graded)
            made = graded_shard(engine, verifiers.judge, job)
            rollouts.commit(made.rollouts)
            graded.commit(made.graded)
        engine.close()
    rollouts.seal()
    graded.seal()
    return {task.id: task for task in unique.records()}, list(rollouts.records())


def _more(segment: Segment) -> Segment:
    """Twice as many items: some are the same problem as others."""
    return msgspec.structs.replace(segment, stop=2 * segment.stop)


def of_rollouts(tasks: dict[str, Task], rollouts: Sequence[Rollout]) -> dict[str, Any]:
    """How often they are right, and what the rule of the last sentence says of them."""
    by_task = Counter(each.task_id for each in rollouts if each.score == 1.0)
    by_text = [_in_last_sentence(tasks[each.task_id], each.text) for each in rollouts]
    right = [each.score == 1.0 for each in rollouts]
    sound = [soundness(tasks[each.task_id], each.text) for each in rollouts if each.score == 1.0]
    return {
        "tasks": len(tasks),
        "rollouts": len(rollouts),
        "tokens": sum(each.completion_tokens for each in rollouts),
        "right": round(fmean(right), 4),
        "mixed tasks": sum(0 < by_task[task] < SAMPLES for task in tasks),
        "lines": round(fmean(each.text.strip().count("\n") + 1 for each in rollouts), 2),
        "right by a false step": sum(each is False for each in sound),
        "right by true steps": sum(each is True for each in sound),
        "wrong and called right by the last sentence": sum(t and not r for t, r in zip(by_text, right, strict=True)),
        "right and called wrong by it": sum(r and not t for t, r in zip(by_text, right, strict=True)),
    }


class Asked(NamedTuple):
    """A beginning of a response, by its steps, and what continuations of it came to."""

    task: Task
    texts: tuple[str, ...]
    answers: list[Answer]
    wholes: list[str]


def by_two_judges(tasks: dict[str, Task], answers: Iterable[Continuation]) -> dict[str, Any]:
    """The same continuations judged by the verifier and by the rule of the last sentence: which label is wrong?

    Labels of beginnings are held against exact ones, where their equations can be read.
    """
    asked = list(_asked(tasks, answers))
    exact = [exact_labels(each.task, each.texts)[-1] for each in asked]
    labels = {
        "verifier": [any(answer.score == 1.0 for answer in each.answers) for each in asked],
        "last sentence": [any(_in_last_sentence(each.task, text) for text in each.wholes) for each in asked],
    }
    read = [number for number, label in enumerate(exact) if label is not None]
    found = {name: agreement(own, exact) for name, own in labels.items()}
    wrong = {name: sum(own[number] != exact[number] for number in read) for name, own in labels.items()}
    verdicts = [
        (answer.score == 1.0, _in_last_sentence(each.task, text))
        for each in asked
        for answer, text in zip(each.answers, each.wholes, strict=True)
        if answer.score is not None
    ]
    return {
        "beginnings": len(asked),
        "read exactly": len(read),
        "wrong labels": {name: _share(count, len(read)) for name, count in wrong.items()},
        "true": sum(exact[number] is True for number in read),
        "true and called wrong": {
            name: sum(exact[number] is True and not own[number] for number in read) for name, own in labels.items()
        },
        "kappa": {name: each.kappa if each.kappa is None else round(each.kappa, 4) for name, each in found.items()},
        "the two differ": sum(one != other for one, other in zip(*labels.values(), strict=True)),
        "continuations": len(verdicts),
        "wrong and called right by the last sentence": sum(other and not one for one, other in verdicts),
        "right and called wrong by it": sum(one and not other for one, other in verdicts),
    }


def _asked(tasks: dict[str, Task], answers: Iterable[Continuation]) -> Iterator[Asked]:
    """Every beginning that the searches asked about but the empty one: the searches are told again what they were."""
    decode = plain_decoder(load_tokenizer(resolve("smollm2-135m", weights=False).path)[0])
    steps = checked({}, StepsConfig).steps
    stored: dict[str, dict[int, list[Continuation]]] = {}
    for each in answers:
        stored.setdefault(each.task_id, {}).setdefault(each.ask, []).append(each)

    def ends(path: TokenPath) -> list[int]:
        return step_ends(path, decode, steps)

    for task, by_ask in stored.items():
        search = omega(ends, checked(OMEGA, OmegaConfig))
        told, number = None, 0
        try:
            while True:
                asks = search.send(told)
                told = []
                for ask in asks:
                    own = sorted(by_ask[number], key=lambda each: each.sample)
                    told.append([Answer(each.token_ids, each.logprobs, each.ended, each.score) for each in own])
                    number += 1
                    if ask.path:
                        cuts = [0, *ends(ask.path)]
                        texts = [decode(ask.path[:cut]) for cut in cuts]
                        parts = tuple(text[len(before) :] for before, text in pairwise(texts))
                        wholes = [decode(ask.path + each.token_ids) for each in own]
                        yield Asked(tasks[task], parts, told[-1], wholes)
        except StopIteration:
            continue


def _share(count: int, of: int) -> dict[str, float | None]:
    low, high = wilson(count, of)
    return {
        "count": count,
        "share": round(count / of, 4),
        "low": low and round(low, 4),
        "high": high and round(high, 4),
    }


def _in_last_sentence(task: Task, text: str) -> bool:
    """The rule of labels by text alone: the expected answer stands somewhere in the last sentence."""
    return task.answer in text.strip().replace(". ", "\n").rpartition("\n")[2]


def _right(tasks: dict[str, Task], texts: Iterable[tuple[str, str]]) -> str:
    scores = _verdicts(tasks, texts)
    return f"{sum(score == 1.0 for score in scores)} of {len(scores)}"


def _verdicts(tasks: dict[str, Task], texts: Iterable[tuple[str, str]]) -> list[float | None]:
    """What `taskmill check` says of each response, given as task id and text."""
    lines = [msgspec.json.encode({"task": tasks[task], "response": text}) for task, text in texts]
    command = [sys.executable, "-m", "flows.cli", "check", "-"]
    done = subprocess.run(command, input=b"\n".join(lines), capture_output=True, check=True)
    return [json.loads(line)["score"] for line in done.stdout.splitlines()]


if __name__ == "__main__":
    main()
