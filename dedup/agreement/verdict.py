"""The verdict on two texts: the cheap refusals first, then the alignment, and in every case why.

Where anything has no partner, or the search is not over in time, the two are not the same: a distinct problem lost is
worse than a duplicate left.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from dedup.agreement.alignment import aligned
from dedup.agreement.answers import answers_agree, says_much
from dedup.agreement.facts import Fact, Facts, facts_of
from dedup.agreement.remainder import Remainder, in_order, remainder
from dedup.agreement.usage import MOST_LITERALS, UNKNOWN, Usage, in_common, together
from schemas.document import Document


class Agreement(NamedTuple):
    """Whether two texts are the same problem; `score` (0 to 1) is the share of their content words that the clauses
    which are each other's have in common, 0 where they are not the same; `reason` is one line for people."""

    same: bool
    score: float
    reason: str


def agreement(a: Document, b: Document, usage: Usage = UNKNOWN) -> Agreement:
    """Whether two documents are the same problem up to wording, names and order; symmetric in them."""
    return agreement_of(facts_of(a, usage.varying, usage.names), facts_of(b, usage.varying, usage.names), usage)


def agreement_of(a: Facts, b: Facts, usage: Usage = UNKNOWN) -> Agreement:
    """`agreement` of what two documents say, read with `usage.varying` and `.names`."""
    if a.text == b.text and a.answer == b.answer:
        return Agreement(True, 1.0, "the texts are equal")
    one, other = sorted((a, b), key=lambda facts: (facts.text, facts.answer))
    if one.unread != other.unread:
        return _not("the texts are too long to be read whole, and their ends differ")
    apart = _differing_values(one, other)
    if apart and not (usage.passages and nearly_equal(one, other)):
        return _not(apart)
    witnessed = all(says_much(facts.answer, usage.common, facts.entities) for facts in (one, other))
    told = _not(apart or _differing_counts(one, other))
    if not one.entities or not one.entities.keys().isdisjoint(other.entities):
        unrenamed = _unrenamed(one, other, usage, witnessed)
        if unrenamed.same or not told.reason:
            told = unrenamed
    if told.same or apart or not one.entities or _differing_counts(one, other):
        return told
    return _renamed(one, other, usage, witnessed)


def _unrenamed(one: Facts, other: Facts, usage: Usage, witnessed: bool) -> Agreement:
    """With every name itself: what is left when the clauses that are each other's are gone must be known to be too."""
    found = remainder(one.facts, other.facts, lambda a, b: usage.match(a, b, witnessed))
    return _concluded(one, other, usage, witnessed, found, {})


def _renamed(one: Facts, other: Facts, usage: Usage, witnessed: bool) -> Agreement:
    """With other names: the clauses that have any must be each other's under one bijection."""
    telling, told = ([fact for fact in facts.facts if fact.arguments] for facts in (one, other))
    found = aligned(telling, told, lambda a, b: usage.match(a, b, witnessed))
    if found is None:
        return _not("no renaming makes the clauses of one those of the other")
    if isinstance(found, Fact):
        return _not(f"no clause says the same as: {shown(found)}")
    plain, sentences = ([fact for fact in facts.facts if not fact.arguments] for facts in (one, other))
    rest = remainder(plain, sentences, lambda a, b: usage.match(a, b, witnessed))
    pairs = [(fact, told[place]) for fact, place in zip(telling, found.partners, strict=True)]
    rest = rest._replace(pairs=pairs + rest.pairs, alike=[*found.alike, *rest.alike])
    return _concluded(one, other, usage, witnessed, rest, found.names)


def _concluded(
    one: Facts, other: Facts, usage: Usage, witnessed: bool, found: Remainder, names: Mapping[str, str]
) -> Agreement:
    """The verdict where `found` are the clauses that are each other's: on answers, on order, on what is left."""
    if one.answer and other.answer and not answers_agree(one.answer, other.answer, names):
        return _not(f"answer {' '.join(one.answer)[:40]!r} against {' '.join(other.answer)[:40]!r}")
    if not in_order(found.pairs, _order_counts(usage, witnessed)):
        return _not("the clauses stand in another order, and nothing shows that it does not matter")
    alike = _rest_alike(found.left, found.over, usage, witnessed)
    if isinstance(alike, str):
        return _not(alike)
    shares = [*found.alike, alike]
    return Agreement(True, round(sum(shares) / len(shares), 4), _why(names, bool(one.answer and other.answer)))


def _rest_alike(left: Sequence[Fact], over: Sequence[Fact], usage: Usage, witnessed: bool) -> float | str:
    """The share of words that what is left has in common, 1.0 where nothing is; or why it is not the same."""
    if not left and not over:
        return 1.0
    if usage.knows(left, over):
        return in_common(together(left), together(over))
    telling = next((fact for fact in (*left, *over) if fact.arguments), None)
    if telling is not None:
        return f"no clause says the same as: {shown(telling)}"
    if any(usage.met(a, b) for a in left for b in over):
        return f"{shown(left[0])!r} and {shown(over[0])!r} are told apart in this source"
    same = usage.match(together(left), together(over), witnessed)
    return same.alike if same else f"nothing says the same as: {shown((*left, *over)[0])}"


def _differing_values(one: Facts, other: Facts) -> str:
    if one.values == other.values:
        return ""
    if len(one.values) != len(other.values):
        return f"{len(one.values)} numbers and quotations against {len(other.values)}"
    mine, theirs = next((a, b) for a, b in zip(one.values, other.values, strict=True) if a != b)
    where = next(fact for fact in one.facts if any(at.value == mine and not at.named for at in fact.arguments))
    return f"number {mine} against {theirs} in: {shown(where)}"


def nearly_equal(one: Facts, other: Facts) -> bool:
    """Whether the values differ in so few that one wording may have them where the other has none."""
    mine, theirs = Counter(one.values), Counter(other.values)
    return (mine - theirs).total() + (theirs - mine).total() <= MOST_LITERALS


def _differing_counts(one: Facts, other: Facts) -> str:
    if Counter(one.entities.values()) != Counter(other.entities.values()):
        return f"{len(one.entities)} names against {len(other.entities)}, or of other kinds"
    return ""


def _order_counts(usage: Usage, witnessed: bool) -> Callable[[Fact], bool]:
    """Which clauses must keep their order: with witnesses, or in a source without order, those that are bare values."""
    if witnessed or usage.unordered:
        return lambda fact: not (fact.words or fact.relations or any(at.named for at in fact.arguments))
    return lambda fact: True


def _not(reason: str) -> Agreement:
    return Agreement(False, 0.0, reason)


def _why(names: Mapping[str, str], answered: bool) -> str:
    renamed = [f"{a} is {b}" for a, b in names.items() if a != b]
    told = f"; {', '.join(renamed[:4])}{' ...' if len(renamed) > 4 else ''}" if renamed else ""
    return f"numbers, {'relations and answers' if answered else 'and relations'} agree{told}"


def shown(fact: Fact) -> str:
    """A clause for people, its arguments in their places, at most 80 characters."""
    values = iter([at.value for at in fact.arguments])
    words = [next(values, word) if word in ("#", "@") else word for word in fact.wording.split(" ")]
    return " ".join(words)[:80]
