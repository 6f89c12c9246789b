"""Each source's usage, learnt from a sample of its own texts, and how far its decisions may go, tried on planted pairs.

Planted are pairs that look alike and are not the same: a text of the source with one number, one relation, one choice
or one clause changed, or two names exchanged, and the answer left as it is (the worst case). `Usage.least` is the
loosest threshold at which none of them is taken for the same; a source where none works decides by equal words only.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar

import polars as pl

from dedup.agreement import Facts, Usage, agreement_of, facts_of
from dedup.agreement.invariance import alike, exchanges, renames, reorders
from dedup.agreement.learning import choices, known_names, taught
from dedup.agreement.planting import planted
from dedup.agreement.verdict import nearly_equal
from dedup.clusters import Documents
from pipeline.seeding import generator
from schemas.document import Document

T = TypeVar("T")

SAMPLE = 2_000
"""Documents of a source that are read to learn its usage."""

PAIRS = 20_000
"""Candidate pairs of a source from which wordings are learnt."""

ALIKE = 2_000
"""Pairs of a source's texts with equal numbers in which it is seen what changes nothing."""

PLANTED = 60
"""Documents of a source of which pairs are planted."""

LEAST = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Thresholds that are tried, the loosest first."""

COMMON = 0.05
"""The share of a source's documents that is as many problems as a common answer has."""

FREQUENT = 0.02
"""The share of a source's documents from which on a wording is frequent; at least 3 documents."""


def calibrations(documents: Documents, pairs: pl.DataFrame, seed: int = 0) -> dict[str, Usage]:
    """The usage of every source, given candidate pairs (columns `a`, `b`: places); the sample is drawn by seed."""
    places: dict[str, list[int]] = {}
    for place in sorted(documents) if isinstance(documents, Mapping) else range(len(documents)):
        places.setdefault(documents[place].source, []).append(place)
    within: dict[str, set[tuple[int, int]]] = {}
    for a, b in pairs.select("a", "b").iter_rows():
        if documents[a].source == documents[b].source:
            within.setdefault(documents[a].source, set()).add((min(a, b), max(a, b)))
    return {
        source: calibrated(documents, places[source], sorted(within.get(source, ())), seed) for source in sorted(places)
    }


def calibrated(documents: Documents, places: list[int], pairs: list[tuple[int, int]], seed: int = 0) -> Usage:
    """The usage of one source: of its documents at `places`, some of which `pairs` (of places) may be the same."""
    rng = generator(seed, "calibration", documents[places[0]].source)
    sample = [documents[place] for place in _some(places, SAMPLE, rng)]
    pairs = _some(pairs, PAIRS, rng)
    names = known_names(facts_of(document) for document in sample)
    varying, chosen = choices(facts_of(document, names=names) for document in sample)
    invariant = _invariant(documents, sample, pairs, Usage(varying=varying, choices=chosen, names=names))
    read = [facts_of(document, varying, invariant.names) for document in sample]
    usage = replace(
        invariant,
        places=_standing(read),
        frequent=max(3, round(FREQUENT * len(read))),
        common=frozenset(common_answers(read)),
    )
    learnt = taught(_answered(documents, pairs, usage), usage, _fixed(read))
    tried = [pair for document in _some(sample, PLANTED, rng) for pair in planted(document, usage, rng)]
    return calibrated_on(tried, usage, learnt)


def _invariant(
    documents: Documents, sample: Sequence[Document], pairs: Sequence[tuple[int, int]], usage: Usage
) -> Usage:
    """`usage` with what changes nothing, as the answers of candidate pairs and of texts with equal numbers show."""

    def read_with(names: Mapping[str, str]) -> list[tuple[Facts, Facts]]:
        cache: dict[int, Facts] = {}
        for place in {place for pair in pairs for place in pair}:
            cache[place] = facts_of(documents[place], usage.varying, names)
        others = alike([facts_of(document, usage.varying, names) for document in sample], ALIKE)
        return [*((cache[a], cache[b]) for a, b in pairs), *others]

    things = {name for name, kind in usage.names.items() if kind == "thing"}
    more = {**usage.names, **dict.fromkeys(sorted(usage.varying | things), "varying")}
    names = more if usage.varying and renames(read_with(more)) else usage.names
    read = read_with(names)
    return replace(usage, names=names, unordered=reorders(read), lists=exchanges(read))


def calibrated_on(tried: Iterable[tuple[Facts, Facts]], strict: Usage, learnt: Usage) -> Usage:
    """`learnt` with the loosest threshold at which no planted pair is the same; `strict` where even it takes one.

    A pair that equal words alone make the same tells nothing: what was exchanged in it can be.
    """
    left = [pair for pair in tried if not agreement_of(*pair, strict).same]
    for least in LEAST:
        trial = replace(learnt, least=least)
        if not any(agreement_of(*pair, trial).same for pair in left):
            return trial
    return strict if any(agreement_of(*pair, learnt).same for pair in left) else learnt


def _some(all_of: Sequence[T], most: int, rng: Random) -> list[T]:
    """At most so many of a sequence, drawn, in their order."""
    return [all_of[at] for at in sorted(rng.sample(range(len(all_of)), min(most, len(all_of))))]


def _standing(read: Sequence[Facts]) -> dict[str, frozenset[int]]:
    """In which of the documents each wording stands."""
    standing: dict[str, set[int]] = {}
    for number, facts in enumerate(read):
        for fact in facts.facts:
            standing.setdefault(fact.wording, set()).add(number)
    return {wording: frozenset(numbers) for wording, numbers in standing.items()}


def _fixed(read: Sequence[Facts]) -> dict[str, list[str | None]]:
    """The values that stand in all clauses of a wording, None for an argument that varies."""
    fixed: dict[str, list[str | None]] = {}
    for fact in (fact for facts in read for fact in facts.facts):
        values: list[str | None] = [at.value for at in fact.arguments]
        before = fixed.setdefault(fact.wording, values)
        fixed[fact.wording] = [a if a == b else None for a, b in zip(before, values, strict=True)]
    return fixed


def common_answers(read: list[Facts]) -> Iterator[tuple[str, ...]]:
    """Answers of many problems: texts with the same numbers and names may be one problem, and count once."""
    problems = {(facts.answer, _told_of(facts)) for facts in read if facts.answer}
    counted = Counter(answer for answer, _ in problems)
    return (answer for answer, number in counted.items() if number > max(1, COMMON * len(read)))


def _told_of(facts: Facts) -> Hashable:
    return (facts.values, frozenset(facts.entities)) if facts.values or facts.entities else facts.text


def _answered(documents: Documents, pairs: list[tuple[int, int]], usage: Usage) -> Iterator[tuple[Facts, Facts]]:
    """The pairs with answers and nearly the same values."""
    read: dict[int, Facts] = {}

    def facts(place: int) -> Facts:
        if place not in read:
            read[place] = facts_of(documents[place], usage.varying, usage.names)
        return read[place]

    for a, b in pairs:
        one, other = facts(a), facts(b)
        if one.answer and other.answer and nearly_equal(one, other):
            yield one, other
