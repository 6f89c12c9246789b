"""An answer by likelihood: how probable the model's next word is one of the two, nothing sampled.

The score is log P(first) - log P(second), as RLBFF scores a principle (arXiv 2509.21319), and its sigmoid a
probability; the ways of writing a word are summed.
"""

import math
from collections.abc import Iterator, Sequence

from pipeline.engines.continuation import continuation
from pipeline.engines.protocol import Engine
from rubrics.judges.asking import JudgeError, Question, Told, prompts_of, refuse_unscoring
from rubrics.judges.prompts import wording
from schemas import Message

ENDING = "Answer with one word, {0} or {1}."

LEAST_MASS = 0.01
"""Both words together: a model that would say neither has not answered. Our choice, not a paper's."""

_WAYS = {
    "Yes": ("Yes", "yes", "YES"),
    "No": ("No", "no", "NO"),
}
"""A letter has one way: an `a` in small is a word of its own."""

Ways = tuple[list[tuple[int, ...]], list[tuple[int, ...]]]


class ByLikelihood:
    """Asks by `Engine.score`; raises JudgeError for an engine that has no token ids, or a server that can't score."""

    def __init__(self, engine: Engine, *, longest: int) -> None:
        refuse_unscoring(engine)
        self.name = f"{engine.model}@{engine.revision} yes_no {wording(ENDING)}"
        self._engine, self._longest = engine, longest
        self._ways: dict[tuple[str, str], Ways] = {}

    def ask(self, questions: Sequence[Question]) -> list[Told]:
        """What the model's next word would be. Raises EngineError where the engine can't score."""
        prompts, told = prompts_of(self._engine, questions, ENDING, self._longest)
        # Asked one at a time, the words of a question share the reading of its text in the embedded engine.
        parts = [[place] for place in prompts] if self._reads_once else [list(prompts)] if prompts else []
        for part in parts:
            given = [(prompts[place].ids, questions[place].words) for place in part]
            told |= zip(part, self._scored(given), strict=True)
        return [told[place] for place in range(len(questions))]

    def _scored(self, asked: Sequence[tuple[tuple[int, ...], tuple[str, str]]]) -> Iterator[Told]:
        """By one call of the engine, for prompts and the words of each."""
        ways = [self._ways_of(words) for _, words in asked]
        prompts = [ids for (ids, _), sides in zip(asked, ways, strict=True) for side in sides for _ in side]
        scores = iter(self._engine.score(prompts, [way for sides in ways for side in sides for way in side]))
        for (ids, words), sides in zip(asked, ways, strict=True):
            first, second = (_together([sum(next(scores)) for _ in side]) for side in sides)
            written = [len(way) for side in sides for way in side]
            tokens = len(ids) * (1 if self._reads_once else len(written)) + sum(written)
            yield _told(first, second, words, tokens)

    @property
    def _reads_once(self) -> bool:
        return self._engine.kind == "transformers"

    def evened(self, given: float, swapped: float) -> float:
        """By the mean of the log-odds, in which a liking for a place that is always alike cancels."""
        if {given, swapped} & {0.0, 1.0}:
            return (given + swapped) / 2
        return 1 / (1 + math.exp(-(_log_odds(given) + _log_odds(swapped)) / 2))

    def _ways_of(self, words: tuple[str, str]) -> Ways:
        if words not in self._ways:
            first, second = (_tokens(self._engine, word) for word in words)
            if not first or not second or any(_begins(one, other) for one in first for other in second):
                raise JudgeError(
                    f"{self._engine.model} has no tokens by which {words[0]} and {words[1]} are told apart as the next "
                    "word: take another model, or say kind: verdict"
                )
            self._ways[words] = first, second
        return self._ways[words]


def _tokens(engine: Engine, word: str) -> list[tuple[int, ...]]:
    """Ids of the ways of writing a word behind the opening of a turn, none of which begins with another."""
    messages = (Message("user", "?"),)
    opening = engine.encode(messages)
    found: set[tuple[int, ...]] = set()
    for way in _WAYS.get(word, (word,)):
        for text in (way, f" {way}"):
            given, ids = continuation(engine, messages, "", text)
            if given == opening and ids:  # else the word melts into the opening, and isn't a next word
                found.add(ids)
    return sorted(ids for ids in found if not any(other != ids and ids[: len(other)] == other for other in found))


def _begins(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    least = min(len(one), len(other))
    return one[:least] == other[:least]


def _told(first: float, second: float, words: tuple[str, str], tokens: int) -> Told:
    mass = math.exp(first) + math.exp(second)
    shown = f"{words[0]} {math.exp(first):.3g}, {words[1]} {math.exp(second):.3g}"
    if not mass >= LEAST_MASS:
        return Told(None, f"the model says neither word: {shown}", tokens)
    return Told(1 / (1 + math.exp(min(second - first, 700.0))), shown, tokens)


def _together(logprobs: Sequence[float]) -> float:
    highest = max(logprobs)
    if highest == -math.inf:
        return highest
    return min(0.0, highest + math.log(sum(math.exp(one - highest) for one in logprobs)))


def _log_odds(share: float) -> float:
    return math.log(share) - math.log1p(-share)
