"""Second opinions on word sorting: a comparison of two words letter by letter, and ranks counted with it."""

from collections.abc import Iterator
from random import Random

import msgspec

from generators.evidence import Evidence
from generators.strings.word_sorting import FAMILY, LETTERS, RULES, Words


def judge(instance: Words, answer: str) -> bool:
    words = answer.split(", ")
    if sorted(words) != sorted(instance.words):
        return False
    return all(precedes(instance, first, second) for at, first in enumerate(words) for second in words[at + 1 :])


def recompute(instance: Words) -> str:
    """Each word at the place that is the number of words before it."""
    placed = {sum(precedes(instance, other, word) for other in instance.words): word for word in instance.words}
    return ", ".join(placed[place] for place in range(len(instance.words)))


def precedes(instance: Words, first: str, second: str) -> bool:
    if first == second:
        return False
    match instance.rule:
        case "ascending" | "alphabet":
            return spelled_before(first, second, instance.alphabet)
        case "descending":
            return spelled_before(second, first, LETTERS)
        case "ending":
            return spelled_before(first[::-1], second[::-1], LETTERS)
        case "shortest" | "longest" | "vowels":
            measure = vowels if instance.rule == "vowels" else len
            gap = measure(first) - measure(second)
            if gap == 0:
                return spelled_before(first, second, LETTERS)
            return gap > 0 if instance.rule == "longest" else gap < 0
    raise AssertionError(instance.rule)


def spelled_before(first: str, second: str, alphabet: str) -> bool:
    for one, other in zip(first, second, strict=False):
        if one != other:
            return alphabet.find(one) < alphabet.find(other)
    return len(first) < len(second)


def vowels(word: str) -> int:
    return len(word) - len(word.translate(str.maketrans("", "", "aeiou")))


def alternatives(instance: Words) -> Iterator[str]:
    words = recompute(instance).split(", ")
    yield " ".join(words)
    yield "\n".join(words)
    yield ",".join(word.capitalize() for word in words)
    yield str(words)


def near_misses(instance: Words) -> Iterator[str]:
    words = recompute(instance).split(", ")
    yield ", ".join(instance.words)
    yield ", ".join(reversed(words))
    yield ", ".join(words[:-1])
    yield ", ".join([*words, words[-1]])
    yield ", ".join([*words[:-1], words[0]])
    yield ", ".join([*words[:-1], f"{words[-1]}s"])
    yield "".join(words)
    for place in range(len(words) - 1):
        yield ", ".join([*words[:place], words[place + 1], words[place], *words[place + 2 :]])


def disguise(instance: Words, rng: Random) -> Words:
    """The words shown in another order, and the letters that no word has moved about in the alphabet."""
    used = [letter for letter in instance.alphabet if any(letter in word for word in instance.words)]
    unused = [letter for letter in instance.alphabet if letter not in used]
    alphabet = instance.alphabet
    if instance.rule == "alphabet":
        places = set(rng.sample(range(26), len(used)))
        rng.shuffle(unused)
        kept, free = iter(used), iter(unused)
        alphabet = "".join(next(kept if place in places else free) for place in range(26))
    words = tuple(rng.sample(instance.words, len(instance.words)))
    return msgspec.structs.replace(instance, words=words, alphabet=alphabet)


def change(instance: Words, rng: Random) -> Words:
    """One more letter on one word, or another rule."""
    if rng.random() < 0.5:
        rules = [name for name in RULES if name not in (instance.rule, "alphabet")]
        return msgspec.structs.replace(instance, rule=rng.choice(rules), alphabet=LETTERS)
    place = rng.randrange(len(instance.words))
    longer = instance.words[place] + "x"
    return msgspec.structs.replace(instance, words=(*instance.words[:place], longer, *instance.words[place + 1 :]))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("words", "rule", "letters", "letters_shared", "displaced"),
)
