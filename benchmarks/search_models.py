"""What models learn of a search: process reward models that choose among responses, and a policy that trains itself."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import search_world as world
from generators.extraction import extract
from generators.preferences.exact import exact_labels
from generators.preferences.search.asking import Search
from generators.preferences.search.labels import Source, omega_labels
from generators.preferences.search.omega import OmegaConfig, OmegaTree, omega
from generators.preferences.search.rest import RestConfig, rest
from pipeline.config import checked
from pipeline.seeding import generator
from pipeline.statistics import auroc
from schemas import StepLabels, Task
from trainer import tiny
from trainer.prm.choosing import best_of, summed_up, weighted_vote
from trainer.prm.config import PrmConfig
from trainer.prm.examples import examples_of
from trainer.prm.fit import fit
from trainer.prm.measure import Fitted, auroc_within
from trainer.prm.model import ProcessRewardModel, beginnings_worth, new_prm, open_prm, save_prm, values

OMEGA = OmegaConfig(rollouts=8, searches=2, length=60)
ONE_ERROR = OMEGA.model_copy(update={"searches": 1})
REST = RestConfig(iterations=8, branch=3, greedy=1, explore=0.2, by="product")
CHOSEN_AMONG = 8
PLAIN, PLAIN_EACH = 2000, 2
"""Problems of those that the policy was taught, and plain responses to each."""
PRM = {"epochs": 6, "lr": 1e-2, "base_lr": 1e-3, "batch_tokens": 1024}
ROUNDS, LESSONS, LESSON_LR, LESSON_TASKS = 2, 40, 5e-4, 160

LEARNT: dict[str, Any] = {
    "omega": OMEGA.model_dump(),
    "rest": REST.model_dump(),
    "chosen among": CHOSEN_AMONG,
    "process reward model": PRM,
    "plain responses": {"tasks": PLAIN, "each": PLAIN_EACH},
    "self-training": {"rounds": ROUNDS, "lessons": LESSONS, "lr": LESSON_LR, "tasks": LESSON_TASKS},
}
"""What the parts depend on."""


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


def choices(part: Part) -> dict[str, Any]:
    """Two process reward models: AUROC, and choosing among responses. The second one leads ReST-MCTS*.

    One learns the labels of this search; the other exact labels of far more plain responses, which cost no search.
    """
    rows, _, tokens = part.bisected()
    of_search, fitted = _prm(part, part.folder, rows)
    of_reader = _well_taught(part)
    responses = world.sampled(part.held_out, part.engine, CHOSEN_AMONG, part.seed)
    trees, made = world.searched(
        part.held_out,
        part.engine,
        part.signs,
        lambda task: rest(REST),
        part.seed,
        lambda asked: beginnings_worth(of_reader, asked),
    )
    spent = world.sampled_tokens(made) / len(part.held_out)
    each = fmean(len(ids) for own in responses.values() for ids, _, _ in own)
    count = max(1, round(spent / each))
    equal = world.sampled(part.held_out, part.engine, count, part.seed + 1)
    return {
        "tokens": tokens,
        "search labels": {"rows": len(rows), "AUROC": fitted.auroc, **_chosen(part, of_search, responses)},
        "exact labels": _chosen(part, of_reader, responses),
        "ReST-MCTS*": {
            "tokens a task": round(spent, 1),
            "right": round(fmean(tree.right for tree in trees.values()), 4),
            "any": round(fmean(any(good for _, _, good in tree.responses) for tree in trees.values()), 4),
            "responses of as many tokens": count,
            "tokens a task of these": round(fmean(sum(len(ids) for ids, _, _ in own) for own in equal.values()), 1),
            "best of these": _chosen(part, of_reader, equal),
        },
    }


def self_training(part: Part) -> dict[str, Any]:
    """Rounds of: search, learn the right responses, learn the labels; what is right on held-out tasks after each."""
    points = [_point(part, None)]
    part.searched = world.lessons(part.seed, LESSON_TASKS)
    by_id = {task.id: task for task in part.searched}
    before = part.folder
    for number in range(1, ROUNDS + 1):
        rows, trees, tokens = part.bisected(ONE_ERROR)
        traces = [
            world.demonstration(part.signs, by_id[name].prompt, world.decoded(part.signs, path))
            for name, tree in trees.items()
            for path in tree.solved[: OMEGA.rollouts]
        ]
        draw = generator(part.seed, "self-training", number)
        optimizer = world.optimizer_of(part.learner, LESSON_LR)
        part.learner.train()
        for _ in range(LESSONS):
            tiny._teach(part.learner, optimizer, draw.choices(traces, k=tiny.BATCH))
        part.learner.eval()
        prm, fitted = _prm(part, before, rows)
        points.append({**_point(part, prm), "traces": len(traces), "tokens": tokens, "AUROC": fitted.auroc})
        before = world.FOLDER / f"round-{number}-{part.seed}"
        shutil.rmtree(before, ignore_errors=True)
        world.kept(part.learner, part.signs, before)
    return {"rounds": points}


def _well_taught(part: Part) -> ProcessRewardModel:
    """The process reward model of plain responses to the problems that the policy was taught, made once."""
    folder = world.FOLDER / "prm"
    if not folder.exists():
        tasks = {task.id: task for task in world.distinct(PLAIN)}
        rows = []
        for name, own in world.sampled(list(tasks.values()), part.engine, PLAIN_EACH, 0).items():
            for ids in dict.fromkeys(ids for ids, _, _ in own):
                texts = world.texts_of(part.signs, ids, world.steps_in(part.signs, ids))
                rows += _exactly_labelled(tasks[name], texts)
        prm, fitted = _prm(part, part.folder, rows, epochs=4)
        print(f"{len(rows)} responses labelled exactly: {fitted}", flush=True)
        save_prm(prm, folder, with_base=True)
    return open_prm(folder)


def _exactly_labelled(task: Task, texts: tuple[str, ...]) -> list[StepLabels]:
    """A row for a response of which each step can be read."""
    labels = [label for label in exact_labels(task, texts) if label is not None]
    if len(labels) < len(texts):
        return []
    return [
        StepLabels(
            task_id=task.id,
            model="tiny",
            method="exact",
            prompt=task.prompt,
            completions=texts,
            labels=tuple(labels),
            values=tuple(map(float, labels)),
            visits=(0,) * len(texts),
            successes=(0,) * len(texts),
            low=(None,) * len(texts),
            high=(None,) * len(texts),
            score=None,
        )
    ]


def _prm(part: Part, folder: Path, rows: Sequence[StepLabels], **changed: Any) -> tuple[ProcessRewardModel, Fitted]:
    config = checked(
        {**PRM, **changed, "model": str(folder), "labels": ["-"], "output": "-", "seed": part.seed}, PrmConfig
    )
    prm = new_prm(config.model)
    return prm, fit(prm, examples_of(rows, prm.tokenizer, estimated=False), config)


def _chosen(part: Part, prm: ProcessRewardModel, responses: Mapping[str, Any]) -> dict[str, float | None]:
    """Shares of tasks that each way of choosing gets right; the AUROC is that of step values against the truth, over
    all steps, and among steps of the same number in responses to the same task.

    `right above wrong` is how often, of a right and a wrong response to one problem, the right one ends higher.
    """
    told: dict[str, list[float]] = {}
    scores: list[float] = []
    true: list[bool] = []
    places: list[tuple[str, int]] = []
    pairs: list[float] = []
    for task in part.held_out:
        own = responses[task.id]
        prompt = part.engine.encode(task.prompt)
        cuts = [world.steps_in(part.signs, ids) for ids, _, _ in own]
        ends = [[len(prompt) + cut - 1 for cut in each] for each in cuts]
        worth = values(prm, [(*prompt, *ids) for ids, _, _ in own], ends)
        for (ids, _, _), each, step_values in zip(own, cuts, worth, strict=True):
            scores += step_values
            places += [(task.id, number) for number in range(len(step_values))]
            true += world.truth(task, world.texts_of(part.signs, ids, each))
        answers = [extract(text).text for _, text, _ in own]
        good = [is_right for _, _, is_right in own]
        rate = {answer: fmean(g for g, a in zip(good, answers, strict=True) if a == answer) for answer in answers}
        votes = Counter(answer for answer in answers if answer is not None)
        last = [summed_up(each, "last") for each in worth]
        right = [value for value, is_right in zip(last, good, strict=True) if is_right]
        wrong = [value for value, is_right in zip(last, good, strict=True) if not is_right]
        pairs += [(a > b) + (a == b) / 2 for a in right for b in wrong]
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
    found, within = auroc(scores, true), auroc_within(scores, true, places)
    return {
        "AUROC against the truth": None if found is None else round(found, 4),
        "AUROC within a task": None if within is None else round(within, 4),
        "right above wrong": round(fmean(pairs), 4) if pairs else None,
        **{name: round(fmean(own), 4) for name, own in told.items()},
    }


def _point(part: Part, prm: ProcessRewardModel | None) -> dict[str, Any]:
    responses = world.sampled(part.held_out, part.engine, CHOSEN_AMONG, part.seed + 2)
    single = round(fmean(is_right for own in responses.values() for _, _, is_right in own), 4)
    return {"single": single} | ({} if prm is None else {"with its model": _chosen(part, prm, responses)})
