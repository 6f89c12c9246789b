"""Sanity of prompts: what a text must not have to be a question that a model can be asked.

Meant for tasks that a model wrote. Each check is a function of the text alone that says what is wrong, or None.
"""

from collections.abc import Callable
from typing import NamedTuple

from filters.config import PromptCheck, SanityConfig
from filters.sanity.characters import foreign_script, hidden_characters
from filters.sanity.leak import leaked_answer
from filters.sanity.leftovers import chatter, placeholder
from filters.sanity.marks import unbalanced_marks
from filters.sanity.wording import foreign_language, no_question, repetitive, truncated
from schemas import ANSWER_LINE, Task


class Fault(NamedTuple):
    """What a check found, with the piece of the text that it found it in."""

    check: PromptCheck
    detail: str


CHECKS: dict[PromptCheck, Callable[[str, str, SanityConfig], str | None]] = {
    "hidden_characters": lambda text, answer, config: hidden_characters(text),
    "foreign_script": lambda text, answer, config: foreign_script(text, config.language, config.foreign_letters),
    "foreign_language": lambda text, answer, config: foreign_language(text, config.language),
    "unbalanced_marks": lambda text, answer, config: unbalanced_marks(text),
    "placeholder": lambda text, answer, config: placeholder(text),
    "chatter": lambda text, answer, config: chatter(text),
    "truncated": lambda text, answer, config: truncated(text),
    "repetitive": lambda text, answer, config: repetitive(text),
    "no_question": lambda text, answer, config: no_question(text, config.language),
    "leaked_answer": lambda text, answer, config: leaked_answer(text, answer),
}


def sanity(task: Task, config: SanityConfig) -> tuple[Fault, ...]:
    """What is wrong with the task's question: its last message, without the line on where the answer goes."""
    question = task.prompt[-1].content if task.prompt else ""
    return text_sanity(question.removesuffix(ANSWER_LINE), config, task.answer)


def text_sanity(text: str, config: SanityConfig, answer: str = "") -> tuple[Fault, ...]:
    """The same of any text; without an `answer` there is none that it could give away."""
    found = ((check, CHECKS[check](text, answer, config)) for check in config.checks)
    return tuple(Fault(check, detail) for check, detail in found if detail is not None)
