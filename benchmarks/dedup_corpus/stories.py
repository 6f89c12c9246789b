"""Stories: problems in prose that no family of ours makes, as facts about a few people or things.

A genre is a table: sentences for each kind of fact, in two styles, and a program that answers. Two stories are the same
when their facts and their question are, up to the names and the order of the facts: all ways to number the names are
tried. A fact more makes another story, even one that follows from the others, unless it is told already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random

import msgspec

from benchmarks.dedup_corpus.source import Maker, Source
from schemas import jsontext


class Fact(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Something told of, or asked about, the names numbered `who`, with its numbers."""

    kind: str
    who: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """`style` is the place of the sentences that tell it among those of its genre."""

    names: tuple[str, ...]
    facts: tuple[Fact, ...]
    asked: Fact
    style: int = 0


@dataclass(frozen=True, kw_only=True)
class Genre:
    """- `draw(rng)`: facts and a question that has an answer, about people 0 to 4 at most.
    - `solve(story)`: the answer; None where the facts contradict each other or leave it open.
    - `turned`: kinds that say the same with the two names exchanged. `siblings`: kinds that say another thing of the
      same names and numbers. `questions`: other questions about the same facts.
    - `symmetric`: kinds in which the order of the names means nothing. `closed`: whether there is no fact to add.
    """

    name: str
    pool: tuple[str, ...]
    draw: Callable[[Random], Story]
    solve: Callable[[Story], str | None]
    turned: Mapping[str, str]
    siblings: Mapping[str, str]
    questions: Callable[[Story], list[Fact]]
    symmetric: frozenset[str] = frozenset()
    closed: bool = False


def story_source(
    genre: Genre, sentences: Sequence[Mapping[str, str]], rewording: tuple[tuple[str, str], ...] = ()
) -> Source[Story]:
    """`sentences`: for each style a sentence for each kind of fact; `rewording`: phrases and others in their place."""
    renamed: Maker[Story] = lambda story, rng: msgspec.structs.replace(  # noqa: E731
        story, names=tuple(rng.sample(genre.pool, len(story.names)))
    )
    same: dict[str, Maker[Story]] = {
        "renamed": renamed,
        "permuted": _permuted,
        "both": lambda story, rng: _permuted(msgspec.structs.replace(story, names=_fresh(genre, story, rng)), rng),
        "style": lambda story, rng: msgspec.structs.replace(
            story, style=(story.style + rng.randrange(1, len(sentences))) % len(sentences)
        ),
    }
    if genre.turned:
        same["equivalent"] = lambda story, rng: _turned(genre, story, rng)
    other: dict[str, Maker[Story]] = {
        "swapped": lambda story, rng: _swapped(genre, story, rng),
        "question": lambda story, rng: _asked_otherwise(genre, story, rng),
    }
    if not genre.closed:
        other["clue"] = lambda story, rng: _clue_more(genre, story, rng)
    if any("{n}" in sentence for sentence in sentences[0].values()):
        other["number"] = lambda story, rng: _changed(genre, story, rng, _one_number)
    if genre.siblings:
        other["relation"] = lambda story, rng: _changed(
            genre,
            story,
            rng,
            lambda fact, _: msgspec.structs.replace(fact, kind=genre.siblings.get(fact.kind, fact.kind)),
        )
    return Source(
        name=f"prose.{genre.name}",
        draw=genre.draw,
        text=lambda story: told(sentences[story.style], story),
        answer=lambda story: genre.solve(story) or "",
        key=lambda story: key_of(genre, story),
        same=same,
        other=other,
        rewording=rewording,
    )


def told(sentences: Mapping[str, str], story: Story) -> str:
    lines = [_sentence(sentences[fact.kind], fact, story.names) for fact in (*story.facts, story.asked)]
    opening = sentences[""].format(names=_joined(story.names))
    return " ".join(part for part in (opening, *lines) if part)


def key_of(genre: Genre, story: Story) -> str:
    """The least description over all ways to number the names."""
    facts = {_normal(genre, fact) for fact in story.facts}
    asked = _normal(genre, story.asked)
    least = min(
        (sorted({_renumbered(genre, fact, new) for fact in facts}), _renumbered(genre, asked, new))
        for new in permutations(range(len(story.names)))
    )
    return jsontext.digest(genre.name, msgspec.to_builtins(least))


