"""Generators of reasoning-gym that the corpus has none of: what of their text may stand otherwise, and what may not.

Keys are read from the text by the template of its generator, so that what a change makes is known as well as what was
drawn; each is the least over what means nothing in that generator.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Any, NamedTuple

from benchmarks.dedup_corpus.source import Maker, Source

Edit = Callable[[str, Random], str | None]
"""Another text made of one; None where it gives no occasion."""


class Generated(NamedTuple):
    """`key` of a text; `same` and `other`, by kind, edits of it.

    `answers` answers a text, "" where many answers are right; without it the generator's answer is that of its text and
    of the same in another order, and others are unknown.
    """

    key: Callable[[str], object]
    same: Mapping[str, Edit] = {}
    other: Mapping[str, Edit] = {}
    rewording: tuple[tuple[str, str], ...] = ()
    answers: Callable[[str], str] | None = None
    cased: bool = True
    options: Mapping[str, Any] = {}


class Asked(NamedTuple):
    text: str
    answer: str


def generated_sources(of: Mapping[str, Generated]) -> list[Source[Asked]]:
    return [_source(name, generated) for name, generated in of.items()]


def _source(name: str, generated: Generated) -> Source[Asked]:
    def draw(rng: Random) -> Asked:
        item = _items(name, tuple(generated.options.items()))[rng.randrange(10**6)]
        text = item["question"].strip()
        return Asked(text, generated.answers(text) if generated.answers else str(item["answer"]))

    def maker(edit: Edit, known: bool) -> Maker[Asked]:
        def made(asked: Asked, rng: Random) -> Asked | None:
            text = edit(asked.text, rng)
            if text is None:
                return None
            unknown = asked.answer if known else ""
            return Asked(text, generated.answers(text) if generated.answers else unknown)

        return made

    return Source(
        name=f"reasoning_gym.{name}",
        draw=draw,
        text=lambda asked: asked.text,
        answer=lambda asked: asked.answer,
        key=lambda asked: f"{name}: {generated.key(asked.text)}",
        same={kind: maker(edit, kind == "permuted") for kind, edit in generated.same.items()},
        other={kind: maker(edit, False) for kind, edit in generated.other.items()},
        rewording=generated.rewording,
        cased=generated.cased,
    )


@cache
def _items(name: str, options: tuple[tuple[str, Any], ...]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a dependency of reasoning-gym compares with `is` a literal
        import reasoning_gym
    return reasoning_gym.create_dataset(name, size=10**6, seed=11, **dict(options))


def edited(pattern: str, change: Callable[[str, Random], str | None]) -> Edit:
    """What the pattern's first group finds, changed."""

    def edit(text: str, rng: Random) -> str | None:
        found = re.search(pattern, text, re.DOTALL)
        inner = change(found[1], rng) if found else None
        if found is None or inner is None or inner == found[1]:
            return None
        return text[: found.start(1)] + inner + text[found.end(1) :]

    return edit


def shuffled(parted: str) -> Callable[[str, Random], str]:
    return lambda listed, rng: parted.join(rng.sample(listed.split(parted), listed.count(parted) + 1))


def exchanged(parted: str) -> Callable[[str, Random], str]:
    """Two items of a list, each in the other's place."""

    def change(listed: str, rng: Random) -> str:
        items = listed.split(parted)
        one, other = rng.sample(range(len(items)), 2)
        items[one], items[other] = items[other], items[one]
        return parted.join(items)

    return change


def other_number(text: str, rng: Random) -> str:
    found = rng.choice([*re.finditer(r"(?<![\w.*])\d+(?![\w.])", text)])
    return text[: found.start()] + str(int(found[0]) + rng.choice((1, 2, 3, 10))) + text[found.end() :]


def instead(table: Mapping[str, tuple[str, ...]]) -> Callable[[str, Random], str]:
    """One of the words of the table as another that it may become."""

    def change(text: str, rng: Random) -> str:
        word = rng.choice([word for word in table if re.search(rf"\b{re.escape(word)}\b", text)])
        return re.sub(rf"\b{re.escape(word)}\b", lambda _: rng.choice(table[word]), text, count=1)

    return change


def renamed(words: Callable[[str], list[str]], pool: tuple[str, ...]) -> Edit:
    def edit(text: str, rng: Random) -> str | None:
        old = [*dict.fromkeys(words(text))]
        name = dict(zip(old, rng.sample(pool, len(old)), strict=True))
        return re.sub("|".join(rf"\b{re.escape(one)}\b" for one in old), lambda found: name[found[0]], text)

    return edit


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"-?\d+", text)]


def group(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.DOTALL)
    assert found, (pattern, text)
    return found[1]
