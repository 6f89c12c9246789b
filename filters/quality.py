"""What a task's rollouts were like: cut off, going round in circles, all the same, too short or too long."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from hashlib import blake2b
from statistics import median

import msgspec

from filters.config import QualityConfig
from schemas import Cause, Rollout

REPEATING = 0.5
"""The repetition from which a rollout counts as repeating. Of 24 rollouts of SmolLM2-135M ordinary ones had at most
0.26, lists that went astray 0.41 to 0.46 and a loop 0.75."""


class RolloutQuality(msgspec.Struct, frozen=True, kw_only=True):
    """One task's `rollouts`, and the shares of them that were `truncated` at the token limit, that were `repeating`
    themselves, and that were `duplicated`: the same text as an earlier one. `length` is the median, in tokens.
    """

    rollouts: int
    truncated: float
    repeating: float
    duplicated: float
    length: float


class _Seen(msgspec.Struct):
    """What is kept of a task's rollouts while they are read."""

    truncated: int = 0
    repeating: int = 0
    texts: set[bytes] = msgspec.field(default_factory=set)
    lengths: list[int] = msgspec.field(default_factory=list)


def qualities(rollouts: Iterable[Rollout]) -> dict[str, RolloutQuality]:
    """The quality of each task's rollouts, by task id."""
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for rollout in rollouts:
        task = seen[rollout.task_id]
        task.truncated += rollout.finish == "length"
        task.repeating += repetition(rollout.token_ids or rollout.text.split()) >= REPEATING
        task.texts.add(blake2b(rollout.text.encode(), digest_size=16).digest())
        task.lengths.append(rollout.completion_tokens)
    return {task_id: _quality(task) for task_id, task in seen.items()}


def repetition(units: Sequence[Hashable], size: int = 4) -> float:
    """The share of the `size`-grams that stood before: 1 - distinct / all, 0.0 where there are none.

    With 4, seq-rep-4 of Welleck et al., "Neural text generation with unlikelihood training" (arXiv 1908.04319).

    >>> repetition("the cat sat on the cat sat on the cat sat on".split())
    0.5555555555555556
    """
    grams = [tuple(units[start : start + size]) for start in range(len(units) - size + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def fault(quality: RolloutQuality, config: QualityConfig) -> tuple[Cause, str] | None:
    """The first thing that the config forbids, with its figures; None where all is well."""
    shares: list[tuple[Cause, float, float | None, str]] = [
        ("truncated", quality.truncated, config.truncated, "were cut off"),
        ("repeating", quality.repeating, config.repeating, "repeat themselves"),
        ("duplicated", quality.duplicated, config.duplicated, "say what an earlier one says"),
    ]
    for cause, share, most, words in shares:
        if most is not None and share > most:
            return cause, f"{share:.0%} of {quality.rollouts} rollouts {words}, {most:.0%} may"
    if config.shortest is not None and quality.length < config.shortest:
        return "too_short", f"the median rollout has {quality.length:g} tokens, under {config.shortest}"
    if config.longest is not None and quality.length > config.longest:
        return "too_long", f"the median rollout has {quality.length:g} tokens, over {config.longest}"
    return None


def _quality(seen: _Seen) -> RolloutQuality:
    count = len(seen.lengths)
    return RolloutQuality(
        rollouts=count,
        truncated=seen.truncated / count,
        repeating=seen.repeating / count,
        duplicated=1 - len(seen.texts) / count,
        length=median(seen.lengths),
    )
