"""What a finished search teaches: step labels, step pairs, and whole right traces."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise, permutations

from generators.preferences.confidence import Decode
from generators.preferences.search.asking import Path
from generators.preferences.search.estimate import Estimate, surely_above
from generators.preferences.search.evidence import Evidence
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
    """A row for each wrong response that was bisected, and for each right one."""
    evidence = Evidence(tree.estimates, tree.solved)
    rows = [_row(source, "omega", wrong.path, wrong.ends, evidence, score=0.0) for wrong in tree.bisected]
    rows += [_row(source, "omega", path, steps(path), evidence, score=1.0) for path in tree.solved]
    return _distinct(rows)


def estimate_labels(
    estimates: Iterable[Estimate], solved: Iterable[Path], source: Source, steps: Steps, method: str
) -> list[StepLabels]:
    """A row for every beginning, and every right response, that no longer one goes on from."""
    whole = dict.fromkeys(solved)
    evidence = Evidence(estimates, whole)
    rows = []
    for path in _leaves([each.path for each in evidence.pooled() if each.path and each.visits] + list(whole)):
        known = evidence.of(path)
        score = known.mc if known is not None and known.by == "verdict" else 1.0 if path in whole else None
        rows.append(_row(source, method, path, steps(path), evidence, score))
    return _distinct(rows)


def rest_labels(tree: RestTree, source: Source) -> list[StepLabels]:
    """A row for each whole response that was reached, where any of them is right, with values inferred from its end.

    A step of a right one is right, and of a wrong one none is known to be from where it leaves the last right one's
    way: from there its values fall.
    """
    rows = []
    evidence = Evidence(solved=(path for _, path, is_right in tree.responses if is_right))
    for ends, path, is_right in tree.responses if evidence.any_right else ():
        labels = tuple(evidence.can_come_right(path[:end]) and (is_right or end < len(path)) for end in ends)
        rows.append(
            StepLabels(
                task_id=source.task.id,
                model=source.model,
                method="rest",
                prompt=source.task.prompt,
                completions=source.texts(path, ends),
                labels=labels,
                values=tuple(inferred_values(len(ends), None if is_right else sum(labels))),
                visits=(0,) * len(ends),
                successes=(0,) * len(ends),
                low=(None,) * len(ends),
                high=(None,) * len(ends),
                score=float(is_right),
            )
        )
    return _distinct(rows)


def step_pairs(estimates: Iterable[Estimate], source: Source, steps: Steps, sure: float = 0.95) -> list[PreferencePair]:
    """Of the steps that were tried after the same beginning the two of which one is surely better, and by the most.

    Sure is a doubt of at most (1 - sure) / (k (k - 1)) where k steps were tried: any two of them in either order could
    have come out as the pair (Bonferroni). The same text in other tokens makes no pair. Both texts begin with the
    beginning: chat templates close the assistant's turn after each message.
    """
    siblings: dict[Path, list[Estimate]] = defaultdict(list)
    for estimate in Evidence(estimates).pooled():
        if estimate.path and estimate.visits:
            ends = [0, *steps(estimate.path)]
            siblings[estimate.path[: ends[-2]]].append(estimate)
    pairs = []
    for tried in siblings.values():
        doubt = (1 - sure) / max(1, len(tried) * (len(tried) - 1))
        apart = [
            _step_pair(source, better, worse, strength)
            for better, worse in permutations(tried, 2)
            if better.mc > worse.mc
            and 1 - (strength := surely_above(better, worse)) <= doubt
            and source.text(better.path) != source.text(worse.path)
        ]
        if apart:
            pairs.append(max(apart, key=lambda pair: (pair.margin, pair.strength)))
    return pairs


def class_balance(rows: Iterable[StepLabels]) -> tuple[int, int]:
    """How many steps are labelled right, and how many wrong."""
    labels = [label for row in rows for label in row.labels]
    return sum(labels), len(labels) - sum(labels)


def _row(
    source: Source, method: str, path: Path, ends: Sequence[int], evidence: Evidence, score: float | None
) -> StepLabels:
    """A step is right when what stands up to its end can come out right.

    Its value, interval, visits and successes are those of the estimates there; without one, visits are 0, the value is
    the label, and there is no interval.
    """
    labels = [evidence.can_come_right(path[:end]) for end in ends]
    seen = [evidence.of(path[:end]) for end in ends]
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
        low=tuple(each.interval[0] if each else None for each in seen),
        high=tuple(each.interval[1] if each else None for each in seen),
        score=score,
    )


def _distinct(rows: Sequence[StepLabels]) -> list[StepLabels]:
    """The first row of each text: other tokens may say the same."""
    return list({"".join(row.completions): row for row in reversed(rows)}.values())[::-1]


def _step_pair(source: Source, best: Estimate, worst: Estimate, strength: float) -> PreferencePair:
    return PreferencePair(
        task_id=source.task.id,
        prompt=source.task.prompt,
        chosen=(Message("assistant", source.text(best.path)),),
        rejected=(Message("assistant", source.text(worst.path)),),
        chosen_score=best.mc,
        rejected_score=worst.mc,
        margin=best.mc - worst.mc,
        chosen_model=source.model,
        rejected_model=source.model,
        chosen_revision=source.revision,
        rejected_revision=source.revision,
        chosen_sample=-1,
        rejected_sample=-1,
        chosen_tokens=len(best.path),
        rejected_tokens=len(worst.path),
        chosen_confidence=None,
        rejected_confidence=None,
        kind="step",
        strength=strength,
        method="search",
    )


def _leaves(paths: Sequence[Path]) -> list[Path]:
    """The paths that no other one begins with, in order."""
    ordered = sorted(set(paths))
    inner = {short for short, long in pairwise(ordered) if long[: len(short)] == short}
    return [path for path in dict.fromkeys(paths) if path not in inner]
