"""What the report says of a training folder: its record as curves, tables and rollouts to read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

import yaml

from pipeline.report.curves import COLOURS, Chart, Point
from pipeline.report.page import Report
from pipeline.report.shown import harmless
from pipeline.report.training import Note, Shown, Training
from pipeline.store import read_shards
from schemas import Rollout, Task
from schemas.failure import Failure
from trainer.doctor import Finding
from trainer.evaluate import Evaluation
from trainer.metrics import StepMetrics
from trainer.record import (
    read_evaluated,
    read_evaluations,
    read_findings,
    read_metrics,
    read_rollouts,
    sampled_steps,
)
from trainer.samples import asked, picked, sample_line
from trainer.scores import Scores, support

Value = Callable[[StepMetrics], float | None]


def is_training(url: str) -> bool:
    """Whether this is the folder of a training."""
    return "://" not in url and (Path(url) / "metrics.jsonl").is_file()


def training_report(output: Path) -> Report:
    """The report of a training folder alone."""
    told = (output / "config.yaml").read_text(encoding="utf-8") if (output / "config.yaml").exists() else ""
    config = yaml.safe_load(told) or {}
    facts = {key: str(config[key]) for key in ("model", "seed") if key in config}
    training = training_of(output)
    return Report(title=f"Training {output.name}", facts=facts, summary={}, training=training, config=told)


def training_of(output: Path) -> Training:
    """What the folder's record tells so far; a run that still goes on may be looked at."""
    steps, evaluations, findings = read_metrics(output), read_evaluations(output), read_findings(output)
    shown_at = _early_middle_late(sampled_steps(output))
    rollouts = {step: picked(read_rollouts(output, step)) for step in shown_at}
    tasks = tasks_of(output, {rollout.task_id for own in rollouts.values() for rollout in own.values()})
    return Training(
        summary=_summary(steps, evaluations),
        notes=tuple(_note(finding) for finding in findings),
        splits=_splits(output, evaluations),
        cells=_cells(evaluations),
        charts=tuple(_charts(steps, evaluations, findings)),
        samples={
            step: tuple(_shown(place, rollout, tasks.get(rollout.task_id)) for place, rollout in own.items())
            for step, own in rollouts.items()
        },
    )


def _summary(steps: Sequence[StepMetrics], evaluations: Sequence[Evaluation]) -> dict[str, str]:
    updates, completions = sum(step.outcome == "updated" for step in steps), sum(step.completions for step in steps)
    tokens = sum(step.completion_tokens for step in steps)
    spent = {
        "generation": sum(step.generation_seconds for step in steps),
        "reward": sum(step.reward_seconds for step in steps),
        "update": sum(step.update_seconds for step in steps),
    }
    total = sum(spent.values())
    rows = {"steps": f"{len(steps):,}, {updates:,} of them updates"}
    rewards = [step.reward_mean for step in steps if step.reward_mean is not None]
    if rewards:
        tenth = max(1, len(rewards) // 10)
        first, last = fmean(rewards[:tenth]), fmean(rewards[-tenth:])
        rows["reward"] = f"{first:.3f} → {last:.3f}, first and last tenth of the steps"
    for split, own in _by_split(evaluations).items():
        rows[f"accuracy, {split}"] = f"{_interval(own[0])} → {_interval(own[-1])}"
    rows["learnt from"] = f"{completions:,} completions, {tokens:,} tokens"
    if total:
        shares = ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in spent.items())
        rows["CPU time"] = f"{total:,.0f} s: {shares}; {tokens / total:,.0f} tokens a CPU-second"
    return rows


def _note(finding: Finding) -> Note:
    return Note(step=finding.step, rule=finding.rule, sentence=finding.sentence, stop=finding.severity == "stop")


def _splits(output: Path, evaluations: Sequence[Evaluation]) -> tuple[tuple[str, ...], ...]:
    """First, best and last accuracy of each split, and what its last evaluation says besides."""
    rows = [("", "tasks", "first", "best", "last", "pass@k", "cost", "gained", "lost")]
    for split, own in _by_split(evaluations).items():
        first, last = own[0], own[-1]
        best = max(own, key=lambda each: each.accuracy or 0.0)
        most = max(last.pass_at, default=None)
        change = support(read_evaluated(output, first.step, split), read_evaluated(output, last.step, split))
        rows.append(
            (
                split,
                f"{last.tasks:,} × {last.samples}",
                _interval(first),
                f"{_share(best.accuracy)} at step {best.step}",
                f"{_interval(last)} at step {last.step}",
                "–" if most is None else f"{last.pass_at[most]:.2f} of {most}",
                "–" if last.tokens_per_right is None else f"{last.tokens_per_right:,.0f}",
                f"{len(change.gained):,}",
                f"{len(change.lost):,}",
            )
        )
    return tuple(rows)


def _cells(evaluations: Sequence[Evaluation]) -> tuple[tuple[str, ...], ...]:
    rows = [("", "family", "level", "tasks", "first", "last")]
    for split, own in _by_split(evaluations).items():
        before = {(cell.family, cell.level): cell for cell in own[0].cells}
        for cell in own[-1].cells:
            first = before.get((cell.family, cell.level))
            told = "" if first is None else _cell_interval(first)
            rows.append((split, cell.family, str(cell.level or ""), f"{cell.tasks:,}", told, _cell_interval(cell)))
    return tuple(rows)


