"""A text in the assistant's turn, parted into what is given and what is scored."""

from collections.abc import Sequence
from itertools import takewhile

from pipeline.engines.protocol import Engine
from schemas import Message


def continuation(
    engine: Engine, messages: Sequence[Message], before: str, after: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Token ids of a chat whose answer begins with `before`, and of `after` behind it, for `Engine.score`.

    Both texts are encoded as one, so that `after` has the tokens it would have there; a token that spans the border
    belongs to what is scored.
    """
    given = engine.encode(messages, before)
    whole = engine.encode(messages, before + after)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(given, whole, strict=False)))
    return whole[:same], whole[same:]
