"""Tree searches with policies whose first error is planted: what is found, at what price, and killed and resumed."""

import re
from collections.abc import Sequence
from math import ceil, log2
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.preferences.search.answering import SearchError, Searching
from generators.preferences.search.asking import Answer, Path
from generators.preferences.search.beam import BeamConfig, beam
from generators.preferences.search.estimate import Estimate
from generators.preferences.search.evidence import Evidence
from generators.preferences.search.labels import (
    Source,
    class_balance,
    estimate_labels,
    omega_labels,
    rest_labels,
    step_pairs,
)
from generators.preferences.search.mcts import MctsConfig, mcts
from generators.preferences.search.omega import OmegaConfig, omega
from generators.preferences.search.rest import RestConfig, inferred_values, rest
from generators.preferences.search.rounds import grown, results
from generators.preferences.steps import StepConfig, first_step, step_ends
from pipeline.engines.protocol import Sampling
from pipeline.models import resolve
from pipeline.models.load import load_tokenizer
from pipeline.seeding import generator
from schemas import Continuation, Task
from tests.generators.preferences.responses import TASK
from tests.generators.preferences.scripted import Scripted, Words, decode, encoded, ends_with

LINES = StepConfig()


def steps(path: Path) -> list[int]:
    return step_ends(path, decode, LINES)


def searching(engine: Scripted, **changed: Any) -> Searching:
    values: dict[str, Any] = {
        "engine": engine,
        "decode": decode,
        "sampling": Sampling(max_tokens=2000),
        "step_stops": LINES.stops,
        "seed": 0,
        "judge": ends_with("ok"),
    }
    return Searching(**(values | changed))


def numbered(task: Task, count: int) -> list[Task]:
    return [msgspec.structs.replace(task, id=f"task {number}") for number in range(count)]


class Planted:
    """Responses of `total` lines. One that has the line `bad` is lost; any other comes out right every second time.

    From the start every second response says `bad` at the planted line, and what goes on after a longer beginning
    never does.
    """

    def __init__(self, total: int, at: int) -> None:
        self.total, self.at = total, at

    def __call__(self, said: str, draw: int) -> str:
        lines = said.count("\n")
        rest = [f"line {number}" for number in range(lines, self.total - 1)]
        if not said and draw % 2:
            rest[self.at] = "bad"
        lost = "bad" in said or "bad" in rest
        return "".join(f"{line}\n" for line in rest) + ("no" if lost else "ok")


@settings(max_examples=1000, deadline=None)
@given(total=st.integers(3, 40), data=st.data())
def test_the_planted_error_is_found_in_as_many_estimates_as_a_bisection_takes(total: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, total - 2))
    engine = Scripted(Planted(total, at))
    told = searching(engine)
    opened = lambda task: omega(steps, OmegaConfig(rollouts=6, searches=1))  # noqa: E731
    made = [each for batch in grown([TASK], opened, told) for each in batch]
    tree = results([TASK], opened, told, made)[TASK.id]
    first = tree.estimates[0]
    if not 0 < first.successes < first.visits:
        assert not tree.bisected
        return
    [found] = tree.bisected
    assert decode(found.path).splitlines()[found.first_wrong] == "bad"
    assert found.first_wrong == at
    assert len(tree.estimates) - 1 <= ceil(log2(total))


def test_labels_are_right_before_the_error_and_wrong_from_it_on() -> None:
    engine = Scripted(Planted(9, 4))
    told = searching(engine)
    opened = lambda task: omega(steps, OmegaConfig(rollouts=8, searches=2))  # noqa: E731
    made = [each for batch in grown([TASK], opened, told) for each in batch]
    tree = results([TASK], opened, told, made)[TASK.id]
    rows = omega_labels(tree, Source(TASK, "m", "r", decode), steps)
    wrong = [row for row in rows if row.score == 0.0]
    assert wrong
    for row in wrong:
        assert row.labels == (True,) * 4 + (False,) * 5
        assert "".join(row.completions).endswith("no")
        assert all(value == s / v for value, s, v in zip(row.values, row.successes, row.visits, strict=True) if v)
    right = [row for row in rows if row.score == 1.0]
    assert right
    assert all(all(row.labels) for row in right)
    good, bad = class_balance(rows)
    assert bad == 5 * len(wrong)
    assert good == 4 * len(wrong) + 9 * len(right)


