"""The filter: what ranks its own pairs right and no others wrong is kept, measured; the rest has its cause."""

from collections.abc import Sequence

from rubrics.consistency import Candidate, ConsistencyConfig, Filtered, consistent
from rubrics.criteria.contract import Subject
from rubrics.generation.asking import rubric_of
from rubrics.generation.contrast import Contrast
from schemas import Criterion, CriterionScore, Rubric
from tests.rubrics.generation.contrasts import contrast


def criterion(word: str, **changed: object) -> Criterion:
    """Met where the response has the word; `?` in the word: nobody can tell."""
    values = {"title": word, "text": f"It mentions the {word} beside another thing.", "kind": "principle"}
    return Criterion(**values | {"weight": 1.0} | changed)  # type: ignore[arg-type]


def by_words(asked: Sequence[tuple[Rubric, Subject]]) -> list[tuple[CriterionScore, ...]]:
    def score(each: Criterion, subject: Subject) -> float | None:
        return None if each.title == "?" else float(each.title in subject.response)

    return [
        tuple(CriterionScore(title=each.title, score=score(each, subject), reason="") for each in rubric.criteria)
        for rubric, subject in asked
    ]


def mean(rubric: Rubric, scores: Sequence[CriterionScore]) -> float | None:
    known = [each.score for each in scores]
    decided = [score for score in known if score is not None]
    return sum(decided) / len(decided) if len(decided) == len(known) else None


def pair(chosen: str, rejected: str) -> Contrast:
    return contrast(rejected, chosen=chosen, answer="ashes")


def candidate(*titles: str, own: Sequence[Contrast], held_out: Sequence[Contrast] = (), method: str = "x") -> Candidate:
    return Candidate(rubric_of("t1", [criterion(title) for title in titles], method), tuple(own), tuple(held_out))


def kept(*candidates: Candidate, config: ConsistencyConfig = ConsistencyConfig()) -> Filtered:
    return consistent(candidates, by_words, mean, config, judged=True)


OWN = (pair("a lamp", "a dog"),)


def test_a_rubric_that_ranks_its_own_pair_right_is_kept_with_its_discrimination() -> None:
    told = kept(candidate("lamp", own=OWN))
    assert [each.discrimination for each in told.kept] == [1.0]
    assert told.left_out == []


def test_a_rubric_by_which_the_worse_response_wins_or_draws_is_left_out() -> None:
    for title in ("dog", "a "):
        told = kept(candidate(title, own=OWN))
        assert (told.kept, [each.cause for each in told.left_out]) == ([], ["own_pair"])


def test_what_could_not_be_decided_is_no_verdict_for_either() -> None:
    assert [each.cause for each in kept(candidate("?", own=OWN)).left_out] == ["undecided"]


def test_held_out_pairs_count_against_it_and_those_found_alike_say_nothing() -> None:
    right, wrong, alike = pair("a lamp", "a hill"), pair("a hill", "a lamp"), pair("a hill", "a dale")
    good = kept(candidate("lamp", own=OWN, held_out=[right] * 4 + [wrong] + [alike] * 3))
    assert [each.discrimination for each in good.kept] == [(4 - 1) / 8]
    bad = kept(candidate("lamp", own=OWN, held_out=[right, right, right, wrong]))
    assert [(each.cause, each.detail[:1]) for each in bad.left_out] == [("held_out", "3")]
    lenient = ConsistencyConfig(rate=0.7)
    assert kept(candidate("lamp", own=OWN, held_out=[right, right, right, wrong]), config=lenient).kept


def test_the_margin_is_what_the_better_response_must_be_ahead_by() -> None:
    own = [pair("lamp hill", "hill")]
    assert kept(candidate("lamp", "hill", own=own)).kept
    assert not kept(candidate("lamp", "hill", own=own), config=ConsistencyConfig(margin=0.5)).kept


def test_of_several_of_one_method_the_one_that_tells_pairs_best_apart_is_kept() -> None:
    held_out = [pair("a lamp", "a hill"), pair("a lamp by a tree", "a dog")]
    blunt, sharp = (candidate(title, own=OWN, held_out=held_out) for title in ("tree", "lamp"))
    blunt = blunt._replace(own=(pair("a tree", "a dog"),))
    other = candidate("lamp", own=OWN, held_out=held_out, method="y")
    told = kept(blunt, sharp, other)
    assert [(each.method, each.discrimination) for each in told.kept] == [("x", 1.0), ("y", 1.0)]
    assert [(each.rubric_id, each.cause) for each in told.left_out] == [(blunt.rubric.id, "surpassed")]


def test_a_rubric_that_was_tested_on_other_pairs_goes_before_one_that_was_not() -> None:
    held_out = [pair("a lamp", "a hill"), pair("a hill", "a dog")]
    tested, untested = candidate("lamp", own=OWN, held_out=held_out), candidate("lamp", "a ", own=OWN)
    told = kept(untested, tested)
    assert [(each.id, each.discrimination) for each in told.kept] == [(tested.rubric.id, 0.5)]
    assert [each.detail[:22] for each in told.left_out] == ["1.00 of its own pairs;"]


def test_what_always_agrees_with_an_earlier_criterion_is_left_out_where_enough_was_seen() -> None:
    own = [pair(f"lamp wick {place}", f"dog {place}") for place in range(4)]
    told = kept(candidate("lamp", "wick", own=own))
    assert [each.title for each in told.kept[0].criteria] == ["lamp"]
    assert [(each.title, each.cause) for each in told.left_out] == [("wick", "redundant")]
    few = kept(candidate("lamp", "wick", own=own[:3]))
    assert [each.title for each in few.kept[0].criteria] == ["lamp", "wick"]


def test_a_requirement_that_is_left_out_hands_its_own_on() -> None:
    chain = [criterion("lamp"), criterion("wick", requires=("lamp",)), criterion("oil", requires=("wick",))]
    own = tuple(pair(f"lamp wick oil {place}", f"dog {'oil' * (place % 2)} {place}") for place in range(4))
    told = kept(Candidate(rubric_of("t1", chain, "x"), own, ()))
    assert [(each.title, each.requires) for each in told.kept[0].criteria] == [("lamp", ()), ("oil", ("lamp",))]


def test_hard_rules_stay_though_they_agree() -> None:
    rubric = rubric_of("t1", [criterion("lamp", kind="hard_rule"), criterion("wick", kind="hard_rule")], "x")
    own = tuple(pair(f"lamp wick {place}", f"dog {place}") for place in range(4))
    assert len(kept(Candidate(rubric, own, ())).kept[0].criteria) == 2


def test_unfit_criteria_are_told_and_a_rubric_of_none_but_them_is_empty() -> None:
    told = kept(candidate("ashes", own=OWN))
    assert [(each.title, each.cause) for each in told.left_out] == [("ashes", "leak"), ("", "empty")]


def test_kept_rubrics_rank_all_their_own_pairs_right() -> None:
    """Label consistency after the filter is 1 by what it is."""
    pairs = [pair(f"lamp {place}", f"dog {place}" if place % 3 else f"lamp dog {place}") for place in range(9)]
    told = kept(*(candidate(title, own=[each], method=f"{title} {place}")
                  for title in ("lamp", "dog") for place, each in enumerate(pairs)))  # fmt: skip
    assert len(told.kept) == 6
    assert {each.discrimination for each in told.kept} == {1.0}
    assert len(told.left_out) == 12
