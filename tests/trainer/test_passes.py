"""The passes of an update are shared out whole and evenly."""

from hypothesis import given
from hypothesis import strategies as st

from trainer.batch import Row
from trainer.passes import balanced, passes
from trainer.processes import ALONE, Processes


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30), st.integers(1, 5), st.integers(1, 200))
def test_every_row_is_computed_once_and_all_do_as_many_passes(lengths: list[int], count: int, budget: int) -> None:
    rows = [
        Row([place], [place] * length, [0.0] * length, [0.0] * length, [1.0] * length, 1.0)
        for place, length in enumerate(lengths)
    ]
    done = [passes(rows, budget, 0, Processes(rank, count, joined=True)) for rank in range(count)]
    assert len({len(own) for own in done}) == 1
    computed = [row for own in done for part in own for line in part for row in line]
    assert sorted(row.prompt_ids[0] for row in computed) == list(range(len(rows)))
    assert passes(rows, budget, 0, ALONE)[0]


@given(st.lists(st.integers(1, 100), max_size=40), st.integers(1, 6))
def test_no_share_is_heavier_than_the_lightest_by_more_than_one_row(lengths: list[int], count: int) -> None:
    shares = balanced(lengths, count)
    weights = [sum(lengths[place] for place in share) for share in shares]
    assert sorted(place for share in shares for place in share) == list(range(len(lengths)))
    assert max(weights) - min(weights) <= max(lengths, default=0)
