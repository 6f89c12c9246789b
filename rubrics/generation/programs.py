"""Contrastive rubrics without a model: the checks that better responses pass and worse ones fail.

For every checker of the library, arguments are fitted to the prompt. A check that holds for all better responses of a
task and fails for a worse one explains a preference. It is a hard rule where the task states it, going by the words of
its sentence, and a principle where it is one of the QUALITIES that any task would ask for. Anything else, such as a
length that only happens to lie between two responses, is no criterion. What the task states word for word is always
taken, anything else only where it explains a worse response that nothing else does.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import msgspec

from rubrics.criteria.contract import Checker, Subject
from rubrics.criteria.registry import CHECKERS, outcome
from rubrics.criteria.text import folded, sentences, words
from rubrics.generation.arguments import WORDED, candidates, choices_of, material_of
from rubrics.generation.contrast import Contrast
from schemas import Criterion

STATED = 0.6
"""A check is stated where one sentence of the prompt has all that its arguments name, and of the other telling words of
the check's own sentence this share."""
QUALITIES = frozenset(
    [
        "arithmetic",
        "total_right",
        "balanced_brackets",
        "no_repeated_words",
        "no_repeated_sentences",
        "no_repeated_lines",
        "no_repeated_paragraphs",
        "no_long_runs",
        "numbers_from_source",
        "quotes_from_source",
    ]
)
"""The checkers that may be principles where no task states them: few tasks would have it the other way round."""
_USUAL = "a all an and be each ha have here it must of response text the thi these use with write your"
_COMMON = frozenset(_USUAL.split())
"""Words that nearly every instruction has, plural ends taken off: they tell no check from another."""
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_PHRASINGS = (
    ("no more than", "at most"),
    ("not more than", "at most"),
    ("a maximum of", "at most"),
    ("no fewer than", "at least"),
    ("no less than", "at least"),
    ("a minimum of", "at least"),
    ("never", "do not"),
    ("avoid", "do not use"),
    ("without", "do not use"),
)
"""What instructions also say for what the checkers' sentences say."""
MOST_CRITERIA = 8
HARD_WEIGHT, PRINCIPLE_WEIGHT = 2.0, 1.0


class _Found(NamedTuple):
    """A check that tells better from worse: how far the prompt states it, and which worse ones fail it."""

    checker: Checker[Any]
    arguments: dict[str, Any]
    sentence: str
    stated: float
    failed: frozenset[int]

    @property
    def rank(self) -> tuple[float, int, int, str, str]:
        named = len(_named(self.checker, self.arguments))  # of "red" and "red, blue" the task asks for both
        return -self.stated, -len(self.failed), -named, self.checker.name, str(self.arguments)


class Explained(NamedTuple):
    """Criteria, and the contrasts whose worse response fails at least one of them."""

    criteria: tuple[Criterion, ...]
    contrasts: tuple[Contrast, ...]


def from_programs(contrasts: Sequence[Contrast]) -> Explained:
    """The criteria that all better responses of one task meet and a worse one doesn't, at most MOST_CRITERIA: the best
    stated first. Empty where no checker tells them apart."""
    prompt = contrasts[0].prompt
    better = [_subject(each, each.chosen) for each in contrasts]
    worse = [_subject(each, each.rejected) for each in contrasts]
    said = [_plain_words(each) for each in _instructions(prompt)]
    material = material_of(prompt)
    found: list[_Found] = []
    for checker in CHECKERS.values():
        for arguments in candidates(checker, material, partial(_sensible, checker, said)):
            asked = msgspec.convert(arguments, checker.arguments)
            failed = frozenset(place for place, subject in enumerate(worse) if not _holds(checker, asked, subject))
            if failed and all(_holds(checker, asked, subject) for subject in better):
                sentence = checker.sentence(asked)
                stated = _stated(sentence, _named(checker, arguments), said)
                if stated >= STATED or (not arguments and checker.name in QUALITIES):
                    found.append(_Found(checker, arguments, sentence, stated, failed))
    taken = _needed(found)[:MOST_CRITERIA]
    places = sorted(set().union(*(each.failed for each in taken)))
    return Explained(tuple(map(_criterion, taken)), tuple(contrasts[place] for place in places))


def _needed(found: Sequence[_Found]) -> list[_Found]:
    """The best of each checker, those that are not wholly stated only where they explain something anew."""
    needed: dict[str, _Found] = {}
    explained: set[int] = set()
    for each in sorted(found, key=lambda each: each.rank):
        if each.checker.name not in needed and (each.stated == 1 or not each.failed <= explained):
            needed[each.checker.name] = each
            explained |= each.failed
    return list(needed.values())


def _criterion(found: _Found) -> Criterion:
    stated = found.stated >= STATED
    return Criterion(
        title=found.checker.name.replace("_", " "),
        text=found.sentence,
        kind="hard_rule" if stated else "principle",
        weight=HARD_WEIGHT if stated else PRINCIPLE_WEIGHT,
        checker=found.checker.name,
        arguments=found.arguments,
    )


def _holds(checker: Checker[Any], arguments: Any, subject: Subject) -> bool:
    found = outcome(checker, arguments, subject)
    return found is not None and found.holds is True


def _instructions(prompt: str) -> list[str]:
    """The sentences of a prompt; an item of a list is one, whatever is quoted in it."""
    lines = prompt.splitlines()
    items = [line for line in lines if _ITEM.match(line)]
    return items + sentences("\n".join(line for line in lines if not _ITEM.match(line)))


def _stated(sentence: str, named: set[str], said: Sequence[frozenset[str]]) -> float:
    """The greatest share of the check's other words that a sentence of the prompt has that has the named ones."""
    others = _plain_words(sentence) - named - _COMMON
    return max((len(others & each) / max(1, len(others)) for each in said if named <= each), default=0.0)


def _sensible(checker: Checker[Any], said: Sequence[frozenset[str]], arguments: Mapping[str, Any]) -> bool:
    """Whether one sentence of the prompt has all that the arguments name."""
    named = _named(checker, arguments)
    return any(named <= own for own in said)


def _named(checker: Checker[Any], arguments: Mapping[str, Any]) -> set[str]:
    """The words and numbers in arguments; 0 and -1 are said in other words, and so are the choices of a checker."""
    free = [value for name, value in arguments.items() if name not in choices_of(checker)]
    values = [each for value in free for each in (value if isinstance(value, list) else [value])]
    return {
        word
        for value in values
        if not isinstance(value, bool) and value not in (0, -1)
        for word in _plain_words(str(value))
    }


@lru_cache(maxsize=4096)
def _plain_words(sentence: str) -> frozenset[str]:
    """The words of a sentence without the ends of plurals, numbers in figures."""
    text = folded(sentence)
    for said, plainly in _PHRASINGS:
        text = text.replace(said, plainly)
    plainly_said = (_ORDINAL.sub(r"\1", word) for word in words(text))
    return frozenset(str(WORDED.get(word, word.removesuffix("s") or word)) for word in plainly_said)


def _subject(contrast: Contrast, response: str) -> Subject:
    return Subject(response=response, prompt=contrast.prompt, source=contrast.source)
