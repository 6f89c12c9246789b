"""Tree search measured on a model that errs in the middle of its solutions: labels, costs, choices, self-training.

    python -m benchmarks.search

Each part of each seed is written to results/search.json when it is done and not run again. docs/steps.md tells what
came of it; `benchmarks/search_world.py` is the world.
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from benchmarks import search_world as world
from benchmarks.papers.claim import interval
from generators.extraction import extract
from generators.preferences.exact import agreement, exact_labels
from generators.preferences.search.asking import Ask, Search
from generators.preferences.search.labels import Source, omega_labels
from generators.preferences.search.omega import OmegaConfig, OmegaTree, omega
from generators.preferences.search.rest import RestConfig, rest
from pipeline.seeding import generator
from pipeline.store.files import write_whole
from schemas import StepLabels, Task
from trainer import tiny
from trainer.prm.choosing import best_of, summed_up, weighted_vote
from trainer.prm.config import PrmConfig
from trainer.prm.examples import examples_of
from trainer.prm.fit import Fitted, auroc, fit
from trainer.prm.model import ProcessRewardModel, beginnings_worth, new_prm, values

RESULTS = Path(__file__).parent / "results" / "search.json"

SEEDS = (0, 1, 2)
OMEGA = OmegaConfig(rollouts=8, searches=2, length=60)
ONE_ERROR = OMEGA.model_copy(update={"searches": 1})
LABELLED, ALONE = 40, 6
"""Tasks of which every beginning is estimated, and tasks that are searched one after the other."""
REST = RestConfig(iterations=8, branch=4, greedy=1)
CHOSEN_AMONG = 8
ROUNDS, LESSONS, LESSON_LR = 2, 60, 5e-4
SETTINGS: dict[str, Any] = {
    "params": {"terms": world.PARAMS.terms, "digits": world.PARAMS.digits, "operators": world.PARAMS.operators},
    "skill": world.SKILL,
    "tasks": {"searched": world.SEARCHED, "held out": world.HELD_OUT},
    "rows": world.ROWS,
    "omega": OMEGA.model_dump(),
    "rest": REST.model_dump(),
    "labelled": LABELLED,
    "chosen among": CHOSEN_AMONG,
    "self-training": {"rounds": ROUNDS, "lessons": LESSONS, "lr": LESSON_LR},
}


class Part:
    """The model, and one seed's problems."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.searched, self.held_out = world.problems(seed)
        self.folder = world.policy()
        self.learner, self.signs, self.engine = world.opened(self.folder)

    def bisected(self, config: OmegaConfig = OMEGA) -> tuple[list[StepLabels], dict[str, OmegaTree], int]:
        """Labels, trees and sampled tokens of OmegaPRM."""
        trees, made = world.searched(self.searched, self.engine, self.signs, self.omega(config), self.seed)
        rows: list[StepLabels] = []
        for task in self.searched:
            source = Source(task, "tiny", "1", lambda ids: world.decoded(self.signs, ids))
            rows += omega_labels(trees[task.id], source, lambda path: world.steps_in(self.signs, path))
        return rows, trees, world.sampled_tokens(made)

    def omega(self, config: OmegaConfig) -> Callable[[Task], Search[OmegaTree]]:
        return lambda task: omega(lambda path: world.steps_in(self.signs, path), config)


def labels(part: Part) -> dict[str, Any]:
    """Eight continuations of every beginning of a right and a wrong response of each task: whose labels are true?"""
    told: dict[str, list[Any]] = {name: [] for name in ("truth", "reader", "verifier", "substring")}
    ends: dict[str, list[bool]] = {name: [] for name in ("truth", "verifier", "substring")}
    tasks = part.searched[:LABELLED]
    trees, made = world.searched(tasks, part.engine, part.signs, lambda task: _every_beginning(part), part.seed)
    for task in tasks:
        for path, cuts, estimates in trees[task.id]:
            texts = world.texts_of(part.signs, path, cuts)
            told["truth"] += world.truth(task, texts)[:-1]
            told["reader"] += exact_labels(task, texts)[:-1]
            for place, answers in enumerate(estimates):
                before = path[: cuts[place]]
                whole = [world.decoded(part.signs, before + answer.token_ids) for answer in answers]
                told["verifier"].append(any(answer.score == 1.0 for answer in answers))
                told["substring"].append(any(_in_last_sentence(task, text) for text in whole))
                ends["truth"] += [_number(text) == int(task.answer) for text in whole]
                ends["verifier"] += [answer.score == 1.0 for answer in answers]
                ends["substring"] += [_in_last_sentence(task, text) for text in whole]
    truth = told["truth"]
    return {
        "steps": len(truth),
        "right": round(fmean(truth), 4),
        "reader reads": round(fmean(label is not None for label in told["reader"]), 4),
        "reader and truth": _agreed(truth, told["reader"]),
        "estimates and reader": _agreed(told["verifier"], told["reader"]),
        "estimates and truth": _agreed(told["verifier"], truth),
        "wrong step labels": {name: _wrong(told[name], truth) for name in ("verifier", "substring")},
        "wrong verdicts": {name: _wrong(ends[name], ends["truth"]) for name in ("verifier", "substring")},
        "verdicts": len(ends["truth"]),
        "tokens": world.sampled_tokens(made),
    }


