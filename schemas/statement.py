"""What a task asks, without how its answer is to be written."""

from collections.abc import Sequence

from schemas.task import Message

ANSWER_LINE = "Put your final answer between <answer> and </answer>."


def statement_of(prompt: Sequence[Message]) -> str:
    """The last thing that a user asks in these messages; where its last paragraph ends with ANSWER_LINE, as those of
    our families do, without that paragraph: it is the same for all tasks of a family."""
    asked = [message.content for message in prompt if message.role == "user"] or [each.content for each in prompt]
    question = asked[-1] if asked else ""
    if question.endswith(ANSWER_LINE):
        return question.rpartition("\n\n")[0] or question
    return question
