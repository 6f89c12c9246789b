"""Tasks as several models find them: their own pass rates, the gap of strong and weak, one scale for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import NamedTuple

import numpy as np

from filters.irt.counts import Counts, CountsError, Ints, counts_of
from filters.irt.fit import Fit, fit_of
from filters.irt.scale import Scale, scale_of
from filters.prior import cell_of
from schemas import Ability, Difficulty, Item, PassRate, Task


@dataclass(frozen=True, eq=False)
class Results:
    """One model's results, by task id: what its rollouts say of each task, and the scores of the first of them.

    `model` is the name that tells it from the others.
    `first` has (successes, samples) of the first k rollouts with a verdict, k being the same for every task and
    whatever came of them.
    """

    model: str
    revision: str
    difficulties: Mapping[str, Difficulty]
    first: Mapping[str, tuple[int, int]]


class SideBySide(NamedTuple):
    """An item for each task, in order, and an ability for each model, in order."""

    items: list[Item]
    abilities: list[Ability]


def side_by_side(tasks: Sequence[Task], results: Sequence[Results], seed: int) -> SideBySide:
    """The results of two models or more on the tasks, compared. Deterministic by the seed. Raises CountsError."""
    if len(results) < 2:
        raise CountsError(f"{len(results)} models can't be compared: give the results of two or more")
    graded = [[each.difficulties.get(task.id) for each in results] for task in tasks]
    full = counts_of(
        np.array([[0 if one is None else one.successes for one in row] for row in graded], dtype=np.int64),
        np.array([[0 if one is None else one.samples for one in row] for row in graded], dtype=np.int64),
        [cell_of(task) for task in tasks],
    )
    scale = scale_of(full)
    fit = fit_of(scale, full, _first(tasks, results, full.cells), seed)
    by_ability = np.argsort(scale.ability, kind="stable")
    weak, strong = int(by_ability[0]), int(by_ability[-1])
    items = [
        Item(
            task_id=task.id,
            family=task.family,
            level=task.level,
            difficulty=float(scale.difficulty[place]),
            difficulty_sd=float(scale.difficulty_sd[place]),
            strong=results[strong].model,
            weak=results[weak].model,
            **_columns(gap_of(row[strong], row[weak])),
            rates=tuple(
                _rate(each.model, one)
                for each, one in zip(results, row, strict=True)
                if one is not None and one.samples
            ),
        )
        for place, (task, row) in enumerate(zip(tasks, graded, strict=True))
    ]
    return SideBySide(items, [_ability(number, each, full, scale, fit) for number, each in enumerate(results)])


class Gap(NamedTuple):
    """The strong model's pass rate less the weak one's, with a 95 % interval."""

    gap: float
    gap_low: float
    gap_high: float


def gap_of(strong: Difficulty | None, weak: Difficulty | None) -> Gap | None:
    """From the intervals of the two rates (Zou & Donner, "Construction of confidence limits about effect measures",
    Stat. Med. 27, 2008); None where one of them has no samples."""
    if strong is None or weak is None or not (strong.samples and weak.samples):
        return None
    middle = strong.mean - weak.mean
    below = hypot(strong.mean - strong.low, weak.high - weak.mean)
    above = hypot(strong.high - strong.mean, weak.mean - weak.low)
    return Gap(middle, max(-1.0, middle - below), min(1.0, middle + above))


def _first(tasks: Sequence[Task], results: Sequence[Results], cells: Ints) -> Counts:
    pairs = np.array([[each.first.get(task.id, (0, 0)) for each in results] for task in tasks], dtype=np.int64)
    return Counts(pairs[:, :, 0], pairs[:, :, 1], cells)


def _columns(gap: Gap | None) -> dict[str, float | None]:
    return dict.fromkeys(Gap._fields) if gap is None else gap._asdict()


def _rate(model: str, one: Difficulty) -> PassRate:
    return PassRate(
        model=model,
        revision=one.revision,
        successes=one.successes,
        samples=one.samples,
        mean=one.mean,
        low=one.low,
        high=one.high,
    )


def _ability(number: int, results: Results, counts: Counts, scale: Scale, fit: Fit) -> Ability:
    ability, sd = float(scale.ability[number]), float(scale.ability_sd[number])
    return Ability(
        model=results.model,
        revision=results.revision,
        tasks=int((counts.samples[:, number] > 0).sum()),
        samples=int(counts.samples[:, number].sum()),
        successes=int(counts.successes[:, number].sum()),
        ability=ability,
        sd=sd,
        low=ability - 1.96 * sd,
        high=ability + 1.96 * sd,
        pass_rate=float(scale.rates[:, number].mean()),
        infit=float(fit.infit[number]),
        outfit=float(fit.outfit[number]),
        off=float(fit.off[number]),
        holds=bool(fit.holds[number]),
    )
