"""The rules by which a problem is an item of a benchmark, the surest first; the first that holds gives the hit.

Where both have a canonical key it alone decides: two problems of one template share most of their words.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from dedup.agreement import Facts, agreement_of, facts_of
from dedup.text import text_key
from filters.contamination.benchmark import Benchmark, Template, words_digest
from filters.contamination.config import RulesConfig
from filters.contamination.renaming import people, renaming
from filters.contamination.sequences import Shared
from filters.contamination.words import (
    GRAM,
    cut,
    drawing,
    lines_of,
    numbers_of,
    plain_text,
    stands_in,
    text_digest,
    words_of,
)
from pipeline.report.shown import plain
from schemas import Document, Hit, HitMethod

EXCERPT = 240
"""Characters of an item that a hit shows."""

_COMPARED = 8
"""Items that share rare sequences with a problem and are looked at closely, the nearest first."""

_ASKS = 2
"""Words of more than a letter that a line has which asks something; a bare term may stand in any question."""

_LONGER = 1.2
"""A text so many times longer than an item may have the item in it, among other things."""


class Found(NamedTuple):
    """The item that a problem is, by which rule, how surely, and why."""

    item: int
    method: HitMethod
    score: float
    reason: str


Rule = Callable[[Document, Benchmark, Template, RulesConfig], Iterator[Found]]


def found_in(document: Document, benchmark: Benchmark, template: Template, config: RulesConfig) -> Found | None:
    """The item of the benchmark that the problem is, by every rule but the semantic one."""
    if not document.text.strip():
        return None
    rules = RULES[:1] if document.canonical and benchmark.exact else RULES
    return next((found for rule in rules for found in rule(document, benchmark, template, config)), None)


def hit_of(document: Document, benchmark: Benchmark, found: Found) -> Hit:
    item = benchmark.items[found.item]
    return Hit(
        id=document.id,
        source=document.source,
        benchmark=benchmark.name,
        item=item.id,
        method=found.method,
        score=found.score,
        reason=plain(found.reason),
        excerpt=plain(plain_text(item.text)[:EXCERPT]),
    )


def compared(document: Document, item: Document) -> bool:
    """Whether texts say anything of whether the two are the same: canonical keys say it better."""
    return not (document.canonical and item.canonical)


def answers_differ(one: Document, other: Document) -> bool:
    """Whether both answers are known and have other numbers: names and words may be other ones in the same problem."""
    if not one.answer or not other.answer:
        return False
    return Counter(numbers_of(one.answer)) != Counter(numbers_of(other.answer))


def why_same(document: Document, own: Facts, item: Document, facts: Facts) -> str:
    """Why two texts tell the same problem, clause by clause or word by word; "" where they don't."""
    if drawing(document.text) != drawing(item.text):
        return ""
    told = agreement_of(own, facts)
    if told.same:
        return told.reason
    names = renaming(document.text, item.text)
    if names is None or not ((names and people(names)) or _same_answers(document, item)):
        return ""
    return f"the same words, {', '.join(f'{a} for {b}' for a, b in list(names.items())[:4]) or 'marks aside'}"


def _same_answers(one: Document, other: Document) -> bool:
    """Whether both answers are known, and the same."""
    return bool(one.answer and other.answer) and not _other_answers(one, other)


def _other_answers(one: Document, other: Document) -> bool:
    """The same for texts that hardly differ: without numbers, answers must be equal to the letter."""
    if not one.answer or not other.answer or plain_text(one.answer) == plain_text(other.answer):
        return False
    return not numbers_of(one.answer) or answers_differ(one, other)


def _canonical(document: Document, benchmark: Benchmark, template: Template, config: RulesConfig) -> Iterator[Found]:
    for place in benchmark.by_canonical.get(document.canonical, ()) if document.canonical else ():
        reason = (
            f"the same problem up to renaming, reordering and symmetry: both have the key {document.canonical[:12]}"
        )
        yield Found(place, "canonical", 1.0, reason)


