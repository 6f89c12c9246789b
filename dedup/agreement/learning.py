"""What a source's texts teach: words that vary, words that are choices, and wordings that stand for each other."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from dedup.agreement.answers import says_much
from dedup.agreement.facts import Argument, Fact, Facts
from dedup.agreement.remainder import remainder
from dedup.agreement.usage import (
    Pattern,
    Same,
    Usage,
    contrast,
    differing,
    in_common,
    passage,
    slots_of,
    strong,
    together,
)
from dedup.text.vocabulary import RELATION

VARYING = 4
"""Other words in one word's place, in documents that have both, from which on it is a value."""

SUPPORT = 2
"""Different problems in which wordings stood for each other, before they are held to say the same."""

WEAK_SUPPORT = 8
"""Different problems, where an equal answer says little; and how many of them outweigh one with other answers."""

MARGIN = 3
"""How many times as often as any other wording of the same documents."""

NEAR = 0.5
"""From this share of common words on, relations must be equal too: one may be the other with one changed."""

LONGEST_PASSAGE = 24
"""Clauses of both texts that together make a passage: more is no wording of a template."""

_CLAUSES = 40


def choices(read: Iterable[Facts]) -> tuple[frozenset[str], frozenset[str]]:
    """(words that vary, words that are choices): the phrases in which clauses of one document differ."""
    others: dict[str, set[str]] = {}
    for facts in read:
        clauses = dict.fromkeys(facts.facts[:_CLAUSES])
        for one, other in combinations(clauses, 2):
            low, high = contrast(one, other) or ("", "")
            others.setdefault(low, set()).add(high)
            others.setdefault(high, set()).add(low)
    several = {phrase for phrase, told in others.items() if sum(word.isalpha() for word in told) >= VARYING}
    varying = {phrase for phrase in several if phrase.isalpha() and phrase not in RELATION}
    chosen = {word for phrase in others for word in phrase.split(" ")} - varying - {"@", "#", ""}
    return frozenset(varying), frozenset(chosen)


def known_names(read: Iterable[Facts]) -> dict[str, str]:
    """The kinds of words that are read as names in at least as many documents as not.

    One text alone may not show that a word is a name; that it is one in others does.
    """
    named: Counter[tuple[str, str]] = Counter()
    plain: Counter[str] = Counter()
    for facts in read:
        named.update(facts.entities.items())
        plain.update({word for fact in facts.facts for word in fact.words} - facts.entities.keys())
    kinds: dict[str, tuple[int, str]] = {}
    for (name, kind), number in named.items():
        if kind != "label":
            kinds[name] = max(kinds.get(name, (0, "")), (number, kind))
    return {name: kind for name, (number, kind) in sorted(kinds.items()) if number >= max(SUPPORT, plain[name])}


def taught(pairs: Iterable[tuple[Facts, Facts]], usage: Usage, fixed: Mapping[str, Sequence[str | None]]) -> Usage:
    """`usage` with what stands for each other in `pairs`, which have answers: wordings, phrases and passages.

    `fixed` are, for each wording, the values that stand in all its clauses, None for an argument that varies.
    """
    pairs = list(pairs)
    equal = [
        (one, other)
        for one, other in pairs
        if one.answer == other.answer and says_much(one.answer, usage.common, one.entities)
    ]
    usage = replace(usage, learnt=_wordings(equal, usage), phrases=_phrases(pairs, usage))
    return replace(usage, passages=_passages(pairs, usage, fixed))


def _wordings(pairs: Sequence[tuple[Facts, Facts]], usage: Usage) -> dict[tuple[str, str], tuple[int, ...]]:
    votes: dict[tuple[str, str], dict[tuple[int, ...], set[Hashable]]] = {}
    shapes: dict[str, Fact] = {}
    for one, other in pairs:
        rest = remainder(one.facts, other.facts, _never)
        for first, second, slots in _by_arguments(rest.left, rest.over):
            shapes |= {fact.wording: fact for fact in (first, second)}
            votes.setdefault((first.wording, second.wording), {}).setdefault(slots, set()).add(one.answer)
    return _accepted(votes, shapes, usage)


