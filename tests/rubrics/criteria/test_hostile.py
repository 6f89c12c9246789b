"""No response breaks a checker: each is answered, with the same words every time, within bounds."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.criteria.contract import LONGEST_RESPONSE, Subject
from rubrics.criteria.registry import CHECKERS, checked
from schemas.rubric import Criterion
from tests.rubrics.criteria.cases import CASES
from tests.rubrics.criteria.hostile import HOSTILE

CRITERIA = [
    Criterion(title=name, text="", kind="hard_rule", weight=1.0, checker=name, arguments=CASES[name].holds[0][0])
    for name in CHECKERS
]
SOURCE = "The quick brown fox, 3 of them. " * 50


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_response_is_answered_by_every_checker(kind: str) -> None:
    subject = Subject(response=HOSTILE[kind], prompt="Say it.", source=SOURCE)
    for criterion in CRITERIA:
        found = checked(criterion, subject)
        assert found.score in (0.0, 1.0)
        assert len(found.reason) < 1000
        if len(subject.response) > LONGEST_RESPONSE:
            assert found.score == 0.0


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_answered_by_every_checker_and_twice_alike(response: str, source: str) -> None:
    subject = Subject(response=response, prompt=source, source=source)
    for criterion in CRITERIA:
        assert checked(criterion, subject) == checked(criterion, subject)


def test_a_nested_query_takes_no_memory() -> None:
    query = "WITH a0 AS (SELECT 1 x)" + "".join(
        f", a{at} AS (SELECT p.x FROM a{at - 1} p JOIN a{at - 1} q)" for at in range(1, 60)
    )
    criterion = Criterion(
        title="", text="", kind="hard_rule", weight=1.0, checker="sql", arguments={"tables": {"t": ["a"]}}
    )
    tracemalloc.start()
    found = checked(criterion, Subject(response=query + " SELECT * FROM a59"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.score == 0.0
    assert peak < 10_000_000