def coin(said: str, draw: int) -> str:
    """Four lines of `a` or `b`, by lot; a response is right when most lines are `a`."""
    lines = [line for line in said.split("\n") if line]
    for number in range(len(lines), 4):
        lines.append("ab"[(draw >> number) & 1])
    said_so_far = said.rstrip("\n").count("\n") + 1 if said else 0
    return "".join(f"{line}\n" for line in lines[said_so_far:]) + ("ok" if lines.count("a") > 2 else "no")


SEARCHES: dict[str, Any] = {
    "omega": lambda task: omega(steps, OmegaConfig(rollouts=4, searches=3)),
    "mcts": lambda task: mcts(MctsConfig(iterations=6)),
    "beam": lambda task: beam(BeamConfig(width=2, branch=3, depth=5)),
    "rest": lambda task: rest(RestConfig(iterations=6)),
}


def share_of_a(asked: Sequence[tuple[Task, Path]]) -> list[float]:
    return [decode(path).count("a") / 4 for _, path in asked]


@pytest.mark.parametrize("kind", SEARCHES)
@pytest.mark.parametrize("batches", [0, 1, 3])
@pytest.mark.parametrize("longest", [200, 9])
def test_a_search_that_was_killed_goes_on_and_pays_for_nothing_twice(kind: str, batches: int, longest: int) -> None:
    tasks = numbered(TASK, 12)
    whole_engine, engine = Scripted(coin), Scripted(coin)
    own = {"values": share_of_a, "sampling": Sampling(max_tokens=longest)}
    undisturbed = [e for b in grown(tasks, SEARCHES[kind], searching(whole_engine, **own)) for e in b]
    before: list[Continuation] = []
    for number, batch in enumerate(grown(tasks, SEARCHES[kind], searching(engine, **own))):
        if number == batches:
            break
        before += batch
    kept = len([each for each in before if each.kind != "value"])
    engine.calls.clear()
    after = [e for b in grown(tasks, SEARCHES[kind], searching(engine, **own), before) for e in b]
    assert engine.samples == whole_engine.samples - kept
    key = lambda each: (each.task_id, each.ask, each.sample)  # noqa: E731
    assert sorted(before + after, key=key) == sorted(undisturbed, key=key)
    told = searching(Scripted(coin), **own)
    assert all(each.path_tokens + len(each.token_ids) <= longest for each in before + after)
    assert results(tasks, SEARCHES[kind], told, before + after) == results(tasks, SEARCHES[kind], told, undisturbed)


@pytest.mark.parametrize("kind", SEARCHES)
def test_each_round_is_one_call_for_all_trees(kind: str) -> None:
    engine = Scripted(coin)
    tasks = numbered(TASK, 40)
    list(grown(tasks, SEARCHES[kind], searching(engine, values=share_of_a)))
    assert len({request.id.rpartition(" ")[0] for request in engine.calls[0]}) == 40


@pytest.mark.parametrize("limit", [0, 40, 400, 4000])
@pytest.mark.parametrize("kind", SEARCHES)
def test_a_budget_is_never_gone_beyond_and_every_task_has_a_result(kind: str, limit: int) -> None:
    tasks = numbered(TASK, 6)
    told = searching(Scripted(coin), values=share_of_a, max_tokens=limit, sampling=Sampling(max_tokens=10))
    made = [each for batch in grown(tasks, SEARCHES[kind], told) for each in batch]
    assert sum(len(each.token_ids) for each in made) <= limit
    assert results(tasks, SEARCHES[kind], told, made).keys() == {task.id for task in tasks}


