"""The rounds of a rollout pass: which samples come next, by nothing but the outcomes of the rounds before."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from filters.beta import JEFFREYS, Beta
from filters.budget import Candidate, Left, planned
from filters.config import DifficultyConfig
from filters.difficulty import next_samples, standing, tally_of
from filters.lengths import expected_lengths
from filters.prior import Cell, cell_of, fitted_priors
from schemas import Task

Scores = list[float | None]
"""One task's scores by sample index, None where the verifier was undecided."""


class Slot(NamedTuple):
    """One sample to be made: its task, and its number among the task's samples."""

    task: Task
    sample: int

    @property
    def key(self) -> tuple[str, int]:
        return self.task.id, self.sample


class Outcome(NamedTuple):
    """What counts of a rollout: its score, and how many tokens were sampled for it."""

    score: float | None
    tokens: int


class Rounds:
    """Where a pass stands: `plan` the next round, have it made, and `take` its outcomes, until the plan is empty.

    `weights` are what the tasks' decisions are worth, by task id; a rollout has at most `longest` tokens.
    """

    def __init__(
        self, tasks: Sequence[Task], config: DifficultyConfig, weights: Mapping[str, float], longest: int
    ) -> None:
        self._tasks, self._config, self._weights, self._longest = tasks, config, weights, longest
        self._scores: dict[str, Scores] = {task.id: [] for task in tasks}
        self._lengths: dict[str, list[int]] = {task.id: [] for task in tasks}
        self._priors: dict[Cell, Beta] = {}
        self._undecided = list(tasks)
        self._left = Left(config.max_rollouts, config.max_completion_tokens)

    def plan(self) -> list[Slot]:
        """The samples of the next round, as far as what is left reaches."""
        sizes = self._sizes()
        starts = [(task, len(self._scores[task.id]), sizes[task.id]) for task in self._undecided]
        return [Slot(task, sample) for task, start, size in starts for sample in range(start, start + size)]

    def take(self, plan: Sequence[Slot], outcomes: Mapping[tuple[str, int], Outcome]) -> None:
        """The plan's outcomes, by task id and sample, count from now on."""
        for slot in plan:
            self._scores[slot.task.id].append(outcomes[slot.key].score)
            self._lengths[slot.task.id].append(outcomes[slot.key].tokens)
        self._left = self._left.after(len(plan), sum(outcomes[slot.key].tokens for slot in plan))
        if any(slot.sample == 0 for slot in plan):  # first rounds teach the priors, and all is judged by them anew
            self._priors = priors_of(self._tasks, self._scores, self._config)
            self._undecided = list(self._tasks)
        self._undecided = [task for task in self._undecided if self._goes_on(task)]

    def _sizes(self) -> dict[str, int]:
        by_lot = sorted(self._undecided, key=lambda task: task.id)  # ids are hashes: no cell stands first among equals
        lengths: Mapping[str, float] = {}
        if self._left.tokens is not None:
            lengths = expected_lengths(self._tasks, self._lengths, self._longest)
        candidates = [
            Candidate(
                tally_of(self._scores[task.id], self._config.success_at),
                self._priors.get(cell_of(task), JEFFREYS),
                self._weights[task.id],
                lengths.get(task.id, 1.0),
            )
            for task in by_lot
        ]
        if self._left.limited:
            sizes = planned(candidates, self._config, self._left, self._longest)
        else:
            sizes = [next_samples(each.tally, self._config, each.prior) for each in candidates]
        return {task.id: size for task, size in zip(by_lot, sizes, strict=True)}

    def _goes_on(self, task: Task) -> bool:
        tally = tally_of(self._scores[task.id], self._config.success_at)
        return standing(tally, self._config, self._priors.get(cell_of(task), JEFFREYS)) is None


def priors_of(tasks: Iterable[Task], scores: Mapping[str, Scores], config: DifficultyConfig) -> dict[Cell, Beta]:
    """What the tasks' first rounds say of their cells, as far as the config asks for it."""
    if config.prior == "jeffreys":
        return {}
    first_rounds = ((task, tally_of(scores[task.id][: config.round_size], config.success_at)) for task in tasks)
    return fitted_priors((cell_of(task), tally.successes, tally.failures) for task, tally in first_rounds)
