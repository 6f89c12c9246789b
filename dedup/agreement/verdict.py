"""The verdict on two texts: the cheap refusals first, then the alignment, and in every case why.

Where anything has no partner, or the search is not over in time, the two are not the same: a distinct problem lost is
worse than a duplicate left.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from dedup.agreement.alignment import Alignment, aligned, unrenamed
from dedup.agreement.answers import answers_agree, says_much
from dedup.agreement.facts import Fact, Facts, facts_of
from dedup.agreement.usage import UNKNOWN, Usage, in_common, together
from schemas.document import Document


class Agreement(NamedTuple):
    """Whether two texts are the same problem; `score` (0 to 1) is the share of their content words that the clauses
    which are each other's have in common, 0 where they are not the same; `reason` is one line for people."""

    same: bool
    score: float
    reason: str


def agreement(a: Document, b: Document, usage: Usage = UNKNOWN) -> Agreement:
    """Whether two documents are the same problem up to wording, names and order; symmetric in them."""
    return agreement_of(facts_of(a, usage.varying), facts_of(b, usage.varying), usage)


def agreement_of(a: Facts, b: Facts, usage: Usage = UNKNOWN) -> Agreement:
    """`agreement` of what two documents say, read with `usage.varying`."""
    if a.text == b.text and a.answer == b.answer:
        return Agreement(True, 1.0, "the texts are equal")
    one, other = sorted((a, b), key=lambda facts: (facts.text, facts.answer))
    refusal = _differing_numbers(one, other) or _differing_counts(one, other)
    if refusal:
        return Agreement(False, 0.0, refusal)
    witnessed = says_much(one.answer, usage.common) and says_much(other.answer, usage.common)
    told = _decided(one, other, usage, witnessed, renaming=False) if one.entities == other.entities else None
    if told is None or (not told.same and one.entities):
        told = _decided(one, other, usage, witnessed, renaming=True)
    return told


def _decided(one: Facts, other: Facts, usage: Usage, witnessed: bool, renaming: bool) -> Agreement:
    align = aligned if renaming else unrenamed
    found = align(one.telling, other.telling, lambda a, b: usage.match(a, b, witnessed))
    if found is None:
        return Agreement(False, 0.0, "no renaming makes the clauses of one those of the other")
    if isinstance(found, Fact):
        return Agreement(False, 0.0, f"no clause says the same as: {shown(found)}")
    if one.answer and other.answer and not answers_agree(one.answer, other.answer, found.names):
        return Agreement(False, 0.0, f"answer {' '.join(one.answer)[:40]!r} against {' '.join(other.answer)[:40]!r}")
    if not _in_order(one, other, found, witnessed):
        return Agreement(False, 0.0, "the clauses stand in another order, and nothing shows that it does not matter")
    alike = _sentences_alike(one, other, usage, witnessed)
    if isinstance(alike, str):
        return Agreement(False, 0.0, alike)
    share = (found.alike * len(found.partners) + alike) / (len(found.partners) + 1)
    return Agreement(True, round(share, 4), _why(found, bool(one.answer and other.answer)))


def _differing_numbers(one: Facts, other: Facts) -> str:
    if one.values == other.values:
        return ""
    if len(one.values) != len(other.values):
        return f"{len(one.values)} numbers and quotations against {len(other.values)}"
    mine, theirs = next((a, b) for a, b in zip(one.values, other.values, strict=True) if a != b)
    where = next(fact for fact in one.telling if any(at.value == mine and not at.named for at in fact.arguments))
    return f"number {mine} against {theirs} in: {shown(where)}"


def _differing_counts(one: Facts, other: Facts) -> str:
    if len(one.telling) != len(other.telling):
        return f"{len(one.telling)} clauses with names or numbers against {len(other.telling)}"
    if Counter(one.entities.values()) != Counter(other.entities.values()):
        return f"{len(one.entities)} names against {len(other.entities)}, or of other kinds"
    return ""


def _in_order(one: Facts, other: Facts, found: Alignment, witnessed: bool) -> bool:
    """Whether the blocks keep their order; with witnesses, whether those clauses do that are nothing but values."""
    moved: dict[int, list[int]] = {}
    for fact, place in zip(one.telling, found.partners, strict=True):
        if not witnessed or not (fact.words or fact.relations or any(at.named for at in fact.arguments)):
            moved.setdefault(fact.block, []).append(other.telling[place].block)
    blocks = [moved[block] for block in sorted(moved)]
    return all(max(before) <= min(after) for before, after in pairwise(blocks))


def _sentences_alike(one: Facts, other: Facts, usage: Usage, witnessed: bool) -> float | str:
    """The share of words that the sentences without names and numbers have in common, or why they are not the same."""
    left, over = _without(one.plain, other.plain), _without(other.plain, one.plain)
    if not left and not over:
        return 1.0
    if usage.grouped(left, over):
        return in_common(together(left), together(over))
    if any(usage.met(a, b) for a in left for b in over):
        return f"{shown(left[0])!r} and {shown(over[0])!r} are told apart in this source"
    same = usage.match(together(left), together(over), witnessed)
    return same.alike if same else f"nothing says the same as: {shown((left or over)[0])}"


def _without(facts: Sequence[Fact], others: Sequence[Fact]) -> list[Fact]:
    """The facts of which the others have no copy, whatever block those stand in."""
    spare = Counter(fact.wording for fact in others)
    left = []
    for fact in facts:
        spare[fact.wording] -= 1
        if spare[fact.wording] < 0:
            left.append(fact)
    return left


def _why(found: Alignment, answered: bool) -> str:
    renamed = [f"{a} is {b}" for a, b in found.names.items() if a != b]
    names = f"; {', '.join(renamed[:4])}{' ...' if len(renamed) > 4 else ''}" if renamed else ""
    return f"numbers, {'relations and answers' if answered else 'and relations'} agree{names}"


def shown(fact: Fact) -> str:
    """A clause for people, its arguments in their places, at most 80 characters."""
    values = iter([at.value for at in fact.arguments])
    words = [next(values, word) if word in ("#", "@") else word for word in fact.wording.split(" ")]
    return " ".join(words)[:80]