def _normal(genre: Genre, fact: Fact) -> Fact:
    kind = genre.turned.get(fact.kind)
    return Fact(kind, fact.who[::-1], fact.numbers) if kind is not None and kind < fact.kind else fact


def _renumbered(genre: Genre, fact: Fact, new: tuple[int, ...]) -> Fact:
    who = tuple(new[person] for person in fact.who)
    return Fact(fact.kind, tuple(sorted(who)) if fact.kind in genre.symmetric else who, fact.numbers)


def _sentence(pattern: str, fact: Fact, names: tuple[str, ...]) -> str:
    who = [names[person] for person in fact.who]
    return pattern.format(
        a=who[0] if who else "",
        b=who[1] if len(who) > 1 else "",
        n=fact.numbers[0] if fact.numbers else "",
        m=fact.numbers[1] if len(fact.numbers) > 1 else "",
    )


def _joined(names: tuple[str, ...]) -> str:
    first, last = sorted(names)[:-1], sorted(names)[-1]
    return f"{', '.join(first)} and {last}"


def _fresh(genre: Genre, story: Story, rng: Random) -> tuple[str, ...]:
    return tuple(rng.sample(genre.pool, len(story.names)))


def _permuted(story: Story, rng: Random) -> Story:
    return msgspec.structs.replace(story, facts=tuple(rng.sample(story.facts, len(story.facts))))


def _turned(genre: Genre, story: Story, rng: Random) -> Story:
    """Each fact that can be told from the other side is, or one of them at least."""
    places = [place for place, fact in enumerate(story.facts) if fact.kind in genre.turned]
    chosen = {place for place in places if rng.random() < 0.5} or set(places[:1])
    facts = [
        Fact(genre.turned[fact.kind], fact.who[::-1], fact.numbers) if place in chosen else fact
        for place, fact in enumerate(story.facts)
    ]
    return msgspec.structs.replace(story, facts=tuple(facts))


def _changed(genre: Genre, story: Story, rng: Random, change: Callable[[Fact, Random], Fact]) -> Story | None:
    """One fact changed, where the question still has an answer."""
    for place in rng.sample(range(len(story.facts)), len(story.facts)):
        fact = change(story.facts[place], rng)
        changed = msgspec.structs.replace(story, facts=(*story.facts[:place], fact, *story.facts[place + 1 :]))
        if fact != story.facts[place] and genre.solve(changed) is not None:
            return changed
    return None


def _one_number(fact: Fact, rng: Random) -> Fact:
    if not fact.numbers:
        return fact
    place, step = rng.randrange(len(fact.numbers)), rng.choice((1, 2, 10))
    numbers = [number + step * (at == place) for at, number in enumerate(fact.numbers)]
    return msgspec.structs.replace(fact, numbers=tuple(numbers))


def _swapped(genre: Genre, story: Story, rng: Random) -> Story | None:
    """The two names of a fact exchanged, or the numbers of two facts."""
    if any(len(fact.who) > 1 and fact.kind not in genre.symmetric for fact in story.facts):
        return _changed(genre, story, rng, lambda fact, _: msgspec.structs.replace(fact, who=fact.who[::-1]))
    one, other = rng.sample(range(len(story.facts)), 2)
    facts = list(story.facts)
    facts[one] = msgspec.structs.replace(facts[one], numbers=story.facts[other].numbers)
    facts[other] = msgspec.structs.replace(facts[other], numbers=story.facts[one].numbers)
    changed = msgspec.structs.replace(story, facts=tuple(facts))
    alike = len(facts[one].numbers) == len(facts[other].numbers) and facts[one].who and facts[other].who
    return changed if alike and genre.solve(changed) is not None else None


def _asked_otherwise(genre: Genre, story: Story, rng: Random) -> Story | None:
    others = [msgspec.structs.replace(story, asked=asked) for asked in genre.questions(story) if asked != story.asked]
    others = [other for other in others if genre.solve(other) is not None]
    return rng.choice(others) if others else None


def _clue_more(genre: Genre, story: Story, rng: Random) -> Story | None:
    """A fact more, drawn from another story of the genre about as many names, where an answer remains."""
    for _ in range(20):
        drawn = genre.draw(rng)
        fact = rng.choice(drawn.facts)
        if max(fact.who, default=0) < len(story.names) and fact not in story.facts:
            place = rng.randint(0, len(story.facts))
            changed = msgspec.structs.replace(story, facts=(*story.facts[:place], fact, *story.facts[place:]))
            if genre.solve(changed) is not None:
                return changed
    return None