def searches(part: Part) -> dict[str, Any]:
    """What an error costs to locate, by bisection and by a scan from the start; and how full the engine's batch is."""
    with world.occupancy() as live:
        rows, trees, tokens = part.bisected(ONE_ERROR)
    found = [wrong for tree in trees.values() for wrong in tree.bisected]
    by_id = {task.id: task for task in part.searched}
    exact = [label for row in rows for label in world.truth(by_id[row.task_id], row.completions)]
    with world.occupancy() as alone:
        few = part.searched[:ALONE]
        world.searched(few, part.engine, part.signs, part.omega(ONE_ERROR), part.seed, at_once=1)
    return {
        "located": len(found),
        "estimates each": round(sum(len(tree.estimates) - 1 for tree in trees.values()) / len(found), 3),
        "scan would take": round(fmean(min(wrong.first_wrong + 1, len(wrong.ends) - 1) for wrong in found), 3),
        "tokens": tokens,
        "tokens per located error": round(tokens / len(found), 1),
        "labels and truth": _agreed([label for row in rows for label in row.labels], exact),
        "occupancy": round(fmean(live) / world.ROWS, 4),
        "occupancy, a tree at a time": round(fmean(alone) / world.ROWS, 4),
    }


def choices(part: Part) -> dict[str, Any]:
    """A process reward model of the search's labels: AUROC, choosing among responses, and leading ReST-MCTS*."""
    rows, _, _ = part.bisected()
    prm, fitted = _prm(part, part.folder, rows)
    responses = world.sampled(part.held_out, part.engine, CHOSEN_AMONG, part.seed)
    held_out = {"AUROC": fitted.auroc, **_chosen(part, prm, responses)}
    trees, made = world.searched(
        part.held_out,
        part.engine,
        part.signs,
        lambda task: rest(REST),
        part.seed,
        lambda asked: beginnings_worth(prm, asked),
    )
    spent = world.sampled_tokens(made) / len(part.held_out)
    each = fmean(len(ids) for own in responses.values() for ids, _, _ in own)
    count = max(1, round(spent / each))
    equal = world.sampled(part.held_out, part.engine, count, part.seed + 1)
    return {
        **held_out,
        "ReST-MCTS*": {
            "tokens a task": round(spent, 1),
            "right": round(fmean(tree.right for tree in trees.values()), 4),
            "responses of as many tokens": count,
            "tokens a task of these": round(fmean(sum(len(ids) for ids, _, _ in own) for own in equal.values()), 1),
            "best of these": _chosen(part, prm, equal),
        },
    }


def self_training(part: Part) -> dict[str, Any]:
    """Rounds of: search, learn the right responses, learn the labels; what is right on held-out tasks after each."""
    points = [_point(part, None)]
    before = part.folder
    for number in range(1, ROUNDS + 1):
        rows, trees, tokens = part.bisected()
        by_id = {task.id: task for task in part.searched}
        lessons = [
            world.demonstration(part.signs, by_id[name].prompt, world.decoded(part.signs, path))
            for name, tree in trees.items()
            for path in tree.solved[: OMEGA.rollouts]
        ]
        draw = generator(part.seed, "self-training", number)
        optimizer = world.optimizer_of(part.learner, LESSON_LR)
        part.learner.train()
        for _ in range(LESSONS):
            tiny._teach(part.learner, optimizer, draw.choices(lessons, k=tiny.BATCH))
        part.learner.eval()
        prm, fitted = _prm(part, before, rows)
        points.append({**_point(part, prm), "traces": len(lessons), "tokens": tokens, "AUROC": fitted.auroc})
        before = world.FOLDER / f"round-{number}-{part.seed}"
        shutil.rmtree(before, ignore_errors=True)
        world.kept(part.learner, part.signs, before)
    return {"rounds": points}


PARTS: Mapping[str, Callable[[Part], dict[str, Any]]] = {
    "labels": labels,
    "searches": searches,
    "choices": choices,
    "self_training": self_training,
}


def _every_beginning(part: Part) -> Search[list[Any]]:
    """Of the first right and the first wrong response: path, ends of its steps, and continuations of each beginning."""
    told = yield [Ask((), OMEGA.rollouts, "whole")]
    paths = {answer.score == 1.0: answer.token_ids for answer in reversed(told[0])} if told else {}
    found: list[Any] = []
    for path in paths.values():
        cuts = world.steps_in(part.signs, path)
        told = yield [Ask(path[:end], OMEGA.rollouts, "whole") for end in cuts[:-1]]
        found.append((path, cuts, told or []))
    return found


def _in_last_sentence(task: Task, text: str) -> bool:
    """The rule of labels by text alone: the expected answer stands somewhere in the last sentence."""
    return task.answer in text.rstrip(",").rpartition(",")[2]


