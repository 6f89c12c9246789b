"""Judges on cases whose truth programs know, by a small packaged model: what they tell apart, before and after
calibration, and what a judgment costs.

    python -m benchmarks.judges

`answers`: a right answer and one of another problem, by families whose verifiers tell, with the reference answer.
`instructions`: a text that keeps to every rule and one that breaks exactly one, with that rule as the criterion. Every
figure after calibration is of the half that had no part in it. `pairs` is the share of the same pairs in which the
right response is above the wrong one, ties as halves. Times are CPU seconds of one thread, loading not counted.
"""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.table import Table

from generators.instructions.pairs import planted_pair
from generators.stream import Segment, tasks_of
from generators.verify import verify
from pipeline.engines.config import ModelConfig
from pipeline.engines.opening import opened
from pipeline.engines.protocol import Engine
from pipeline.models.encoder import Encoder
from pipeline.statistics import wilson
from rubrics.judges.asking import JudgeError
from rubrics.judges.baselines import EncoderJudge
from rubrics.judges.calibration import CalibrationConfig, calibration
from rubrics.judges.config import JudgeConfig
from rubrics.judges.contract import Case, Comparison, Judge
from rubrics.judges.opening import judge_of, pair_judge_of
from rubrics.likelihood import endogenous
from schemas import Message

RESULTS = Path(__file__).parent / "results" / "judges.json"
SEED = 0
ANSWERS = {"arithmetic.chain": 1, "arithmetic.word_problems": 2, "strings.word_sorting": 2}
"""Families and levels."""
A_FAMILY, REQUESTS, VERDICTS = 10, 30, 4
"""Pairs of each family, of the instructions, and those of each set that are asked for verdicts, which take longest."""


class Pair(NamedTuple):
    right: Case
    wrong: Case


def answer_pairs() -> list[Pair]:
    made = []
    for family, level in ANSWERS.items():
        drawn = tasks_of(Segment(family=family, level=level, seed=SEED, start=0, stop=2 * A_FAMILY))
        tasks = list({task.canonical: task for task in drawn}.values())
        for task, other in list(zip(tasks, tasks[1:] + tasks[:1], strict=True))[:A_FAMILY]:
            if verify(task, f"<answer>{other.answer}</answer>").score != 1:
                asked = task.prompt[-1].content
                made.append(
                    Pair(
                        *(
                            Case(prompt=asked, response=f"The answer is {text}.", reference=task.answer)
                            for text in (task.answer, other.answer)
                        )
                    )
                )
    return made


def instruction_pairs() -> list[Pair]:
    made = []
    for task in tasks_of(Segment(family="instructions.form", level=2, seed=SEED, start=0, stop=2 * REQUESTS)):
        pair = planted_pair(task, SEED)
        if pair is not None and pair.broken is not None and len(made) < REQUESTS:
            rule = pair.criteria[pair.broken].text
            texts = pair.chosen, pair.rejected
            made.append(Pair(*(Case(prompt=pair.prompt, response=text, criterion=rule) for text in texts)))
    return made


