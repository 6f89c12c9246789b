"""Bases, duplicates and near-duplicates drawn from the sources by the mix, shuffled and numbered."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, cycle
from random import Random
from typing import Any, NamedTuple

import msgspec

from benchmarks.dedup_corpus.families import family_sources
from benchmarks.dedup_corpus.genres import GENRES
from benchmarks.dedup_corpus.outside import outside_sources
from benchmarks.dedup_corpus.source import Source
from benchmarks.dedup_corpus.stories import story_source
from benchmarks.dedup_corpus.telling import REWORDING, SENTENCES
from pipeline.seeding import generator
from schemas.document import Document

BASES, DUPLICATES = 0.60, 0.23

SAME = ("copy", "noise", "renamed", "permuted", "both", "reworded", "style", "reflected", "equivalent")
"""The kinds of duplicates.

`copy`: to the letter. `noise`: capitals and white space. `renamed`: other names. `permuted`: clues, records or operands
in another order. `both`: renamed and permuted. `reworded`: some phrases of the template in other words. `style`: told
in quite another way, a table for a list or symbols for words. `reflected`: a symmetry of a grid or a row. `equivalent`:
the same by arithmetic or logic, equations multiplied through, weeks told as days, a way asked from its other end.
"""

READABLE = SAME[:6]
"""Kinds that a reader sees who does not know the genre; the others take its rules or its arithmetic."""

OTHER = ("number", "relation", "clue", "swapped", "question")
"""The kinds of near-duplicates: one number changed; one relation; one clue more or another; two things exchanged;
something else asked."""

TRIES = 60


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """A document and the truth about it: two are the same problem exactly when `problem` is equal.

    `kind` is "base" or one of SAME or OTHER; `of` is the id of the base it was made of, "" for a base. `payload` is
    the family's instance as JSON, "" where the document is no family's.
    """

    document: Document
    problem: str
    kind: str
    of: str = ""
    payload: str = ""


class _Made(NamedTuple):
    source: Source[Any]
    spec: Any
    text: str
    problem: str
    kind: str
    of: int


def corpus(size: int, seed: int = 0, sources: Sequence[Source[Any]] | None = None) -> list[Labelled]:
    """The corpus: a function of size and seed. Raises ValueError where the sources hold too few distinct problems."""
    sources = sources or all_sources()
    bases = [*_bases(round(BASES * size), seed, sources)]
    keys = {made.problem for made in bases}
    texts = {made.text for made in bases}
    same, other = ([kind for kind in kinds if _offering(kind, bases)] for kinds in (SAME, OTHER))
    duplicates = [*_planted(same, round(DUPLICATES * size), seed, bases, keys, texts)]
    others = [*_planted(other, size - len(bases) - len(duplicates), seed, bases, keys, texts)]
    return _numbered([*bases, *duplicates, *others], generator(seed, "corpus order", size))


def all_sources() -> list[Source[Any]]:
    return [*our_sources(), *outside_sources()]


def our_sources() -> list[Source[Any]]:
    """The families and the stories."""
    stories = [story_source(genre, SENTENCES[genre.name], REWORDING[genre.name]) for genre in GENRES]
    return [*family_sources(), *stories]


def _bases(number: int, seed: int, sources: Sequence[Source[Any]]) -> Iterator[_Made]:
    keys, texts = set[str](), set[str]()
    for place in range(number):
        source = sources[place % len(sources)]
        for attempt in range(TRIES):
            spec = source.draw(generator(seed, "corpus base", source.name, place // len(sources), attempt))
            key, text = source.key(spec), source.text(spec)
            if key not in keys and text not in texts:
                break
        else:
            raise ValueError(f"{source.name} has too few distinct problems for {number} in all")
        keys.add(key)
        texts.add(text)
        yield _Made(source, spec, text, key, "base", place)


def _planted(
    kinds: Sequence[str], number: int, seed: int, bases: Sequence[_Made], keys: set[str], texts: set[str]
) -> Iterator[_Made]:
    """`number` documents made of bases, each kind as often as the others and within a kind each of its sources."""
    at: dict[str, list[int]] = {}
    for place, base in enumerate(bases):
        at.setdefault(base.source.name, []).append(place)
    makers = {kind: cycle(_offering(kind, bases)) for kind in kinds}
    for index in range(number):
        kind = kinds[index % len(kinds)]
        for attempt in range(TRIES * 20):
            rng = generator(seed, "corpus", kind, index, attempt)
            source = next(makers[kind])
            place = rng.choice(at[source.name])
            made = _made(kind, place, bases[place], rng)
            if made is None or (kind != "copy" and made.text in texts):
                continue
            if kind in OTHER and made.problem in keys:
                continue
            break
        else:
            raise ValueError(f"no problem gives occasion for the kind {kind!r}")
        texts.add(made.text)
        keys.add(made.problem)
        yield made


def _offering(kind: str, bases: Sequence[_Made]) -> list[Source[Any]]:
    """The sources that have documents of a kind."""
    sources: Mapping[str, Source[Any]] = {made.source.name: made.source for made in bases}
    return [source for source in sources.values() if kind in ("copy", "noise", *_kinds(source))]


def _kinds(source: Source[Any]) -> tuple[str, ...]:
    return (*source.same, *source.other, *(("reworded",) if source.rewording else ()))


def _made(kind: str, place: int, base: _Made, rng: Random) -> _Made | None:
    source = base.source
    if kind == "copy":
        return base._replace(kind=kind, of=place)
    if kind == "noise":
        return base._replace(kind=kind, of=place, text=_noisy(base.text, source.cased, rng))
    if kind == "reworded":
        return base._replace(kind=kind, of=place, text=_reworded(base.text, source.rewording))
    spec = (source.same.get(kind) or source.other[kind])(base.spec, rng)
    if spec is None:
        return None
    # A duplicate is what its base is by construction, whatever the key says of it: so that the key is tested too.
    problem = base.problem if kind in SAME else source.key(spec)
    return _Made(source, spec, source.text(spec), problem, kind, place)


def _noisy(text: str, cased: bool, rng: Random) -> str:
    """Blanks at ends of lines and after sentences, blank lines at the end; without capitals where they mean nothing."""
    lines = [line + " " * rng.randrange(3) for line in text.split("\n")]
    noisy = re.sub(r"(?<=[a-z]\.) ", lambda _: " " * rng.randint(1, 2), "\n".join(lines)) + "\n" * rng.randrange(1, 3)
    return noisy if cased or rng.random() < 0.5 else noisy.lower()


def _reworded(text: str, rewording: Sequence[tuple[str, str]]) -> str:
    for phrase, instead in rewording:
        text = text.replace(phrase, instead)
    return text


def _numbered(made: Sequence[_Made], rng: Random) -> list[Labelled]:
    order = rng.sample(range(len(made)), len(made))
    number = dict(zip(order, count(), strict=False))
    return [_labelled(made[place], f"{number[place]:06d}", f"{number[made[place].of]:06d}") for place in order]


def _labelled(made: _Made, name: str, of: str) -> Labelled:
    document = Document(
        id=name,
        source=made.source.name,
        text=made.text,
        answer=made.source.answer(made.spec),
        canonical=made.source.key(made.spec) if made.source.canonical else "",
        verified=1.0,
    )
    return Labelled(
        document=document,
        problem=made.problem,
        kind=made.kind,
        of="" if made.kind == "base" else of,
        payload=made.source.payload(made.spec),
    )
