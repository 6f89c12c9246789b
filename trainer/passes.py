"""Which forward passes of an update each process does."""

from collections.abc import Sequence

from trainer.batch import Row, micro_batches
from trainer.processes import Processes


def passes(rows: Sequence[Row], budget: int, processes: Processes) -> list[list[Row]]:
    """This process's micro-batches, of at most `budget` tokens; empty ones at the end where another has more.

    A sharded model gathers its weights from all processes in every pass, so that all must do as many.
    """
    shares = balanced([len(row) for row in rows], processes.count)
    cut = [micro_batches([len(rows[place]) for place in share], budget) for share in shares]
    mine = [[rows[shares[processes.rank][place]] for place in part] for part in cut[processes.rank]]
    return mine + [[]] * (max(map(len, cut)) - len(mine))


def balanced(lengths: Sequence[int], count: int) -> list[list[int]]:
    """The places of `lengths` in `count` shares of about the same sum: the longest first, to the lightest share.

    >>> balanced([3, 5, 4, 2], 2)
    [[1, 3], [0, 2]]
    """
    shares: list[list[int]] = [[] for _ in range(count)]
    weights = [0] * count
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        lightest = weights.index(min(weights))
        shares[lightest].append(place)
        weights[lightest] += lengths[place]
    return [sorted(share) for share in shares]