def test_what_a_tree_found_is_what_its_paths_are_worth() -> None:
    told = searching(Scripted(coin))
    made = [e for b in grown([TASK], SEARCHES["mcts"], told) for e in b]
    tree = results([TASK], SEARCHES["mcts"], told, made)[TASK.id]
    assert tree.solved
    assert all(decode(path).endswith("ok") for path in tree.solved)
    rows = estimate_labels(tree.estimates, tree.solved, Source(TASK, "m", "r", decode), steps, "mcts")
    assert all(re.fullmatch("([ab]\n)*(ok|no)?", "".join(row.completions)) for row in rows)
    for row in rows:
        assert all(value == s / v for value, s, v in zip(row.values, row.successes, row.visits, strict=True) if v)
        assert list(row.labels) == sorted(row.labels, reverse=True)


def test_a_step_pair_has_the_same_beginning_and_a_sure_difference() -> None:
    def good_or_bad(said: str, draw: int) -> str:
        if not said:
            return ("good\n" if draw % 2 else "bad\n") + ("ok" if draw % 2 else "no")
        return "ok" if "good" in said else "no"

    config = MctsConfig(iterations=1, branch=8, simulations=8)
    told = searching(Scripted(good_or_bad))
    made = [e for b in grown([TASK], lambda task: mcts(config), told) for e in b]
    tree = results([TASK], lambda task: mcts(config), told, made)[TASK.id]
    [pair] = step_pairs(tree.estimates, Source(TASK, "m", "r", decode), steps)
    assert (pair.chosen[0].content, pair.rejected[0].content) == ("good\n", "bad\n")
    assert (pair.chosen_tokens, pair.rejected_tokens) == (5, 4)
    assert pair.prompt == TASK.prompt
    assert pair.strength > 0.99
    assert step_pairs(tree.estimates, Source(TASK, "m", "r", decode), steps, sure=0.99999999) == []


def estimate(text: str, successes: int, visits: int, by: Any = "continuations") -> Estimate:
    return Estimate(path=encoded(text), successes=successes, visits=visits, by=by)


def pairs_among(*estimates: Estimate) -> list[tuple[str, str]]:
    pairs = step_pairs(estimates, Source(TASK, "m", "r", decode), steps)
    assert all(pair.prompt == TASK.prompt for pair in pairs)
    return [(pair.chosen[0].content, pair.rejected[0].content) for pair in pairs]


def test_the_best_of_many_must_be_surer_than_the_better_of_two() -> None:
    two = [estimate("so\na\n", 7, 8), estimate("so\nb\n", 2, 8)]
    assert pairs_among(*two) == [("so\na\n", "so\nb\n")]
    assert pairs_among(*two, *[estimate(f"so\n{each}\n", 4, 8) for each in "cdefg"]) == []


def test_a_step_of_which_little_is_known_hides_no_pair_of_others() -> None:
    assert pairs_among(estimate("a\n", 8, 8), estimate("b\n", 0, 1), estimate("c\n", 0, 8)) == [("a\n", "c\n")]
    assert pairs_among(estimate("a\n", 1, 1), estimate("b\n", 9, 10), estimate("c\n", 0, 8)) == [("b\n", "c\n")]


def test_two_ways_to_cut_one_text_into_tokens_are_no_better_and_worse_one() -> None:
    other = msgspec.structs.replace(estimate("so\na\n", 0, 8), path=(*encoded("so\n"), 0, *encoded("a\n")))
    source = Source(TASK, "m", "r", lambda ids: decode([each for each in ids if each]))
    cut = lambda path: step_ends(path, source.decode, LINES)  # noqa: E731
    assert step_pairs([estimate("so\na\n", 8, 8), other], source, cut) == []
    assert step_pairs([estimate("so\nb\n", 8, 8), other], source, cut) != []


def test_a_place_from_which_all_endings_are_cut_off_is_not_opened_again_and_again() -> None:
    search, opened = mcts(MctsConfig(iterations=4, branch=2, simulations=2)), list[str]()
    asked = next(search)
    try:
        while True:
            told = list[list[Answer]]()
            for ask in asked:
                if ask.kind == "step":
                    opened.append(decode(ask.path))
                    told.append([Answer(encoded(step), (), False, None) for step in ("a\n", "b\n")])
                else:
                    score = None if decode(ask.path).startswith("a") else 1.0
                    told.append([Answer(encoded("ok"), (), score is not None, score)] * ask.samples)
            asked = search.send(told)
    except StopIteration:
        pass
    assert len(opened) == 4
    assert all(path.startswith("b") for path in opened[1:])


