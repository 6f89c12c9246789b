"""A bijection of entities under which the facts of two texts are each other's, searched within a bound.

Refinement first: an entity's colour is what it stands in, on both sides alike, so that few choices are left; then facts
are matched one by one, the one with the fewest partners first, undone where that leads nowhere. A search that is not
over after 2,000 steps is undecided, and undecided is "not the same".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from dedup.agreement.facts import Fact
from dedup.agreement.usage import Same

MOST_FACTS = 300
"""Facts of one text that are aligned: a text with more is compared by its key alone."""

_STEPS = 2_000
_ROUNDS = 3
_KEEPS = 64


class Alignment(NamedTuple):
    """`names[a]` is the second text's name for a; `partners[k]` the place of its fact that fact k of the first is;
    `alike[k]` (0 to 1) the share of words that these two have in common."""

    names: dict[str, str]
    partners: tuple[int, ...]
    alike: tuple[float, ...]


def aligned(
    one: Sequence[Fact],
    other: Sequence[Fact],
    match: Callable[[Fact, Fact], Same | None],
) -> Alignment | Fact | None:
    """How the second's facts are the first's; a fact of the first without a partner; None where none was found.

    A name is only ever another of its own kind.
    """
    if len(one) != len(other) or len(one) > MOST_FACTS:
        return None
    labels = [[fact.wording for fact in facts] for facts in (one, other)]
    if sorted(labels[0]) != sorted(labels[1]):
        labels = [[""] * len(one)] * 2
    first, second = (_refined(facts, told) for facts, told in zip((one, other), labels, strict=True))
    if sorted(first.values()) != sorted(second.values()):
        return None
    signed: dict[int, list[int]] = {}
    for place, (fact, label) in enumerate(zip(other, labels[1], strict=True)):
        signed.setdefault(_signature(fact, second, label), []).append(place)
    choices = []
    for fact, label in zip(one, labels[0], strict=True):
        found = []
        for place in signed.get(_signature(fact, first, label), [])[:_KEEPS]:
            same = match(fact, other[place])
            partner = _partner(fact, other[place], place, same, first, second) if same else None
            if partner is not None:
                found.append(partner)
        if not found:
            return fact
        choices.append(sorted(found, key=lambda partner: (-partner.alike, partner.place)))
    return _Search(choices).found()


class _Partner(NamedTuple):
    """A fact of the other text; `pairs` are names that are then each other's, `lists` names that are in some order."""

    place: int
    pairs: tuple[tuple[str, str], ...]
    lists: tuple[tuple[frozenset[str], frozenset[str]], ...]
    alike: float


