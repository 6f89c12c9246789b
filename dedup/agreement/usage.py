"""What is usual in one source: which of its wordings say the same, which are told apart, which answers are common.

A source's own texts teach it. *Apart*: wordings that stand in one document say different things, and so do two that are
both frequent. *Choices*: where two clauses of one document differ in one phrase alone, its words are a choice that the
author makes ("directly", "somewhere"), whatever a list of antonyms knows; a word that has many such others ("grey",
"purple") *varies* and is a value like a number. *Learnt*: wordings of clauses, or of what is left of two texts, that
stood for each other again and again in texts with equal answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dedup.agreement.converse import converse_slots
from dedup.agreement.facts import Argument, Fact

Pattern = tuple[int | str, ...]
"""Which arguments of two passages are equal, the first's then the second's, by number; "=value" of only one of them."""

MOST_LITERALS = 8
"""Values that two texts of equal meaning may have in one alone: the 2 of "no two arrived together"."""

_JOINTS = frozenset(("and", "but"))


class Same(NamedTuple):
    """Two clauses say the same: argument `slots[k]` of the second is argument k of the first."""

    slots: tuple[int, ...]
    alike: float


@dataclass(frozen=True, kw_only=True)
class Usage:
    """- `least`: the share of content words that clauses of other wording must have in common where equal, uncommon
    answers bear witness; more than 1 where none will do.
    - `varying`, `choices`: words, as in the module's text; `names`: words that may be renamed, by kind.
    - `unordered`: whether its clauses may stand in any order; `lists`: wordings whose values may.
    - `places`: in which of the sampled documents a wording stands; in `frequent` of them or more it is frequent.
    - `learnt`: two wordings in sorted order, with the second's slots in the first's order; `phrases`: what differs in
    two clauses of one build, in sorted order; `passages`: wordings of what is left of two texts where all else is the
    same, with the pattern of their arguments.
    - `common`: answers that too many documents have to bear witness.
    """

    least: float = 2.0
    varying: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    unordered: bool = False
    lists: frozenset[str] = frozenset()
    places: Mapping[str, frozenset[int]] = field(default_factory=dict)
    frequent: int = 3
    learnt: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    phrases: frozenset[tuple[str, str]] = frozenset()
    passages: frozenset[tuple[str, str, Pattern]] = frozenset()
    common: frozenset[tuple[str, ...]] = frozenset()

    def match(self, one: Fact, other: Fact, witnessed: bool) -> Same | None:
        """How two clauses say the same, None where nothing shows that they do; `witnessed` by equal answers."""
        if one.wording == other.wording:
            listed = witnessed and one.wording in self.lists and sorted(one.arguments) == sorted(other.arguments)
            return Same(slots_of(one, other) if listed else slots_listed(one, other), 1.0)
        learnt = self._learnt_slots(one, other) or converse_slots(one, other)
        if learnt is not None:
            return Same(learnt, in_common(one, other))
        if self.phrases and differing(one, other) in self.phrases:
            return Same(tuple(range(len(one.arguments))), in_common(one, other))
        strict = one.relations == other.relations and one.words == other.words
        loose = witnessed and strong(one) == strong(other) and in_common(one, other) >= self.least
        if not (strict or loose) or self.apart(one, other):
            return None
        slots = slots_in_order(one, other)
        return None if slots is None else Same(slots, in_common(one, other))

    def knows(self, one: Sequence[Fact], other: Sequence[Fact]) -> bool:
        """Whether these passages are known to stand for each other."""
        return passage(one, other) in self.passages

    def apart(self, one: Fact, other: Fact) -> bool:
        """Whether the source itself tells these two wordings apart."""
        frequent = all(len(self.places.get(fact.wording, ())) >= self.frequent for fact in (one, other))
        return frequent or self.met(one, other) or self._chosen(one) != self._chosen(other)

    def met(self, one: Fact, other: Fact) -> bool:
        """Whether both wordings stand in one document."""
        nowhere: frozenset[int] = frozenset()
        return not self.places.get(one.wording, nowhere).isdisjoint(self.places.get(other.wording, nowhere))

    def _chosen(self, fact: Fact) -> list[str]:
        return [word for word in fact.wording.split(" ") if word in self.choices]

    def _learnt_slots(self, one: Fact, other: Fact) -> tuple[int, ...] | None:
        if one.wording <= other.wording:
            return self.learnt.get((one.wording, other.wording))
        slots = self.learnt.get((other.wording, one.wording))
        return None if slots is None else tuple(sorted(range(len(slots)), key=slots.__getitem__))


def passage(one: Sequence[Fact], other: Sequence[Fact]) -> tuple[str, str, Pattern]:
    """Both passages' wordings and the pattern of their arguments."""
    first, second = sorted((together(one), together(other)), key=lambda fact: (fact.wording, fact.arguments))
    both = set(first.arguments) & set(second.arguments)
    numbers: dict[Argument, int] = {}
    pattern: list[int | str] = []
    for argument in (*first.arguments, *second.arguments):
        pattern.append(numbers.setdefault(argument, len(numbers)) if argument in both else f"={argument.value}")
    return first.wording, second.wording, tuple(pattern)


