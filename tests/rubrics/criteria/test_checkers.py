"""Every checker holds where its criterion is met, fails where it is not, and says why."""

import pytest

from rubrics.criteria.contract import Subject
from rubrics.criteria.registry import CHECKERS, checked, sentence_of
from schemas.rubric import Criterion
from tests.rubrics.criteria.cases import CASES

HOLDS = [(name, *case) for name, cases in CASES.items() for case in cases.holds]
FAILS = [(name, *case) for name, cases in CASES.items() for case in cases.fails]


def score(name: str, arguments: dict[str, object], response: str | Subject) -> float | None:
    criterion = Criterion(title=name, text="", kind="hard_rule", weight=1.0, checker=name, arguments=arguments)
    subject = response if isinstance(response, Subject) else Subject(response=response)
    found = checked(criterion, subject)
    assert found.title == name
    assert found.reason
    assert sentence_of(criterion).endswith((".", '"'))
    return found.score


def test_every_checker_has_cases_of_both_kinds() -> None:
    assert set(CASES) == set(CHECKERS)
    assert all(cases.holds and cases.fails for cases in CASES.values())


@pytest.mark.parametrize(("name", "arguments", "response"), HOLDS)
def test_what_meets_a_criterion_holds(name: str, arguments: dict[str, object], response: str | Subject) -> None:
    assert score(name, arguments, response) == 1.0


@pytest.mark.parametrize(("name", "arguments", "response"), FAILS)
def test_what_does_not_meet_it_fails(name: str, arguments: dict[str, object], response: str | Subject) -> None:
    assert score(name, arguments, response) == 0.0
