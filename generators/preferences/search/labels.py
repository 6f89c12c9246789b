"""What a finished search teaches: step labels, step pairs, and whole right traces."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from generators.preferences.confidence import Decode
from generators.preferences.search.asking import Path
from generators.preferences.search.estimate import Estimate, surely_better
from generators.preferences.search.omega import OmegaTree, Steps
from generators.preferences.search.rest import RestTree, inferred_values
from schemas import Message, PreferencePair, StepLabels, Task


class Source:
    """Where a search's responses come from: the task, the model, and how token ids become text."""

    def __init__(self, task: Task, model: str, revision: str, decode: Decode, prefill: str = "") -> None:
        self.task, self.model, self.revision = task, model, revision
        self.decode, self._prefill = decode, prefill

    def texts(self, path: Path, ends: Sequence[int]) -> tuple[str, ...]:
        """The text of each step; the prefill belongs to the first. Together they are the response."""
        whole = [self.text(path[:end]) for end in ends]
        return tuple(text[len(before) :] for before, text in zip(["", *whole], whole, strict=False))

    def text(self, path: Path) -> str:
        return self._prefill + self.decode(path)


def omega_labels(tree: OmegaTree, source: Source, steps: Steps) -> list[StepLabels]:
    """A row for each wrong response that was bisected, and for each right one.

    Where a beginning was estimated, its value, visits and successes are those of the estimate. Where not, visits are 0
    and the value is the label: a beginning of a beginning that can come out right can too, and after the first wrong
    step none can.
    """
    known = {each.path: each for each in tree.estimates}
    rows = []
    for wrong in tree.bisected:
        labels = [place < wrong.first_wrong for place in range(len(wrong.ends))]
        rows.append(_row(source, "omega", wrong.path, wrong.ends, labels, known, score=0.0))
    for path in tree.solved:
        ends = tuple(steps(path))
        rows.append(_row(source, "omega", path, ends, [True] * len(ends), known, score=1.0))
    return rows


def estimate_labels(
    estimates: Iterable[Estimate], solved: Iterable[Path], source: Source, steps: Steps, method: str
) -> list[StepLabels]:
    """A row for every beginning that no longer one goes on from: its steps are right that ever came out right."""
    known = {each.path: each for each in estimates if each.path}
    longest = _leaves([path for path in known if known[path].visits])
    rows = []
    for path in longest:
        ends = tuple(steps(path))
        good = [_came_out(path[:end], known) for end in ends]
        labels = [any(good[place:]) for place in range(len(ends))]
        score = float(known[path].mc == 1.0) if known[path].visits else None
        rows.append(_row(source, method, path, ends, labels, known, score))
    there = set(longest)
    for path in solved:
        if path not in there:
            ends = tuple(steps(path))
            rows.append(_row(source, method, path, ends, [True] * len(ends), known, score=1.0))
    return rows


def rest_labels(tree: RestTree, source: Source) -> list[StepLabels]:
    """A row for each whole response that was reached, with the values inferred from its end; a step of a right one is
    right, and of a wrong one none is known to be: its values fall from where it leaves the last right one's way."""
    rows = []
    good = [path for _, path, is_right in tree.responses if is_right]
    for ends, path, is_right in tree.responses:
        shared = max((_shared(path, other, ends) for other in good), default=0)
        values = inferred_values(len(ends), None if is_right else shared)
        rows.append(
            StepLabels(
                task_id=source.task.id,
                model=source.model,
                method="rest",
                prompt=source.task.prompt,
                completions=source.texts(path, ends),
                labels=tuple(is_right or place < shared for place in range(len(ends))),
                values=tuple(values),
                visits=(0,) * len(ends),
                successes=(0,) * len(ends),
                score=float(is_right),
            )
        )
    return rows


def step_pairs(estimates: Iterable[Estimate], source: Source, steps: Steps, sure: float = 0.95) -> list[PreferencePair]:
    """Of the steps that were tried after the same beginning the best and the worst, where the one is surely better.

    Sure is what `surely_better` puts above `sure`. The prompt ends with the beginning as the assistant's words.
    """
    siblings: dict[Path, list[Estimate]] = defaultdict(list)
    for estimate in estimates:
        if estimate.path and estimate.visits:
            ends = [0, *steps(estimate.path)]
            siblings[estimate.path[: ends[-2]]].append(estimate)
    pairs = []
    for path, tried in siblings.items():
        best, worst = max(tried, key=lambda each: each.mc), min(tried, key=lambda each: each.mc)
        strength = surely_better(best.successes, best.visits, worst.successes, worst.visits)
        if strength >= sure:
            pairs.append(_step_pair(source, path, best, worst, strength))
    return pairs


def class_balance(rows: Iterable[StepLabels]) -> tuple[int, int]:
    """How many steps are labelled right, and how many wrong."""
    labels = [label for row in rows for label in row.labels]
    return sum(labels), len(labels) - sum(labels)


def _row(
    source: Source,
    method: str,
    path: Path,
    ends: Sequence[int],
    labels: Sequence[bool],
    known: dict[Path, Estimate],
    score: float | None,
) -> StepLabels:
    found = [known.get(path[:end]) for end in ends]
    seen = [each if each is not None and each.visits else None for each in found]
    return StepLabels(
        task_id=source.task.id,
        model=source.model,
        method=method,
        prompt=source.task.prompt,
        completions=source.texts(path, ends),
        labels=tuple(labels),
        values=tuple(float(label) if each is None else each.mc for each, label in zip(seen, labels, strict=True)),
        visits=tuple(each.visits if each else 0 for each in seen),
        successes=tuple(each.successes if each else 0 for each in seen),
        score=score,
    )


def _step_pair(source: Source, path: Path, best: Estimate, worst: Estimate, strength: float) -> PreferencePair:
    before = source.text(path)
    told = (Message("assistant", before),) if before else ()
    chosen, rejected = (source.text(each.path)[len(before) :] for each in (best, worst))
    return PreferencePair(
        task_id=source.task.id,
        prompt=source.task.prompt + told,
        chosen=(Message("assistant", chosen),),
        rejected=(Message("assistant", rejected),),
        chosen_score=best.mc,
        rejected_score=worst.mc,
        margin=best.mc - worst.mc,
        chosen_model=source.model,
        rejected_model=source.model,
        chosen_revision=source.revision,
        rejected_revision=source.revision,
        chosen_sample=-1,
        rejected_sample=-1,
        chosen_tokens=len(best.path) - len(path),
        rejected_tokens=len(worst.path) - len(path),
        chosen_confidence=None,
        rejected_confidence=None,
        kind="step",
        strength=strength,
        method="search",
    )


def _came_out(path: Path, known: dict[Path, Estimate]) -> bool:
    return path in known and known[path].successes > 0


def _shared(path: Path, other: Path, ends: Sequence[int]) -> int:
    """How many steps of a path another one begins with."""
    return sum(other[:end] == path[:end] for end in ends)


def _leaves(paths: Sequence[Path]) -> list[Path]:
    """The paths that no other one begins with, in order."""
    ordered = sorted(paths)
    inner = {short for short, long in pairwise(ordered) if long[: len(short)] == short}
    return [path for path in paths if path not in inner]
