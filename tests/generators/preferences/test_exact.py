"""Exact step labels: worked solutions are right throughout, a planted error is found, and nothing is guessed."""

from collections.abc import Callable
from itertools import accumulate
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.family import make_task
from generators.preferences.exact import (
    LONGEST_NUMBER,
    agreement,
    agreement_of,
    exact_labels,
    has_moves,
    keeps_rules,
)
from generators.preferences.search.answering import Searching
from generators.preferences.search.mcts import MctsConfig, anything, mcts
from generators.preferences.search.rounds import grown, results
from generators.registry import family_named, family_names
from generators.verify import verify
from generators.worked import worked_solution
from pipeline.engines.protocol import Sampling
from schemas import StepLabels, Task
from tests.generators.preferences.scripted import Scripted, decode

PLANNING = ("planning.blocks_world", "planning.river_crossing", "planning.sliding_tiles", "planning.sokoban")


def task_of(name: str, level: int = 4, index: int = 0) -> Task:
    return make_task(family_named(name), level=level, seed=5, index=index)


def moves_of(task: Task) -> list[str]:
    """The gold answer as a response of a step a move."""
    letters = task.family in ("planning.sliding_tiles", "planning.sokoban")
    lines = list(task.answer.replace(" ", "")) if letters else task.answer.split("\n")
    return [f"<answer>{lines[0]}\n", *[f"{line}\n" for line in lines[1:]], "</answer>"]


@pytest.mark.parametrize("name", PLANNING)
@pytest.mark.parametrize("level", [1, 3, 5])
def test_every_beginning_of_a_right_plan_keeps_the_rules_and_a_plan_cut_short_is_wrong_at_its_end(
    name: str, level: int
) -> None:
    for index in range(3):
        task = task_of(name, level, index)
        assert has_moves(task)
        steps = moves_of(task)
        assert exact_labels(task, steps) == (True,) * len(steps)
        assert all(map(keeps_rules(task), accumulate(steps)))
        assert exact_labels(task, [*steps[:-2], "</answer>"])[-1] is False or len(steps) < 3


FORBIDDEN: dict[str, Callable[[Task], str]] = {
    "planning.blocks_world": lambda task: f"{task.payload['plan'][0][0]} to {task.payload['plan'][0][0]}\n",
    "planning.sliding_tiles": lambda task: "U U U U U U\n",
    "planning.sokoban": lambda task: "U U U U U U U U U U U U U U U U U U U U U U U U\n",
    "planning.river_crossing": lambda task: ", ".join(task.payload["names"]) + "\n",
}


@pytest.mark.parametrize("name", PLANNING)
def test_from_a_move_on_that_the_rules_forbid_all_is_wrong(name: str) -> None:
    task = task_of(name)
    steps = moves_of(task)
    spoilt = [*steps[:1], FORBIDDEN[name](task), *steps[1:]]
    assert exact_labels(task, spoilt) == (True,) + (False,) * (len(spoilt) - 1)
    assert not keeps_rules(task)("".join(spoilt[:2]))


@pytest.mark.parametrize("level", [2, 4, 5, 8])
def test_a_worked_chain_is_true_and_wrong_from_one_changed_result_on(level: int) -> None:
    for index in range(5):
        task = task_of("arithmetic.chain", level, index)
        steps = [f"{step}\n" for step in worked_solution(task)]
        told = exact_labels(task, [*steps, f"<answer>{task.answer}</answer>"])
        assert False not in told
        assert told[-1] is True
        place = Random(index).randrange(len(steps))
        spoilt = [*steps[:place], f"{steps[place].partition(' = ')[0]} = 987654321\n", *steps[place + 1 :]]
        assert exact_labels(task, spoilt) == exact_labels(task, steps[:place]) + (False,) * (len(steps) - place)


def test_a_true_equation_over_numbers_from_nowhere_says_nothing() -> None:
    task = msgspec.structs.replace(task_of("arithmetic.chain"), prompt=task_of("arithmetic.chain").prompt[:0])
    assert exact_labels(task, ["3 + 4 = 7\n"]) == (None,)
    asked = task_of("arithmetic.chain", 2)
    number = next(word for word in asked.prompt[0].content.split() if word.isdigit())
    steps = [f"{number} + {number} = {2 * int(number)}\n", f"{2 * int(number)} + 9173 = {2 * int(number) + 9173}\n"]
    assert exact_labels(asked, steps) == (True, None)
    assert exact_labels(asked, ["".join(steps)]) == (None,)


@pytest.mark.parametrize("name", family_names())
@pytest.mark.parametrize("level", [1, 4, 7])
def test_nothing_in_a_worked_solution_of_any_family_is_called_wrong(name: str, level: int) -> None:
    for index in range(4):
        task = task_of(name, level, index)
        solution = [f"{step}\n" for step in worked_solution(task)]
        assert False not in exact_labels(task, [*solution, f"<answer>{task.answer}</answer>"])


@pytest.mark.parametrize(
    "name", ["arithmetic.reversed_addition", "numbers.base_conversion", "algebra.polynomial_roots"]
)
def test_sums_of_numbers_that_are_written_otherwise_or_only_tried_are_left_alone(name: str) -> None:
    assert exact_labels(task_of(name), ["21 + 9 = 12\n", "Try x = 3: 9 + 63 + 68 = 0\n"]) == (None, None)