def test_chance_makes_no_more_pairs_than_it_may() -> None:
    found = 0
    for tree in range(400):
        rng = generator(0, "alike", tree)
        alike = [estimate(f"{each}\n", sum(rng.random() < 0.5 for _ in range(8)), 8) for each in "abcd"]
        found += len(pairs_among(*alike))
    assert found <= 0.05 * 400


def test_what_is_known_of_a_step_needs_no_second_look() -> None:
    assert pairs_among(estimate("a\n", 1, 8), estimate("no", 0, 1, "verdict")) == [("a\n", "no")]
    assert pairs_among(estimate("a\n", 1, 8), estimate("b\n", 0, 1, "rules")) == [("a\n", "b\n")]
    assert pairs_among(estimate("ok", 1, 1, "verdict"), estimate("b\n", 7, 8)) == [("ok", "b\n")]
    assert pairs_among(estimate("ok", 1, 1, "verdict"), estimate("b\n", 8, 8)) == []
    assert pairs_among(estimate("a\n", 1, 8), estimate("b\n", 0, 1)) == []


def test_estimates_of_the_same_beginning_are_pooled() -> None:
    evidence = Evidence([estimate("a\n", 0, 4), estimate("a\n", 1, 4), estimate("b\n", 0, 0)], [encoded("c\nd\nok")])
    assert evidence.of(encoded("a\n")) == estimate("a\n", 1, 8)
    assert evidence.of(encoded("b\n")) is None
    assert evidence.asked(encoded("b\n"))
    assert [evidence.can_come_right(encoded(text)) for text in ("", "a", "c\nd", "c\ne", "c\nd\nok!")] == [
        *(True, True, True),
        *(False, False),
    ]


@pytest.mark.parametrize("kind", ["omega", "mcts", "beam"])
def test_the_same_beginning_has_the_same_label_and_value_everywhere_in_a_tree(kind: str) -> None:
    tasks, told = numbered(TASK, 60), searching(Scripted(coin))
    opened: dict[str, Any] = SEARCHES | {"omega": lambda task: omega(steps, OmegaConfig(rollouts=4, searches=12))}
    made = [e for b in grown(tasks, opened[kind], told) for e in b]
    contested = 0
    for task_id, tree in results(tasks, opened[kind], told, made).items():
        source = Source(msgspec.structs.replace(TASK, id=task_id), "m", "r", decode)
        rows = (
            omega_labels(tree, source, steps)
            if kind == "omega"
            else estimate_labels(tree.estimates, tree.solved, source, steps, kind)
        )
        assert len({row.completions for row in rows}) == len(rows)
        said: dict[str, tuple[bool, float]] = {}
        for row in rows:
            for place, seen in enumerate(zip(row.labels, row.values, strict=True)):
                assert said.setdefault("".join(row.completions[: place + 1]), seen) == seen
        right = {decode(path) for path in tree.solved}
        for beginning, (label, _) in said.items():
            from_right = any(text.startswith(beginning) for text in right)
            assert label or not from_right
            contested += from_right and any(decode(each.path) == beginning and not each.mc for each in tree.estimates)
    assert kind != "mcts" or contested  # a beginning whose own continuations all failed, and yet it came out right


def test_a_bisection_asks_for_nothing_that_the_tree_knows() -> None:
    tasks, engine = numbered(TASK, 60), Scripted(coin)
    opened = lambda task: omega(steps, OmegaConfig(rollouts=4, searches=12))  # noqa: E731
    made = [e for b in grown(tasks, opened, searching(engine)) for e in b]
    asked = [(request.id.rpartition(" ")[0], request.prompt_ids) for call in engine.calls for request in call]
    assert len(set(asked)) == len(asked)
    bisected = 0
    for tree in results(tasks, opened, searching(engine), made).values():
        assert len({wrong.path for wrong in tree.bisected}) == len(tree.bisected)
        bisected += len(tree.bisected)
        for wrong in tree.bisected:
            known = Evidence(tree.estimates, tree.solved)
            told = [known.can_come_right(wrong.path[:end]) for end in wrong.ends]
            assert told == [place < wrong.first_wrong for place in range(len(told))]
    assert bisected > 60


