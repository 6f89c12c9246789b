"""The way of a run's data, stop by stop, and what there is to say of it in rows."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from filters.agreement import agreement_notes
from filters.summary import DifficultySummary, left_out_counts
from flows.report_found import Found
from flows.report_frames import frame_of
from pipeline.report.bands import DECISIONS
from pipeline.report.funnel import Stop
from pipeline.report.models import summary_rows
from pipeline.report.rounds import yield_rows
from pipeline.store import Stage
from schemas import Cause, RemovedMethod
from trainer.metrics import StepMetrics

REMOVED: dict[RemovedMethod, str] = {
    "canonical": "the same problem as another",
    "index": "seen in a former run",
    "text": "the same text as another",
    "lexical": "nearly the words of another",
    "semantic": "nearly the sense of another",
    "benchmark": "in a benchmark",
}

LEFT_OUT: dict[Cause, str] = {
    "not_chosen": "not chosen for rollouts",
    "malformed_prompt": "malformed prompt",
    "truncated": "rollouts cut off",
    "repeating": "rollouts repeat",
    "duplicated": "rollouts alike",
    "too_short": "rollouts short",
    "too_long": "rollouts long",
    "disagreement": "verifiers disagree",
    "consensus": "model sure of another answer",
    "common_answer": "common answer",
    "mix": "over the mix",
}


def facts_of(found: Found) -> dict[str, str]:
    """What the run is known by."""
    facts = {"seed": str(found.config.seed)}
    if found.config.model is not None:
        facts |= {"model": found.config.model.name, "engine": found.config.model.engine}
    return facts


def stops_of(found: Found, measured: DifficultySummary | None) -> Iterator[Stop]:
    """The stops that the run has come to, each with what was lost on the way to it."""
    tasks, unique = rows_in(found.tasks), rows_in(found.unique)
    families = {source.family for source in found.config.tasks.sources}
    yield Stop(name="generated", count=tasks, note=f"{len(families)} famil{'y' if len(families) == 1 else 'ies'}")
    yield Stop(name="unique", count=unique, note=f"{tasks - unique:,} removed", lost=_removed(found))
    if measured is not None and found.rollouts is not None:
        reached = measured.tasks - measured.out_of_budget
        lost = {LEFT_OUT["not_chosen"]: unique - measured.tasks, "the budget ran out": measured.out_of_budget}
        lost = {reason: count for reason, count in lost.items() if count > 0}
        yield Stop(name="graded", count=reached, note=f"by {rows_in(found.rollouts):,} rollouts", lost=lost)
    if found.curriculum:
        kept = {split: rows_in(stage) for split, stage in found.curriculum.items()}
        note = ", ".join(f"{count:,} {split}" for split, count in kept.items() if count or split != "ood")
        yield Stop(name="kept", count=sum(kept.values()), note=note, lost=_not_kept(found, measured))
    if found.steps:
        yield Stop(name="GRPO steps", count=len(found.steps), note=_rewards(found.steps), counts="steps")


def _removed(found: Found) -> dict[str, int]:
    """The tasks that are removed, by why."""
    if found.removed is None:
        return {}
    methods = dict(frame_of(found.removed, ["method"])["method"].value_counts().iter_rows())
    return {told: methods[method] for method, told in REMOVED.items() if method in methods}


def _not_kept(found: Found, measured: DifficultySummary | None) -> dict[str, int]:
    """The graded tasks that are in no split, by why."""
    lost: dict[str, int] = {}
    if measured is not None:
        for decision in DECISIONS:
            if decision not in found.config.curriculum.keep:
                out_of_budget = measured.out_of_budget if decision == "undecided" else 0
                lost[decision.replace("_", " ")] = measured.decisions.get(decision, 0) - out_of_budget
    if found.left_out is not None:
        for cause, families in left_out_counts(found.left_out.records()).items():
            lost[LEFT_OUT[cause]] = sum(families.values())
    return {reason: count for reason, count in lost.items() if count > 0}


def summary_of_run(found: Found, measured: DifficultySummary | None) -> dict[str, str]:
    """The rows under the way of the data."""
    rows: dict[str, str] = {}
    if found.hits is not None and found.config.contamination.on_hit == "flag":
        rows["items of benchmarks, kept"] = f"{frame_of(found.hits, ['id'])['id'].n_unique():,} tasks"
    if measured is not None:
        cap = found.config.difficulty.cap
        rows |= {decision.replace("_", " "): f"{measured.decisions.get(decision, 0):,} tasks" for decision in DECISIONS}
        share = measured.rollouts / measured.fixed_rollouts if measured.fixed_rollouts else 0.0
        rows["rollouts"] = (
            f"{measured.rollouts:,}: {share:.0%} of the {measured.fixed_rollouts:,} that {cap} a task cost"
        )
        rows["false decisions, expected"] = f"{measured.expected_error:.1%}"
        if measured.failed_checks:
            rows["verifier failures"] = f"{measured.failed_checks:,} rollouts without a verdict"
        if measured.out_of_budget:
            rows["not reached"] = f"{measured.out_of_budget:,} tasks: the budget ran out"
    if found.models is not None:
        rows |= summary_rows(found.models)
    if found.rounds is not None:
        rows |= yield_rows(found.rounds)
    if found.agreement is not None:
        rows |= agreement_notes(list(found.agreement.records()))
    if found.left_out is not None and found.curriculum:
        unrolled = () if found.not_chosen is None else found.not_chosen.records()
        for cause, families in left_out_counts(chain(unrolled, found.left_out.records())).items():
            where = ", ".join(f"{family} {count:,}" for family, count in families.items())
            if cause == "mix" and not rows_in(found.curriculum["train"]):
                where += "; no choice of them has the shares"
            rows[f"left out, {LEFT_OUT[cause]}"] = f"{sum(families.values()):,} tasks: {where}"
    return rows


def _rewards(steps: Sequence[StepMetrics]) -> str:
    rewards = [step.reward_mean for step in steps if step.reward_mean is not None]
    return f"reward {rewards[0]:.2f} → {rewards[-1]:.2f}" if rewards else "no verdicts"


def rows_in(stage: Stage[Any]) -> int:
    """How many rows a stage has."""
    return sum(info.rows for info in stage.shards())