@pytest.mark.parametrize(
    "said",
    [
        "twice 3 + 4 = 10",
        "half of 10 + 4 = 9",
        "20% of 50 + 3 = 13",
        "17 mod 5 + 1 = 3",
        "the root of 16 + 1 = 5",
        "2^3 * 2 = 16",
        "√16 + 1 = 5",
        "3 multiplied by 4 + 2 = 14",
        "8 + 7 = 1 (mod 7)",
        "0.1 + 0.2 = 30%",
        "12 + 12 = 2 dozen",
        "if 3 + 4 = 8",
        "is 3 + 4 = 8?",
        "3 + 4 = 8 is wrong",
    ],
)
def test_only_what_is_surely_false_is_wrong(said: str) -> None:
    task = task_of("arithmetic.chain")
    assert exact_labels(task, [f"{said}\n", "3 + 4 = 8\n"]) == (None, False)


def test_a_right_answer_stays_right_after_a_wrong_step() -> None:
    task = task_of("arithmetic.chain")
    assert exact_labels(task, ["3 + 4 = 8\n", "So\n", f"<answer>{task.answer}</answer>"]) == (False, False, True)


def test_words_are_left_alone_and_a_wrong_answer_is_wrong() -> None:
    task = task_of("arithmetic.chain")
    assert exact_labels(task, ["Let us see.\n", "<answer>no idea</answer>"]) == (None, False)
    assert exact_labels(task, []) == ()
    plan = task_of("planning.blocks_world")
    assert exact_labels(plan, ["First I look.\n", "<answer>Now what"]) == (None, None)
    assert keeps_rules(task)("anything <answer>at all")


@given(st.lists(st.text(alphabet="0123456789+-*/=(), \nUDLRAB<answer>/to", max_size=80), max_size=6), st.data())
def test_whatever_stands_there_each_step_has_a_label_and_none_after_a_wrong_one_is_right(
    steps: list[str], data: st.DataObject
) -> None:
    task = task_of(data.draw(st.sampled_from(("arithmetic.chain", *PLANNING))), 2)
    labels = exact_labels(task, steps)
    assert len(labels) == len(steps)
    if False in labels:
        right = verify(task, "".join(steps)).score == 1.0
        assert set(labels[labels.index(False) : len(labels) - right]) <= {False}
        assert labels[-1] is right


@pytest.mark.parametrize("name", PLANNING)
@pytest.mark.parametrize("sign", ["U", "U ", "\n", ", ", "A to B\n", "9", "\u0660", "(", "\x00"])
def test_hostile_moves_are_read_as_far_as_an_answer_may_be_long_and_no_further(name: str, sign: str) -> None:
    task, longest = task_of(name), family_named(name).longest_answer
    steps = ["<answer>", *[sign * (longest // len(sign) // 8)] * 8]
    assert len(exact_labels(task, steps)) == 9
    assert exact_labels(task, ["<answer>." + "U" * 10**6 + "."]) == (None,)


def test_hostile_numbers_are_read_no_further() -> None:
    task = task_of("arithmetic.chain")
    asked = msgspec.structs.replace(task.prompt[0], content="9" * 10**6)
    long = msgspec.structs.replace(task, prompt=(asked,))
    assert exact_labels(long, ["9" * (LONGEST_NUMBER + 1) + " + 1 = 2\n", "1+" * 10**5]) == (False, False)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([True, False, None])), max_size=40))
def test_agreement_is_one_for_the_same_labels_and_kappa_is_never_above_the_share(
    pairs: list[tuple[bool, bool]],
) -> None:
    told = agreement([label for label, _ in pairs], [exact for _, exact in pairs])
    assert told.steps == len(pairs)
    assert 0 <= told.same <= 1
    if told.kappa is not None:
        assert told.kappa <= told.same + 1e-12
    same = agreement([label for label, _ in pairs], [label for label, _ in pairs])
    assert not pairs or same.same == 1.0


def test_a_constant_judge_agrees_no_better_than_chance() -> None:
    told = agreement([True] * 10, [True] * 7 + [False] * 3)
    assert (told.same, told.kappa) == (0.7, 0.0)


def test_rows_are_compared_with_their_own_tasks() -> None:
    tasks = [task_of("planning.sliding_tiles", index=index) for index in range(2)]
    rows = [
        StepLabels(
            task_id=task.id,
            model="m",
            method="omega",
            prompt=task.prompt,
            completions=tuple(moves_of(task)),
            labels=(True,) * len(moves_of(task)),
            values=(1.0,) * len(moves_of(task)),
            visits=(0,) * len(moves_of(task)),
            successes=(0,) * len(moves_of(task)),
            low=(None,) * len(moves_of(task)),
            high=(None,) * len(moves_of(task)),
            score=score,
        )
        for task, score in zip(tasks, (1.0, None), strict=True)
    ]
    told = agreement_of(rows, tasks)
    assert (told.read, told.same) == (told.steps, 1.0)
    assert told.steps == sum(len(row.labels) for row in rows) - 1  # the verifier's own label is no agreement


def test_a_search_with_the_rules_beside_it_never_goes_on_from_a_forbidden_move() -> None:
    task = task_of("planning.sliding_tiles", 1)
    keeps = keeps_rules(task)

    def wander(said: str, draw: int) -> str:
        moves = "".join(f"{'UDLR'[draw >> 2 * place & 3]}\n" for place in range(4))
        return ("" if said else "<answer>") + moves + "</answer>"

    told = Searching(
        engine=Scripted(wander), decode=decode, sampling=Sampling(max_tokens=99), step_stops=("\n",), seed=0
    )
    trees = {}
    for name, legal in {"free": anything, "ruled": lambda path: keeps(decode(path))}.items():
        opened = lambda task, legal=legal: mcts(MctsConfig(iterations=8), legal)  # noqa: E731
        made = [each for batch in grown([task], opened, told) for each in batch]
        trees[name] = results([task], opened, told, made)[task.id]
    broken = {
        name: sum(not keeps(decode(each.path)) for each in tree.estimates if each.path and each.by != "rules")
        for name, tree in trees.items()
    }
    assert broken["ruled"] == 0 < broken["free"]
