"""How sure the model was of its final answer: the probability of the answer's own tokens (CRew)."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from math import exp
from statistics import fmean

from schemas import Rollout

Decode = Callable[[Sequence[int]], str]
"""Token ids to their text, without marks such as the end of the turn."""


def answer_confidence(rollout: Rollout, decode: Decode) -> float | None:
    """The mean probability of the tokens of the final answer, in (0, 1].

    None where there is no answer, the answer is not in the sampled text letter by letter, or the tokens are unknown.
    """
    if not rollout.extracted or not rollout.logprobs:
        return None
    prefill = len(rollout.sampling.get("prefill", ""))
    start = rollout.text.rfind(rollout.extracted) - prefill
    if start < 0:
        return None
    first, last = token_span(rollout.token_ids, start, start + len(rollout.extracted), decode)
    spoken = rollout.logprobs[first:last]
    return fmean(exp(logprob) for logprob in spoken) if spoken else None


def token_span(ids: Sequence[int], start: int, stop: int, decode: Decode) -> tuple[int, int]:
    """The tokens in which the characters from `start` to before `stop` of the decoded text stand, as a half-open range.

    Found by bisection: a text is decoded a few dozen times however long it is.
    """
    counts = range(len(ids) + 1)

    def length(count: int) -> int:
        return len(decode(ids[:count]))

    first = max(0, bisect_right(counts, start, key=length) - 1)
    last = min(len(ids), bisect_left(counts, stop, key=length))
    return first, max(first, last)
