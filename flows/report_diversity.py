"""What the report says of the variety of a run's tasks: measures, and the map."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from filters.diversity import GRAM, Novelty, Wording, novelty, spread, wording
from filters.spaces import Matrix, kinds_of, nearest_distances, word_vectors
from flows.report_frames import frame_of, stratified, tasks_of
from flows.report_vectors import Embedded
from pipeline.report.diversity import CommonWords, Diversity, FamilyVariety
from pipeline.report.projection import projected
from pipeline.report.taskmap import Spot, TaskMap
from pipeline.seeding import derived_seed
from pipeline.store import Stage
from schemas import Removed, Task
from schemas.statement import statement_of

SAMPLE = 2_000
"""Tasks that are looked at word by word, by turns of every family and level; the first of them are on the map."""
ON_MAP = 700
_FURTHER = 1_000
_SHOWN_TEMPLATES = 12
_QUANTILES = np.linspace(0, 1, 21)


class Looked(NamedTuple):
    """The tasks looked at, with their pass rates, None where they have none, and their vectors by words."""

    tasks: list[Task]
    rates: list[float | None]
    vectors: Matrix

    @property
    def texts(self) -> list[str]:
        return [statement_of(task.prompt) for task in self.tasks]


def looked_into(unique: Stage[Task], near: pl.DataFrame, seed: int) -> Looked:
    """At most SAMPLE of these tasks; the first so many of them are a sample by turns too."""
    chosen = stratified(near, ["family", "level"], SAMPLE, seed, "map")
    found = tasks_of(unique, chosen)
    tasks = [found[name] for name in chosen["id"]]
    vectors = word_vectors([statement_of(task.prompt) for task in tasks], [task.features for task in tasks])
    return Looked(tasks, chosen["mean"].to_list(), vectors)


def map_of(looked: Looked, embedded: Embedded | None) -> TaskMap | None:
    """The places of the first ON_MAP tasks; None where there are too few for a picture."""
    known = list(zip(looked.tasks, looked.rates, strict=True))[:ON_MAP]
    if len(known) < 3:
        return None
    vectors = looked.vectors[:ON_MAP] if embedded is None else embedded.vectors
    places, held = projected(vectors)
    alike = "words and structural features" if embedded is None else f"the vectors of {embedded.encoder}"
    return TaskMap(
        spots=tuple(
            Spot(x=float(x), y=float(y), family=task.family, level=task.level, rate=rate)
            for (x, y), (task, rate) in zip(places, known, strict=True)
        ),
        rule=f"{len(known):,} tasks, by turns of every family and level; alike by {alike}.",
        held=held,
    )


def diversity_of(
    tasks: pl.DataFrame, removed: Stage[Removed] | None, looked: Looked, embedded: Embedded | None, seed: int
) -> Diversity | None:
    """Of the unique `tasks`, one row each, and of those looked at; None where there are none."""
    if not tasks.height:
        return None
    times = _times(tasks, removed)
    nearest = nearest_distances(looked.vectors) if len(looked.tasks) > 1 else np.zeros(0)
    places = _places(looked.tasks)
    worded = {family: wording([looked.texts[place] for place in own]) for family, own in places.items()}
    families = tuple(
        _variety(family, own, worded.get(family), nearest[places[family]] if nearest.size else nearest)
        for family, own in times.items()
    )
    spaces = {"words and features": looked.vectors} | ({} if embedded is None else {"embeddings": embedded.vectors})
    curves = {"words and features": nearest} if nearest.size else {}
    if embedded is not None and len(embedded.vectors) > 1:
        curves["embeddings"] = nearest_distances(embedded.vectors)
    return Diversity(
        measures=_measures(tasks, times, worded, spaces, curves, derived_seed(seed, "report", "cells")),
        families=families,
        nearest={name: _curve(distances) for name, distances in curves.items()},
        templates=_templates(worded),
        rule=_rule(looked, embedded),
    )


def _times(tasks: pl.DataFrame, removed: Stage[Removed] | None) -> dict[str, dict[int, int]]:
    """By family, how many problems came once, twice …; a problem that is kept in another run came as often as here."""
    once = Counter(dict(tasks["family"].value_counts().iter_rows()))
    found: dict[str, dict[int, int]] = {}
    if removed is not None and (rows := frame_of(removed, ["kept_id", "family"])).height:
        again = rows.group_by("kept_id").agg(pl.col("family").first(), again=pl.len())
        kept = tasks.select("id", here=pl.col("family"))
        again = again.join(kept, left_on="kept_id", right_on="id", how="left")
        once -= Counter(again["here"].drop_nulls().to_list())
        named = again.select(pl.coalesce("here", "family"), times=pl.col("again") + pl.col("here").is_not_null())
        for family, times, problems in named.group_by("here", "times").len().sort("here", "times").iter_rows():
            found.setdefault(family, {})[times] = problems
    for family in sorted({*once, *found}):
        own = found.setdefault(family, {})
        own[1] = own.get(1, 0) + once[family]
    return found


def _places(tasks: Sequence[Task]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, task in enumerate(tasks):
        found.setdefault(task.family, []).append(place)
    return found


def _variety(family: str, times: Mapping[int, int], worded: Wording | None, nearest: Matrix) -> FamilyVariety:
    own, further = _next(times)
    return FamilyVariety(
        family=family,
        made=own.made,
        distinct=own.distinct,
        problems=own.problems,
        new=own.new / further,
        template=None if worded is None else worded.template,
        nearest=float(np.median(nearest)) if nearest.size else None,
    )


def _next(times: Mapping[int, int]) -> tuple[Novelty, int]:
    """With how many tasks it looks ahead: no more than there are, beyond which little can be said."""
    further = min(_FURTHER, sum(each * problems for each, problems in times.items()))
    return novelty(times, further), further


def _measures(
    tasks: pl.DataFrame,
    times: Mapping[str, Mapping[int, int]],
    worded: Mapping[str, Wording | None],
    spaces: Mapping[str, Matrix],
    curves: Mapping[str, Matrix],
    seed: int,
) -> dict[str, str]:
    whole: dict[int, int] = {}
    for own in times.values():
        for each, problems in own.items():
            whole[each] = whole.get(each, 0) + problems
    told, further = _next(whole)
    rows = {
        "problems": f"{told.distinct:,} different ones in {told.made:,} tasks made; the next {further:,} would bring "
        f"about {told.new:,.0f} new ones",
        "families": _spread(tasks["family"].value_counts()["count"]),
        "families and levels": _spread(tasks.group_by("family", "level").len()["len"]),
    }
    for name, vectors in spaces.items():
        if len(vectors) > 1:
            rows[f"cells by {name}"] = _spread(np.bincount(kinds_of(vectors, seed)).tolist())
    for name, distances in curves.items():
        rows[f"nearest other, by {name}"] = f"median distance {np.median(distances):.3f}"
    shares = [own.template for own in worded.values() if own is not None]
    if shares:
        rows["template"] = f"{np.mean(shares):.0%} of a prompt, the mean of {len(shares)} families"
    return rows


def _spread(counts: Iterable[int]) -> str:
    own = spread(counts)
    return f"{own.kinds:,}, as varied as {own.effective:,.1f} equally common ones ({own.bits:.2f} bits)"


def _curve(distances: Matrix) -> list[tuple[float, float]]:
    return [(float(share), float(np.quantile(distances, share))) for share in _QUANTILES]


def _templates(worded: Mapping[str, Wording | None]) -> tuple[CommonWords, ...]:
    """The foremost of each family, those in most prompts first."""
    found = [
        CommonWords(family=family, share=own.templates[0].share, text=own.templates[0].text)
        for family, own in worded.items()
        if own is not None and own.templates
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, -len(each.text), each.family))[:_SHOWN_TEMPLATES])


def _rule(looked: Looked, embedded: Embedded | None) -> str:
    told = (
        f"Cells, neighbours and templates are of {len(looked.tasks):,} tasks, by turns of every family and level. "
        "Cells are those of k-means: canonical keys are all different here, so that entropy over them would only count "
        "the tasks. A distance by words and features is half that of the words (1 − cosine, numbers alike by their "
        f"length), half that of the features that families measure. A template is {GRAM} words in a row or more."
    )
    if embedded is None:
        return told
    return f"{told} Embeddings are of the first {len(embedded.vectors):,} of them, by {embedded.encoder} (1 − cosine)."
