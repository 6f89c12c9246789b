"""Which prompts are batched together."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.batch import Work
from pipeline.engines.beginnings import by_beginning


def work(*prompt_ids: int) -> Work:
    return Work(str(prompt_ids), prompt_ids, ((0, 0),), 4)


def test_prompts_that_share_half_are_together_and_all_others_are_in_one_batch() -> None:
    first = [work(*[1] * 70, place) for place in range(3)]
    second = [work(*[2] * 64, *[place] * 9) for place in range(3)]
    alone = [work(3), work(*[1] * 69, *[9] * 80), work(7, 7), work(5, 5, 5, 1), work(5, 5, 5, 2)]
    mixed = [first[0], alone[0], second[0], alone[1], first[1], second[1], *alone[2:], first[2], second[2]]
    groups = [set(group) for group in by_beginning(mixed)]
    assert groups == [set(first), set(second), set(alone)]


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6).map(lambda ids: work(*ids))))
def test_every_prompt_is_in_one_batch_and_at_most_one_batch_is_of_unlike_ones(works: list[Work]) -> None:
    groups = by_beginning(works)
    assert sorted(each.request_id for group in groups for each in group) == sorted(each.request_id for each in works)
    assert all(groups)
