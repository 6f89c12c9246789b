"""A judge of pairs: asked in both orders, so that a liking for a place does not pass for a preference."""

from collections.abc import Sequence

import msgspec

from rubrics.judges.asking import Asker
from rubrics.judges.contract import Comparison, PairJudge, Preference
from rubrics.judges.prompts import which_of


class PairwiseJudge:
    """Asks which of two responses is better; with `order_swap` in both orders, whose answers are evened.

    Where they name one place and not one response, a preference by verdicts is 0.5; one by likelihood is what is left
    when what favours the place is taken from the log-odds. None in one order is None. Alike responses are at 0.5.
    """

    def __init__(self, asker: Asker, *, order_swap: bool, seed: int) -> None:
        self.name = f"{asker.name} pairs{' in both orders' if order_swap else ''}"
        self._asker, self._order_swap, self._seed = asker, order_swap, seed

    def compare(self, comparisons: Sequence[Comparison]) -> list[Preference]:
        """One preference a comparison, in order. Raises EngineError."""
        orders = [[(each.first, each.second) for each in comparisons]]
        if self._order_swap:
            orders.append([(each.second, each.first) for each in comparisons])
        told = self._asker.ask(
            [
                which_of(each.prompt, *pair, each.criteria, self._seed)
                for order in orders
                for each, pair in zip(comparisons, order, strict=True)
            ]
        )
        given, swapped = told[: len(comparisons)], told[len(comparisons) :]
        if not self._order_swap:
            return [Preference(*one) for one in given]
        found = []
        for one, other in zip(given, swapped, strict=True):
            first = None
            if one.first is not None and other.first is not None:
                first = self._asker.evened(one.first, 1 - other.first)
            reason = f"in the order given: {one.reason}; swapped: {other.reason}"
            found.append(Preference(first, reason, one.tokens + other.tokens))
        return found


def both_ways(judge: PairJudge, comparisons: Sequence[Comparison]) -> list[tuple[Preference, Preference]]:
    """What any judge of pairs says of each comparison as it is given, and of the same with its responses swapped."""
    asked = [
        order
        for each in comparisons
        for order in (each, msgspec.structs.replace(each, first=each.second, second=each.first))
    ]
    told = judge.compare(asked)
    return list(zip(told[::2], told[1::2], strict=True))
