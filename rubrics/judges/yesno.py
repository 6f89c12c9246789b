"""An answer by likelihood: how probable the model's next word is one of the two, nothing sampled.

The score is log P(first) - log P(second), as RLBFF scores a principle (arXiv 2509.21319), and its sigmoid a
probability; the ways of writing a word are summed.
"""

import math
from collections.abc import Sequence

from pipeline.engines.continuation import continuation
from pipeline.engines.protocol import Engine
from rubrics.judges.asking import JudgeError, Question, Told, chat, refused, too_long
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
    """Asks by `Engine.score`; raises JudgeError for an engine that has no token ids to score."""

    def __init__(self, engine: Engine, *, longest: int) -> None:
        if not engine.encode((Message("user", "?"),)):
            raise JudgeError(
                f"{engine.model} is asked in chat messages, where a server gives no probabilities of words: name the "
                "model's tokenizer in model.tokenizer (of a server that scores prompts, as vLLM does), or say "
                "kind: verdict"
            )
        self.name = f"{engine.model}@{engine.revision} yes_no {wording(ENDING)}"
        self._engine, self._longest = engine, longest
        self._ways: dict[tuple[str, str], Ways] = {}

    def ask(self, questions: Sequence[Question]) -> list[Told]:
        """What the model's next word would be. Raises EngineError where the engine can't score."""
        told: list[Told] = []
        asked: list[tuple[int, tuple[int, ...], Ways]] = []
        for question in questions:
            refusal = refused(question.text, self._longest)
            prompt = () if refusal else self._engine.encode(chat(question, ENDING))
            if len(prompt) > self._longest:
                refusal = too_long(self._longest)
            if refusal is None:
                asked.append((len(told), prompt, self._ways_of(question.words)))
            told.append(refusal or Told(None, "", 0))
        # Asked one at a time, the words of a question share the reading of its text in the embedded engine.
        each_alone = self._engine.kind == "transformers"
        for part in [[one] for one in asked] if each_alone else [asked] if asked else []:
            scores = iter(
                self._engine.score(
                    [prompt for _, prompt, ways in part for _ in (*ways[0], *ways[1])],
                    [way for _, _, ways in part for side in ways for way in side],
                )
            )
            for place, prompt, ways in part:
                first, second = (_together([sum(next(scores)) for _ in side]) for side in ways)
                written = [len(way) for side in ways for way in side]
                tokens = len(prompt) * (1 if each_alone else len(written)) + sum(written)
                told[place] = _told(first, second, questions[place].words, tokens)
        return told

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
