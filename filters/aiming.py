"""Aiming: each round makes more tasks of the cells whose tasks fell in the band, and goes on trying all the others.

A cell is a family with one set of parameters. After round r a cell's share is in proportion to

    count * (fresh * expected) ** r

with `count` tasks asked for in the config, `expected` the share of its tasks in the band and `fresh` the chance that
its next task is a new problem, both as all rounds so far say. With unchanging expectations this is the replicator
dynamics (Taylor & Jonker, "Evolutionary stable strategies and game dynamics", 1978): each round multiplies every share
by its yield and scales back to 1, so the mean yield rises by variance / mean a round, until the best cells have it all.
The share `explore` is spread equally over all cells beforehand, whatever they yield.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from filters.beta import Beta, beta_cdf
from schemas import AimedCell, Difficulty, jsontext

CellKey = tuple[str, str]
"""The family, and its parameters as canonical JSON."""

PRIOR_TASKS = 4.0
"""How many tasks the expectation before any task of the cell is worth."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What can be made: the parameters of a rung, or others; `count` tasks of it are asked for in the config, `place`
    and `source` are those of AimedCell."""

    source: int
    family: str
    level: int
    params: dict[str, Any]
    place: float | None
    count: int

    @property
    def key(self) -> CellKey:
        return self.family, jsontext.dumps(self.params)


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a cell's tasks: of `made` ones `once` have a problem that no other of them has. Of the `graded`
    ones `in_band` lie in the band and `solved` is the sum of their pass rates."""

    made: int = 0
    once: int = 0
    graded: int = 0
    in_band: float = 0.0
    solved: float = 0.0

    @property
    def fresh(self) -> float:
        """The chance that the next task is a new problem: problems seen once / tasks made (Good 1953, after Turing)."""
        return self.once / self.made if self.made else 1.0

    @property
    def pass_rate(self) -> float | None:
        return self.solved / self.graded if self.graded else None


NOTHING = Evidence()


def evidence(
    made: Iterable[tuple[CellKey, str]], graded: Iterable[tuple[CellKey, Difficulty]]
) -> dict[CellKey, Evidence]:
    """The evidence of each cell from all its tasks: cell and canonical key, or cell and difficulty.

    Tasks without a rollout tell nothing and are not counted as graded.
    """
    problems: dict[CellKey, Counter[str]] = defaultdict(Counter)
    for key, canonical in made:
        problems[key][canonical] += 1
    reached: dict[CellKey, list[Difficulty]] = defaultdict(list)
    for key, difficulty in graded:
        if difficulty.samples:
            reached[key].append(difficulty)
    return {
        key: Evidence(
            made=counts.total(),
            once=sum(count == 1 for count in counts.values()),
            graded=len(reached[key]),
            in_band=sum(map(in_band, reached[key])),
            solved=sum(difficulty.mean for difficulty in reached[key]),
        )
        for key, counts in problems.items()
    }


def in_band(difficulty: Difficulty) -> float:
    """1 or 0 where it is decided, else the posterior probability that the pass rate lies in the band."""
    if difficulty.decision != "undecided":
        return float(difficulty.decision == "in_band")
    prior = Beta(difficulty.prior_a, difficulty.prior_b)
    posterior = prior.after(difficulty.successes, difficulty.samples - difficulty.successes)
    return beta_cdf(posterior, difficulty.band_high) - beta_cdf(posterior, difficulty.band_low)


