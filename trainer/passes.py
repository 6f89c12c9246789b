"""Which forward passes of an update each process does."""

from collections.abc import Sequence

from trainer.batch import Row, micro_batches
from trainer.packing import lines
from trainer.processes import Processes


def passes(rows: Sequence[Row], budget: int, span: int, processes: Processes) -> list[list[list[Row]]]:
    """The lines of this process's micro-batches, of at most `budget` tokens; empty ones at the end where another
    process has more.

    A sharded model gathers its weights from all processes in every pass, so that all must do as many.
    """
    packed = lines(rows, span, budget)
    lengths = [length for _, length in packed]
    shares = balanced(lengths, processes.count)
    cut = [micro_batches([lengths[line] for line in share], budget) for share in shares]
    own = [[[rows[place] for place in packed[line][0]] for line in share] for share in shares][processes.rank]
    mine = [[own[line] for line in part] for part in cut[processes.rank]]
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
