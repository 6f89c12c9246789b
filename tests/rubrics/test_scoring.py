"""One score from many: in [0, 1], gated, vetoed, undecided when a criterion is, and explained."""

import doctest

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rubrics import scoring
from rubrics.scoring import ScoringConfig, ScoringError, aggregated, assessed, explanation
from schemas.rubric import Criterion, CriterionScore, Rubric

quick = settings(max_examples=50, deadline=None)

KINDS = st.sampled_from(["hard_rule", "principle", "pitfall"])
SCORES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1, allow_subnormal=False))
CONFIGS = st.builds(
    ScoringConfig,
    passing=st.sampled_from([0.3, 0.5, 1.0]),
    rule_cap=st.sampled_from([0.0, 0.4, 1.0]),
    pitfalls=st.sampled_from(["veto", "penalty"]),
    saturation=st.sampled_from([0.0, 2.0, 20.0]),
    binary=st.booleans(),
    undecided=st.sampled_from(["none", "leave_out"]),
)


@st.composite
def rubrics(draw: st.DrawFn, requirements: bool = True) -> Rubric:
    kinds = draw(st.lists(KINDS, min_size=1, max_size=6))
    criteria = []
    for place, kind in enumerate(kinds):
        earlier = (
            st.lists(st.sampled_from(range(place)), unique=True, max_size=2) if place and requirements else st.just([])
        )
        needed = draw(earlier) if kind == "principle" else []
        weight = draw(st.floats(0.01, 100))
        criteria.append(criterion(f"c{place}", kind, weight, tuple(f"c{each}" for each in needed)))
    return Rubric(id="r", task_id="t", criteria=tuple(criteria), method="test")


def criterion(title: str, kind: str = "principle", weight: float = 1.0, requires: tuple[str, ...] = ()) -> Criterion:
    return Criterion(title=title, text="", kind=kind, weight=weight, requires=requires)  # type: ignore[arg-type]


def rubric(*criteria: Criterion) -> Rubric:
    return Rubric(id="r", task_id="t", criteria=criteria, method="test")


def scored(**scores: float | None) -> tuple[CriterionScore, ...]:
    return tuple(CriterionScore(title=title, score=score, reason="so") for title, score in scores.items())


def drawn(data: st.DataObject, of: Rubric, values: st.SearchStrategy[float | None] = SCORES) -> dict[str, float | None]:
    return {each.title: data.draw(values) for each in of.criteria}


@quick
@given(rubrics(), CONFIGS, st.data())
def test_a_score_is_in_the_unit_interval_or_undecided(of: Rubric, config: ScoringConfig, data: st.DataObject) -> None:
    scores = drawn(data, of, st.one_of(st.none(), SCORES))
    score = aggregated(of, scored(**scores), config)
    assert score is None or 0 <= score <= 1
    if None not in scores.values():
        assert score is not None


@quick
@given(rubrics(), CONFIGS, st.data())
def test_the_order_of_criteria_and_scores_does_not_matter(
    of: Rubric, config: ScoringConfig, data: st.DataObject
) -> None:
    scores = scored(**drawn(data, of, st.one_of(st.none(), SCORES)))
    shuffled = Rubric(id="r", task_id="t", criteria=tuple(data.draw(st.permutations(of.criteria))), method="test")
    assert aggregated(shuffled, data.draw(st.permutations(scores)), config) == aggregated(of, scores, config)


@quick
@given(rubrics(), CONFIGS, st.floats(0.001, 1000), st.data())
def test_the_scale_of_weights_does_not_matter(
    of: Rubric, config: ScoringConfig, scale: float, data: st.DataObject
) -> None:
    scores = scored(**drawn(data, of))
    larger = rubric(*(criterion(each.title, each.kind, each.weight * scale, each.requires) for each in of.criteria))
    assert aggregated(larger, scores, config) == pytest.approx(aggregated(of, scores, config), abs=1e-9)


@quick
@given(rubrics(), CONFIGS, st.data())
def test_a_better_criterion_never_lowers_the_score(of: Rubric, config: ScoringConfig, data: st.DataObject) -> None:
    scores = drawn(data, of)
    chosen = data.draw(st.sampled_from(of.criteria))
    better = data.draw(SCORES)
    assume(better > scores[chosen.title])  # type: ignore[operator]
    assume(all(chosen.title not in each.requires for each in of.criteria) or chosen.kind != "pitfall")
    before = aggregated(of, scored(**scores), config)
    after = aggregated(of, scored(**{**scores, chosen.title: better}), config)
    assert before is not None
    assert after is not None
    if chosen.kind == "pitfall":
        assert after <= before + 1e-12
    else:
        assert after >= before - 1e-12


@quick
@given(rubrics(), st.data())
def test_a_veto_makes_any_score_0(of: Rubric, data: st.DataObject) -> None:
    scores = drawn(data, of, st.one_of(st.none(), SCORES))
    with_veto = rubric(*of.criteria, criterion("mistake", "pitfall", 0.01))
    assert aggregated(with_veto, scored(**scores, mistake=0.9)) == 0.0


@quick
@given(rubrics(requirements=False), st.data())
def test_what_is_left_out_is_as_if_it_had_not_been_there(of: Rubric, data: st.DataObject) -> None:
    scores = drawn(data, of)
    lost = data.draw(st.sampled_from(of.criteria))
    kept = [each for each in of.criteria if each is not lost]
    assume(any(each.kind != "pitfall" for each in kept))
    leaving = ScoringConfig(undecided="leave_out")
    assert aggregated(of, scored(**{**scores, lost.title: None}), leaving) == aggregated(
        rubric(*kept), scored(**scores)
    )