def test_responses_that_were_cut_off_are_not_bisected_and_a_beginning_that_none_ends_from_is_not_called_wrong() -> None:
    def cut(said: str, draw: int) -> str:
        if said:
            return "z" * 99
        return ("ok", "a\nb\nc\nno", "z" * 99)[draw % 3]

    told = searching(Scripted(cut), sampling=Sampling(max_tokens=20))
    opened = lambda task: omega(steps, OmegaConfig(rollouts=12, searches=9))  # noqa: E731
    made = [e for b in grown([TASK], opened, told) for e in b]
    tree = results([TASK], opened, told, made)[TASK.id]
    assert 0 < tree.estimates[0].successes < tree.estimates[0].visits < 12
    assert tree.bisected == ()
    assert {row.score for row in omega_labels(tree, Source(TASK, "m", "r", decode), steps)} == {1.0}


def test_only_a_verdict_gives_a_response_its_score() -> None:
    estimates = [
        estimate("a\n", 0, 4),
        estimate("b\n", 4, 4),
        estimate("no", 0, 1, "verdict"),
        estimate("c\n", 0, 1, "rules"),
    ]
    rows = estimate_labels(estimates, [encoded("ok")], Source(TASK, "m", "r", decode), steps, "mcts")
    assert {"".join(row.completions): (row.score, row.labels[-1]) for row in rows} == {
        "a\n": (None, False),
        "b\n": (None, True),
        "no": (0.0, False),
        "c\n": (None, False),
        "ok": (1.0, True),
    }


def test_forbidden_steps_are_wrong_ones_to_learn_from() -> None:
    config = MctsConfig(iterations=1, branch=8, simulations=4)
    opened = lambda task: mcts(config, lambda path: "b" not in decode(path))  # noqa: E731
    told = searching(Scripted(coin))
    made = [e for b in grown([TASK], opened, told) for e in b]
    tree = results([TASK], opened, told, made)[TASK.id]
    assert estimate("b\n", 0, 1, "rules") in tree.estimates
    [pair] = step_pairs(tree.estimates, Source(TASK, "m", "r", decode), steps)
    assert (pair.rejected[0].content, pair.strength) == ("b\n", 1.0)


def test_illegal_steps_are_never_gone_on_from() -> None:
    def legal(path: Path) -> bool:
        return "b" not in decode(path)

    engine = Scripted(coin)
    list(grown([TASK], lambda task: mcts(MctsConfig(iterations=9, branch=8), legal), searching(engine)))
    asked = {decode(request.prompt_ids[2:]) for call in engine.calls for request in call}
    assert any(path.count("a") > 1 for path in asked)
    assert all("b" not in path for path in asked)


def test_the_best_value_is_found_and_a_search_without_values_says_so() -> None:
    told = searching(Scripted(coin), values=share_of_a)
    made = [e for b in grown([TASK], SEARCHES["rest"], told) for e in b]
    tree = results([TASK], SEARCHES["rest"], told, made)[TASK.id]
    assert tree.right
    assert tree.responses
    for ends, path, is_right in tree.responses:
        assert ends[-1] == len(path)
        assert is_right == decode(path).endswith("ok")
    with pytest.raises(SearchError, match="process reward model"):
        list(grown([TASK], SEARCHES["rest"], searching(Scripted(coin))))


def test_a_search_by_values_opens_no_place_twice_and_teaches_each_response_once() -> None:
    tasks, engine = numbered(TASK, 12), Scripted(coin)
    told = searching(engine, values=share_of_a)
    opened = lambda task: rest(RestConfig(iterations=12, gate=1.0, explore=1.4))  # noqa: E731
    made = [each for batch in grown(tasks, opened, told) for each in batch]
    asked = [(request.id.rpartition(" ")[0], request.prompt_ids) for call in engine.calls for request in call]
    assert len(set(asked)) == len(asked)
    taught = 0
    for tree in results(tasks, opened, told, made).values():
        rows = rest_labels(tree, Source(TASK, "m", "r", decode))
        assert len({row.completions for row in rows}) == len(rows)
        assert len({path for _, path, _ in tree.responses}) == len(tree.responses)
        assert bool(rows) == any(is_right for _, _, is_right in tree.responses)
        taught += len(rows)
    assert taught