def expected_yields(cells: Sequence[Cell], seen: Mapping[CellKey, Evidence]) -> list[float]:
    """The share of each cell's tasks that is expected in the band: the mean of a Beta posterior, in (0, 1).

    The prior is worth PRIOR_TASKS tasks with the yield of all cells together; of a cell between two rungs with that of
    the better one, for a rung too easy and one too hard have the band between them.
    """
    graded = sum(seen.get(cell.key, NOTHING).graded for cell in cells)
    together = (sum(seen.get(cell.key, NOTHING).in_band for cell in cells) + 0.5) / (graded + 1)

    def posterior(cell: Cell, prior: float) -> float:
        own = seen.get(cell.key, NOTHING)
        return (own.in_band + PRIOR_TASKS * prior) / (own.graded + PRIOR_TASKS)

    rungs = {(cell.source, float(cell.level)): posterior(cell, together) for cell in cells if cell.level}

    def prior(cell: Cell) -> float:
        if cell.level or cell.place is None:
            return together
        below = [place for source, place in rungs if source == cell.source and place < cell.place]
        above = [place for source, place in rungs if source == cell.source and place > cell.place]
        return max(rungs[cell.source, max(below)], rungs[cell.source, min(above)])

    return [posterior(cell, prior(cell)) for cell in cells]


def first_round(cells: Sequence[Cell]) -> list[AimedCell]:
    """The round that makes what the config says."""
    return [_aimed(cell, 1, 0, cell.count, float(cell.count)) for cell in cells]


def next_round(
    cells: Sequence[Cell],
    before: Sequence[AimedCell],
    seen: Mapping[CellKey, Evidence],
    explore: float,
    candidates: int = 1,
) -> list[AimedCell]:
    """The round after those of `before`, from what is known of its cells: `candidates` times the tasks of the first.

    A cell that `before` does not have is a new one. `explore` in [0, 1] is the share of the round that is spread
    equally. What rounding gives a cell too much or too little is made up for in the rounds after.
    """
    number = max(row.round for row in before) + 1
    total = candidates * sum(row.count for row in before if row.round == 1)
    expected = expected_yields(cells, seen)
    fresh = [seen.get(cell.key, NOTHING).fresh for cell in cells]
    values = [chance * share for chance, share in zip(fresh, expected, strict=True)]
    shares = _shares([cell.count for cell in cells], values, number - 1)
    quotas = [total * (explore / len(cells) + (1 - explore) * share) for share in shares]
    owed: dict[CellKey, float] = defaultdict(float)
    made: dict[CellKey, int] = defaultdict(int)
    for row in before:
        key = row.family, jsontext.dumps(row.params)
        owed[key] += row.quota - row.count
        made[key] += row.count
    counts = apportioned([quota + owed[cell.key] for quota, cell in zip(quotas, cells, strict=True)], total)
    return [
        _aimed(cell, number, made[cell.key], count, quota, expected=share, fresh=chance)
        for cell, count, quota, share, chance in zip(cells, counts, quotas, expected, fresh, strict=True)
    ]


def apportioned(wanted: Sequence[float], total: int) -> list[int]:
    """Whole numbers that make `total`, by largest remainders: the whole parts, then one each where most is missing.

    Negative ones get nothing. The sum of `wanted` need not be `total`.

    >>> apportioned([2.5, 1.3, 0.2], 4)
    [3, 1, 0]
    """
    positive = [max(value, 0.0) for value in wanted]
    whole = sum(positive)
    scaled = [total * (value / whole) if whole else total / len(positive) for value in positive]
    counts = [int(value) for value in scaled]
    by_remainder = sorted(range(len(counts)), key=lambda place: (counts[place] - scaled[place], place))
    for place in by_remainder[: total - sum(counts)]:
        counts[place] += 1
    return counts


def _shares(bases: Sequence[int], values: Sequence[float], power: int) -> list[float]:
    """base * value ** power, scaled to 1; the bases alone where nothing has a value."""
    best = max(values)
    weights = [base * (value / best) ** power if best else base for base, value in zip(bases, values, strict=True)]
    return [weight / sum(weights) for weight in weights]


def _aimed(
    cell: Cell,
    number: int,
    start: int,
    count: int,
    quota: float,
    *,
    expected: float | None = None,
    fresh: float | None = None,
) -> AimedCell:
    return AimedCell(
        round=number,
        source=cell.source,
        family=cell.family,
        level=cell.level,
        params=cell.params,
        place=cell.place,
        start=start,
        stop=start + count,
        quota=quota,
        expected=expected,
        fresh=fresh,
    )
