"""How a model is asked a question with two possible answers; what the question is about is the judges' affair."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

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


def refused(text: str, longest: int) -> Told | None:
    """What is told of a text that can't be as short as `longest` tokens, before anyone reads megabytes."""
    return too_long(longest) if len(text) > _CHARACTERS_A_TOKEN * longest else None


def too_long(longest: int) -> Told:
    return Told(None, f"longer than the {longest} tokens that the judge reads", 0)


def chat(question: Question, ending: str) -> tuple[Message, ...]:
    """One message of the user's: every chat template has such a turn, and not every one has the system's."""
    return (Message("user", f"{question.text}\n\n{ending.format(*question.words)}"),)


_CHARACTERS_A_TOKEN = 8
"""Far more than texts have, so that only what is surely too long is refused unread."""
