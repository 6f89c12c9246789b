"""What changes nothing in a source, shown by its answers: other words of a kind, another order, numbers exchanged.

No list of words tells that a problem about a grey box is one about a purple box, or that a survey's lines may stand
in any order. Pairs that differ in nothing else do: where their answers agree each time, it changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from dedup.agreement.alignment import Alignment, aligned
from dedup.agreement.answers import answers_agree
from dedup.agreement.facts import Fact, Facts
from dedup.agreement.remainder import in_order, remainder
from dedup.agreement.usage import Same, slots_listed

SUPPORT = 3
"""Pairs whose answers agree, before a change is held to change nothing."""

AGAINST = 0.05
"""The most of the pairs whose answers may differ: what is read of a text is sometimes wrong."""

_LISTS = 3
"""Different answers that stayed when numbers were exchanged in one wording."""


def renames(pairs: Iterable[tuple[Facts, Facts]]) -> bool:
    """Whether words that vary may be renamed: `pairs` are read with them as names."""
    votes = Counter[bool]()
    for one, other in pairs:
        if not (one.answer and other.answer) or one.values != other.values:
            continue
        if one.entities.keys() == other.entities.keys() or not _one_template(one, other):
            continue
        found = aligned(_telling(one), _telling(other), _equal)
        if isinstance(found, Alignment):
            votes[answers_agree(one.answer, other.answer, found.names)] += 1
    return _accepted(votes)


def reorders(pairs: Iterable[tuple[Facts, Facts]]) -> bool:
    """Whether clauses may stand in any order."""
    votes = Counter[bool]()
    for one, other in pairs:
        if one.answer and other.answer and len(one.facts) == len(other.facts) and one.values == other.values:
            found = remainder(one.facts, other.facts, _never)
            if not found.left and not in_order(found.pairs, lambda fact: True):
                votes[answers_agree(one.answer, other.answer, {})] += 1
    return _accepted(votes)


def exchanges(pairs: Iterable[tuple[Facts, Facts]]) -> frozenset[str]:
    """The wordings of whose values the order does not matter, as the answers of texts show that differ in it alone."""
    votes: dict[str, dict[bool, set[tuple[str, ...]]]] = {}
    for one, other in pairs:
        if one.answer and other.answer and one.values == other.values:
            found = remainder(one.facts, other.facts, _never)
            if len(found.left) == len(found.over) == 1 and found.left[0].wording == found.over[0].wording:
                voted = votes.setdefault(found.left[0].wording, {True: set(), False: set()})
                voted[answers_agree(one.answer, other.answer, {})].add(one.answer)
    return frozenset(wording for wording, voted in votes.items() if len(voted[True]) >= _LISTS and not voted[False])


def alike(read: Sequence[Facts], most: int) -> Iterator[tuple[Facts, Facts]]:
    """Pairs of different texts with equal values, at most so many."""
    groups: dict[tuple[str, ...], list[Facts]] = {}
    for facts in read:
        groups.setdefault(facts.values, []).append(facts)
    for group in groups.values():
        for one, other in combinations(group[:12], 2):
            if most > 0 and one.text != other.text:
                most -= 1
                yield one, other


def _accepted(votes: Counter[bool]) -> bool:
    return votes[True] >= SUPPORT and votes[False] <= AGAINST * votes[True]


def _one_template(one: Facts, other: Facts) -> bool:
    wordings = (sorted(fact.wording for fact in facts.facts) for facts in (one, other))
    return next(wordings) == next(wordings)


def _telling(facts: Facts) -> list[Fact]:
    return [fact for fact in facts.facts if fact.arguments]


def _equal(one: Fact, other: Fact) -> Same | None:
    return Same(slots_listed(one, other), 1.0) if one.wording == other.wording else None


def _never(one: Fact, other: Fact) -> Same | None:
    return None