def test_a_search_by_values_that_met_no_end_is_led_to_one() -> None:
    tasks = numbered(TASK, 12)
    told = searching(Scripted(coin), values=share_of_a)
    opened = lambda task: rest(RestConfig(iterations=1))  # noqa: E731
    made = [each for batch in grown(tasks, opened, told) for each in batch]
    for tree in results(tasks, opened, told, made).values():
        assert tree.best is not None
        assert decode(tree.best).endswith(("ok", "no"))
        assert {len(ends) for ends, _, _ in tree.responses} == {5}


def test_an_error_that_the_value_model_forgets_counts_where_the_least_value_does() -> None:
    def forgetful(asked: Sequence[tuple[Task, Path]]) -> list[float]:
        lines = [decode(path).rstrip("\n").split("\n") for _, path in asked]
        return [0.1 if own[-1] == "b" else 0.6 + 0.05 * own.count("b") for own in lines]

    tasks = numbered(TASK, 24)
    right = {}
    for by in ("last", "least", "product"):
        told = searching(Scripted(coin), values=forgetful)
        opened = lambda task, by=by: rest(RestConfig(iterations=12, gate=1.0, by=by))  # noqa: E731
        made = [each for batch in grown(tasks, opened, told) for each in batch]
        right[by] = sum(tree.right for tree in results(tasks, opened, told, made).values())
    assert right["last"] < min(right["least"], right["product"])


@given(count=st.integers(1, 30), data=st.data())
def test_inferred_values_rise_to_one_on_a_right_way_and_fall_from_the_first_error(
    count: int, data: st.DataObject
) -> None:
    values = inferred_values(count)
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1.0)
    at = data.draw(st.integers(0, count - 1))
    wrong = inferred_values(count, wrong_from=at)
    assert wrong[:at] == values[:at]
    assert all(later <= before for before, later in zip(wrong[max(0, at - 1) :], wrong[at:], strict=False))
    assert all(0 <= value <= 1 for value in wrong)


def sentences(said: str, draw: int) -> str:
    """Three sentences and an answer, the second of them by lot."""
    lines = ["First we look.", f" Then{' not' * (draw % 2)} we see.\n", "So it is.", " ok" if draw % 3 else " no"]
    done = len(re.findall(r"[.](?=\s|$)", said))
    return "".join(lines[done:])


@pytest.mark.parametrize("kind", ["mcts", "beam"])
def test_a_step_ends_with_its_sentence_where_words_are_tokens_with_the_space_before_them(kind: str) -> None:
    words, by_sentence = Words(), StepConfig(by="sentence")
    engine = Scripted(sentences, words)
    told = searching(engine, decode=words.decode, step_stops=by_sentence.stops)
    made = [e for b in grown([TASK], SEARCHES[kind], told) for e in b]
    steps_made = {words.decode(each.token_ids) for each in made if each.kind == "step" and not each.ended}
    assert steps_made == {"First we look.", " Then we see.\n", " Then not we see.\n", "So it is."}
    assert {words.decode(each.token_ids) for each in made if each.kind == "step" and each.ended} == {" ok", " no"}
    tree = results([TASK], SEARCHES[kind], told, made)[TASK.id]
    cut = lambda path: step_ends(path, words.decode, by_sentence)  # noqa: E731
    source = Source(TASK, "m", "r", words.decode)
    rows = estimate_labels(tree.estimates, tree.solved, source, cut, kind)
    assert {step for row in rows for step in row.completions} <= steps_made | {" ok", " no"}
    assert {row.score for row in rows} >= {0.0, 1.0}


def bullets(said: str, draw: int) -> str:
    return f"Add:\n - 3\n - 4\n{'ok' if draw % 3 else 'no'}"[len(said) :]


