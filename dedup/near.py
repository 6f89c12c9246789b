"""Candidate pairs decided, and which documents go for which.

    pairs = ...                                        # a, b: places; method, score: how they were found
    usages = calibrations(documents, pairs)              # once, for each source
    agreed = agreeing(documents, part_of_pairs, usages)  # each part by itself, on any worker
    removed = removed_of(documents, agreed, usages)

Every function is pure; `near_duplicates` is the last two on one machine.
"""

from collections.abc import Callable, Mapping

import msgspec
import polars as pl

from dedup.agreement import UNKNOWN, Agreement, Facts, Usage, agreement_of, facts_of
from dedup.clusters import Documents, removals

PAIRS = pl.Schema({"a": pl.Int64(), "b": pl.Int64(), "method": pl.String(), "score": pl.Float64()})
"""Candidates: two places, how they were found ("lexical", "semantic"), and how near they are by that."""

AGREED = pl.Schema({**PAIRS, "alike": pl.Float64(), "reason": pl.String()})
"""Candidates that are the same problem: `alike`, the share of their words that they have in common, and why."""


class NearDuplicate(msgspec.Struct, frozen=True, kw_only=True):
    """The document at `place` goes, `kept_id` stays; `method` found them, `score` is their share of common words."""

    place: int
    id: str
    kept_id: str
    method: str
    score: float
    reason: str


def near_duplicates(documents: Documents, pairs: pl.DataFrame, usages: Mapping[str, Usage]) -> list[NearDuplicate]:
    """What goes of `documents`, by place, given candidates (schema PAIRS) and each source's usage."""
    return removed_of(documents, agreeing(documents, pairs, usages), usages)


def agreeing(documents: Documents, pairs: pl.DataFrame, usages: Mapping[str, Usage]) -> pl.DataFrame:
    """The candidates that are the same problem (schema AGREED), by (a, b); a pair found twice has its first method."""
    decide = _decision(documents, usages)
    once = pairs.select(
        a=pl.min_horizontal("a", "b"), b=pl.max_horizontal("a", "b"), method="method", score="score"
    ).sort("a", "b", "method", pl.col("score") * -1)
    once = once.filter(pl.col("a") != pl.col("b")).unique(["a", "b"], keep="first", maintain_order=True)
    told = [(row, decide(row[0], row[1])) for row in once.iter_rows()]
    rows = [(*row, verdict.score, verdict.reason) for row, verdict in told if verdict.same]
    return pl.DataFrame(rows, schema=AGREED, orient="row")


def removed_of(documents: Documents, agreed: pl.DataFrame, usages: Mapping[str, Usage]) -> list[NearDuplicate]:
    """What goes, by place, given pairs that agree (schema AGREED): each agrees with the very document that stays."""
    decide = _decision(documents, usages)
    told = {(row[0], row[1]): (row[2], Agreement(True, row[4], row[5])) for row in agreed.iter_rows()}
    found_by: dict[int, str] = {}
    for (a, b), (method, _) in sorted(told.items()):
        found_by.setdefault(a, method)
        found_by.setdefault(b, method)
    removed = []
    for place, kept in removals(told, documents, lambda kept, place: decide(kept, place).same):
        method, verdict = told.get((min(place, kept), max(place, kept))) or (found_by[place], decide(kept, place))
        removed.append(
            NearDuplicate(
                place=place,
                id=documents[place].id,
                kept_id=documents[kept].id,
                method=method,
                score=verdict.score,
                reason=verdict.reason,
            )
        )
    return removed


def _decision(documents: Documents, usages: Mapping[str, Usage]) -> Callable[[int, int], Agreement]:
    read: dict[tuple[int, str], Facts] = {}

    def facts(place: int, source: str, usage: Usage) -> Facts:
        if (place, source) not in read:
            read[place, source] = facts_of(documents[place], usage.varying, usage.names)
        return read[place, source]

    def decide(a: int, b: int) -> Agreement:
        source = documents[a].source if documents[a].source == documents[b].source else ""
        usage = usages.get(source, UNKNOWN) if source else UNKNOWN
        return agreement_of(facts(a, source, usage), facts(b, source, usage), usage)

    return decide
