"""Pairs whose labels may be wrong, found by what the responses themselves show, or by judges beside the verifier.

A signal is a number of one response that is greater where it is likelier right, and a pair's margin by a signal is that
of the chosen response less that of the rejected one. Judges vote with their margins; two models of all signals' margins
review each other's pairs (generators.preferences.noise). What the rules decide is not looked at: `unsound`, `tie`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Annotated, Literal, NamedTuple

import msgspec
import numpy as np
from pydantic import Discriminator, Field

from generators.preferences.noise import ReviewConfig, VoteConfig, losses, peer_review, votes
from generators.preferences.pairs import UNKNOWN_CONFIDENCE
from generators.preferences.traces import Confidences
from schemas import LeftOutPair, PairCause, PreferencePair, Rollout

SIGNALS = ("majority", "confidence", "likelihood")
"""How many of the task's responses have its answer; how sure of its answer it was; its mean log-probability."""

FEWEST = 4
"""Pairs that two models need to review each other."""

_FATES: dict[str, PairCause] = {"flip": "outvoted", "tie": "tied", "drop": "disputed"}

Response = tuple[str, str, str, int]
"""Task id, model, revision, number of the sample."""

Signals = Mapping[Response, Sequence[float]]
"""Of each response its SIGNALS, the logarithm of its length in tokens, and whether its answer is marked."""


class VotesConfig(VoteConfig):
    """Judges vote on each pair; outvoted, tied and disputed ones are left out."""

    by: Literal["votes"]
    judges: list[str] = Field(
        list(SIGNALS), min_length=1, description="`majority`, `confidence`, `likelihood`, or folders of `taskmill prm`"
    )


class PeersConfig(ReviewConfig):
    """Two models of the pairs' signals review each other; the share `noise` of greatest doubt is left out."""

    by: Literal["review"]


NoiseConfig = Annotated[VotesConfig | PeersConfig, Discriminator("by")]


def judge_folders(noise: NoiseConfig | None) -> list[str]:
    """The judges that are process reward models."""
    judges = noise.judges if isinstance(noise, VotesConfig) else []
    return [judge for judge in judges if judge not in SIGNALS]


class Sifted(NamedTuple):
    """The pairs that stay, with what their labels' strength is now, and those left out with the cause."""

    kept: list[PreferencePair]
    left_out: list[LeftOutPair]


def signals_of(rollouts: Sequence[Rollout], confidences: Confidences) -> dict[Response, tuple[float, ...]]:
    """The signals of one model's rollouts of one task; a confidence that is not known counts as one half."""
    answers = Counter(rollout.extracted for rollout in rollouts)
    return {
        (rollout.task_id, rollout.model, rollout.revision, rollout.sample): (
            answers[rollout.extracted] / len(rollouts) if rollout.extracted is not None else 0.0,
            confidences.get(rollout.sample, UNKNOWN_CONFIDENCE),
            rollout.mean_logprob,
            log(max(1, rollout.completion_tokens)),
            float(rollout.found != "none"),
        )
        for rollout in rollouts
    }


def asked_about(pairs: Iterable[PreferencePair]) -> list[PreferencePair]:
    """The pairs whose labels are a verdict's."""
    return [pair for pair in pairs if pair.kind in ("wrong", "near_miss", "partial", "temporal")]


def outvoted(pairs: Sequence[PreferencePair], margins: Sequence[Sequence[float]], config: VotesConfig) -> Sifted:
    """`margins` (judges, pairs). The strength of a pair is the share of judges that see it as its label does.

    A judge who sees no difference is half a judge for it.
    """
    sifted = Sifted([], [])
    for pair, vote, told in zip(pairs, votes(margins, config), zip(*margins, strict=True), strict=True):
        share = sum(0.5 if margin == 0 else float(margin > 0) for margin in told) / len(told)
        _take(sifted, msgspec.structs.replace(pair, strength=share), _FATES.get(vote.fate))
    return sifted


def doubted(pairs: Sequence[PreferencePair], signals: Signals, config: PeersConfig) -> Sifted:
    """The strength of a pair is the two models' mean probability of its label. Fewer than FEWEST pairs all stay."""
    if len(pairs) < FEWEST:
        return Sifted(list(pairs), [])
    differences = np.array([_difference(pair, signals) for pair in pairs])
    scales = np.sqrt(np.mean(differences**2, axis=0))
    differences = differences / np.where(scales > 0, scales, 1.0)
    told = peer_review(differences, config)
    chances = np.mean([np.exp(-losses(differences, own)) for own in told.weights], axis=0)
    least_believed = set(np.argsort(-told.doubts, kind="stable")[: round(config.noise * len(pairs))].tolist())
    sifted = Sifted([], [])
    for place, (pair, chance) in enumerate(zip(pairs, chances.tolist(), strict=True)):
        _take(sifted, msgspec.structs.replace(pair, strength=chance), "doubted" if place in least_believed else None)
    return sifted


def margins_by(signal: str, pairs: Sequence[PreferencePair], signals: Signals) -> list[float]:
    """The margins by one of SIGNALS."""
    place = SIGNALS.index(signal)
    return [_difference(pair, signals)[place] for pair in pairs]


def left_out_as(pair: PreferencePair, cause: PairCause) -> LeftOutPair:
    return LeftOutPair(**msgspec.structs.asdict(pair), cause=cause)


def _difference(pair: PreferencePair, signals: Signals) -> list[float]:
    chosen = signals[pair.task_id, pair.chosen_model, pair.chosen_revision, pair.chosen_sample]
    rejected = signals[pair.task_id, pair.rejected_model, pair.rejected_revision, pair.rejected_sample]
    return [one - other for one, other in zip(chosen, rejected, strict=True)]


def _take(sifted: Sifted, pair: PreferencePair, cause: PairCause | None) -> None:
    if cause is None:
        sifted.kept.append(pair)
    else:
        sifted.left_out.append(left_out_as(pair, cause))