CHARTS: tuple[tuple[str, str, dict[str, Value]], ...] = (
    (
        "groups without a lesson",
        "share in which all scores are one",
        {"all alike": lambda step: step.zero_variance, "all wrong": lambda step: _all_wrong(step)},
    ),
    ("entropy", "nats a token; a fall to nought ends exploration", {"entropy": lambda step: step.entropy}),
    (
        "length",
        "tokens of a completion",
        {"tokens": lambda step: step.completion_tokens / step.completions if step.completions else None},
    ),
    (
        "cut off, alike",
        "shares of completions",
        {"cut off": lambda step: step.truncated, "alike": lambda step: step.duplicates},
    ),
    ("clipped", "share of tokens whose ratio met a bound", {"clipped": lambda step: step.clip_fraction}),
    ("KL", "nats a token away from the beginning", {"KL": lambda step: step.kl}),
    ("gradient", "norm before it is clipped", {"norm": lambda step: step.grad_norm}),
    (
        "engine and learner",
        "mean gap of their log-probabilities",
        {"gap": lambda step: step.sampler_gap_mean},
    ),
    ("length and score", "correlation; near 1, length may pay", {"r": lambda step: step.length_correlation}),
    (
        "CPU seconds",
        "of each step",
        {
            "generation": lambda step: step.generation_seconds,
            "reward": lambda step: step.reward_seconds,
            "update": lambda step: step.update_seconds,
        },
    ),
)
"""Title, note and lines of what every run has."""


def _charts(
    steps: Sequence[StepMetrics], evaluations: Sequence[Evaluation], findings: Sequence[Finding]
) -> Iterator[Chart]:
    marks = [(float(each.step), f"step {each.step}: {each.rule}") for each in findings]
    yield Chart(
        title="reward",
        note="mean of the scores" + "; dashed: the doctor spoke" * bool(marks),
        lines=_lines(steps, {"reward": lambda step: step.reward_mean}),
        marks=marks,
    )
    yield from _evaluated(evaluations)
    for title, note, values in CHARTS:
        yield Chart(title=title, note=note, lines=_lines(steps, values))
    yield from _named("reward parts", "mean of each", _tabled(steps, _means))
    yield from _named("curriculum", "what it says of itself", _tabled(steps, lambda step: step.curriculum.items()))


def _evaluated(evaluations: Sequence[Evaluation]) -> Iterator[Chart]:
    accuracies: dict[str, list[Point]] = {}
    bands: dict[str, list[tuple[float, float, float]]] = {}
    best: dict[str, list[Point]] = {}
    most = max((k for each in evaluations for k in each.pass_at), default=0)
    for split, own in list(_by_split(evaluations).items())[:COLOURS]:
        accuracies[split] = [(float(each.step), each.accuracy) for each in own if each.accuracy is not None]
        bands[split] = [
            (float(each.step), each.low, each.high) for each in own if each.low is not None and each.high is not None
        ]
        best[split] = [(float(each.step), each.pass_at[most]) for each in own if most in each.pass_at]
    yield Chart(title="held-out accuracy", note="with its 95 % interval", lines=accuracies, bands=bands)
    if any(best.values()):
        yield Chart(title=f"pass@{most}", note="held out: one of so many samples is right", lines=best)


def _named(title: str, note: str, tables: dict[str, list[Point]]) -> Iterator[Chart]:
    """As many charts as the lines need; those that never leave 0 are left out."""
    moved = {name: line for name, line in tables.items() if any(value for _, value in line)}
    names = list(moved)
    for start in range(0, len(names), COLOURS):
        yield Chart(title=title, note=note, lines={name: moved[name] for name in names[start : start + COLOURS]})


def _lines(steps: Sequence[StepMetrics], values: dict[str, Value]) -> dict[str, list[Point]]:
    found = {
        name: [(float(step.step), told) for step in steps if (told := value(step)) is not None]
        for name, value in values.items()
    }
    return {name: line for name, line in found.items() if line}


def _tabled(
    steps: Sequence[StepMetrics], table: Callable[[StepMetrics], Iterable[tuple[str, float]]]
) -> dict[str, list[Point]]:
    lines: dict[str, list[Point]] = defaultdict(list)
    for step in steps:
        for name, value in table(step):
            lines[name].append((float(step.step), value))
    return lines


def _all_wrong(step: StepMetrics) -> float | None:
    return None if step.sampled is None else step.sampled.all_wrong


def _means(step: StepMetrics) -> Iterator[tuple[str, float]]:
    return ((name, part.mean) for name, part in step.rewards.items() if part.mean is not None)


def _by_split(evaluations: Sequence[Evaluation]) -> dict[str, list[Evaluation]]:
    found: dict[str, list[Evaluation]] = defaultdict(list)
    for each in evaluations:
        found[each.split].append(each)
    return found


def _early_middle_late(steps: Sequence[int]) -> list[int]:
    return sorted({steps[0], steps[len(steps) // 2], steps[-1]}) if steps else []


def tasks_of(output: Path, wanted: set[str]) -> dict[str, Task]:
    """Those tasks by id, from the shards that the run was told; none where these are gone."""
    try:
        config = yaml.safe_load((output / "config.yaml").read_text(encoding="utf-8"))
        return {task.id: task for task in read_shards(config["shards"], Task) if task.id in wanted}
    except (OSError, Failure):
        return {}


def _shown(place: str, rollout: Rollout, task: Task | None) -> Shown:
    return Shown(
        place=place,
        line=sample_line(rollout) + (f" · {task.family} {task.level}" if task is not None else ""),
        right=rollout.score == 1.0,
        prompt="" if task is None else harmless(asked(task)),
        answer="" if task is None else harmless(task.answer),
        text=harmless(rollout.text),
    )


def _interval(each: Evaluation) -> str:
    return _with_interval(each.accuracy, each.low, each.high)


def _cell_interval(cell: Scores) -> str:
    return _with_interval(cell.pass_at_1, cell.low, cell.high)


def _with_interval(rate: float | None, low: float | None, high: float | None) -> str:
    return _share(rate) + ("" if low is None or high is None else f" ({low:.2f}–{high:.2f})")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
