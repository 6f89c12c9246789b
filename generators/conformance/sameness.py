"""Sameness: the canonical key is blind to a disguise and sees every real change."""

from collections.abc import Iterator

from generators.conformance.sample import Finding, Sample
from generators.family import canonical_key
from generators.verify import verdict_on
from pipeline.seeding import generator

TRIES = 3


def disguises_keep_the_key(sample: Sample) -> Iterator[Finding]:
    """Renamed, reordered or reflected, an item keeps its key and stays a sound problem; some disguise is visible."""
    family = sample.family
    visible = False
    for item in sample.within_budget():
        for attempt in range(TRIES):
            rng = generator(sample.seed, "disguise", family.name, item.level, item.index, attempt)
            disguised = sample.evidence.disguise(item.instance, rng)
            visible = visible or disguised != item.instance
            if canonical_key(family, disguised) != item.task.canonical:
                yield item, f"the canonical key changes under the disguise {disguised}"
            if verdict_on(family, disguised, family.gold(disguised)).score != 1.0:
                yield item, f"the gold answer of the disguise {disguised} is not right"
    if not visible:
        yield None, "no disguise of the evidence changes anything, so it shows nothing"


def changes_change_the_key(sample: Sample) -> Iterator[Finding]:
    """A really different problem, as near as can be, has another key."""
    family = sample.family
    for item in sample.within_budget():
        for attempt in range(TRIES):
            rng = generator(sample.seed, "change", family.name, item.level, item.index, attempt)
            changed = sample.evidence.change(item.instance, rng)
            if canonical_key(family, changed) == item.task.canonical:
                yield item, f"the canonical key does not see the change to {changed}"