def measured(judge: Judge, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Of a judge of single responses."""
    cases = [case for pair in pairs for case in pair]
    start = time.process_time()
    told = judge.judge(cases)
    seconds = time.process_time() - start
    scores = [each.score for each in told]
    row: dict[str, Any] = {
        "judge": judge.name,
        "cases": len(cases),
        "undecided": sum(score is None for score in scores),
        "tokens": sum(each.tokens for each in told) / len(told),
        "cpu_seconds": seconds / len(told),
        **pairwise(scores[::2], scores[1::2]),
    }
    right = [place % 2 == 0 for place in range(len(cases))]
    try:
        found = calibration(
            judge.name, scores, right, [case.prompt for case in cases], [each.tokens for each in told], CONFIG
        )
    except JudgeError as problem:
        return row | {"calibration": str(problem)}
    for name in ("auroc", "auroc_low", "auroc_high", "slope", "intercept", "threshold"):
        row[name] = getattr(found, name)
    for name, quality in (("before", found.before), ("after", found.after)):
        row[name] = {field: getattr(quality, field) for field in quality.__struct_fields__}
    return row


CONFIG = CalibrationConfig(seed=SEED)


def pairwise(right: Sequence[float | None], wrong: Sequence[float | None]) -> dict[str, Any]:
    decided = [(one, other) for one, other in zip(right, wrong, strict=True) if one is not None and other is not None]
    won = sum(1.0 if one > other else 0.5 if one == other else 0.0 for one, other in decided)
    low, high = wilson(won, len(decided))
    return {"pairs": won / len(decided) if decided else None, "pairs_low": low, "pairs_high": high}


def compared(engine: Engine, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Of the judge of pairs, in both orders; the right response is asked first in every other pair."""
    judge = pair_judge_of(JudgeConfig(), engine)
    asked = []
    for place, (right, wrong) in enumerate(pairs):
        first, second = (right, wrong) if place % 2 else (wrong, right)
        criteria = (right.criterion,) if right.criterion else ()
        asked.append(Comparison(prompt=right.prompt, first=first.response, second=second.response, criteria=criteria))
    start = time.process_time()
    told = judge.compare(asked)
    seconds = time.process_time() - start
    right_is_first = [
        None if each.first is None else each.first if place % 2 else 1 - each.first for place, each in enumerate(told)
    ]
    return {
        "judge": judge.name,
        "cases": len(pairs),
        "undecided": sum(each.first is None for each in told),
        "tokens": sum(each.tokens for each in told) / len(told),
        "cpu_seconds": seconds / len(told),
        **pairwise(right_is_first, [0.5] * len(told)),
    }


def by_logits(engine: Any, pairs: Sequence[Pair], total: Callable[[list[float]], float], name: str) -> dict[str, Any]:
    """Of the endogenous reward, which ranks the responses to one prompt and is no probability."""
    start = time.process_time()
    told = [
        [total(each) for each in endogenous(engine, (Message("user", right.prompt),), [right.response, wrong.response])]
        for right, wrong in pairs
    ]
    seconds = time.process_time() - start
    return {
        "judge": f"{engine.model}@{engine.revision} endogenous, {name}",
        "cases": 2 * len(pairs),
        "undecided": 0,
        "tokens": None,
        "cpu_seconds": seconds / (2 * len(pairs)),
        **pairwise([one for one, _ in told], [other for _, other in told]),
    }


def main() -> None:
    torch.set_num_threads(1)
    engine = opened(ModelConfig())
    sets = {"answers": answer_pairs(), "instructions": instruction_pairs()}
    yes_no, verdict = judge_of(JudgeConfig(), engine), judge_of(JudgeConfig(kind="verdict", max_tokens=96), engine)
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, pairs in sets.items():
        rows[name] = [
            measured(yes_no, pairs),
            compared(engine, pairs),
            by_logits(engine, pairs, sum, "sum"),
            by_logits(engine, pairs, lambda rewards: sum(rewards) / len(rewards), "mean"),
            measured(verdict, pairs[:VERDICTS]),
        ]
        if name == "answers":
            rows[name] += [
                measured(judge_of(JudgeConfig(kind="reference"), engine), pairs),
                measured(judge_of(JudgeConfig(kind="bleu"), None), pairs),
                measured(EncoderJudge(Encoder.load()), pairs),
            ]
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    show(rows)


def show(rows: dict[str, list[dict[str, Any]]]) -> None:
    for name, measured_rows in rows.items():
        table = Table("judge", "cases", "undecided", "AUROC", "ECE", "held out", "pairs", "tokens", "CPU s", title=name)
        for row in measured_rows:
            after = row.get("after")
            table.add_row(
                row["judge"],
                str(row["cases"]),
                str(row["undecided"]),
                f"{row['auroc']:.2f} [{row['auroc_low']:.2f}, {row['auroc_high']:.2f}]" if after else "",
                f"{row['before']['expected_error']:.2f}" if after else "",
                f"{after['expected_error']:.2f}" if after else "",
                "" if row["pairs"] is None else f"{row['pairs']:.2f}",
                "" if row["tokens"] is None else f"{row['tokens']:.0f}",
                f"{row['cpu_seconds']:.2f}",
            )
        Console(width=160).print(table)


if __name__ == "__main__":
    main()
