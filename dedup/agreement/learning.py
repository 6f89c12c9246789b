"""What a source's texts teach: words that vary, words that are choices, and wordings that stand for each other."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations

from dedup.agreement.facts import Argument, Fact, Facts
from dedup.agreement.usage import Group, Usage, contrast, group_of, in_common, together
from dedup.text.vocabulary import RELATION

VARYING = 4
"""Other words in one word's place, in documents that have both, from which on it is a value."""

SUPPORT = 3
"""Different problems in which wordings stood for each other, before they are held to say the same."""

MARGIN = 3
"""How many times as often as any other wording of the same documents."""

NEAR = 0.5
"""From this share of common words on, relations must be equal too: one may be the other with one changed."""

_CLAUSES = 40


def choices(read: Iterable[Facts]) -> tuple[frozenset[str], frozenset[str]]:
    """(words that vary, words that are choices): the phrases in which clauses of one document differ."""
    others: dict[str, set[str]] = {}
    for facts in read:
        clauses = dict.fromkeys(fact for fact in (*facts.telling, *facts.plain)[:_CLAUSES])
        for one, other in combinations(clauses, 2):
            phrases = contrast(one, other) or ()
            for phrase in phrases:
                others.setdefault(phrase, set()).update(set(phrases) - {phrase})
    several = {phrase for phrase, told in others.items() if len(told) >= VARYING}
    varying = {phrase for phrase in several if phrase.isalpha() and phrase not in RELATION}
    chosen = {word for phrase in others for word in phrase.split(" ")} - varying - {"@", "#", ""}
    return frozenset(varying), frozenset(chosen)


def learnt(
    pairs: Iterable[tuple[Facts, Facts]], usage: Usage
) -> tuple[dict[tuple[str, str], tuple[int, ...]], frozenset[tuple[Group, Group]]]:
    """(wordings with their slots, groups of sentences) that stand for each other, as `Usage.learnt` and `.groups`.

    `pairs` have equal values, names and uncommon answers; `usage` is of the same source, without what is learnt.
    """
    votes: dict[tuple[str, str], dict[tuple[int, ...], set[Hashable]]] = {}
    groups: dict[tuple[Group, Group], set[Hashable]] = {}
    shapes: dict[str, Fact] = {}
    for one, other in pairs:
        problem = (one.values, one.answer)
        matched = _by_arguments(_uncommon(one.telling, other.telling), _uncommon(other.telling, one.telling))
        if matched is None:
            continue
        for first, second, slots in matched:
            shapes |= {fact.wording: fact for fact in (first, second)}
            votes.setdefault((first.wording, second.wording), {}).setdefault(slots, set()).add(problem)
        left, over = _uncommon(one.plain, other.plain), _uncommon(other.plain, one.plain)
        met = any(usage.met(a, b) for a in left for b in over)
        if (left or over) and not met and not _suspect(together(left), together(over), usage):
            low, high = sorted((group_of(left), group_of(over)))
            groups.setdefault((low, high), set()).add(problem)
    told = frozenset(pair for pair, problems in groups.items() if len(problems) >= SUPPORT)
    return _accepted(votes, shapes, usage), told


def _accepted(
    votes: Mapping[tuple[str, str], Mapping[tuple[int, ...], set[Hashable]]], shapes: Mapping[str, Fact], usage: Usage
) -> dict[tuple[str, str], tuple[int, ...]]:
    support = {pair: max(map(len, told.values())) for pair, told in votes.items()}
    partners: dict[str, list[str]] = {}
    for one, other in support:
        partners.setdefault(one, []).append(other)
        partners.setdefault(other, []).append(one)
    accepted = {}
    for (one, other), told in sorted(votes.items()):
        a, b = shapes[one], shapes[other]
        if support[one, other] < SUPPORT or usage.met(a, b) or _suspect(a, b, usage):
            continue
        rivals = [(one, rival) for rival in partners[one] if rival != other and usage.met(shapes[rival], b)]
        rivals += [(other, rival) for rival in partners[other] if rival != one and usage.met(shapes[rival], a)]
        against = [support[min(pair), max(pair)] for pair in rivals]
        against += [len(problems) for problems in told.values()]
        against.remove(support[one, other])
        if support[one, other] >= MARGIN * max(against, default=0):
            accepted[one, other] = max(told, key=lambda slots: (len(told[slots]), slots))
    return accepted


def _suspect(one: Fact, other: Fact, usage: Usage) -> bool:
    """Whether one may be the other with a relation or a choice changed."""
    differing = contrast(one, other)
    if differing and not usage.choices.isdisjoint(" ".join(differing).split(" ")):
        return True
    return in_common(one, other) >= NEAR and sorted(one.relations) != sorted(other.relations)


def _uncommon(facts: Sequence[Fact], others: Sequence[Fact]) -> list[Fact]:
    """The facts of which the others have no copy."""
    spare = Counter((fact.wording, fact.arguments) for fact in others)
    left = []
    for fact in facts:
        spare[fact.wording, fact.arguments] -= 1
        if spare[fact.wording, fact.arguments] < 0:
            left.append(fact)
    return left


def _by_arguments(left: Sequence[Fact], over: Sequence[Fact]) -> list[tuple[Fact, Fact, tuple[int, ...]]] | None:
    """Facts that alone have the same arguments, the one of the lower wording first; None where some have no partner."""
    mine, theirs = _keyed(left), _keyed(over)
    if {key: len(facts) for key, facts in mine.items()} != {key: len(facts) for key, facts in theirs.items()}:
        return None
    matched = []
    for key, (fact, *more) in mine.items():
        if not more and fact.wording != theirs[key][0].wording:
            first, second = sorted((fact, theirs[key][0]), key=lambda each: each.wording)
            matched.append((first, second, _slots(first, second)))
    return matched


def _keyed(facts: Sequence[Fact]) -> dict[tuple[Argument, ...], list[Fact]]:
    keyed: dict[tuple[Argument, ...], list[Fact]] = {}
    for fact in facts:
        keyed.setdefault(tuple(sorted(fact.arguments)), []).append(fact)
    return keyed


def _slots(first: Fact, second: Fact) -> tuple[int, ...]:
    """Where the second has the first's arguments, equal ones in order."""
    left: dict[Argument, list[int]] = {}
    for slot, argument in enumerate(second.arguments):
        left.setdefault(argument, []).append(slot)
    return tuple(left[argument].pop(0) for argument in first.arguments)
