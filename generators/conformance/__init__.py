"""The conformance suite: tries to prove a family wrong, and says where it succeeded.

    assert violations(EVIDENCE) == []

Each check is a plain function from a `Sample` of the family's items to findings; `CHECKS` names them all, in the order
right, honest, same, graded, sameness, safe. What needs another process stands in `conformance.elsewhere`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from generators.conformance import graded, honest, right, safe, same, sameness, worked
from generators.conformance.sample import Check, Sample, Violation, drawn
from generators.evidence import Evidence

__all__ = ["CHECKS", "Check", "Sample", "Violation", "drawn", "found_by", "violations"]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "right: the gold answer": right.gold_is_right,
        "right: a second method agrees": right.second_method_agrees,
        "right: every other valid answer": right.alternatives_are_right,
        "right: near misses judged as the judge does": right.near_misses_are_judged_alike,
        "right: gold answers of other items": right.foreign_golds_are_judged_alike,
        "right: answers that merely contain the gold": right.supersets_are_wrong,
        "right: echoes, garbage and nothing": right.echoes_are_worth_nothing,
        "right: right answers are legal from their beginning": right.right_answers_are_legal,
        "right: worked solutions lead to the answer": worked.solutions_lead_to_the_answer,
        "honest: one solution where one is promised": honest.promised_solutions_are_unique,
        "honest: no answer in the prompt": honest.prompts_do_not_leak,
        "honest: constant answers stay under the guess bound": honest.constants_stay_under_the_bound,
        "same: payloads and rows come back": same.round_trips,
        "same: no history, no global state": same.history_does_not_matter,
        "same: streams are disjoint": same.streams_are_disjoint,
        "same: the style is not the problem": same.style_is_not_the_problem,
        "graded: a ladder of valid rungs": graded.the_ladder_is_valid,
        "graded: every knob changes something": graded.every_knob_is_alive,
        "graded: features are finite and rise": graded.features_rise,
        "graded: the top rung does not run dry": graded.the_top_rung_is_rich,
        "sameness: canonical survives a disguise": sameness.disguises_keep_the_key,
        "sameness: canonical sees a change": sameness.changes_change_the_key,
        "safe: hostile answers": safe.hostile_answers_are_refused,
    }
)


def violations(evidence: Evidence[Any], *, items: int = 6, seed: int = 0, seconds: float = 2.0) -> list[Violation]:
    """All that the checks find on `items` items of each rung; empty for a family that conforms.

    `seconds` bounds the CPU time of each check, roughly: a slow family is tried on fewer items, never on none.
    """
    sample = drawn(evidence, items=items, seed=seed, seconds=seconds)
    return [violation for name in CHECKS for violation in found_by(name, sample)]


def found_by(name: str, sample: Sample) -> list[Violation]:
    """What one check of `CHECKS` finds in a sample."""
    family = sample.family.name
    return [
        Violation(name, family, item.level if item else 0, item.index if item else 0, detail)
        for item, detail in CHECKS[name](sample)
    ]