class _Search:
    """Facts still to be matched, each with its choices, and what is bound so far."""

    def __init__(self, choices: list[list[_Partner]]) -> None:
        self.choices = choices
        self.left = set(range(len(choices)))
        self.chosen: dict[int, _Partner] = {}
        self.taken: set[int] = set()
        self.names: dict[str, str] = {}
        self.images: dict[str, str] = {}
        self.steps = _STEPS

    def found(self) -> Alignment | None:
        if not self._completed():
            return None
        partners = [self.chosen[place] for place in range(len(self.choices))]
        lists = [both for partner in partners for both in partner.lists]
        for mine, theirs in lists:
            left = zip(sorted(mine - self.names.keys()), sorted(theirs - self.images.keys()), strict=False)
            self._bind_names(list(left))
        if any({self.names.get(a) for a in mine} != theirs for mine, theirs in lists):
            return None
        return Alignment(
            self.names,
            tuple(partner.place for partner in partners),
            tuple(partner.alike for partner in partners),
        )

    def _completed(self) -> bool:
        if not self.left:
            return True
        place, open_choices = self._tightest()
        self.left.discard(place)
        for partner in open_choices:
            self.steps -= 1
            if self.steps < 0:
                break
            fresh = [pair for pair in partner.pairs if pair[0] not in self.names]
            self._bind(place, partner, fresh)
            if self._completed():
                return True
            self._undo(place, partner, fresh)
        self.left.add(place)
        return False

    def _tightest(self) -> tuple[int, list[_Partner]]:
        """The fact with the fewest choices left; at most one choice is as tight as can be."""
        best: tuple[int, list[_Partner]] | None = None
        for place in self.left:
            left = [partner for partner in self.choices[place] if self._fits(partner)]
            if len(left) < 2:
                return place, left
            if best is None or (len(left), place) < (len(best[1]), best[0]):
                best = place, left
        assert best is not None
        return best

    def _fits(self, partner: _Partner) -> bool:
        if partner.place in self.taken:
            return False
        if any(self.names.get(a, b) != b or self.images.get(b, a) != a for a, b in partner.pairs):
            return False
        return all(
            {self.names[a] for a in mine if a in self.names} == {b for b in theirs if b in self.images}
            for mine, theirs in partner.lists
        )

    def _bind(self, place: int, partner: _Partner, fresh: list[tuple[str, str]]) -> None:
        self.chosen[place] = partner
        self.taken.add(partner.place)
        self._bind_names(fresh)

    def _bind_names(self, fresh: Iterable[tuple[str, str]]) -> None:
        for a, b in fresh:
            self.names[a], self.images[b] = b, a

    def _undo(self, place: int, partner: _Partner, fresh: list[tuple[str, str]]) -> None:
        del self.chosen[place]
        self.taken.discard(partner.place)
        for a, b in fresh:
            del self.names[a], self.images[b]


def _partner(
    fact: Fact, other: Fact, place: int, same: Same, first: Mapping[str, int], second: Mapping[str, int]
) -> _Partner | None:
    """The other fact as a choice for the first; None where a value or a colour is another."""
    lists = fact.lists if fact.wording == other.wording else ()
    within = {slot for start, stop in lists for slot in range(start, stop)}
    pairs: dict[str, str] = {}
    images: dict[str, str] = {}
    for at, (argument, slot) in enumerate(zip(fact.arguments, same.slots, strict=True)):
        told = other.arguments[slot]
        if argument.kind != told.kind or (not argument.named and argument.value != told.value):
            return None
        if argument.named and at not in within:
            if first[argument.value] != second[told.value]:
                return None
            if pairs.setdefault(argument.value, told.value) != told.value:
                return None
            if images.setdefault(told.value, argument.value) != argument.value:
                return None
    listed = []
    for start, stop in lists:
        mine, theirs = fact.arguments[start:stop], other.arguments[start:stop]
        if sorted(first[at.value] for at in mine) != sorted(second[at.value] for at in theirs):
            return None
        listed.append((frozenset(at.value for at in mine), frozenset(at.value for at in theirs)))
    return _Partner(place, tuple(pairs.items()), tuple(listed), same.alike)


def _signature(fact: Fact, colours: Mapping[str, int], label: str) -> int:
    """What two facts that are each other's have in common, whatever their wording."""
    told = sorted((colours[at.value], "") if at.named else (0, at.value) for at in fact.arguments)
    return hash((label, *told))


def _refined(facts: Sequence[Fact], labels: Sequence[str]) -> dict[str, int]:
    colours = {at.value: hash(at.kind) for fact in facts for at in fact.arguments if at.named}
    for _ in range(_ROUNDS):
        seen: dict[str, list[int]] = {name: [] for name in colours}
        for fact, label in zip(facts, labels, strict=True):
            signature = _signature(fact, colours, label)
            places = {slot: start for start, stop in fact.lists for slot in range(start, stop)}
            for slot, at in enumerate(fact.arguments):
                if at.named:
                    seen[at.value].append(hash((signature, places.get(slot, slot) if label else 0)))
        colours = {name: hash((colours[name], *sorted(told))) for name, told in seen.items()}
    return colours
