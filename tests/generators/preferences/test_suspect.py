"""Planted wrong labels among pairs of real shape are left out, the right ones stay, and strength tells them apart."""

import msgspec
import numpy as np
import pytest

from generators.family import make_task
from generators.preferences.config import PairConfig
from generators.preferences.pairs import pairs_of
from generators.preferences.suspect import (
    SIGNALS,
    PeersConfig,
    Response,
    Sifted,
    VotesConfig,
    asked_about,
    doubted,
    margins_by,
    outvoted,
    signals_of,
)
from generators.registry import family_named
from schemas import PreferencePair, Rollout
from tests.generators.preferences.responses import response

FLIPPED = 0.2


def judged_badly(tasks: int) -> tuple[list[PreferencePair], set[str], dict[Response, tuple[float, ...]]]:
    """A pair of each task by a verifier that says of a fifth of the tasks the opposite; which; and the signals.

    Four responses to a task, of which about three are right; a right one is likelier and surer by one spread of either.
    """
    rng = np.random.default_rng(0)
    pairs: list[PreferencePair] = []
    flipped: set[str] = set()
    signals: dict[Response, tuple[float, ...]] = {}
    for index in range(tasks):
        task = make_task(family_named("arithmetic.chain"), level=3, seed=0, index=index)
        right = [True, False, *(bool(rng.random() < 0.75) for _ in range(2))]
        flip = bool(rng.random() < FLIPPED)
        made: list[Rollout] = []
        for sample, truth in enumerate(right):
            answer = task.answer if truth else f"{task.answer}{sample}"
            made.append(
                response(
                    task_id=task.id,
                    sample=sample,
                    text=f"{sample}: <answer>{answer}</answer>",
                    extracted=answer,
                    completion_tokens=int(rng.integers(5, 15)),
                    mean_logprob=-1.0 + 0.5 * truth + 0.5 * float(rng.normal()),
                    score=float(truth != flip),
                    reason="correct" if truth != flip else "wrong",
                )
            )
        sure = {
            each.sample: float(np.clip(0.5 + 0.2 * t + 0.2 * rng.normal(), 0.01, 1))
            for each, t in zip(made, right, strict=True)
        }
        own = pairs_of(task, made, PairConfig(per_task=1), sure)
        pairs += own
        signals |= signals_of(made, sure)
        if flip and own:
            flipped.add(task.id)
    return pairs, flipped, signals


PAIRS, PLANTED, OF_RESPONSES = judged_badly(250)


def recall_and_precision(sifted: Sifted, *causes: str) -> tuple[float, float]:
    found = {pair.task_id for pair in sifted.left_out if pair.cause in causes}
    return len(found & PLANTED) / len(PLANTED), len(found & PLANTED) / len(found)


def test_judges_outvote_most_planted_labels_and_few_others() -> None:
    margins = [margins_by(signal, PAIRS, OF_RESPONSES) for signal in SIGNALS]
    sifted = outvoted(PAIRS, margins, VotesConfig(by="votes"))
    recall, precision = recall_and_precision(sifted, "outvoted")
    assert recall > 0.7
    assert precision > 0.85
    assert sum(pair.task_id in PLANTED for pair in sifted.kept) / len(sifted.kept) < 0.05
    means = [np.mean([pair.strength for pair in own]) for own in (sifted.kept, sifted.left_out)]
    assert means[0] > means[1] + 0.3


def test_models_that_review_each_other_find_planted_labels_and_believe_in_the_rest() -> None:
    sifted = doubted(PAIRS, OF_RESPONSES, PeersConfig(by="review", noise=FLIPPED))
    recall, precision = recall_and_precision(sifted, "doubted")
    assert recall > 0.75
    assert precision > 0.75
    assert np.mean([pair.strength for pair in sifted.kept]) > 0.8
    assert np.mean([pair.strength for pair in sifted.left_out]) < 0.3


@pytest.mark.parametrize("by", ["votes", "review"])
def test_every_pair_stays_or_is_left_out_once(by: str) -> None:
    few = PAIRS[:30]
    if by == "votes":
        sifted = outvoted(few, [margins_by("likelihood", few, OF_RESPONSES)], VotesConfig(by="votes"))
    else:
        sifted = doubted(few, OF_RESPONSES, PeersConfig(by="review", noise=FLIPPED))
        assert len(sifted.left_out) == 6
    both = [*sifted.kept, *sifted.left_out]
    assert sorted(pair.task_id for pair in both) == sorted(pair.task_id for pair in few)
    assert all(0 <= pair.strength <= 1 for pair in both)


def test_what_the_rules_decide_is_not_asked_about_and_too_few_pairs_all_stay() -> None:
    by_rule = [msgspec.structs.replace(PAIRS[0], kind=kind) for kind in ("tie", "unsound")]
    assert asked_about([*by_rule, PAIRS[1]]) == [PAIRS[1]]
    assert doubted(PAIRS[:3], OF_RESPONSES, PeersConfig(by="review", noise=FLIPPED)) == Sifted(PAIRS[:3], [])