def test_a_stop_inside_a_token_ends_the_step_and_not_the_response() -> None:
    words = Words()
    told = searching(Scripted(bullets, words), decode=words.decode)
    made = [e for b in grown([TASK], SEARCHES["mcts"], told) for e in b]
    ended = {words.decode(each.token_ids) for each in made if each.kind == "step" and each.ended}
    assert ended
    assert ended <= {"ok", "no"}
    assert any(words.decode(each.token_ids).endswith("\n -") for each in made if each.kind == "step")


def test_a_step_in_which_the_response_itself_stops_ends_it() -> None:
    engine = Scripted(lambda said, draw: "a\n" if not said else "<answer>ok\n</answer>")
    told = searching(engine, sampling=Sampling(max_tokens=99, stop=("ok\n",)), judge=ends_with("ok\n"))
    made = [e for b in grown([TASK], SEARCHES["mcts"], told) for e in b]
    assert [(each.ended, each.score) for each in made if decode(each.token_ids) == "<answer>ok\n"][:1] == [(True, 1.0)]


@pytest.mark.parametrize("kind", SEARCHES)
def test_what_was_cut_off_is_neither_right_nor_wrong(kind: str) -> None:
    told = searching(Scripted(lambda said, draw: "abcdefgh"), values=share_of_a, sampling=Sampling(max_tokens=7))
    made = [e for b in grown([TASK], SEARCHES[kind], told) for e in b]
    drawn = [each for each in made if each.kind != "value"]
    assert drawn
    assert all(each.score is None and each.reason is None for each in drawn)
    assert all(each.ended == (each.kind == "step") for each in drawn)  # there is no room for another step
    assert results([TASK], SEARCHES[kind], told, made)[TASK.id]


@pytest.mark.parametrize("limits", [{"sampling": Sampling(max_tokens=12)}, {"context": 2 + 12}])
@pytest.mark.parametrize("kind", SEARCHES)
def test_a_response_has_no_more_tokens_than_it_may_over_all_its_steps(kind: str, limits: dict[str, Any]) -> None:
    def endless(said: str, draw: int) -> str:
        return "abc\n" if draw % 2 else "ok"

    engine = Scripted(endless)
    told = searching(engine, values=share_of_a, **limits)
    made = [e for b in grown([TASK], SEARCHES[kind], told) for e in b]
    assert all(len(request.prompt_ids) < 2 + 12 for call in engine.calls for request in call)
    assert all(each.path_tokens + len(each.token_ids) <= 12 for each in made if each.score is not None)


@given(st.lists(st.sampled_from(["a b", "c.", " ", "\n", "\n\n", "d! e"]), max_size=10).map("".join))
def test_steps_make_the_response_again_and_none_is_blank(text: str) -> None:
    for by in ("line", "sentence", "paragraph"):
        ids = encoded(text)
        ends = step_ends(ids, decode, StepConfig(by=by))  # type: ignore[arg-type]
        assert ends == sorted(set(ends))
        assert (ends[-1] if ends else 0) == len(ids)
        pieces = [decode(ids[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
        assert "".join(pieces) == text
        assert not text.strip() or all(piece.strip() for piece in pieces)


def test_marks_of_ones_own_end_steps() -> None:
    ids = encoded("a; b; c")
    assert step_ends(ids, decode, StepConfig(marks=[";"])) == [2, 5, 7]


@pytest.mark.slow
def test_steps_of_a_byte_pair_tokenizer_end_with_their_sentences() -> None:
    tokenizer: Any = load_tokenizer(resolve("smollm2-135m", weights=False).path)[0]
    text = "First add 3 and 4.5. The sum is 7.5! So\nwe are done."

    def read(ids: Sequence[int]) -> str:
        return str(tokenizer.decode(list(ids)))

    ids = tokenizer(text)["input_ids"]
    ends = step_ends(ids, read, StepConfig(by="sentence"))
    told = [read(ids[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    assert told == ["First add 3 and 4.5.", " The sum is 7.5!", " So\n", "we are done."]
    assert first_step(ids, read, StepConfig(by="sentence").stops) == ends[0]
