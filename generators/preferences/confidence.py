"""How sure the model was of its final answer: the probability of the answer's own tokens (CRew)."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from math import exp
from statistics import fmean

from schemas import Found, Rollout

_CLOSES: dict[Found, str] = {"answer_tag": "</answer>", "fence": "```"}
_ANSWER_LINE = re.compile(r"answer[ \t*_]*:(.*)", re.IGNORECASE)

Decode = Callable[[Sequence[int]], str]
"""Token ids to their text, without marks such as the end of the turn."""


def answer_confidence(rollout: Rollout, decode: Decode) -> float | None:
    """The mean probability of the tokens of the final answer, in (0, 1].

    None where there is no answer, the answer is not in the sampled text letter by letter, or the tokens are unknown.
    """
    if not rollout.extracted or not rollout.logprobs:
        return None
    prefill = len(rollout.sampling.get("prefill", ""))
    start = _answer_place(rollout.text, rollout.extracted, rollout.found) - prefill
    if start < 0:
        return None
    first, last = token_span(rollout.token_ids, start, start + len(rollout.extracted), decode)
    spoken = rollout.logprobs[first:last]
    return fmean(exp(logprob) for logprob in spoken) if spoken else None


def _answer_place(text: str, answer: str, found: Found) -> int:
    """Where the answer stands by the mark that it was found with, not where it is said again; -1 where it does not."""
    if found == "boxed":
        box = text.rfind("\\boxed{")
        return text.find(answer, box) if box >= 0 else -1
    if found == "answer_line":
        lines = [match for match in _ANSWER_LINE.finditer(text) if answer in match[0]]
        return text.rfind(answer, lines[-1].start(1), lines[-1].end()) if lines else -1
    close = text.rfind(_CLOSES[found]) if found in _CLOSES else -1
    return text.rfind(answer, 0, close) if close >= 0 else -1


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
