"""What a source's own texts teach, and how far its decisions go then: never as far as a planted near-duplicate."""

from dataclasses import replace
from random import Random

import msgspec
import polars as pl
import pytest

from dedup.agreement import Facts, Usage, agreement, facts_of
from dedup.agreement.planting import planted
from dedup.calibration import calibrated_on, calibrations, common_answers
from dedup.near import PAIRS, near_duplicates
from schemas.document import Document

COLOURS = ("grey", "pink", "red", "white", "black", "blue", "green", "brown")
PEOPLE = ("Anna", "Ben", "Clara", "David", "Elena", "Felix")


def told(problem: int, style: int, dress: int = 0, answer: bool = True) -> Document:
    """A problem of the source: points in boxes, in one of two styles; another dress has other colours."""
    rng = Random(problem)
    points = [rng.randrange(3, 900) for _ in range(3)]
    colours = Random(f"{problem} {dress}").sample(COLOURS, 3)
    who = rng.sample(PEOPLE, 2)
    near = rng.choice(("directly", "somewhere"))
    if style == 0:
        lines = [f"The {colour} box holds {number} points." for colour, number in zip(colours, points, strict=True)]
        text = f"No two boxes are equal. {' '.join(lines)} {who[0]} stands {near} behind {who[1]}. What do all hold?"
    else:
        lines = [f"- {number} points are for the {colour} box" for colour, number in zip(colours, points, strict=True)]
        text = "\n".join(
            ["All boxes are of different kinds.", *lines, f"{who[0]} stands {near} behind {who[1]}.", "What is held?"]
        )
    return Document(
        id=f"{problem}-{style}-{dress}", source="boxes", text=text, answer=str(sum(points)) if answer else ""
    )


DOCUMENTS = [
    *(told(problem, problem % 2) for problem in range(40)),
    *(told(problem, 1 - problem % 2) for problem in range(12)),
    *(told(problem, problem % 2, dress=1) for problem in range(12)),
]
CANDIDATES = [(problem, 40 + problem) for problem in range(12)] + [(problem, 52 + problem) for problem in range(12)]


def frame(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame([(a, b, "lexical", 0.9) for a, b in pairs], schema=PAIRS, orient="row")


@pytest.fixture(scope="module")
def usage() -> Usage:
    return calibrations(DOCUMENTS, frame(CANDIDATES))["boxes"]


def test_words_in_each_others_place_are_values_and_are_renamed_where_the_answers_stay(usage: Usage) -> None:
    assert {*COLOURS} <= usage.varying
    assert usage.names["grey"] == usage.names["pink"]
    assert not usage.varying & {"directly", "somewhere", "box", "point"}


def test_wordings_that_stand_for_each_other_are_learnt_with_numbers_of_one_of_them_alone(usage: Usage) -> None:
    assert usage.learnt[("# point be for @ box", "@ box hold # point")] == (1, 0)
    one, other = told(60, 0), told(60, 1)
    assert agreement(one, other, usage).same
    assert not agreement(one, other).same


def test_learnt_or_not_a_number_a_relation_or_a_choice_decides(usage: Usage) -> None:
    one, other = told(60, 0), told(60, 1)
    number = one.text.split(" box holds ")[1].split(" ")[0]
    near, far = ("directly", "somewhere") if "directly" in one.text else ("somewhere", "directly")
    for changed in (
        one.text.replace(f"holds {number} points", f"holds {int(number) + 1} points"),
        one.text.replace("No two", "No three"),
        one.text.replace(near, far),
        one.text.replace("What do all hold?", "What do most hold?"),
    ):
        assert changed != one.text
        for against in (one, other):
            assert not agreement(msgspec.structs.replace(one, text=changed), against, usage).same


def test_calibrated_no_problem_is_lost_and_each_that_is_told_twice_is_found(usage: Usage) -> None:
    everything = [(a, b) for a in range(len(DOCUMENTS)) for b in range(a)]
    removed = near_duplicates(DOCUMENTS, frame(everything), {"boxes": usage})
    assert {each.id.split("-")[0] for each in removed} == {str(problem) for problem in range(12)}
    assert all(each.id.split("-")[0] == each.kept_id.split("-")[0] for each in removed)


def test_the_usage_hangs_on_texts_and_seed_alone(usage: Usage) -> None:
    shuffled = [(b, a) for a, b in reversed(CANDIDATES)]
    assert calibrations(dict(enumerate(DOCUMENTS)), frame(shuffled))["boxes"] == usage


def test_without_answers_nothing_is_learnt() -> None:
    silent = [msgspec.structs.replace(document, answer="") for document in DOCUMENTS]
    taught = calibrations(silent, frame(CANDIDATES))["boxes"]
    assert replace(taught, least=2.0, varying=frozenset(), choices=frozenset(), names={}, places={}) == Usage()


def test_an_answer_is_common_where_many_problems_have_it() -> None:
    told_again = [reading(f"Ben paints {number} old doors{end}.") for number in (7,) for end in ("", " now", " today")]
    others = [reading(f"Ben paints {number} old doors.") for number in range(20, 26)]
    assert [*common_answers(told_again)] == [] == [*common_answers(others[:1])]
    assert len([*common_answers(others)]) == 1


def reading(text: str) -> Facts:
    return facts_of(Document(id="1", source="s", text=text, answer="the 17 of May"))


def test_the_threshold_is_the_loosest_at_which_no_planted_pair_is_the_same() -> None:
    apart = (reading("Ben slowly paints 7 old doors."), reading("Ben slowly cleans 7 old doors."))
    far = (reading("Ben slowly paints 7 old doors."), reading("Ben sees 7 stars."))
    assert calibrated_on([], Usage(), Usage()).least == 0.0
    assert calibrated_on([far], Usage(), Usage()).least == 0.25
    assert calibrated_on([apart], Usage(), Usage()).least == 0.75
    wordings = sorted(facts.facts[0].wording for facts in apart)
    learnt = Usage(learnt={(wordings[0], wordings[1]): (0, 1)})
    assert calibrated_on([apart], Usage(), learnt) == Usage()


def test_planted_are_one_change_each_and_keep_the_answer(usage: Usage) -> None:
    pairs = list(planted(told(60, 0), usage, Random(1)))
    assert len(pairs) == 5
    assert len({changed.text for _, changed in pairs}) == 5
    for whole, changed in pairs:
        assert changed.answer == whole.answer
        assert changed.text != whole.text
