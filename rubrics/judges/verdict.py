"""An answer in words: the model thinks in writing and ends with a verdict line; several samples vote."""

import re
from collections.abc import Sequence

from pipeline.engines.protocol import Completion, Engine, Request, Sampling
from pipeline.seeding import derived_seed
from rubrics.judges.asking import Prompt, Question, Told, prompts_of
from rubrics.judges.prompts import wording
from schemas import jsontext

ENDING = (
    "Think it over in a few sentences. Then end with one line, and nothing behind it:\nVerdict: {0}\nor\nVerdict: {1}"
)

_LINE = re.compile(r"[*_` ]{0,4}verdict: ?[*_` ]{0,4}([a-z]{1,3})[*_`. ]{0,4}", re.IGNORECASE | re.ASCII)
_READ = 4_000
"""Characters at the end of a text that are looked at."""
_SHOWN = 300
"""Characters of a text that are kept as a reason."""


class ByVerdict:
    """Asks by `Engine.generate`, which every engine and server has: `samples` texts for each question.

    The share of verdicts for the first word is its probability (self-consistency, arXiv 2203.11171), where at least
    half of the texts have a verdict. A sample's seed is that of its question: asked again, it says the same.
    """

    def __init__(
        self, engine: Engine, *, samples: int, temperature: float, max_tokens: int, longest: int, seed: int
    ) -> None:
        self.name = (
            f"{engine.model}@{engine.revision} verdict {wording(ENDING)} {samples}x{max_tokens} at {temperature:g}"
        )
        self._engine, self._samples, self._longest, self._seed = engine, samples, longest, seed
        self._sampling = Sampling(temperature=temperature, max_tokens=max_tokens)

    def ask(self, questions: Sequence[Question]) -> list[Told]:
        """What the verdicts say. Raises EngineError."""
        prompts, told = prompts_of(self._engine, questions, ENDING, self._longest)
        requests = {
            str(place): self._request(str(place), questions[place], prompt) for place, prompt in prompts.items()
        }
        made: dict[str, list[Completion]] = {key: [] for key in requests}
        for completion in self._engine.generate(requests.values(), self._sampling):
            made[completion.request_id].append(completion)
        for key, completions in made.items():
            completions.sort(key=lambda one: one.sample)
            tokens = _cost(completions, len(requests[key].prompt_ids))
            told[int(key)] = counted(completions, questions[int(key)].words, tokens)
        return [told[place] for place in range(len(questions))]

    def _request(self, key: str, question: Question, prompt: Prompt) -> Request:
        asked = jsontext.digest(question)
        seeds = tuple(derived_seed(self._seed, "verdict", asked, number) for number in range(self._samples))
        return Request(id=key, prompt_ids=prompt.ids, seeds=seeds, messages=() if prompt.ids else prompt.messages)

    def evened(self, given: float, swapped: float) -> float:
        """The mean of the shares: a half where the verdicts are for a place and not for a response."""
        return (given + swapped) / 2


def counted(completions: Sequence[Completion], words: tuple[str, str], tokens: int) -> Told:
    """The vote; None where more than half of the texts have no verdict, or the text none."""
    verdicts = [verdict_of(one.text, words) if one.finish == "stop" else None for one in completions]
    decided = [verdict for verdict in verdicts if verdict is not None]
    shown = completions[0].text[-_SHOWN:] if completions else ""
    if not decided or 2 * len(decided) < len(verdicts):
        return Told(None, f"{len(decided)} of {len(verdicts)} texts end with a verdict: {shown}", tokens)
    share = decided.count(words[0]) / len(decided)
    return Told(share, f"{words[0]} in {decided.count(words[0])} of {len(decided)} verdicts: {shown}", tokens)


def verdict_of(text: str, words: tuple[str, str]) -> str | None:
    """The word of the last line, which is a verdict and nothing else; None for anything else, or two that differ.

    >>> verdict_of("It fits.\\n**Verdict: yes**\\n", ("Yes", "No"))
    'Yes'
    >>> verdict_of("Verdict: yes, almost", ("Yes", "No")), verdict_of("Verdict: no\\nVerdict: yes", ("Yes", "No"))
    (None, None)
    """
    lines = [line.strip() for line in text[-_READ:].split("\n") if line.strip()]
    found = [_LINE.fullmatch(line) for line in lines]
    said = {match[1].lower() for match in found if match}
    if not found or found[-1] is None or len(said) > 1:
        return None
    return next((word for word in words if word.lower() in said), None)


def _cost(completions: Sequence[Completion], prompt: int) -> int:
    """A local engine reads a prompt once for all its samples; a server counts for itself."""
    if any(one.prompt_tokens is not None for one in completions):
        return sum((one.prompt_tokens or 0) + (one.completion_tokens or 0) for one in completions)
    return prompt + sum(len(one.token_ids) for one in completions)
