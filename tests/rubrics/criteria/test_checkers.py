"""Every checker holds where its criterion is met, fails where it is not, and says why."""

from collections.abc import Callable

import msgspec
import pytest

from rubrics.criteria import code, formats, sql
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


EXACT = {
    *(checker.name for idea in (formats, code, sql) for checker in idea.CHECKERS),
    *("ascii", "emoji_count", "quote_places", "tagged"),  # of signs as they are written
    *("bullet_count", "code_block_count", "heading_count"),  # of fences, which such signs would break
}
READ = [
    (name, *case, score)
    for name, cases in CASES.items()
    if name not in EXACT
    for score, some in ((1.0, cases.holds), (0.0, cases.fails))
    for case in some
    if "&#" not in str(case[1])  # the signs of an entity are no entity
]
DISGUISES: dict[str, Callable[[str], str]] = {
    "zero width": "\u200b".join,
    "full width": lambda text: "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text),
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_what_can_not_be_seen_changes_nothing(disguise: str) -> None:
    """Signs without width between all others, letters in full width, other line breaks: a reader sees the same text."""
    for name, arguments, response, expected in READ:
        subject = response if isinstance(response, Subject) else Subject(response=response)
        changed = msgspec.structs.replace(subject, response=DISGUISES[disguise](subject.response))
        assert (name, arguments, changed, score(name, arguments, changed)) == (name, arguments, changed, expected)
