"""`Contrast`: what a rubric is made from: a prompt, the response that is to win, and the one that is to lose."""

from collections.abc import Iterable

import msgspec

from schemas import Message, PreferencePair, Task


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """`steps` are those of a worked solution, empty where nobody tells one; `answer` is the gold answer.

    `family` says which other contrasts are of the same kind, `source` is the text that the prompt gives to work on.
    """

    task_id: str
    family: str
    prompt: str
    chosen: str
    rejected: str
    answer: str = ""
    steps: tuple[str, ...] = ()
    source: str = ""


def contrast_of(pair: PreferencePair, task: Task, steps: Iterable[str] = (), source: str = "") -> Contrast:
    """The contrast of a stored pair of that task."""
    return Contrast(
        task_id=task.id,
        family=task.family,
        prompt=plain(pair.prompt),
        chosen=plain(pair.chosen),
        rejected=plain(pair.rejected),
        answer=task.answer,
        steps=tuple(steps),
        source=source,
    )


def plain(messages: Iterable[Message]) -> str:
    """What was said, without who said it."""
    return "\n\n".join(message.content for message in messages)
