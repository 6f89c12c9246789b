"""Judges that follow a script, to measure the measure by."""

from collections.abc import Callable, Sequence

from rubrics.judges.contract import Case, Comparison, Judgment, Preference

CASES = tuple(
    Case(prompt=f"What is {left} + {right}?", response="", reference=str(left + right))
    for left, right in ((3, 4), (20, 5), (7, 7), (1, 90))
)


class ScriptedJudge:
    """Scores each case by a rule; None is undecided."""

    def __init__(self, rule: Callable[[Case], float | None], name: str = "scripted") -> None:
        self.name, self._rule = name, rule

    def judge(self, cases: Sequence[Case]) -> list[Judgment]:
        return [Judgment(self._rule(case), "as scripted", 3) for case in cases]


class ScriptedPairJudge:
    """Prefers the first of two texts by a rule of the two."""

    def __init__(self, rule: Callable[[str, str], float | None], name: str = "scripted pairs") -> None:
        self.name, self._rule = name, rule

    def compare(self, comparisons: Sequence[Comparison]) -> list[Preference]:
        return [Preference(self._rule(each.first, each.second), "as scripted", 5) for each in comparisons]
