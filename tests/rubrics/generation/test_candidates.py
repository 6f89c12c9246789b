"""Candidates of all methods: which pairs each was made from, which it is tested on, and what could not be read."""

import pytest

from pipeline.engines import EngineError
from rubrics.generation.asking import AskingConfig
from rubrics.generation.candidates import GenerationConfig, candidates
from tests.rubrics.generation.contrasts import BROKEN, contrast
from tests.rubrics.generation.test_asking import RUBRIC, Writer
from tests.rubrics.generation.test_path import STEPS

PAIRS = [contrast(text, task_id=task, steps=STEPS) for task in ("t1", "t2") for text in BROKEN.values()]
ALL = GenerationConfig(
    methods=["case", "programs", "contrast", "steps", "path"], asking=AskingConfig(samples=1, tries=1)
)


def test_a_rubric_is_tested_on_every_pair_of_its_task_that_it_was_not_made_from() -> None:
    for made in candidates(PAIRS, ALL, Writer(lambda seed: RUBRIC), seed=0).made:
        both = [*made.own, *made.held_out]
        assert {each.task_id for each in both} == {made.rubric.task_id}
        assert sorted(each.rejected for each in both) == sorted(BROKEN.values())


def test_pairs_that_are_held_out_are_shown_to_no_maker_and_are_the_same_for_all() -> None:
    writer = Writer(lambda seed: RUBRIC)
    made = candidates(PAIRS, ALL, writer, seed=0).made
    by_program = {each.rubric.task_id: each for each in made if each.rubric.method == "programs"}
    for task, candidate in by_program.items():
        (held_out,) = candidate.held_out
        for each in made:
            if each.rubric.task_id == task and each.rubric.method == "contrast":
                assert held_out not in each.own
    contrasted = [request for request in writer.asked if "worse response" in request.messages[0].content]
    assert len(contrasted) == 2 * (len(BROKEN) - 1)
    assert candidates(PAIRS, ALL, Writer(lambda seed: RUBRIC), seed=0).made == made


def test_what_the_model_wrote_in_vain_is_left_out_with_the_reason() -> None:
    found = candidates(PAIRS, GenerationConfig(methods=["case"], asking=ALL.asking), Writer(lambda seed: "No."), seed=0)
    assert found.made == []
    assert [(each.task_id, each.cause, each.text) for each in found.left_out] == [
        ("t1", "unread", "No."),
        ("t2", "unread", "No."),
    ]


def test_a_method_that_asks_a_model_needs_one() -> None:
    with pytest.raises(EngineError, match="none is open"):
        candidates(PAIRS, ALL, None, seed=0)
