"""Tree search measured on a model that errs in the middle of its solutions: labels, costs, choices, self-training.

    python -m benchmarks.search [part ...]

Each part of each seed is written to results/search.json when it is done and not run again. docs/steps.md tells what
came of it; `benchmarks/search_world.py` is the world.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from benchmarks import search_world as world
from benchmarks.papers.claim import interval
from benchmarks.search_models import LEARNT, OMEGA, ONE_ERROR, Part, choices, self_training
from generators.extraction import extract
from generators.preferences.exact import agreement, exact_labels
from generators.preferences.search.asking import Ask, Search
from pipeline.statistics import wilson
from pipeline.store.files import write_whole
from schemas import Task

RESULTS = Path(__file__).parent / "results" / "search.json"

SEEDS = (0, 1, 2)
LABELLED, ALONE = 40, 6
"""Tasks of which every beginning is estimated, and tasks that are searched one after the other."""

SETTINGS: dict[str, Any] = {
    "params": {"terms": world.PARAMS.terms, "digits": world.PARAMS.digits, "operators": world.PARAMS.operators},
    "taught": {"skill": world.SKILL, "slips": world.SLIPS, "too much": world.TOO_MUCH, "updates": world.SLIPPED_STEPS},
    "tasks": {"searched": world.SEARCHED, "held out": world.HELD_OUT},
    "rows": world.ROWS,
    "labelled": LABELLED,
    **LEARNT,
}


def labels(part: Part) -> dict[str, Any]:
    """Eight continuations of every beginning of a right and a wrong response of each task: whose labels are true?"""
    told: dict[str, list[Any]] = {name: [] for name in ("truth", "reader", "verifier", "substring")}
    ends: dict[str, list[bool]] = {name: [] for name in ("truth", "verifier", "substring")}
    tasks = part.searched[:LABELLED]
    trees, made = world.searched(tasks, part.engine, part.signs, lambda task: _every_beginning(part), part.seed)
    covered: list[bool] = []
    errors: list[float] = []
    for task in tasks:
        known = world.known_values(part.learner, part.signs, task)
        for path, cuts, estimates in trees[task.id]:
            texts = world.texts_of(part.signs, path, cuts)
            told["truth"] += world.truth(task, texts)[:-1]
            told["reader"] += exact_labels(task, texts)[:-1]
            for place, answers in enumerate(estimates):
                before = path[: cuts[place]]
                whole = [world.decoded(part.signs, before + answer.token_ids) for answer in answers]
                successes = sum(answer.score == 1.0 for answer in answers)
                low, high = wilson(successes, len(answers))
                value = known[place] if told["truth"][len(told["verifier"])] else 0.0
                covered.append(low is not None and high is not None and low <= value <= high)
                errors.append(successes / len(answers) - value)
                told["verifier"].append(any(answer.score == 1.0 for answer in answers))
                told["substring"].append(any(_in_last_sentence(task, text) for text in whole))
                ends["truth"] += [_number(text) == int(task.answer) for text in whole]
                ends["verifier"] += [answer.score == 1.0 for answer in answers]
                ends["substring"] += [_in_last_sentence(task, text) for text in whole]
    truth = told["truth"]
    return {
        "estimates": {
            "inside the interval": round(fmean(covered), 4),
            "of right beginnings": round(fmean(c for c, t in zip(covered, truth, strict=True) if t), 4),
            "mean error": round(fmean(errors), 4),
            "mean absolute error": round(fmean(map(abs, errors)), 4),
        },
        "steps": len(truth),
        "right": round(fmean(truth), 4),
        "reader reads": round(fmean(label is not None for label in told["reader"]), 4),
        "reader and truth": _agreed(truth, told["reader"]),
        "estimates and reader": _agreed(told["verifier"], told["reader"]),
        "estimates and truth": _agreed(told["verifier"], truth),
        "wrong step labels": {
            name: {
                "all": _wrong(told[name], truth),
                "right ones called wrong": _wrong(*_where(True, told[name], truth)),
                "wrong ones called right": _wrong(*_where(False, told[name], truth)),
            }
            for name in ("verifier", "substring")
        },
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


def _where(wanted: bool, told: Sequence[bool], truth: Sequence[bool]) -> tuple[list[bool], list[bool]]:
    """The labels of the steps of which the truth is as wanted, and that truth."""
    found = [one for one, other in zip(told, truth, strict=True) if other is wanted]
    return found, [wanted] * len(found)


def main() -> None:
    reader = argparse.ArgumentParser(description="Measures tree search on a tiny model.")
    reader.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part", help=", ".join(PARTS))
    torch.set_num_threads(1)
    for seed in SEEDS:
        for name in reader.parse_args().parts or PARTS:
            if not any(cell["part"] == name and cell["seed"] == seed for cell in _stored()):
                start = time.process_time()
                told = PARTS[name](Part(seed))
                cell = {"part": name, "seed": seed, **told, "cpu_seconds": round(time.process_time() - start, 1)}
                write_whole(str(RESULTS), json.dumps(_summed([*_stored(), cell]), indent=1).encode() + b"\n")
                print(json.dumps(cell), flush=True)


def _stored() -> list[Any]:
    """The cells that are written down under these settings."""
    stored = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return list(stored["cells"]) if stored.get("settings") == json.loads(json.dumps(SETTINGS)) else []


def _summed(cells: Sequence[Any]) -> dict[str, Any]:
    """Means over the seeds that are done, with 95 % intervals, of every number in the parts."""
    summary = {}
    for name in PARTS:
        own = [_numbers(cell) for cell in cells if cell["part"] == name]
        keys = [key for key in (own[0] if own else {}) if key not in ("seed", "cpu_seconds")]
        summary[name] = {key: interval([each[key] for each in own]) for key in keys if all(key in e for e in own)}
    return {"settings": SETTINGS, "summary": summary, "cells": list(cells)}


def _numbers(told: Any, before: str = "") -> dict[str, float]:
    if isinstance(told, dict):
        return {k: v for key, value in told.items() for k, v in _numbers(value, f"{before} {key}".strip()).items()}
    if isinstance(told, list):
        return {k: v for place, value in enumerate(told) for k, v in _numbers(value, f"{before} {place}").items()}
    return {before: float(told)} if isinstance(told, int | float) and not isinstance(told, bool) else {}


if __name__ == "__main__":
    main()