RULES = rubric(criterion("rule", "hard_rule", 1.0), criterion("style", weight=3.0))


@pytest.mark.parametrize(
    ("scores", "config", "score"),
    [
        ({"rule": 1.0, "style": 0.5}, {}, (1 + 3 * 0.5) / 4),
        ({"rule": 0.4, "style": 1.0}, {}, 0.0),
        ({"rule": 0.4, "style": 1.0}, {"rule_cap": 0.3}, 0.3),
        ({"rule": 0.4, "style": 0.0}, {"rule_cap": 0.3}, 0.1),
        ({"rule": 0.4, "style": 1.0}, {"rule_cap": 1.0}, (0.4 + 3) / 4),
        ({"rule": 0.6, "style": 0.6}, {"binary": True}, 1.0),
        ({"rule": 0.6, "style": 0.4}, {"binary": True}, 0.25),
        ({"rule": 1.0, "style": 0.5}, {"saturation": 4.0}, (1 + 3 * scoring.saturated(0.5, 4.0)) / 4),
        ({"rule": 1.0, "style": None}, {}, None),
        ({"rule": 0.0, "style": None}, {}, 0.0),
        ({"rule": 0.0, "style": None}, {"rule_cap": 0.3}, None),
        ({"rule": 0.5, "style": None}, {"undecided": "leave_out"}, 0.5),
        ({"rule": None, "style": None}, {"undecided": "leave_out"}, None),
    ],
)
def test_rules_gate_and_undecided_is_never_0(
    scores: dict[str, float | None], config: dict[str, object], score: float | None
) -> None:
    assert aggregated(RULES, scored(**scores), ScoringConfig(**config)) == (  # type: ignore[arg-type]
        None if score is None else pytest.approx(score)
    )


def test_a_pitfall_is_a_veto_or_a_penalty() -> None:
    of = rubric(criterion("good", weight=2.0), criterion("mistake", "pitfall", 1.0))
    penalty = ScoringConfig(pitfalls="penalty")
    assert aggregated(of, scored(good=1.0, mistake=0.5)) == 0.0
    assert aggregated(of, scored(good=1.0, mistake=0.5), penalty) == pytest.approx(0.75)
    assert aggregated(of, scored(good=0.0, mistake=1.0), penalty) == 0.0
    alone = rubric(criterion("mistake", "pitfall"), criterion("slip", "pitfall", 3.0))
    assert aggregated(alone, scored(mistake=0.0, slip=0.0)) == 1.0
    assert aggregated(alone, scored(mistake=1.0, slip=0.0), penalty) == pytest.approx(0.75)


def test_what_requires_a_failed_criterion_does_not_count() -> None:
    chain = rubric(
        criterion("first"), criterion("second", requires=("first",)), criterion("third", requires=("second",))
    )
    assert aggregated(chain, scored(first=1.0, second=1.0, third=1.0)) == pytest.approx(1.0)
    assert aggregated(chain, scored(first=0.0, second=1.0, third=1.0)) == 0.0
    assert aggregated(chain, scored(first=1.0, second=0.0, third=1.0)) == pytest.approx(1 / 3)
    assert aggregated(chain, scored(first=0.0, second=None, third=None)) == 0.0
    assert aggregated(chain, scored(first=None, second=1.0, third=1.0)) is None
    gated = rubric(criterion("first"), criterion("rule", "hard_rule", requires=("first",)))
    assert aggregated(gated, scored(first=0.2, rule=0.0)) == pytest.approx(0.1)
    fooled = rubric(criterion("first"), criterion("mistake", "pitfall", requires=("first",)))
    assert aggregated(fooled, scored(first=0.2, mistake=1.0)) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("of", "scores", "problem"),
    [
        (rubric(criterion("a", weight=0.0)), {"a": 1.0}, "its weight is 0.0"),
        (rubric(criterion("a", weight=float("nan"))), {"a": 1.0}, "its weight is nan"),
        (rubric(criterion("a"), criterion("a")), {"a": 1.0}, "two criteria have this title"),
        (rubric(criterion("a", requires=("b",))), {"a": 1.0}, "it requires 'b'"),
        (
            rubric(criterion("a", requires=("b",)), criterion("b", requires=("a",))),
            {"a": 1.0},
            "take one requirement away",
        ),
        (rubric(criterion("a")), {}, "it was not scored"),
        (rubric(criterion("a")), {"a": 1.5}, "its score is 1.5"),
        (rubric(criterion("a")), {"a": float("nan")}, "its score is nan"),
    ],
)
def test_what_can_not_be_scored_is_told(of: Rubric, scores: dict[str, float], problem: str) -> None:
    with pytest.raises(ScoringError, match=problem):
        aggregated(of, scored(**scores))


def test_the_explanation_says_what_each_criterion_did() -> None:
    of = rubric(criterion("style", weight=3.0), criterion("more", requires=("style",)), criterion("slip", "pitfall"))
    told = explanation(assessed(of, scored(style=0.2, more=1.0, slip=None)))
    assert told.splitlines() == [
        "undecided: 'slip' is undecided",
        "   0.20  style (principle, weight 3; +0.150): so",
        "   1.00  more (principle, weight 1; not counted): so",
        "    ?    slip (pitfall, weight 1; +0.000): so",
    ]


def test_the_examples_are_true() -> None:
    result = doctest.testmod(scoring)
    assert result.attempted
    assert not result.failed
