"""Second opinions on texts to a form: each rule read anew with plain string methods, on text as it is seen."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import pairwise
from random import Random
from typing import Any

import msgspec

from generators.evidence import Evidence
from generators.instructions.form import FAMILY, Request
from generators.instructions.rules import Rule

Arguments = dict[str, Any]


def seen(text: str) -> str:
    """Without characters that can't be seen, full-width letters and the like written plainly."""
    return unicodedata.normalize("NFKC", "".join(each for each in text if unicodedata.category(each) != "Cf"))


def split(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['-][^\W_]+)*", text.lower())


def split_sentences(text: str) -> list[str]:
    pieces = [piece for block in re.split(r"\n[ \t]*\n", text) for piece in re.split(r"(?<=[.!?])\s+", block)]
    return [piece.strip() for piece in pieces if split(piece)]


def fits(arguments: Arguments, count: int) -> bool:
    return int(arguments.get("at_least", 0)) <= count <= int(arguments.get("at_most", 10**9))


def in_order(words: list[str], text: list[str]) -> bool:
    rest = iter(text)
    return all(word in rest for word in words)


def alike(text: str, style: str) -> bool:
    if style != "sentence":
        return text == (text.upper() if style == "upper" else text.lower())
    firsts = [next(each for each in sentence if each.isalnum()) for sentence in split_sentences(text)]
    return not any(first.islower() for first in firsts)


KEPT: dict[str, Callable[[Arguments, str], bool]] = {
    "keywords": lambda asked, text: set(asked["words"]) <= set(split(text)),
    "word_count": lambda asked, text: fits(asked, len(split(text))),
    "sentence_count": lambda asked, text: fits(asked, len(split_sentences(text))),
    "starts_with": lambda asked, text: split(text)[:1] == [asked["text"]] and text.strip()[0].isalpha(),
    "ends_with": lambda asked, text: (
        re.search(rf"(?<![^\W_]){re.escape(asked['text'])}\Z", " ".join(text.lower().split())) is not None
    ),
    "forbidden_words": lambda asked, text: not set(asked["words"]) & set(split(text)),
    "forbidden_letters": lambda asked, text: not set(asked["letters"]) & set(text.lower()),
    "line_count": lambda asked, text: fits(asked, sum(bool(line.strip()) for line in text.splitlines())),
    "exclamation_count": lambda asked, text: fits(
        asked, sum(each.rstrip("_*").endswith("!") for each in split_sentences(text))
    ),
    "keyword_in_sentence": lambda asked, text: (
        asked["word"] in split((split_sentences(text) + [""] * 99)[asked["number"] - 1])
    ),
    "keyword_order": lambda asked, text: in_order(asked["words"], split(text)),
    "letter_case": lambda asked, text: alike(text, asked["style"]),
    "words_per_sentence": lambda asked, text: all(fits(asked, len(split(each))) for each in split_sentences(text)),
    "word_at": lambda asked, text: (split(text) + [""] * 99)[asked["number"] - 1] == asked["word"],
    "letters_per_word": lambda asked, text: all(
        len(re.sub("[^a-z]", "", each)) <= asked["at_most"] for each in split(text)
    ),
    "keyword_count": lambda asked, text: fits(asked, split(text).count(asked["word"])),
    "different_word_count": lambda asked, text: fits(asked, len(set(split(text)))),
    "letter_count": lambda asked, text: fits(asked, text.lower().count(asked["letter"])),
    "varied_openings": lambda asked, text: all(
        before != after for before, after in pairwise(split(each)[0] for each in split_sentences(text))
    ),
}


def judge(instance: Request, answer: str) -> bool:
    text = seen(answer)
    if copied(split(text), split(FAMILY.statement(instance, "prose"))):
        return False
    return bool(split(text)) and all(KEPT[rule.checker](rule.arguments, text) for rule in instance.rules)


def copied(text: list[str], request: list[str]) -> bool:
    runs = " " + " ".join(request) + " "
    return any(f" {' '.join(text[at : at + 5])} " in runs for at in range(len(text) - 4))


def alternatives(instance: Request) -> Iterable[str]:
    """The person or thing that no rule names is another one."""
    names = [word for rule in instance.rules for word in re.findall("[a-z]+", str(rule.arguments))]
    for old, new in (("baker", "cook"), ("lamp", "coin"), ("guard", "woman"), ("drum", "map")):
        changed = instance.proof.replace(old, new)
        if changed != instance.proof and old not in names and judge(instance, changed):
            yield changed
    yield f"  {instance.proof}  "


def near_misses(instance: Request) -> Iterable[str]:
    text = instance.proof
    yield text.swapcase()
    yield text.rstrip(".!")
    yield text.replace(".", "!")
    yield text.replace("\n", " ")
    yield f"{text} And so on."
    yield "\n".join(reversed(text.split("\n")))
    yield " ".join(instance.rules[0].arguments["words"])
    yield re.sub(re.escape(instance.rules[0].arguments["words"][0]), "thingy", text, flags=re.IGNORECASE)
    yield from FAMILY.statement(instance, "list").split("\n")
    for letter in "aeiouz":
        yield f"{letter} {text}"


def disguise(instance: Request, rng: Random) -> Request:
    """The rules and the words of a list in another order, the longest with its hard rules first."""
    hard, soft = instance.rules[:2], list(instance.rules[2:])
    rng.shuffle(soft)
    return msgspec.structs.replace(instance, rules=tuple(_reordered(rule, rng) for rule in (*hard, *soft)))


def _reordered(rule: Rule, rng: Random) -> Rule:
    if rule.checker not in ("keywords", "forbidden_words"):
        return rule
    words = rng.sample(rule.arguments["words"], len(rule.arguments["words"]))
    return msgspec.structs.replace(rule, arguments={"words": words})


def change(instance: Request, rng: Random) -> Request:
    """One word more is allowed, or one keyword less is asked."""
    keywords, cap, *others = instance.rules
    words = keywords.arguments["words"]
    if len(words) > 1 and rng.random() < 0.5:
        keywords = msgspec.structs.replace(keywords, arguments={"words": words[1:]})
    else:
        cap = msgspec.structs.replace(cap, arguments={**cap.arguments, "at_most": cap.arguments["at_most"] + 1})
    return msgspec.structs.replace(instance, rules=(keywords, cap, *others))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=lambda instance: instance.proof,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("rules", "keywords", "words"),
)
