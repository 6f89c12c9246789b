"""What a loop is warned of, and when its patience ends."""

from filters.collapse import Evaluated, stopped, warnings_of
from filters.monitors import Monitors


def after(number: int, right: list[int], samples: int = 4, right_variety: float | None = None) -> Evaluated:
    """Held-out samples of which so many of each task are right."""
    first = sum(right) / (samples * len(right))
    any_right = sum(count > 0 for count in right) / len(right)
    seen = Monitors(
        tasks=len(right),
        samples=samples,
        pass_at={1: first, samples: any_right},
        vote=None,
        best=None,
        variety=None,
        right_variety=right_variety,
        distinct=None,
        balance=None,
    )
    return Evaluated(round=number, rates={str(t): (count, samples) for t, count in enumerate(right)}, monitors=seen)


def test_a_rise_is_no_reason_to_warn() -> None:
    assert warnings_of([after(0, [1] * 20), after(1, [2] * 20)]) == []


def test_a_fall_is_told_against_the_best_round_before() -> None:
    told = warnings_of([after(0, [1] * 20), after(1, [3] * 20), after(2, [2] * 20)])
    assert [(each.round, each.rule) for each in told] == [(2, "held-out fell")]
    assert "round 1" in told[0].sentence
    assert "-0.250" in told[0].sentence


def test_a_fall_within_the_noise_is_not_told() -> None:
    assert warnings_of([after(0, [0, 4] * 10), after(1, [4, 0] * 9 + [0, 0])]) == []


def test_more_right_samples_of_fewer_tasks_is_lost_exploration() -> None:
    told = warnings_of([after(0, [1] * 20), after(1, [4] * 8 + [0] * 12)])
    assert [each.rule for each in told] == ["exploration fell"]


def test_a_collapse_of_diversity_is_told_where_there_was_some() -> None:
    one = [after(0, [2] * 9, right_variety=0.6), after(1, [2] * 9, right_variety=0.2)]
    assert [each.rule for each in warnings_of(one)] == ["diversity collapsed"]
    short = [after(0, [2] * 9, right_variety=0.01), after(1, [2] * 9, right_variety=0.0)]
    assert warnings_of(short) == []


def test_patience_ends_a_loop_after_so_many_rounds_without_a_better_one() -> None:
    history = [after(0, [1] * 4), after(1, [2] * 4), after(2, [2] * 4)]
    assert not stopped(history, 2)
    assert stopped(history, 1)
    assert stopped([*history, after(3, [1] * 4)], 2)
    assert not stopped(history, None)
    assert not stopped(history[:1], 1)
