"""Rule verifiers under the attack suite: none is fooled. `benchmarks.guards` tries them with far more."""

from collections.abc import Sequence

import pytest

from benchmarks.guards import OPEN_TEXTS
from generators.family import make_task
from generators.registry import family_named, family_names
from generators.verify import verify
from rubrics.guards.attacks import OPEN_SUITE, SUITE
from rubrics.guards.measure import Told, measured
from rubrics.judges.contract import Case


@pytest.mark.parametrize("name", family_names())
def test_no_verifier_is_fooled(name: str) -> None:
    family = family_named(name)
    tasks = [make_task(family, level=level, seed=77, index=level) for level in (1, len(family.levels) // 2)]
    cases = [Case(prompt=task.prompt[-1].content, response="", reference=task.answer) for task in tasks]

    def ask(responses: Sequence[tuple[int, str]]) -> list[Told]:
        return [Told(verify(tasks[place], response).score, 0) for place, response in responses]

    told = measured(name, ask, cases, OPEN_SUITE if name in OPEN_TEXTS else SUITE, seed=0, threshold=1.0)
    assert [each.name for each in told.attacks if each.accepted or each.undecided] == []
    assert told.right.accepted >= len(tasks)  # in the answer tag at least