def _phrases(pairs: Sequence[tuple[Facts, Facts]], usage: Usage) -> frozenset[tuple[str, str]]:
    votes: dict[tuple[str, str], _Votes] = {}
    for one, other in pairs:
        rest = remainder(one.facts, other.facts, _never)
        for first, second, slots in _by_arguments(rest.left, rest.over):
            phrases = differing(first, second)
            if phrases is None or list(slots) != sorted(slots) or usage.met(first, second):
                continue
            if not _suspect(first, second, usage) and (one.answer == other.answer or len(rest.left) == 1):
                votes.setdefault(phrases, _Votes()).count(one, other, usage)
    return frozenset(phrases for phrases, voted in votes.items() if voted.won(SUPPORT))


def _passages(
    pairs: Sequence[tuple[Facts, Facts]], usage: Usage, fixed: Mapping[str, Sequence[str | None]]
) -> frozenset[tuple[str, str, Pattern]]:
    votes: dict[tuple[str, str, Pattern], _Votes] = {}
    needed: dict[tuple[str, str, Pattern], int] = {}
    for one, other in pairs:
        rest = remainder(one.facts, other.facts, lambda a, b: usage.match(a, b, True))
        left, over = rest.left, rest.over
        if not 0 < len(left) + len(over) <= LONGEST_PASSAGE:
            continue
        if any(usage.met(a, b) or a.wording == b.wording for a in left for b in over):
            continue
        if _literal(left, over, fixed) and _literal(over, left, fixed):
            told = passage(left, over)
            votes.setdefault(told, _Votes()).count(one, other, usage)
            needed[told] = SUPPORT + _suspect(together(left), together(over), usage)
    return frozenset(told for told, voted in votes.items() if voted.won(needed[told]))


def _literal(facts: Sequence[Fact], others: Sequence[Fact], fixed: Mapping[str, Sequence[str | None]]) -> bool:
    """Whether what only these facts have are values that always stand in their wordings."""
    theirs = {argument for fact in others for argument in fact.arguments}
    return all(
        argument in theirs or fixed.get(fact.wording, ())[slot : slot + 1] == [argument.value]
        for fact in facts
        for slot, argument in enumerate(fact.arguments)
    )


def _never(one: Fact, other: Fact) -> Same | None:
    return None


class _Votes:
    """The problems whose answers were equal, and stood for something; were equal; and were not."""

    def __init__(self) -> None:
        self.witnesses: set[Hashable] = set()
        self.agreeing: set[Hashable] = set()
        self.against: set[Hashable] = set()

    def count(self, one: Facts, other: Facts, usage: Usage) -> None:
        problem = (one.values, one.answer)
        if one.answer != other.answer:
            self.against.add(problem)
            return
        self.agreeing.add(problem)
        if says_much(one.answer, usage.common, one.entities):
            self.witnesses.add(one.answer)

    def won(self, needed: int) -> bool:
        enough = len(self.witnesses) >= needed or len(self.agreeing) >= WEAK_SUPPORT
        return enough and len(self.against) * WEAK_SUPPORT <= len(self.agreeing)


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
    phrases = contrast(one, other)
    if phrases and not usage.choices.isdisjoint(" ".join(phrases).split(" ")):
        return True
    return in_common(one, other) >= NEAR and strong(one) != strong(other)


def _by_arguments(left: Sequence[Fact], over: Sequence[Fact]) -> list[tuple[Fact, Fact, tuple[int, ...]]]:
    """Facts that alone have the same arguments, the one of the lower wording first, and the second's slots."""
    mine, theirs = _keyed(left), _keyed(over)
    matched = []
    for key in mine.keys() & theirs.keys():
        if key and len(mine[key]) == len(theirs[key]) == 1 and mine[key][0].wording != theirs[key][0].wording:
            first, second = sorted((mine[key][0], theirs[key][0]), key=lambda fact: fact.wording)
            matched.append((first, second, slots_of(first, second)))
    return matched


def _keyed(facts: Sequence[Fact]) -> dict[tuple[Argument, ...], list[Fact]]:
    keyed: dict[tuple[Argument, ...], list[Fact]] = {}
    for fact in facts:
        keyed.setdefault(tuple(sorted(fact.arguments)), []).append(fact)
    return keyed
