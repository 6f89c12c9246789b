"""Length in preference data: how much it gives away, and pairs chosen so that it gives away little."""

from collections.abc import Sequence

from schemas import PreferencePair


def length_lead(pairs: Sequence[PreferencePair]) -> float:
    """The share of pairs whose chosen response is the longer one, equal lengths as halves; 0.5 where there are none.

    It is the accuracy of a judge who prefers the longer one.
    """
    return sum(map(_lead, pairs)) / len(pairs) if pairs else 0.5


def length_balanced(
    pairs: Sequence[PreferencePair], tolerance: float
) -> tuple[list[PreferencePair], list[PreferencePair]]:
    """The most pairs whose `length_lead` is within `tolerance` of a half, in their order, and those left out.

    Of the side that has too many, the pairs whose lengths differ most go first.
    """
    lead = length_lead(pairs)
    if abs(lead - 0.5) <= tolerance:
        return list(pairs), []
    side = 1.0 if lead > 0.5 else 0.0
    telling = sorted(
        (place for place, pair in enumerate(pairs) if _lead(pair) == side),
        key=lambda place: (-_gap(pairs[place]), place),
    )
    total, count = sum(map(_lead, pairs)), len(pairs)
    dropped: set[int] = set()
    for place in telling:
        if count == 0 or abs(total / count - 0.5) <= tolerance:
            break
        dropped.add(place)
        total, count = total - side, count - 1
    return (
        [pair for place, pair in enumerate(pairs) if place not in dropped],
        [pair for place, pair in enumerate(pairs) if place in dropped],
    )


def _lead(pair: PreferencePair) -> float:
    if pair.chosen_tokens == pair.rejected_tokens:
        return 0.5
    return float(pair.chosen_tokens > pair.rejected_tokens)


def _gap(pair: PreferencePair) -> float:
    short, long = sorted((max(1, pair.chosen_tokens), max(1, pair.rejected_tokens)))
    return long / short
