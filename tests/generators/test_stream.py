"""Segments: any part of a stream, anywhere, in any order; styles and examples do not change the problems."""

import pytest

from generators.family import FamilyError
from generators.stream import Segment, cut, tasks_of
from generators.verify import verify


def segment(**changed: object) -> Segment:
    given = {"family": "arithmetic.chain", "level": 2, "seed": 5, "start": 0, "stop": 12}
    return Segment(**(given | changed))  # type: ignore[arg-type]


def test_a_part_of_a_stream_is_that_part_of_the_whole() -> None:
    whole = list(tasks_of(segment(styles=("plain", "words"))))
    assert list(tasks_of(segment(styles=("plain", "words"), start=7, stop=9))) == whole[7:9]
    assert {task.style for task in whole} == {"plain", "words"}


def test_shards_hold_every_item_once_in_order() -> None:
    first, second = segment(stop=10), segment(level=3, start=4, stop=9)
    shards = cut([first, second], 4)
    assert [sum(part.stop - part.start for part in shard) for shard in shards] == [4, 4, 4, 3]
    items = [(part.level, index) for shard in shards for part in shard for index in range(part.start, part.stop)]
    assert items == [(2, index) for index in range(10)] + [(3, index) for index in range(4, 9)]


def test_examples_stand_before_the_prompt_are_right_and_never_the_problem_itself() -> None:
    bare = list(tasks_of(segment(level=1, stop=40)))
    shown = list(tasks_of(segment(level=1, stop=40, examples=3)))
    assert [task.canonical for task in shown] == [task.canonical for task in bare]
    assert {task.id for task in shown}.isdisjoint(task.id for task in bare)
    by_prompt = {task.prompt: task for task in tasks_of(segment(level=1, stop=4000))}
    solved = 0
    for task, alone in zip(shown, bare, strict=True):
        assert task.prompt[-1:] == alone.prompt
        assert [message.role for message in task.prompt] == ["user", "assistant"] * 3 + ["user"]
        for question, answer in zip(task.prompt[:-1:2], task.prompt[1::2], strict=True):
            example = by_prompt.get((question,))
            if example is not None:
                solved += 1
                assert example.canonical != task.canonical
                assert verify(example, answer.content).score == 1.0
    assert solved > 20


def test_worked_examples_show_steps_on_lines_of_their_own_and_end_in_the_same_answer() -> None:
    bare, worked = (list(tasks_of(segment(examples=2, worked=each, stop=6))) for each in (False, True))
    for task, other in zip(bare, worked, strict=True):
        assert task.canonical == other.canonical
        for short, long in zip(task.prompt[1::2], other.prompt[1::2], strict=True):
            *steps, answer = long.content.split("\n")
            assert answer == short.content
            assert len(steps) == 2
            assert answer.removeprefix("<answer>").removesuffix("</answer>") in steps[-1]
    assert {task.id for task in bare}.isdisjoint(task.id for task in worked)


def test_parameters_off_the_ladder_are_checked_and_named() -> None:
    (task,) = tasks_of(segment(level=0, params={"terms": 4, "operators": "+"}, stop=1))
    assert task.level == 0
    assert task.params["terms"] == 4
    with pytest.raises(FamilyError, match=r"arithmetic.chain params: .*terms.*allowed: terms, digits"):
        list(tasks_of(segment(level=0, params={"terms": 1})))
