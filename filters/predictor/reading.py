"""What the model itself makes of a gold answer: the chance that it would write it at once, by one pass, no sample."""

import math
from collections.abc import Sequence

from pipeline.engines.continuation import continuation
from pipeline.engines.protocol import Engine
from schemas import Task

_OPEN, _CLOSE = "<answer>", "</answer>"
_NEAREST_TO_CERTAIN = 1e-6


def readings(tasks: Sequence[Task], engine: Engine, prefill: str) -> dict[str, float]:
    """The log-odds of the gold answer as the next words of each task's response, by task id.

    For tasks with one right answer that are answered at once this is nearly the pass rate itself (at temperature 1);
    where the model may think first or answer otherwise, it is a feature that a predictor learns to weigh. `prefill` is
    what rollouts begin with; the answer's mark is put behind it where it does not end with one. Raises EngineError.
    """
    opening = prefill if prefill.rstrip().endswith(_OPEN) else prefill + _OPEN
    parted = [continuation(engine, task.prompt, opening, f"{task.answer}{_CLOSE}") for task in tasks]
    told = engine.score([prompt for prompt, _ in parted], [answer for _, answer in parted])
    return {task.id: _log_odds(sum(logprobs)) for task, logprobs in zip(tasks, told, strict=True)}


def _log_odds(logprob: float) -> float:
    """Of e^logprob, kept from certainty; for a small chance nearly the logprob itself."""
    return logprob - math.log(max(-math.expm1(logprob), _NEAREST_TO_CERTAIN))
