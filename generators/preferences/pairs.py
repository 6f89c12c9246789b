"""Preference pairs from stored rollouts: a right response and a wrong one to the same prompt, nothing sampled again.

A pair is worth margin * confidence * nearness * length, as far as the config names them: the gap between the scores;
how sure both were of their answers (CRew: a sure right one is worth following, a sure wrong one worth unlearning); how
near the wrong answer is to a right one (hard negatives teach, garbage is told apart by its looks); and how alike the
lengths are, so that length is not what is learnt. The best pairs are taken first, and each response once.

A right answer by a false step is chosen in no pair. It is the rejected side of a pair of its own kind, where another
response comes to its right answer by steps that can be read and are true: the verdict alone can't tell these two apart.
"""

from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from generators.preferences.config import PairConfig
from generators.preferences.exact import Label, soundness
from generators.preferences.likeness import nearness
from generators.preferences.traces import Confidences, distinct, refuse_strangers
from generators.registry import family_named
from generators.verify import second_opinion, verify
from rubrics.augment import Origin, attack_pairs
from rubrics.guards.attacks import SUITE
from schemas import Message, PairKind, PreferencePair, Rollout, Task

UNKNOWN_CONFIDENCE = 0.5
"""What a response counts for whose confidence is not known."""


class Candidate(NamedTuple):
    """A response that may be in a pair; `likeness` is that of its answer to a right one, 1.0 for a right answer.

    `sound` says of a right one whether its steps are true, None where they can't be read.
    """

    rollout: Rollout
    score: float
    confidence: float | None
    likeness: float
    sound: Label = None


def pairs_of(
    task: Task, rollouts: Iterable[Rollout], config: PairConfig, confidences: Confidences
) -> list[PreferencePair]:
    """The pairs of one task by one model: unsound ones, of which there are few, are matched first; ties come last.

    Raises ValueError for rollouts of other tasks or of several models, RegistryError for a family that is not there.
    """
    made = list(rollouts)
    refuse_strangers(task, made)
    candidates = candidates_of(task, made, confidences)
    right, worse = right_ones(candidates), rejectable_ones(candidates, config)
    unsound = _unsound_matches(task, candidates, right, config)
    used = {better.rollout.sample for better, _ in unsound}
    free = [each for each in right if each.rollout.sample not in used]
    pairs = [
        pair_of(task, chosen, rejected, kind_of(rejected, config), "rejection")
        for chosen, rejected in best_matches(free, worse, config)
    ]
    pairs += [pair_of(task, *both, "unsound", "rejection") for both in unsound]
    pairs += _attacked(task, right, config)
    return pairs + [pair_of(task, *both, "tie", "rejection") for both in _ties(right, config)]


def candidates_of(task: Task, rollouts: Iterable[Rollout], confidences: Confidences) -> list[Candidate]:
    """The rollouts that have a verdict; an answer is compared with the gold one and with every right answer given."""
    judged = [(rollout, rollout.score) for rollout in rollouts if rollout.score is not None]
    accepted = {task.answer} | {rollout.extracted for rollout, score in judged if score == 1.0 and rollout.extracted}
    likeness = {
        answer: max(nearness(answer, each) for each in accepted)
        for answer in {rollout.extracted or "" for rollout, _ in judged}
    }
    return [
        Candidate(
            rollout,
            score,
            confidences.get(rollout.sample),
            1.0 if score == 1.0 else likeness[rollout.extracted or ""],
            soundness(task, rollout.text) if score == 1.0 else None,
        )
        for rollout, score in judged
    ]