def strong(fact: Fact) -> list[str]:
    """The relations without what merely joins, in any order."""
    return sorted(relation for relation in fact.relations if relation not in _JOINTS)


def together(facts: Sequence[Fact]) -> Fact:
    """Several sentences as one."""
    return Fact(
        said=" ".join(fact.said for fact in facts),
        wording=" ".join(fact.wording for fact in facts),
        arguments=tuple(argument for fact in facts for argument in fact.arguments),
        relations=tuple(relation for fact in facts for relation in fact.relations),
        words=tuple(word for fact in facts for word in fact.words),
        lists=(),
        block=0,
    )


def in_common(one: Fact, other: Fact) -> float:
    """The share of content words that two clauses have in common, 1.0 where neither has one."""
    first, second = set(one.words), set(other.words)
    return len(first & second) / len(first | second) if first or second else 1.0


def slots_of(one: Fact, other: Fact) -> tuple[int, ...]:
    """Where the other has the first's arguments, which are the same; equal ones in order."""
    left: dict[Argument, list[int]] = {}
    for slot, argument in enumerate(other.arguments):
        left.setdefault(argument, []).append(slot)
    return tuple(left[argument].pop(0) for argument in one.arguments)


def slots_listed(one: Fact, other: Fact) -> tuple[int, ...]:
    """The slots of one wording, in their order but where the same names are enumerated in another."""
    slots = list(range(len(one.arguments)))
    for start, stop in one.lists:
        mine, theirs = one.arguments[start:stop], other.arguments[start:stop]
        if mine != theirs and len({*mine}) == len(mine) and {*mine} == {*theirs}:
            slots[start:stop] = [start + theirs.index(argument) for argument in mine]
    return tuple(slots)


def slots_in_order(one: Fact, other: Fact) -> tuple[int, ...] | None:
    """The other's arguments as the first has them: names in their order, values in theirs; None where they differ."""
    if len(one.arguments) != len(other.arguments):
        return None
    names = [slot for slot, argument in enumerate(other.arguments) if argument.named]
    values = [slot for slot, argument in enumerate(other.arguments) if not argument.named]
    slots = []
    for argument in one.arguments:
        left = names if argument.named else values
        if not left or (not argument.named and other.arguments[left[0]] != argument):
            return None
        slots.append(left.pop(0))
    return tuple(slots)


def differing(one: Fact, other: Fact) -> tuple[str, str] | None:
    """The two phrases in which two clauses differ, in sorted order; None where that takes arguments in."""
    first, second = one.wording.split(" "), other.wording.split(" ")
    shorter = min(len(first), len(second))
    start = next((at for at in range(shorter) if first[at] != second[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if first[-1 - at] != second[-1 - at]), rest)
    phrases = first[start : len(first) - end], second[start : len(second) - end]
    if any(gap in phrase for phrase in phrases for gap in ("@", "#")):
        return None
    low, high = sorted(" ".join(phrase) for phrase in phrases)
    return low, high


def contrast(one: Fact, other: Fact) -> tuple[str, str] | None:
    """`differing` phrases that are one word or a few: up to three, and no more than the clauses have in common."""
    phrases = differing(one, other)
    if phrases is None or phrases[0] == phrases[1]:
        return None
    longest = max(len(phrase.split(" ")) if phrase else 0 for phrase in phrases)
    same = max(len(fact.wording.split(" ")) for fact in (one, other)) - longest
    return phrases if longest <= min(3, same) else None


UNKNOWN = Usage()
"""Of a source of which nothing is known: only equal content words say the same."""