def _exact(document: Document, benchmark: Benchmark, template: Template, config: RulesConfig) -> Iterator[Found]:
    for place in benchmark.by_text.get(text_digest(document.text), ()):
        item = benchmark.items[place]
        if not compared(document, item):
            continue
        own, others = lines_of(document.text), lines_of(item.text)
        known = bool(document.answer and item.answer)
        if own == others:
            yield Found(place, "exact", 1.0, "the same text to the letter, white space aside")
        elif (known or own.casefold() == others.casefold()) and not _other_answers(document, item):
            yield Found(place, "exact", 1.0, "the same text, capitals and white space aside")


def _short(document: Document, benchmark: Benchmark, template: Template, config: RulesConfig) -> Iterator[Found]:
    words = words_of(document.text)
    if not 0 < len(words) < GRAM:
        return
    for place in benchmark.by_words.get(words_digest(words), ()):
        item = benchmark.items[place]
        values = facts_of(document).values == benchmark.facts[place].values
        if values and compared(document, item) and not _other_answers(document, item):
            yield Found(place, "near", 1.0, f"the same {len(words)} words and numbers, marks aside")


def _asked_in_a_line(
    document: Document, benchmark: Benchmark, template: Template, config: RulesConfig
) -> Iterator[Found]:
    """A short item among instructions. Other text may change what is asked, so it has no number, nothing drawn, and
    where the item has no number either, answers must be known and the same."""
    if not benchmark.by_words:
        return
    for line in lines_of(document.text).split("\n"):
        for part in (line, line.partition(": ")[2]):
            words = words_of(part)
            if len(words) >= GRAM or sum(len(word) > 1 and word.isalpha() for word in words) < _ASKS:
                continue
            for place in benchmark.by_words.get(words_digest(words), ()):
                item = benchmark.items[place]
                numbers = numbers_of(item.text)
                known = bool(numbers) or _same_answers(document, item)
                alone = numbers_of(document.text) == numbers and drawing(document.text) == drawing(item.text)
                if known and alone and compared(document, item) and not _other_answers(document, item):
                    yield Found(place, "near", 1.0, f"the item's {len(words)} words and numbers stand in a line of it")


def _text(document: Document, benchmark: Benchmark, template: Template, config: RulesConfig) -> Iterator[Found]:
    key = text_key(document.text)
    for place in benchmark.by_text_key.get(key, ()):
        item = benchmark.items[place]
        alike = not answers_differ(document, item) and drawing(document.text) == drawing(item.text)
        if compared(document, item) and alike:
            reason = f"the same problem but for names and the order of clues: both texts have the key {key[:12]}"
            yield Found(place, "text", 1.0, reason)


def _near(document: Document, benchmark: Benchmark, template: Template, config: RulesConfig) -> Iterator[Found]:
    words = words_of(document.text)
    shared = benchmark.sequences.shared(words, template.usual, template.rare, config.near)
    for one in [each for each in shared if compared(document, benchmark.items[each.item])][:_COMPARED]:
        item = benchmark.items[one.item]
        if one.whole and not _other_answers(document, item) and stands_in(lines_of(item.text), lines_of(document.text)):
            yield Found(one.item, "exact", 1.0, "the whole text of the item stands in it")
            continue
        why = _agrees(document, item, benchmark.facts[one.item], one)
        if why:
            reason = f"has {one.shared} of the item's {one.rare} {GRAM}-word sequences that no template has; {why}"
            yield Found(one.item, "near", one.share, reason)


def _agrees(document: Document, item: Document, facts: Facts, shared: Shared) -> str:
    """Why the two are the same problem, or the item is within the other's text; "" where they are not."""
    same = why_same(document, facts_of(document), item, facts)
    if not same and len(document.text) > _LONGER * len(item.text):
        within = replace(document, text=cut(document.text, shared.start, shared.stop))
        same = why_same(within, facts_of(within), item, facts)
    return same


RULES: Sequence[Rule] = (_canonical, _exact, _short, _asked_in_a_line, _text, _near)
