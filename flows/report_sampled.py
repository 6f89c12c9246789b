"""What the report shows of a bounded sample: a problem of each family, rollouts to read."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import polars as pl
from markupsafe import Markup

from flows.report_frames import frame_of, rollouts_of, stratified, tasks_of
from generators.registry import family_named
from pipeline.report.browser import Asked, Browser, Response
from pipeline.report.drawing import drawn
from pipeline.report.gallery import Shown
from pipeline.report.heat import Rung
from pipeline.store import Stage
from schemas import Rollout, Task
from trainer.samples import asked, sample_line

FAMILIES, RESPONSES = 40, 300


class Made(NamedTuple):
    """A run's rollouts, and of those looked at one row each: task_id, sample, score, reason, shard, family, level."""

    rollouts: Stage[Rollout]
    scores: pl.DataFrame


def made_for(tasks: pl.DataFrame, rollouts: Stage[Rollout]) -> Made:
    """The rollouts of these tasks."""
    there = {info.shard for info in rollouts.shards()}
    shards = [shard for shard in tasks["shard"].unique().sort() if shard in there]
    scores = frame_of(rollouts, ["task_id", "sample", "score", "reason"], shards)
    known = tasks.select("id", "family", "level")
    return Made(rollouts, scores.join(known, left_on="task_id", right_on="id", maintain_order="left"))


def gallery_of(
    unique: Stage[Task],
    tasks: pl.DataFrame,
    rungs: Mapping[str, Mapping[int, Rung]],
    made: Made | None,
) -> tuple[Shown, ...]:
    """One task of each family: with a right and a wrong response where there is such, of a rung near the middle."""
    judged = _judged(made)
    ends = judged.group_by("task_id").agg(ends=pl.col("right").n_unique())
    middle = pl.col("level").median().over("family")
    chosen = (
        tasks.join(ends, left_on="id", right_on="task_id", how="left")
        .with_columns(pl.col("ends").fill_null(0), off=(pl.col("level") - middle).abs())
        .sort("family", "ends", "off", "id", descending=[False, True, False, False])
        .group_by("family", maintain_order=True)
        .first()
        .head(FAMILIES)
    )
    found = tasks_of(unique, chosen)
    responses: dict[str, dict[bool, Rollout]] = {}
    if made is not None:
        first = judged.filter(pl.col("task_id").is_in(chosen["id"].to_list())).sort("sample")
        first = first.group_by("task_id", "right", maintain_order=True).first()
        for (name, _), rollout in rollouts_of(made.rollouts, first).items():
            responses.setdefault(name, {})[rollout.score == 1.0] = rollout
    return tuple(_shown(found[name], responses.get(name, {}), rungs) for name in chosen["id"])


def _judged(made: Made | None) -> pl.DataFrame:
    if made is None:
        return pl.DataFrame(schema={"task_id": pl.String, "sample": pl.Int32, "right": pl.Boolean})
    return made.scores.filter(pl.col("score").is_not_null()).with_columns(right=pl.col("score") == 1.0)


def browser_of(unique: Stage[Task], tasks: pl.DataFrame, made: Made, seed: int) -> Browser:
    """At most RESPONSES of the run's rollouts, of every family and verdict."""
    chosen = stratified(made.scores, ["family", "reason"], RESPONSES, seed, "rollouts")
    read = rollouts_of(made.rollouts, chosen)
    total = sum(info.rows for info in made.rollouts.shards())
    shown = tasks_of(unique, tasks.filter(pl.col("id").is_in(chosen["task_id"].unique().to_list())))
    places = {name: place for place, name in enumerate(shown)}
    responses = [read[key] for key in chosen.select("task_id", "sample").iter_rows()]
    return Browser(
        asked=tuple(
            Asked(family=task.family, level=task.level, prompt=asked(task), answer=task.answer)
            for task in shown.values()
        ),
        responses=tuple(
            Response(
                task=places[each.task_id],
                verdict=each.reason,
                line=_line(each),
                extracted=each.extracted,
                text=each.text,
                right=each.score == 1.0,
            )
            for each in responses
        ),
        rule=f"{len(responses):,} of {total:,} rollouts, by turns of every family and verdict.",
    )


def _line(rollout: Rollout) -> str:
    part = f"score {rollout.score:.2f}" if rollout.score is not None and 0 < rollout.score < 1 else ""
    cut = "cut off" if rollout.finish == "length" else ""
    return " · ".join(filter(None, (rollout.detail, part, f"{rollout.completion_tokens} tokens", cut)))


def _shown(task: Task, responses: Mapping[bool, Rollout], rungs: Mapping[str, Mapping[int, Rung]]) -> Shown:
    right, wrong = responses.get(True), responses.get(False)
    return Shown(
        family=task.family,
        level=task.level,
        prompt=asked(task),
        answer=task.answer,
        picture=picture_of(task),
        right="" if right is None else right.text,
        wrong="" if wrong is None else wrong.text,
        why="" if wrong is None else sample_line(wrong),
        rungs=rungs.get(task.family, {}),
    )


def picture_of(task: Task) -> Markup | None:
    """As its family draws it; None where it does not, or where this is a task of another version of the family."""
    try:
        family = family_named(task.family)
        if family.draw is None or family.version != task.version:
            return None
        return drawn(family.draw(msgspec.convert(task.payload, family.instance)), family.title)
    except Exception:  # noqa: BLE001 - families come from anywhere: one that can't draw has its words
        return None
