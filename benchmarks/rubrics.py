"""Rubrics measured on pairs with known truth: what programs recover, who tells pairs apart, who sees unsound ways.

    python -m benchmarks.rubrics [part ...]

Each part is written to results/rubrics.json when it is done. docs/rubrics.md tells what came of it;
`benchmarks/rubrics_run.py` is the run from pairs to training.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec
import torch

from flows.planted import planted_contrasts
from generators.flaws import FAMILIES, sound_derivation, unsound_pairs
from generators.instructions.pairs import planted_pair
from generators.instructions.source import source_of
from generators.stream import Segment, tasks_of
from generators.verify import verify
from generators.worked import worked_solution
from pipeline.engines import open_engine
from pipeline.statistics import wilson
from pipeline.store.files import write_whole
from rubrics.consistency import ranked
from rubrics.criteria.contract import Subject
from rubrics.generation.asking import AskingConfig, from_model, rubric_of
from rubrics.generation.contrast import Contrast, plain
from rubrics.generation.path import from_steps
from rubrics.generation.programs import from_programs
from rubrics.judges.config import JudgeConfig
from rubrics.judges.contract import Case
from rubrics.judges.opening import judge_of
from rubrics.reward import rubric_scores
from rubrics.scoring import ScoringConfig
from schemas import Criterion, Rubric, Task

RESULTS = Path(__file__).parent / "results" / "rubrics.json"
SEED = 1000
"""Of tasks that nothing was tuned on."""
MODEL = "smollm2-135m"
FORM_LEVELS, FORM_TASKS = (1, 3, 5, 8), 50
JUDGED_LEVEL, JUDGED_TASKS, SHOWN_PAIRS = 3, 24, 3
WRITTEN_TASKS = 12
WAY_LEVELS, WAY_TASKS = (4, 6), 40
ARITHMETIC = Criterion(
    title="arithmetic",
    text="Every calculation that it writes out is right.",
    kind="hard_rule",
    weight=1.0,
    checker="arithmetic",
    arguments={"at_least": 0},
)
DENSE = ScoringConfig(rule_cap=1)


def recovery() -> dict[str, Any]:
    """The one rule that a text breaks, found by program from the pair alone: checker and arguments the same."""
    told: dict[str, Any] = {}
    for level in FORM_LEVELS:
        found, rules, true, seconds = 0, 0, 0, 0.0
        pairs = [each for task in _form(level, FORM_TASKS) if (each := planted_pair(task, SEED)) is not None]
        for pair in pairs:
            contrast = _contrast(
                pair.task_id, pair.prompt, chosen=pair.chosen, rejected=pair.rejected, source=pair.source
            )
            start = time.process_time()
            criteria = from_programs([contrast]).criteria
            seconds += time.process_time() - start
            planted = pair.criteria[pair.broken or 0]
            asked = [(each.checker, each.arguments) for each in pair.criteria]
            found += (planted.checker, planted.arguments) in [(each.checker, each.arguments) for each in criteria]
            rules += len(criteria)
            true += sum((each.checker, each.arguments) in asked for each in criteria)
        told[f"level {level}"] = {
            "pairs": len(pairs),
            "recovered": _share(found, len(pairs)),
            "criteria that the task asks for": _share(true, rules),
            "cpu milliseconds a pair": round(1000 * seconds / len(pairs), 1),
        }
    return told


def unsound() -> dict[str, Any]:
    """How often a right answer by an unsound derivation is accepted, and a sound one, by family and flaw.

    The rubric is made of the task's worked solution, never of the responses: its hops, and that calculations are right.
    A response is accepted where all of it is met; by outcome where the answer is right.
    """
    accepted: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    tasks, without = 0, 0
    for family in sorted(FAMILIES):
        for task in _tasks(family, WAY_LEVELS, WAY_TASKS):
            hops = from_steps(_contrast(task.id, plain(task.prompt), answer=task.answer, steps=worked_solution(task)))
            rules = {"hops": hops, "hops and arithmetic": (*hops, ARITHMETIC)}
            sound, pairs = sound_derivation(task), unsound_pairs(task, SEED)
            if sound is None or not pairs:
                continue
            tasks, without = tasks + 1, without + (not hops)
            for kind, text in [("sound", sound), *((each.flaw, each.unsound) for each in pairs)]:
                for place in (kind, f"{family}: {'sound' if kind == 'sound' else 'unsound'}"):
                    accepted[place]["outcome"].append(verify(task, text).score == 1.0)
                    for name, criteria in rules.items():
                        score = _scores(rubric_of(task.id, criteria, name), task, [text])[0] if criteria else None
                        accepted[place][name].append(score is None or score > 0.999)
                if kind != "sound":
                    for name in ("outcome", *rules):
                        accepted["all unsound"][name].append(accepted[kind][name][-1])
    shares = {
        kind: {name: _share(sum(each), len(each)) for name, each in ways.items()} for kind, ways in accepted.items()
    }
    return {"tasks": tasks, "of them without hops, where any way is accepted": without, "accepted": shares}


def judges() -> dict[str, Any]:
    """Held-out planted pairs told apart: by checks, by the small judge as a whole, and by it criterion by criterion.

    Rubrics are made from SHOWN_PAIRS pairs of the same task whose rejected texts are others. Ties count as halves.
    """
    shown, held_out = _shown_and_held_out()
    by_task = {
        task: rubric_of(task, criteria, "programs")
        for task, own in shown.items()
        if (criteria := from_programs(own).criteria)
    }
    pairs = [each for each in held_out if each.task_id in by_task]
    told: dict[str, Any] = {"pairs": len(pairs), "tasks": len(by_task)}
    told["program checks"] = _told(pairs, lambda each: _pair_scores(by_task[each.task_id], each, None))
    engine = open_engine("transformers", MODEL)
    try:
        judge = judge_of(JudgeConfig(), engine)
        whole = judge.judge([Case(prompt=each.prompt, response=text) for each in pairs for text in _both(each)])
        values = iter([each.score for each in whole])
        told["judge without rubric"] = _told(pairs, lambda _: [next(values), next(values)])
        worded = {task: _in_words(rubric) for task, rubric in by_task.items()}
        told["judge by the rubric's words"] = _told(pairs, lambda each: _pair_scores(worded[each.task_id], each, judge))
        told["tokens of the judge without rubric"] = sum(each.tokens for each in whole)
    finally:
        engine.close()
    return told


def writer() -> dict[str, Any]:
    """Rubrics that the small model writes from a pair: how many can be read, and do they tell their own pair apart."""
    shown, _ = _shown_and_held_out()
    contrasts = [own[0] for own in shown.values()][:WRITTEN_TASKS]
    engine = open_engine("transformers", MODEL)
    try:
        made = from_model(engine, contrasts, "contrast", AskingConfig(samples=1, max_tokens=160), SEED)
        readable = [each for each in made if each.rubric is not None]
        judge = judge_of(JudgeConfig(), engine)
        told = _told(
            [each.contrast for each in readable],
            lambda each: _pair_scores(next(r.rubric for r in readable if r.contrast is each), each, judge),
        )
    finally:
        engine.close()
    kept = [each.rubric for each in readable if each.rubric is not None]
    return {
        "asked": len(made),
        "read as a rubric": _share(len(readable), len(made)),
        "criteria each": round(fmean(len(each.criteria) for each in kept), 2) if kept else None,
        "judge by them, on their own pairs": told,
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "recovery": recovery,
    "unsound": unsound,
    "judges": judges,
    "writer": writer,
}


def _shown_and_held_out() -> tuple[dict[str, list[Contrast]], list[Contrast]]:
    shown: dict[str, list[Contrast]] = {}
    held_out: list[Contrast] = []
    for task in _form(JUDGED_LEVEL, JUDGED_TASKS):
        own = planted_contrasts([task], 4 * SHOWN_PAIRS, SEED)
        if len(own) > SHOWN_PAIRS:
            shown[task.id] = own[:SHOWN_PAIRS]
            held_out.append(own[SHOWN_PAIRS])
    return shown, held_out


def _form(level: int, count: int) -> Sequence[Task]:
    return _tasks("instructions.form", (level,), count)


def _tasks(family: str, levels: Sequence[int], count: int) -> list[Task]:
    segments = [Segment(family=family, level=level, seed=SEED, start=0, stop=count) for level in levels]
    return [task for segment in segments for task in tasks_of(segment)]


def _contrast(task_id: str, prompt: str, **told: Any) -> Contrast:
    return Contrast(**{"task_id": task_id, "family": "", "prompt": prompt, "chosen": "", "rejected": ""} | told)


def _scores(rubric: Rubric, task: Task, texts: Sequence[str]) -> list[float | None]:
    prompt, source = plain(task.prompt), source_of(task)
    asked = [(rubric, Subject(response=text, prompt=prompt, source=source)) for text in texts]
    return [each.score for each in rubric_scores(asked, None, DENSE)]


def _both(contrast: Contrast) -> tuple[str, str]:
    return contrast.chosen, contrast.rejected


def _pair_scores(rubric: Any, contrast: Contrast, judge: Any) -> list[float | None]:
    asked = [
        (rubric, Subject(response=text, prompt=contrast.prompt, source=contrast.source)) for text in _both(contrast)
    ]
    return [each.score for each in rubric_scores(asked, judge, DENSE)]


def _in_words(rubric: Rubric) -> Rubric:
    """The rubric without its checks, so that a judge decides each of its sentences."""
    criteria = tuple(
        msgspec.structs.replace(each, checker=None, arguments={}, kind="principle") for each in rubric.criteria
    )
    return msgspec.structs.replace(rubric, criteria=criteria)


def _told(pairs: Sequence[Contrast], scores: Callable[[Contrast], Sequence[float | None]]) -> dict[str, Any]:
    start = time.process_time()
    found = ranked([value for each in pairs for value in scores(each)], 0.0)
    decided = found.right + found.wrong + found.alike
    accuracy = round((found.right + found.alike / 2) / decided, 3) if decided else None
    low, high = wilson(found.right + found.alike / 2, decided)
    return {
        "accuracy": accuracy,
        "interval": [round(low or 0.0, 3), round(high or 0.0, 3)],
        **found._asdict(),
        "cpu_seconds": round(time.process_time() - start, 1),
    }


def _share(count: int, total: int) -> dict[str, Any]:
    low, high = wilson(count, total)
    return {
        "count": count,
        "of": total,
        "share": round(count / total, 3) if total else None,
        "interval": [round(low or 0.0, 3), round(high or 0.0, 3)],
    }


def main() -> None:
    reader = argparse.ArgumentParser(description="Measures rubrics on pairs with known truth.")
    reader.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part", help=", ".join(PARTS))
    torch.set_num_threads(1)
    for name in reader.parse_args().parts or PARTS:
        start = time.process_time()
        told = {**PARTS[name](), "cpu_seconds": round(time.process_time() - start, 1)}
        stored = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        write_whole(str(RESULTS), json.dumps({**stored, name: told}, indent=1).encode() + b"\n")
        print(json.dumps({name: told}), flush=True)


if __name__ == "__main__":
    main()
