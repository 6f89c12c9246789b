"""A judge of single responses, by any way of asking."""

from collections.abc import Sequence

from rubrics.judges.asking import Asker
from rubrics.judges.contract import Case, Judgment
from rubrics.judges.prompts import question_of


class PointwiseJudge:
    """Asks of each case whether its criterion holds, or its response is right; `seed` is in the marks of the texts."""

    def __init__(self, asker: Asker, seed: int) -> None:
        self.name = asker.name
        self._asker, self._seed = asker, seed

    def judge(self, cases: Sequence[Case]) -> list[Judgment]:
        """One judgment a case, in order. Raises EngineError."""
        return [Judgment(*told) for told in self._asker.ask([question_of(case, self._seed) for case in cases])]
