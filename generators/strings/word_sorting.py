"""Word sorting: words in a stated order, from a to z up to a made-up alphabet; real words, or coined ones."""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from random import Random
from typing import Annotated, Any, NamedTuple

import msgspec

from generators.answers import entries, tokens
from generators.cores.oracle import Oracle, drawn
from generators.family import Family
from generators.strings.precedence import is_in_order
from schemas import jsontext

LETTERS = "abcdefghijklmnopqrstuvwxyz"

_LAST = re.compile(r",?\sand (\w+)\Z")


class Rule(NamedTuple):
    """`key(word, alphabet)` sorts; `order` says so in words; `shorter` is where a word goes that begins another, empty
    where the order says it."""

    key: Callable[[str, str], Any]
    order: str
    shorter: str = "Where one word is the beginning of another, the shorter one comes first."
    descending: bool = False


RULES = {
    "ascending": Rule(lambda word, _: word, "in alphabetical order"),
    "descending": Rule(
        lambda word, _: word,
        "in reverse alphabetical order (z to a)",
        "Where one word is the beginning of another, the longer one comes first.",
        descending=True,
    ),
    "shortest": Rule(
        lambda word, _: (len(word), word),
        "from the shortest to the longest, those of equal length in alphabetical order",
        "",
    ),
    "longest": Rule(
        lambda word, _: (-len(word), word),
        "from the longest to the shortest, those of equal length in alphabetical order",
        "",
    ),
    "ending": Rule(
        lambda word, _: word[::-1],
        "in the alphabetical order of their spellings read backwards: by the last letter, then the one before it, "
        "and so on",
        "Where one word is the ending of another, the shorter one comes first.",
    ),
    "vowels": Rule(
        lambda word, _: (sum(map(word.count, "aeiou")), word),
        "by how many of their letters are vowels (a, e, i, o, u; repeated ones count again), fewest first, "
        "those with equally many in alphabetical order",
    ),
    "alphabet": Rule(
        lambda word, alphabet: list(map(alphabet.index, word)),
        "as a dictionary would, but with the letters of the alphabet in this order: {alphabet}",
    ),
}
_NAMES = tuple(RULES)


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """So many words, under one of the rules from the `easiest` to the `hardest`, in the order of `RULES` from 1.

    All words begin with the same `shared` letters; coined words are as long as it takes, real ones must have them.
    """

    words: Annotated[int, msgspec.Meta(ge=3, le=80)]
    easiest: Annotated[int, msgspec.Meta(ge=1, le=len(RULES))]
    hardest: Annotated[int, msgspec.Meta(ge=1, le=len(RULES))]
    shared: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0
    coined: bool = False

    def __post_init__(self) -> None:
        if self.easiest > self.hardest:
            raise ValueError(f"easiest {self.easiest} is above hardest {self.hardest}")
        if not self.coined and not _alike(self.words, self.shared):
            raise ValueError(f"shared {self.shared} is too much for {self.words} real words; coined ones can")


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The words as shown, all different; `alphabet` is the order of the 26 letters, a to z but for its own rule."""

    words: tuple[str, ...]
    rule: str
    alphabet: str = LETTERS


def make(params: Params, rng: Random) -> Words:
    """Words shown in any order but the right one."""
    rule = rng.choice(_NAMES[params.easiest - 1 : params.hardest])
    alphabet = "".join(rng.sample(LETTERS, 26)) if rule == "alphabet" else LETTERS
    words = _coined(params, rng) if params.coined else rng.sample(_pool(params, rng), params.words)

    def shown(rng: Random) -> Words:
        return Words(words=tuple(rng.sample(words, len(words))), rule=rule, alphabet=alphabet)

    return drawn(shown, lambda instance: instance.words != solve(instance), rng)


@lru_cache(maxsize=8)
def solve(instance: Words) -> tuple[str, ...]:
    rule = RULES[instance.rule]
    found = sorted(instance.words, key=lambda word: rule.key(word, instance.alphabet), reverse=rule.descending)
    return tuple(found)


def statement(instance: Words, style: str) -> str:
    rule = RULES[instance.rule]
    order = rule.order.format(alphabet=" ".join(instance.alphabet))
    note = f" {rule.shorter}" if rule.shorter and _one_begins_another(instance) else ""
    if style == "list":
        return "\n".join([f"Sort the words below {order}.{note}", *(f"- {word}" for word in instance.words)])
    return f"Sort these words {order}: {', '.join(instance.words)}.{note}"


def answer_format(instance: Words) -> str:
    return "Write all the words in their new order, separated by commas."


def read(instance: Words, text: str) -> tuple[str, ...] | None:
    """Words separated by commas, spaces or line breaks, in either case; numbered, or the last after `and`, too."""
    if not text.isascii():
        return None
    return tokens(_LAST.sub(r" \1", "\n".join(entries(text.lower()))))


def fault(instance: Words, words: tuple[str, ...]) -> str | None:
    if len(words) != len(instance.words):
        return f"there are {len(words)} words where {len(instance.words)} were given"
    strange = next((word for word in words if word not in instance.words), None)
    if strange is not None:
        return f"{strange[:40]!r} is not one of the words"
    place = next(
        (place for place, pair in enumerate(zip(words, solve(instance), strict=True), 1) if len({*pair}) > 1), 0
    )
    return f"word {place} is not the one that comes there" if place else None


def steps(instance: Words) -> tuple[str, ...]:
    """One word after another."""
    first, *others = solve(instance)
    *before, last = [f"First comes {first}.", *(f"Then {word}." for word in others)]
    return (*before, f"{last} The order is: {_ORACLE.gold(instance)}")


def canonical(instance: Words) -> bytes:
    """The rule and the set of words; of the alphabet only the order of the letters that occur."""
    used = {letter for word in instance.words for letter in word}
    alphabet = "".join(letter for letter in instance.alphabet if letter in used)
    return jsontext.dumps([instance.rule, alphabet, sorted(instance.words)]).encode()


def features(instance: Words) -> dict[str, float]:
    order = {word: place for place, word in enumerate(solve(instance))}
    places = [order[word] for word in instance.words]
    return {
        "words": len(instance.words),
        "rule": _NAMES.index(instance.rule) + 1,
        "letters": sum(map(len, instance.words)),
        "letters_shared": sum(_shared_letters(*pair) for pair in pairwise(sorted(instance.words))),
        "displaced": sum(place != at for at, place in enumerate(places)),
    }


@cache
def _words() -> tuple[str, ...]:
    return tuple(files("generators.strings").joinpath("words.txt").read_text(encoding="ascii").split())


@cache
def _alike(count: int, shared: int) -> dict[str, tuple[str, ...]]:
    """The real words by their first `shared` letters, where there are at least `count` of them."""
    groups: dict[str, list[str]] = {}
    for word in _words():
        if len(word) >= shared:
            groups.setdefault(word[:shared], []).append(word)
    return {start: tuple(group) for start, group in groups.items() if len(group) >= count}


def _pool(params: Params, rng: Random) -> tuple[str, ...]:
    groups = _alike(params.words, params.shared)
    return rng.choices(list(groups.values()), weights=[len(group) for group in groups.values()])[0]


def _coined(params: Params, rng: Random) -> list[str]:
    """Different pronounceable words: consonants and vowels in turn, 3 to 6 letters after the shared ones."""
    start = _syllables(params.shared, rng)
    found: dict[str, None] = {}
    while len(found) < params.words:
        found[_syllables(params.shared + rng.randint(3, 6), rng, start)] = None
    return list(found)


def _syllables(length: int, rng: Random, start: str = "") -> str:
    """Few consonants, so that no coined word is a rude one."""
    return start + "".join([rng.choice("aeiou" if place % 2 else "bdjlmrvz") for place in range(len(start), length)])


def _one_begins_another(instance: Words) -> bool:
    backwards = instance.rule == "ending"
    ordered = sorted(word[::-1] if backwards else word for word in instance.words)
    return any(longer.startswith(shorter) for shorter, longer in pairwise(ordered))


def _shared_letters(first: str, second: str) -> int:
    return next((at for at, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), len(first))


_ORACLE: Oracle[Words, tuple[str, ...]] = Oracle(
    solve=solve, write=lambda instance, words: ", ".join(words), read=read, fault=fault
)

FAMILY = Family(
    name="strings.word_sorting",
    version=1,
    title="Word sorting",
    domain="algorithms",
    params=Params,
    instance=Words,
    levels=(
        Params(words=3, easiest=1, hardest=1),
        Params(words=4, easiest=1, hardest=1),
        Params(words=5, easiest=1, hardest=2),
        Params(words=7, easiest=1, hardest=4),
        Params(words=10, easiest=2, hardest=5, shared=1),
        Params(words=14, easiest=3, hardest=6, shared=1),
        Params(words=20, easiest=4, hardest=7, shared=2, coined=True),
        Params(words=30, easiest=5, hardest=7, shared=3, coined=True),
        Params(words=45, easiest=5, hardest=7, shared=4, coined=True),
        Params(words=70, easiest=6, hardest=7, shared=4, coined=True),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=_ORACLE.gold,
    check=_ORACLE.check,
    canonical=canonical,
    features=features,
    styles=("plain", "list"),
    second_check=lambda given, answer: is_in_order(given.words, given.rule, given.alphabet, answer),
    steps=steps,
)