def _number(text: str) -> int | None:
    answer = extract(text).text or ""
    return int(answer) if answer.removeprefix("-").isdigit() else None


def _agreed(told: Sequence[bool], exact: Sequence[bool | None]) -> dict[str, float | None]:
    found = agreement(told, exact)
    return {"same": round(found.same, 4), "kappa": None if found.kappa is None else round(found.kappa, 4)}


def _wrong(told: Sequence[bool], truth: Sequence[bool]) -> float:
    return round(fmean(one != other for one, other in zip(told, truth, strict=True)), 4)


def _prm(part: Part, folder: Path, rows: Sequence[StepLabels]) -> tuple[ProcessRewardModel, Fitted]:
    config = PrmConfig(
        model=str(folder), labels=["-"], output="-", seed=part.seed, epochs=3, lr=1e-2, base_lr=5e-4, batch_tokens=4096
    )
    prm = new_prm(config.model)
    return prm, fit(prm, examples_of(rows, prm.tokenizer, estimated=False), config)


def _chosen(part: Part, prm: ProcessRewardModel, responses: Mapping[str, Any]) -> dict[str, float | None]:
    """Shares of tasks that each way of choosing gets right; the AUROC is that of step values against the truth."""
    told: dict[str, list[float]] = {}
    scores: list[float] = []
    true: list[bool] = []
    for task in part.held_out:
        own = responses[task.id]
        prompt = part.engine.encode(task.prompt)
        cuts = [world.steps_in(part.signs, ids) for ids, _, _ in own]
        places = [[len(prompt) + cut - 1 for cut in each] for each in cuts]
        worth = values(prm, [(*prompt, *ids) for ids, _, _ in own], places)
        for (ids, _, _), each, step_values in zip(own, cuts, worth, strict=True):
            scores += step_values
            true += world.truth(task, world.texts_of(part.signs, ids, each))
        answers = [extract(text).text for _, text, _ in own]
        good = [is_right for _, _, is_right in own]
        rate = {answer: fmean(g for g, a in zip(good, answers, strict=True) if a == answer) for answer in answers}
        votes = Counter(answer for answer in answers if answer is not None)
        row = {
            "single": fmean(good),
            "majority": rate[votes.most_common(1)[0][0]] if votes else 0.0,
            "any": float(any(good)),
        }
        for by in ("least", "last", "product"):
            summed = [summed_up(each, by) for each in worth]  # type: ignore[arg-type]
            voted = weighted_vote(answers, summed)
            row[f"best by {by}"] = float(good[best_of(summed)])
            row[f"vote by {by}"] = rate[voted] if voted is not None else 0.0
        for name, value in row.items():
            told.setdefault(name, []).append(value)
    found = auroc(scores, true)
    return {
        "AUROC against the truth": None if found is None else round(found, 4),
        **{name: round(fmean(own), 4) for name, own in told.items()},
    }


def _point(part: Part, prm: ProcessRewardModel | None) -> dict[str, Any]:
    responses = world.sampled(part.held_out, part.engine, CHOSEN_AMONG, part.seed + 2)
    single = round(fmean(is_right for own in responses.values() for _, _, is_right in own), 4)
    return {"single": single} | ({} if prm is None else {"with its model": _chosen(part, prm, responses)})


def main() -> None:
    torch.set_num_threads(1)
    settings = json.loads(json.dumps(SETTINGS))
    stored = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    cells = stored["cells"] if stored.get("settings") == settings else []
    for seed in SEEDS:
        for name, measure in PARTS.items():
            if not any(cell["part"] == name and cell["seed"] == seed for cell in cells):
                start = time.process_time()
                told = measure(Part(seed))
                cells.append({"part": name, "seed": seed, **told, "cpu_seconds": round(time.process_time() - start, 1)})
                write_whole(str(RESULTS), json.dumps(_summed(settings, cells), indent=1).encode() + b"\n")
                print(json.dumps(cells[-1]), flush=True)


def _summed(settings: Any, cells: Sequence[Any]) -> dict[str, Any]:
    """Means over the seeds that are done, with 95 % intervals, of every number in the parts."""
    summary = {}
    for name in PARTS:
        own = [_numbers(cell) for cell in cells if cell["part"] == name]
        keys = [key for key in (own[0] if own else {}) if key not in ("seed", "cpu_seconds")]
        summary[name] = {key: interval([each[key] for each in own]) for key in keys if all(key in e for e in own)}
    return {"settings": settings, "summary": summary, "cells": list(cells)}


def _numbers(told: Any, before: str = "") -> dict[str, float]:
    if isinstance(told, dict):
        return {k: v for key, value in told.items() for k, v in _numbers(value, f"{before} {key}".strip()).items()}
    if isinstance(told, list):
        return {k: v for place, value in enumerate(told) for k, v in _numbers(value, f"{before} {place}").items()}
    return {before: float(told)} if isinstance(told, int | float) and not isinstance(told, bool) else {}


if __name__ == "__main__":
    main()
