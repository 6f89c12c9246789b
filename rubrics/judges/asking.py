"""How a model is asked a question with two possible answers; what the question is about is the judges' affair."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pipeline.engines.protocol import Engine, EngineError
from schemas import Message
from schemas.failure import Failure


class JudgeError(Failure, ValueError):
    """A judge can't be asked as its config says; the message says why and what to do."""


class Question(NamedTuple):
    """A text that ends with a question, and the two words that answer it."""

    text: str
    words: tuple[str, str]


class Told(NamedTuple):
    """`first` in [0, 1] is how probable the first word is; None: no answer that can be read. `tokens` is the cost."""

    first: float | None
    reason: str
    tokens: int


class Asker(Protocol):
    """A way of asking; `name` tells the model, its revision and the way."""

    name: str

    def ask(self, questions: Sequence[Question]) -> list[Told]: ...

    def evened(self, given: float, swapped: float) -> float:
        """One probability from those of a question asked in two orders."""


class Prompt(NamedTuple):
    """A question as a chat, and its token ids where the engine has any."""

    messages: tuple[Message, ...]
    ids: tuple[int, ...]


_CHARACTERS_A_TOKEN = 8
"""Far more than texts have, so that only what is surely too long is refused unread."""


def prompt_of(engine: Engine, question: Question, ending: str, longest: int) -> Prompt | Told:
    """The question with the ending, whose words are filled in, or what is told of one of more than `longest` tokens.

    One message of the user's: every chat template has such a turn, and not every one has the system's.
    """
    messages = (Message("user", f"{question.text}\n\n{ending.format(*question.words)}"),)
    if surely_too_long(question.text, longest):
        return too_long(longest)
    ids = engine.encode(messages)
    return too_long(longest) if len(ids) > longest else Prompt(messages, ids)


def prompts_of(
    engine: Engine, questions: Sequence[Question], ending: str, longest: int
) -> tuple[dict[int, Prompt], dict[int, Told]]:
    """By their places, the questions that can be asked, and what is told of the others."""
    read = [prompt_of(engine, question, ending, longest) for question in questions]
    return (
        {place: one for place, one in enumerate(read) if isinstance(one, Prompt)},
        {place: one for place, one in enumerate(read) if isinstance(one, Told)},
    )


def surely_too_long(text: str, longest: int) -> bool:
    """Known without reading megabytes."""
    return len(text) > _CHARACTERS_A_TOKEN * longest


def too_long(longest: int) -> Told:
    return Told(None, f"longer than the {longest} tokens that the judge reads", 0)


def refuse_unscoring(engine: Engine) -> None:
    """Raises JudgeError for an engine that has no token ids, and for a server that scores no prompts."""
    instead = "; of a server that scores prompts, as vLLM does. Else say kind: verdict"
    opening = engine.encode((Message("user", "?"),))
    if not opening:
        raise JudgeError(
            f"{engine.model} is asked in chat messages, where a server gives no probabilities of given words: name the "
            f"model's tokenizer in model.tokenizer{instead}"
        )
    if engine.kind == "server":
        try:
            engine.score([opening], [opening[-1:]])
        except EngineError as problem:
            raise JudgeError(f"{engine.model} can't be asked for probabilities ({problem}){instead}") from None
