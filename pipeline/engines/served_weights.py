"""Whether an engine serves the weights it was given: what it scores, against what a reference scores by them."""

from collections.abc import Callable, Sequence

from pipeline.engines.protocol import EngineError
from pipeline.seeding import generator

Score = Callable[[Sequence[Sequence[int]], Sequence[Sequence[int]]], Sequence[Sequence[float]]]
"""As `Engine.score`: log-probabilities of continuations."""

NOISE = {"float32": 2e-4, "bfloat16": 0.3}
"""Mean difference of two engines' log-probabilities under the same weights, at most; measured: see docs/vllm.md."""

_PROBES, _PROBE_TOKENS = 4, 24


def probes(vocabulary: int) -> tuple[list[list[int]], list[list[int]]]:
    """Prompts and continuations of tokens from all of the vocabulary: what they score depends on every weight but
    unread embeddings."""
    random = generator(0, "weight probe")
    texts = [[random.randrange(vocabulary) for _ in range(_PROBE_TOKENS)] for _ in range(_PROBES)]
    return [text[:1] for text in texts], [text[1:] for text in texts]


def refuse_other_weights(
    model: str,
    revision: str,
    served: Sequence[Sequence[float]],
    expected: Sequence[Sequence[float]],
    dtype: str,
    cure: str,
) -> None:
    """Raises EngineError, with what to do, where the probes do not score as the reference does, up to dtype's noise."""
    pairs = [pair for one, other in zip(served, expected, strict=True) for pair in zip(one, other, strict=True)]
    gap = sum(abs(one - other) for one, other in pairs) / len(pairs)
    if not gap <= NOISE[dtype]:
        raise EngineError(
            f"{model} was given the weights of {revision} and does not serve them: log-probabilities are {gap:.2g} off "
            f"the reference's, in the mean of {len(pairs)} tokens, and {NOISE[dtype]:g} are the rounding of {dtype}; "
            f"{cure}"
        )
