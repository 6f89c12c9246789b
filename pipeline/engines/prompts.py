"""Which prompts an engine can read."""

from collections.abc import Sequence

from pipeline.engines.protocol import EngineError


def refuse_unreadable(
    whose: str, ids: Sequence[int], length: int, model: str, *, vocabulary: int, context: int
) -> None:
    """Raises EngineError where there are no ids, ids outside of the vocabulary, or more tokens than the model reads."""
    if not ids:
        raise EngineError(f"the prompt of request {whose} is empty; give it at least one token")
    if min(ids) < 0 or max(ids) >= vocabulary:
        raise EngineError(f"request {whose} has token ids outside of 0..{vocabulary - 1}")
    if length > context:
        raise EngineError(
            f"request {whose} needs {length} tokens at least and {model} reads {context}; "
            "leave out the longest tasks or take a model with a longer context"
        )
