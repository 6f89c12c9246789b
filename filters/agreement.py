"""Verifier agreement: what a second look at the rollouts of a task says of their verdicts.

Three looks, none of which trusts the verdict that is stored: the response is verified again, which shows a verifier
that wavers or has changed since; its answer is held against the gold answer and given to the family's second check,
where it has one; and the model's answers are held against each other. A model that is sure of an answer which the
verifier refuses is no proof, but where verifiers and gold answers are wrong, that is what it looks like (the vote is
that of self-consistency: Wang et al., arXiv 2203.11171).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from filters.beta import JEFFREYS, beta_cdf
from filters.config import AgreementConfig
from generators.family import Family
from generators.registry import family_named
from generators.verify import second_opinion, verify
from schemas import Agreement, Cause, Rollout, Task, jsontext

SURE = 0.99
"""The posterior probability, from which the model is sure, that it gives one answer more often than not. Five of five
or eight of nine rollouts are enough."""

_LONG = 200


class _Looked(msgspec.Struct):
    """What is kept of a task's rollouts while they are read."""

    rollouts: int = 0
    twice: int = 0
    conflicts: int = 0
    drawn: int = 0
    answers: Counter[str] = msgspec.field(default_factory=Counter)
    accepted: set[str] = msgspec.field(default_factory=set)
    detail: str = ""


class Opinion(NamedTuple):
    """Who says of an answer whether it is right."""

    who: str
    right: bool


def agreements(tasks: Iterable[Task], rollouts: Iterable[Rollout]) -> dict[str, Agreement]:
    """The agreement on each task that has rollouts with a verdict, by task id; rollouts of other tasks are passed over.

    Raises RegistryError for a family unknown here.
    """
    by_id = {task.id: task for task in tasks}
    looked: dict[str, _Looked] = {}
    for rollout in rollouts:
        if rollout.task_id in by_id and rollout.score is not None:
            _look(by_id[rollout.task_id], rollout, looked.setdefault(rollout.task_id, _Looked()))
    return {task_id: _agreement(by_id[task_id], seen) for task_id, seen in looked.items()}


def second_opinions(task: Task, family: Family[Any, Any], answer: str) -> Iterator[Opinion]:
    """What the gold answer and the family's second check say of an extracted answer, as far as they say anything."""
    if answer == task.answer.strip():
        yield Opinion("the gold answer", True)
    if (right := second_opinion(family, task.payload, answer)) is not None:
        yield Opinion("the second check", right)


def disagreement(agreement: Agreement, config: AgreementConfig) -> tuple[Cause, str] | None:
    """Why the config leaves such a task out, or None."""
    if config.checks == "require" and agreement.outcome == "disagree":
        return "disagreement", agreement.detail
    if config.consensus == "require" and agreement.consensus:
        return "consensus", agreement.detail
    return None


def agreement_notes(found: Sequence[Agreement]) -> dict[str, str]:
    """What the agreements come to, for people: a name and a line each."""
    outcomes = Counter(each.outcome for each in found)
    notes = {
        "verifier agreement": f"{outcomes['agree']:,} tasks agree, {outcomes['disagree']:,} disagree, "
        f"{outcomes['one_check']:,} have one check"
    }
    for name, some in (
        ("verifiers disagree", [each for each in found if each.outcome == "disagree"]),
        ("model sure of another answer", [each for each in found if each.consensus]),
    ):
        families = Counter(each.family for each in some)
        where = ", ".join(f"{family} {count:,}" for family, count in sorted(families.items()))
        if some:
            notes[name] = f"{len(some):,} tasks: {where}"
    return notes


def _look(task: Task, rollout: Rollout, seen: _Looked) -> None:
    accepted = rollout.score == 1.0
    seen.rollouts += 1
    again = verify(task, rollout.text)
    if (again.score, again.reason) != (rollout.score, rollout.reason):
        _conflict(seen, f"sample {rollout.sample} was {rollout.reason} and is {again.reason} when verified again")
    elif rollout.extracted is not None:
        opinions = list(second_opinions(task, family_named(task.family), rollout.extracted))
        seen.twice += bool(opinions)
        against = next((opinion for opinion in opinions if opinion.right != accepted), None)
        if against is not None:
            says = "right" if against.right else "not right"
            _conflict(seen, f"{rollout.extracted[:60]!r} is {rollout.reason}, and {says} by {against.who}")
    if rollout.sampling.get("temperature") != 0:  # greedy samples are one answer, however many
        seen.drawn += 1
        if rollout.extracted is not None:
            answer = _known_by(rollout.extracted)
            seen.answers[answer] += 1
            seen.accepted |= {answer} if accepted else set()


def _known_by(answer: str) -> str:
    """What is equal for answers that differ in spaces and case alone; short, however long the answer is."""
    plain = " ".join(answer.split()).casefold()
    return plain if len(plain) <= _LONG else f"{plain[:_LONG]}… {jsontext.digest(plain)}"


def _conflict(seen: _Looked, detail: str) -> None:
    seen.conflicts += 1
    seen.detail = seen.detail or detail


def _agreement(task: Task, seen: _Looked) -> Agreement:
    answer, count = seen.answers.most_common(1)[0] if seen.answers else ("", 0)
    doubt = beta_cdf(JEFFREYS.after(count, seen.drawn - count), 0.5)
    consensus = doubt <= 1 - SURE and answer not in seen.accepted
    told = f"{count} of {seen.drawn} responses give {answer[:60]!r}, which is not accepted" if consensus else ""
    return Agreement(
        task_id=task.id,
        family=task.family,
        level=task.level,
        outcome="disagree" if seen.conflicts else "agree" if seen.twice else "one_check",
        rollouts=seen.rollouts,
        checked_twice=seen.twice,
        conflicts=seen.conflicts,
        majority=count / seen.drawn if seen.drawn else 0.0,
        consensus=consensus,
        detail="; ".join(part for part in (seen.detail, told) if part),
    )
