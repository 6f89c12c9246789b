"""The evaluation of judges: by judges whose faults are known, and against the definitions."""

import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from pipeline.seeding import generator
from rubrics.evaluation import Contest, Evaluated, Figure, by_judge, compared, evaluated, evaluated_table
from rubrics.judges.contract import Case
from rubrics.ranking import Judged, best_of_many, length_slope, pairs_in_order, reciprocal_rank, ties_kept
from tests.rubrics.guards.judges import ScriptedJudge, ScriptedPairJudge


def contests(count: int = 40) -> list[Contest]:
    """One right answer and three wrong ones, in any order; lengths tell nothing."""
    made = []
    for number in range(count):
        rng = generator(0, "contest", number)
        texts = [("right", 1.0), ("wrong a", 0.0), ("wrong b", 0.0), ("half", 0.5)]
        rng.shuffle(texts)
        responses = tuple(f"{text}{' .' * rng.randint(0, 30)}" for text, _ in texts)
        made.append(Contest(prompt=f"task {number}", responses=responses, worth=tuple(worth for _, worth in texts)))
    return made


def figure(told: Evaluated, name: str) -> Figure:
    (one,) = (each for each in told.figures if each.name == name)
    return one


def value(told: Evaluated, name: str) -> float:
    found = figure(told, name).value
    assert found is not None
    return found


def knows(cases: Sequence[Case]) -> list[float | None]:
    return [{"right": 1.0, "half": 0.5, "wrong": 0.0}[case.response.split()[0]] for case in cases]


def test_a_judge_that_knows_has_every_figure_at_its_best() -> None:
    told = evaluated("knows", knows, contests())
    for name in ("one against many", "reciprocal rank", "pairs", "AUROC", "Spearman"):
        assert value(told, name) == pytest.approx(1.0)
    assert value(told, "length slope") == pytest.approx(0.0)
    assert (told.responses, told.undecided) == (160, 0)


def test_a_judge_that_says_the_same_of_all_knows_nothing() -> None:
    told = evaluated("same", lambda cases: [0.7] * len(cases), contests())
    assert value(told, "one against many") == pytest.approx(0.25)
    assert value(told, "pairs") == pytest.approx(0.5)
    assert value(told, "AUROC") == pytest.approx(0.5)
    assert figure(told, "Spearman").value is None


def test_a_judge_that_counts_letters_is_seen_by_its_slope() -> None:
    told = evaluated("letters", by_judge(ScriptedJudge(lambda case: min(1.0, len(case.response) / 100))), contests())
    slope = figure(told, "length slope")
    assert slope.low is not None
    assert slope.low > 0.05
    assert 0.3 < value(told, "AUROC") < 0.7


def test_an_interval_holds_its_value_and_narrows_with_tasks() -> None:
    def noisy(cases: Sequence[Case]) -> list[float | None]:
        return [
            (score or 0.0) + generator(1, case.prompt, case.response).gauss(0, 0.7)
            for case, score in zip(cases, knows(cases), strict=True)
        ]

    few, many = (figure(evaluated("noisy", noisy, contests(count)), "pairs") for count in (20, 80))
    widths = []
    for each in (few, many):
        assert each.value is not None
        assert each.low is not None
        assert each.high is not None
        assert each.low <= each.value <= each.high
        widths.append(each.high - each.low)
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.4)
    assert (few.tasks, many.tasks) == (20, 80)


def test_the_undecided_are_left_out_and_counted() -> None:
    told = evaluated("shy", lambda cases: [None if "half" in case.response else 1.0 for case in cases], contests(4))
    assert told.undecided == 4
    assert value(told, "one against many") == pytest.approx(1 / 3)
    nothing = evaluated("mute", lambda cases: [None] * len(cases), contests(4))
    assert all(each.value is None for each in nothing.figures)


def test_truths_that_are_not_those_of_the_responses_are_refused() -> None:
    with pytest.raises(ValueError, match="contest 0 has 2 responses and 1 truths"):
        evaluated("any", knows, [Contest(prompt="p", responses=("a", "b"), worth=(1.0,))])


scored = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(scored)
def test_the_figures_of_a_task_are_what_drawing_and_counting_give(told: list[tuple[int, bool]]) -> None:
    own = Judged(tuple(float(s) for s, _ in told), tuple(float(r) for _, r in told), (1,) * len(told))
    good, bad = [s for s, right in told if right], [s for s, right in told if not right]
    if not good or not bad:
        assert best_of_many(own) is None
        assert reciprocal_rank(own) is None
        return
    winners = [right for score, right in told if score == max(good + bad)]
    assert best_of_many(own) == pytest.approx(sum(winners) / len(winners))
    assert pairs_in_order(own) == pytest.approx(
        sum((g > b) + (g == b) / 2 for g in good for b in bad) / (len(good) * len(bad))
    )
    assert (reciprocal_rank(own) == 1.0) == (max(good) > max(bad))


def test_ties_are_kept_where_right_ones_lie_together() -> None:
    assert ties_kept(Judged((0.9, 0.8, 0.3), (1.0, 1.0, 0.0), (1, 1, 1))) == 1.0
    assert ties_kept(Judged((0.9, 0.5, 0.3), (1.0, 1.0, 0.0), (1, 1, 1))) == 0.0
    assert ties_kept(Judged((0.9, 0.3), (1.0, 0.0), (1, 1))) is None


def test_the_slope_is_the_score_a_doubling_gains() -> None:
    lengths = (1, 3, 7, 15)  # one more each: doublings
    assert length_slope([Judged((0.1, 0.2, 0.3, 0.4), (0.0,) * 4, lengths)]) == pytest.approx(0.1)
    assert length_slope([Judged((0.1, 0.9), (0.0, 1.0), (1, 100))]) is None


def test_a_judge_of_pairs_is_asked_in_both_orders() -> None:
    def right_one(first: str, second: str) -> float:
        return 0.5 + 0.4 * (("right" in first) - ("right" in second))

    knowing = compared("knows", ScriptedPairJudge(right_one), contests())
    assert [value(knowing, name) for name in ("pairs", "both ways", "consistency")] == [1.0, 1.0, 1.0]
    assert value(knowing, "first place") == pytest.approx(0.5)
    first = compared("first", ScriptedPairJudge(lambda a, b: 0.8), contests())
    assert [value(first, name) for name in ("pairs", "both ways", "consistency")] == [0.5, 0.0, 0.0]
    assert value(first, "first place") == pytest.approx(0.8)
    assert first.responses == 2 * 3 * 40


def test_the_table_has_a_line_a_figure() -> None:
    told = evaluated("knows", knows, contests(5))
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(evaluated_table(told))
    text = console.export_text()
    assert all(each.name in text and each.meaning in text for each in told.figures)