def right_ones(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that may be chosen, no two of them the same."""
    return _distinct(
        each for each in candidates if each.score == 1.0 and each.rollout.finish == "stop" and each.sound is not False
    )


def rejectable_ones(candidates: Sequence[Candidate], config: PairConfig) -> list[Candidate]:
    """Those that may be rejected, no two of them the same."""
    return _distinct(
        each
        for each in candidates
        if each.score <= 1 - config.margin and (config.unfinished or each.rollout.finish == "stop")
    )


def best_matches(
    chosen: Sequence[Candidate], rejected: Sequence[Candidate], config: PairConfig
) -> list[tuple[Candidate, Candidate]]:
    """At most `config.per_task` pairs, the one that is worth most first; nobody is in two of them."""
    apart = ((better, worse) for better in chosen for worse in rejected if better.score - worse.score >= config.margin)
    return _taken(apart, config.per_task, config)


def _unsound_matches(
    task: Task, candidates: Sequence[Candidate], right: Sequence[Candidate], config: PairConfig
) -> list[tuple[Candidate, Candidate]]:
    """Right answers by true steps and by false ones, of which no second check says that they are wrong."""
    unsound = _distinct(each for each in candidates if each.sound is False and each.rollout.finish == "stop")
    sound = [each for each in right if each.sound] if unsound else []
    sound, unsound = ([each for each in side if _stands(task, each)] for side in (sound, unsound))
    return _taken(((better, worse) for better in sound for worse in unsound), config.unsound, config)


def _stands(task: Task, right: Candidate) -> bool:
    return second_opinion(family_named(task.family), task.payload, right.rollout.extracted or "") is not False


def _taken(
    pairs: Iterable[tuple[Candidate, Candidate]], most: int, config: PairConfig
) -> list[tuple[Candidate, Candidate]]:
    ranked = sorted(
        pairs, key=lambda both: (-worth(both[0], both[1], config), both[0].rollout.sample, both[1].rollout.sample)
    )
    taken: list[tuple[Candidate, Candidate]] = []
    used: set[tuple[str, str, int]] = set()
    for both in ranked:
        keys = {(each.rollout.model, each.rollout.revision, each.rollout.sample) for each in both}
        if len(taken) < most and not keys & used:
            taken.append(both)
            used |= keys
    return taken


def worth(chosen: Candidate, rejected: Candidate, config: PairConfig) -> float:
    """In [0, 1]; the factors that the config does not name are 1, and so is the gap of two right answers."""
    value = chosen.score - rejected.score or 1.0
    if "confidence" in config.factors:
        for each in (chosen, rejected):
            value *= UNKNOWN_CONFIDENCE if each.confidence is None else each.confidence
    if "nearness" in config.factors:
        value *= (1 + rejected.likeness) / 2
    if "length" in config.factors:
        short, long = sorted(max(1, each.rollout.completion_tokens) for each in (chosen, rejected))
        value *= short / long
    return value


def kind_of(rejected: Candidate, config: PairConfig) -> PairKind:
    if rejected.score > 0:
        return "partial"
    return "near_miss" if rejected.rollout.extracted and rejected.likeness >= config.near else "wrong"


def pair_of(task: Task, chosen: Candidate, rejected: Candidate, kind: PairKind, method: str) -> PreferencePair:
    better, worse = chosen.rollout, rejected.rollout
    return PreferencePair(
        task_id=task.id,
        prompt=task.prompt,
        chosen=(Message("assistant", better.text),),
        rejected=(Message("assistant", worse.text),),
        chosen_score=chosen.score,
        rejected_score=rejected.score,
        margin=chosen.score - rejected.score,
        chosen_model=better.model,
        rejected_model=worse.model,
        chosen_revision=better.revision,
        rejected_revision=worse.revision,
        chosen_sample=better.sample,
        rejected_sample=worse.sample,
        chosen_tokens=better.completion_tokens,
        rejected_tokens=worse.completion_tokens,
        chosen_confidence=chosen.confidence,
        rejected_confidence=rejected.confidence,
        kind=kind,
        strength=1.0,
        method=method,
    )


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    by_sample = {each.rollout.sample: each for each in candidates}
    return [by_sample[rollout.sample] for rollout in distinct(each.rollout for each in by_sample.values())]


def _attacked(task: Task, right: Sequence[Candidate], config: PairConfig) -> list[PreferencePair]:
    """The first right response, which may be in another pair too, over attacks on its prompt that are surely wrong."""
    if not config.attacks or not right:
        return []
    best = right[0].rollout
    origin = Origin(
        task_id=task.id,
        prompt=task.prompt,
        response=best.text,
        model=best.model,
        revision=best.revision,
        sample=best.sample,
        tokens=best.completion_tokens,
    )
    offered = attack_pairs(origin, task.answer, SUITE, task.seed, most=2 * config.attacks)
    wrong = (pair for pair in offered if verify(task, pair.rejected[0].content).score == 0.0)
    return list(islice(wrong, config.attacks))


def _ties(right: Sequence[Candidate], config: PairConfig) -> list[tuple[Candidate, Candidate]]:
    """Right responses two by two, neighbours in length: nothing but taste tells them apart."""
    ordered = sorted(right, key=lambda each: (each.rollout.completion_tokens, each.rollout.sample))
    return list(pairwise(ordered))[::2][: config.ties]
