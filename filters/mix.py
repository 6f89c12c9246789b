"""The training split in wanted shares of families or domains."""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor

from filters.order import lot
from pipeline.seeding import derived_seed
from schemas import CurriculumRow

TOLERANCE = Fraction(1, 100)
"""How far a share may be from the wanted one, of the whole."""


def mixed(rows: list[CurriculumRow], shares: Mapping[str, float], seed: int) -> list[CurriculumRow]:
    """The largest set of the rows that has the shares within TOLERANCE; rows without a share are left out.

    Which rows of a group stay is drawn so that its levels and gold answers keep their proportions.
    """
    groups: dict[str, list[CurriculumRow]] = {name: [] for name in shares}
    for row in rows:
        if (name := share_name(row, shares)) is not None:
            groups[name].append(row)
    counts = largest_mix({name: len(members) for name, members in groups.items()}, shares)
    kept = {row.id for name, members in groups.items() for row in _thinned(members, counts[name], name, seed)}
    return [row for row in rows if row.id in kept]


def share_name(row: CurriculumRow, shares: Mapping[str, float]) -> str | None:
    """The share that a row counts to: its family's where that is named, else its domain's, else none."""
    return next((name for name in (row.family, row.domain) if name in shares), None)


def largest_mix(available: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, int]:
    """How many of each group make the largest whole in which every share is within TOLERANCE; 0 of all where none is.

    >>> largest_mix({"sudoku": 1000, "zebra": 98}, {"sudoku": 0.5, "zebra": 0.5})
    {'sudoku': 102, 'zebra': 98}
    """
    wanted = {name: Fraction(share).limit_denominator(10**6) for name, share in sorted(shares.items())}
    for total in range(_most(available, wanted), 0, -1):
        low = {name: max(0, ceil((share - TOLERANCE) * total)) for name, share in wanted.items()}
        high = {name: min(available[name], floor((share + TOLERANCE) * total)) for name, share in wanted.items()}
        if all(low[name] <= high[name] for name in wanted) and sum(low.values()) <= total <= sum(high.values()):
            return _nearest({name: share * total for name, share in wanted.items()}, low, high, total)
    return dict.fromkeys(wanted, 0)


def _most(available: Mapping[str, int], wanted: Mapping[str, Fraction]) -> int:
    """The largest total that would do if rows could be cut in pieces.

    Every smaller total would do as well, scaled down, so it is found by bisection; in whole rows a little less may be
    needed.
    """
    fits, refused = 0, sum(available.values()) + 1
    while refused - fits > 1:
        total = (fits + refused) // 2
        tops = sum(min(Fraction(available[name]), (share + TOLERANCE) * total) for name, share in wanted.items())
        if tops >= total and all(available[name] >= (share - TOLERANCE) * total for name, share in wanted.items()):
            fits = total
        else:
            refused = total
    return fits


def _nearest(
    ideal: Mapping[str, Fraction], low: Mapping[str, int], high: Mapping[str, int], total: int
) -> dict[str, int]:
    """Whole numbers between low and high that make the total, each as near to its ideal as that allows."""
    counts = {name: min(max(round(ideal[name]), low[name]), high[name]) for name in ideal}
    while sum(counts.values()) < total:
        open_names = [name for name in counts if counts[name] < high[name]]
        counts[min(open_names, key=lambda name: counts[name] - ideal[name])] += 1
    while sum(counts.values()) > total:
        open_names = [name for name in counts if counts[name] > low[name]]
        counts[max(open_names, key=lambda name: counts[name] - ideal[name])] -= 1
    return counts


def _thinned(members: list[CurriculumRow], count: int, name: str, seed: int) -> list[CurriculumRow]:
    """Every (size / count)th of the rows in order of family, level and answer, from a drawn start."""
    ordered = sorted(members, key=lambda row: (row.family, row.level, row.answer, lot(row, seed, "mix")))
    start = derived_seed(seed, "mix", name) % max(1, len(ordered))
    return [ordered[(place * len(ordered) + start) // count] for place in range(count)]
